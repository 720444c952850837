//! The opening hours as an admin types them: pairs of times for each weekday, pairs of dates for closed days.

use super::{CLOSED_MOST, Closed, Hours, SPANS_MOST, Span, time};
use crate::domain::booking::Length;
use crate::domain::refusal::Refusal;
use jiff::ToSpan;
use jiff::civil::{Date, Time};

/// Closed days may be this many in one entry.
const DAYS_MOST: i32 = 366;

/// What was typed, as it was typed; a pair of which both are empty is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoursForm {
    /// Around the clock, whatever the week says.
    pub always: bool,
    /// From and to, by weekday.
    pub days: [Vec<(String, String)>; 7],
    /// First and last; without a last it is one day.
    pub closed: Vec<(String, String)>,
}

impl HoursForm {
    /// The form as it stands before anything is typed.
    pub fn of(hours: &Hours) -> Self {
        let clock = |minute| time(minute).strftime("%H:%M").to_string();
        Self {
            always: hours.week.is_empty(),
            days: [0, 1, 2, 3, 4, 5, 6]
                .map(|day| hours.of_day(day).map(|span| (clock(span.from), clock(span.to))).collect::<Vec<_>>()),
            closed: hours.closed.iter().map(|closed| (closed.first.to_string(), last_of(closed))).collect(),
        }
    }

    /// What it means; closed days that are over are left out.
    ///
    /// # Errors
    /// A refusal that says what cannot be read, or that the house would never be open.
    pub fn read(&self, today: Date) -> Result<Hours, Refusal> {
        let mut hours = Hours::default();
        if !self.always {
            for (weekday, typed) in (0u8..).zip(&self.days) {
                hours.week.extend(spans(weekday, typed)?);
            }
            if hours.week.is_empty() {
                return Err(Refusal::new(
                    "never",
                    "The house would never be open. Give one day its hours, or let it be always open.",
                ));
            }
        }
        for pair in self.closed.iter().filter(is_said) {
            hours.closed.extend(closed(pair, today)?);
        }
        if hours.closed.len() > CLOSED_MOST {
            return Err(Refusal::new("closed_days", format!("Up to {CLOSED_MOST} entries of closed days. Join some of them.")));
        }
        hours.closed.sort_unstable();
        hours.closed.dedup();
        Ok(hours)
    }
}

/// One day needs no second date.
fn last_of(closed: &Closed) -> String {
    if closed.last == closed.first { String::new() } else { closed.last.to_string() }
}

fn is_said((from, to): &&(String, String)) -> bool {
    !(from.trim().is_empty() && to.trim().is_empty())
}

fn spans(weekday: u8, typed: &[(String, String)]) -> Result<Vec<Span>, Refusal> {
    let minute = |text: &str| {
        // "9:00" is typed where a browser has no field for times.
        let time: Time = format!("{:0>5}", text.trim()).parse().ok()?;
        Some(time.hour() as u16 * 60 + time.minute() as u16)
    };
    let mut spans = Vec::new();
    for (from, to) in typed.iter().filter(is_said) {
        let (Some(from), Some(to)) = (minute(from), minute(to)) else {
            return Err(Refusal::new("hours", "Each span has two times, such as 9:00 and 17:00. Leave both empty for none."));
        };
        spans.push(Span { weekday, from, to });
    }
    spans.sort_unstable();
    spans.dedup();
    if spans.len() > SPANS_MOST {
        return Err(Refusal::new("hours", format!("A day has up to {SPANS_MOST} spans. Join some of them.")));
    }
    if spans.iter().any(|span| i64::from(span.minutes()) < Length::Short.minutes()) {
        return Err(Refusal::new(
            "hours",
            "One of these spans is shorter than the shortest session. Make it longer, or leave it out.",
        ));
    }
    Ok(spans)
}

fn closed((first, last): &(String, String), today: Date) -> Result<Option<Closed>, Refusal> {
    let wrong = || {
        Refusal::new("closed_days", "Closed days begin with a day, and end on it or later, within a year. Look at them again.")
    };
    let date = |text: &str| text.trim().parse::<Date>().map_err(|_| wrong());
    let first = date(first)?;
    let last = if last.trim().is_empty() { first } else { date(last)? };
    if last < first || first.saturating_add(DAYS_MOST.days()) < last {
        return Err(wrong());
    }
    Ok((last >= today).then_some(Closed { first, last }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 16);

    fn pair(from: &str, to: &str) -> (String, String) {
        (from.to_owned(), to.to_owned())
    }

    fn refused(form: &HoursForm) -> &'static str {
        form.read(TODAY).expect_err("it is refused").code
    }

    #[test]
    fn what_was_kept_is_typed_again_as_it_was() {
        let mut form = HoursForm::default();
        form.days[0] = vec![pair("14:00", "18:00"), pair("9:00", "12:30"), pair("", "")];
        form.days[4] = vec![pair("20:00", "02:00")];
        form.closed =
            vec![pair("2026-12-24", "2026-12-26"), pair("2026-11-20", " "), pair("2026-10-01", "2026-10-03"), pair("", "")];
        let hours = form.read(TODAY).expect("it is sound");
        assert_eq!(hours.week[0], Span { weekday: 0, from: 540, to: 750 });
        assert!(hours.week[2].passes_midnight() && hours.week[2].minutes() == 360);
        assert_eq!(hours.closed.len(), 2, "what is over is left out");
        let again = HoursForm::of(&hours);
        assert_eq!(again.days[0], [pair("09:00", "12:30"), pair("14:00", "18:00")]);
        assert_eq!(again.read(TODAY), Ok(hours));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_reason() {
        assert_eq!(refused(&HoursForm::default()), "never");
        for (from, to) in [("9", "half past"), ("", "17:00"), ("09:00", "09:20"), ("25:00", "26:00")] {
            let mut form = HoursForm::default();
            form.days[2] = vec![pair(from, to)];
            assert_eq!(refused(&form), "hours", "{from} {to}");
        }
        let crowded: Vec<_> = (8..13).map(|hour| pair(&format!("{hour:02}:00"), &format!("{hour:02}:30"))).collect();
        let mut form = HoursForm::default();
        form.days[0] = crowded;
        assert_eq!(refused(&form), "hours");
        for (first, last) in [("Christmas", ""), ("2026-12-26", "2026-12-24"), ("2026-12-01", "2028-01-01"), ("", "2026-12-24")] {
            let form = HoursForm { always: true, closed: vec![pair(first, last)], ..HoursForm::default() };
            assert_eq!(refused(&form), "closed_days", "{first} {last}");
        }
        let many = (1..=61).map(|n| pair(&TODAY.saturating_add(n.days()).to_string(), "")).collect();
        assert_eq!(refused(&HoursForm { always: true, closed: many, ..HoursForm::default() }), "closed_days");
    }

    #[test]
    fn a_day_from_midnight_to_midnight_is_a_whole_day() {
        let mut form = HoursForm::default();
        form.days[6] = vec![pair("00:00", "00:00")];
        assert_eq!(form.read(TODAY).expect("it is sound").week[0].minutes(), 1440);
    }
}
