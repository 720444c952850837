//! Opening hours against the truth, minute by minute, in zones whose clocks are changed.

use super::*;
use crate::domain::time::{HOUR, MINUTE};
use jiff::civil::date;
use proptest::prelude::*;

/// Zones of every kind, and a day near which each changes its clock; Lord Howe by half an hour, Beirut and Santiago at midnight.
const ZONES: [(&str, Date); 10] = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("America/Santiago", date(2026, 4, 5)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
    ("Pacific/Apia", date(2011, 12, 30)),
];

/// Whether each minute of [from, to) is open: the furthest that the house's clock has come lies in a span, and in no closed day.
fn truth(hours: &Hours, zone: &Zone, from: Timestamp, to: Timestamp) -> Vec<bool> {
    let mut furthest = zone.wall(from.plus(-3 * DAY));
    let minutes = |from: Timestamp, to: Timestamp| (0..to.since(from) / MINUTE).map(move |n| from.plus(n * MINUTE));
    minutes(from.plus(-3 * DAY), from).for_each(|at| furthest = furthest.max(zone.wall(at)));
    minutes(from, to)
        .map(|at| {
            furthest = furthest.max(zone.wall(at));
            let lies_in = |span: &Span| {
                [furthest.date(), furthest.date().yesterday().expect("a day before")].into_iter().any(|date| {
                    let is_that_day = date.weekday().to_monday_zero_offset() as u8 == span.weekday;
                    let end = if span.to <= span.from { date.tomorrow().expect("a day after") } else { date };
                    is_that_day && wall(date, span.from) <= furthest && furthest < wall(end, span.to)
                })
            };
            let is_shut = hours.closed.iter().any(|closed| closed.first <= furthest.date() && furthest.date() <= closed.last);
            (hours.week.is_empty() || hours.week.iter().any(lies_in)) && !is_shut
        })
        .collect()
}

fn a_span() -> impl Strategy<Value = Span> {
    // Times off the quarters of an hour, and those around which clocks are changed.
    let minute = || prop_oneof![0u16..1440, (0u16..96).prop_map(|n| n * 15), (0u16..24).prop_map(|n| n * 10)];
    (0u8..7, minute(), minute()).prop_map(|(weekday, from, to)| Span { weekday, from, to })
}

fn some_hours(around: Date) -> impl Strategy<Value = Hours> {
    let closed = (-4i64..5, 0i64..3).prop_map(move |(first, days)| {
        let first = around.saturating_add(first.days());
        Closed { first, last: first.saturating_add(days.days()) }
    });
    (prop::collection::vec(a_span(), 0..12), prop::collection::vec(closed, 0..3))
        .prop_map(|(week, closed)| Hours { week, closed })
}

fn somewhere() -> impl Strategy<Value = (Zone, Date, Hours)> {
    prop::sample::select(&ZONES[..])
        .prop_flat_map(|(name, around)| some_hours(around).prop_map(move |hours| (Zone::or_utc(name), around, hours)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_session_is_in_open_time_when_each_of_its_minutes_is((zone, around, hours) in somewhere()) {
        let from = zone.midnight(around.saturating_add((-2).days()));
        let to = from.plus(5 * DAY);
        let open = hours.open(&zone, from, to);
        let minutes = truth(&hours, &zone, from, to.plus(2 * HOUR));
        for (n, at) in (0..to.since(from) / MINUTE).map(|n| (n as usize, from.plus(n * MINUTE))) {
            for length in Length::ALL {
                let is = minutes[n..n + length.minutes() as usize].iter().all(|open| *open);
                prop_assert_eq!(open.holds(at, length.seconds()), is, "{} {} {:?}", zone.wall(at), length.minutes(), hours);
            }
        }
    }

    #[test]
    fn a_few_days_say_the_same_as_many((zone, around, hours) in somewhere(), start in 0i64..96 * 4) {
        let from = zone.midnight(around.saturating_add((-2).days()));
        let start = from.plus(start * 15 * MINUTE);
        let (near, wide) = (hours.open(&zone, start, start), hours.open(&zone, from, from.plus(6 * DAY)));
        for length in Length::ALL {
            prop_assert_eq!(near.holds(start, length.seconds()), wide.holds(start, length.seconds()));
        }
    }

    #[test]
    fn it_opens_at_the_first_minute_at_which_a_session_fits((zone, around, hours) in somewhere()) {
        let from = zone.midnight(around.saturating_add((-1).days()));
        let minutes = truth(&hours, &zone, from, from.plus(16 * DAY));
        let fits = |n: &usize| minutes[*n..n + 50].iter().all(|open| *open);
        let first = (0..14 * 1440).find(fits).map(|n| from.plus(n as i64 * MINUTE));
        let said = hours.opens_after(&zone, from, 50 * MINUTE);
        prop_assert_eq!(said.filter(|at| at.since(from) < 14 * DAY), first, "{:?}", hours);
    }

    #[test]
    fn what_is_open_of_a_window_has_no_closed_start_and_reaches_as_far_as_it_can(
        (zone, around, hours) in somewhere(),
        (start, before, after) in (0i64..96, 0i64..8, 0i64..8),
        step in prop::sample::select(&[5i64, 15, 30, 60][..]),
    ) {
        let on_grid = |at: Timestamp| grid::next_start(at, step, zone.offset_s(at));
        let start = on_grid(zone.midnight(around).plus(start * 15 * MINUTE));
        let (earliest, latest) = (on_grid(start.plus(-before * 15 * MINUTE)), on_grid(start.plus(after * 15 * MINUTE)));
        let length = Length::Middle;
        let open = hours.open(&zone, earliest, latest);
        let all: Vec<Timestamp> = std::iter::successors(Some(on_grid(earliest)), |at| Some(on_grid(at.plus(1))))
            .take_while(|at| *at <= latest)
            .collect();
        let is_open = |at: &Timestamp| open.holds(*at, length.seconds());
        match open.window((start, length), (earliest, latest), (step, &zone)) {
            None => prop_assert!(!all.iter().any(is_open)),
            Some((at, (first, last))) => {
                prop_assert!(all.contains(&at) && first <= at && at <= last);
                prop_assert!(all.iter().filter(|one| first <= **one && **one <= last).all(is_open));
                let edge = |beyond: Option<&Timestamp>| beyond.is_none_or(|one| !is_open(one));
                prop_assert!(edge(all.iter().rfind(|one| **one < first)) && edge(all.iter().find(|one| **one > last)));
                let nearer = |one: &Timestamp| is_open(one) && one.since(start).abs() < at.since(start).abs();
                prop_assert!(!all.iter().any(nearer), "the nearest");
            }
        }
    }
}

fn weekdays(from: u16, to: u16) -> Hours {
    Hours { week: (0..5).map(|weekday| Span { weekday, from: from * 60, to: to * 60 }).collect(), closed: Vec::new() }
}

fn why(hours: &Hours, zone: &Zone, wall: DateTime, length: Length) -> String {
    hours.checked(zone, (zone.at(wall), length), zone).expect_err("it is closed").sentence
}

#[test]
fn a_house_without_hours_is_always_open() {
    let hours = Hours::default();
    assert!(hours.is_always() && hours.open(&Zone::utc(), EVER.0, EVER.1).holds(Timestamp(0), DAY));
    assert_eq!(hours.checked(&Zone::utc(), (Timestamp(0), Length::Long), &Zone::utc()), Ok(()));
}

#[test]
fn nine_o_clock_stays_nine_o_clock_when_the_clocks_are_changed() {
    let (hours, zone) = (weekdays(9, 17), Zone::or_utc("Europe/Berlin"));
    for day in [date(2026, 10, 23), date(2026, 10, 26), date(2026, 3, 27), date(2026, 3, 30)] {
        let open = |hour, minute| {
            let start = zone.at(day.at(hour, minute, 0, 0));
            hours.open(&zone, start, start).holds(start, 50 * MINUTE)
        };
        assert!(!open(8, 45) && open(9, 0) && open(16, 10) && !open(16, 15), "{day}");
    }
}

#[test]
fn a_refusal_says_when_the_house_opens_or_that_it_closes_too_early() {
    let (mut hours, zone) = (weekdays(9, 17), Zone::or_utc("Europe/Berlin"));
    let friday = date(2026, 11, 20);
    assert_eq!(why(&hours, &zone, friday.at(7, 0, 0, 0), Length::Middle), "The house is closed then. It opens at 9:00.");
    assert_eq!(why(&hours, &zone, friday.at(19, 0, 0, 0), Length::Middle), "The house is closed then. It opens Monday at 9:00.");
    assert!(
        why(&hours, &zone, friday.at(16, 30, 0, 0), Length::Middle).starts_with("The house closes at 17:00, before 50 minutes")
    );
    hours.closed.push(Closed { first: date(2026, 11, 21), last: date(2026, 11, 27) });
    let said = why(&hours, &zone, friday.at(19, 0, 0, 0), Length::Middle);
    assert_eq!(said, "The house is closed then. It opens Monday 30 November at 9:00.");
    let far = Hours { week: hours.week, closed: vec![Closed { first: date(2026, 1, 1), last: date(2029, 1, 1) }] };
    assert!(why(&far, &zone, friday.at(9, 0, 0, 0), Length::Short).contains("doesn’t open again within a year"));
}

#[test]
fn a_refusal_tells_times_on_the_clock_of_who_asks() {
    let (hours, house, mine) = (weekdays(9, 17), Zone::or_utc("Europe/Berlin"), Zone::or_utc("Asia/Kathmandu"));
    let start = house.at(date(2026, 11, 20).at(7, 0, 0, 0));
    let said = hours.checked(&house, (start, Length::Short), &mine).expect_err("it is closed").sentence;
    assert_eq!(said, "The house is closed then. It opens at 13:45.");
}

#[test]
fn a_closed_day_is_closed_also_for_the_night_that_began_before_it() {
    let zone = Zone::utc();
    let hours = Hours {
        week: vec![Span { weekday: 4, from: 20 * 60, to: 2 * 60 }],
        closed: vec![Closed { first: date(2026, 11, 21), last: date(2026, 11, 21) }],
    };
    let at = |day, hour| zone.at(date(2026, 11, day).at(hour, 0, 0, 0));
    let open = hours.open(&zone, at(20, 0), at(22, 0));
    assert!(open.holds(at(20, 23), 50 * MINUTE) && !open.holds(at(20, 23), 75 * MINUTE) && !open.holds(at(21, 0), 25 * MINUTE));
    assert!(hours.open(&zone, at(27, 0), at(28, 0)).holds(at(28, 0), 75 * MINUTE));
}

#[test]
fn spans_that_touch_are_one() {
    let hours =
        Hours { week: vec![Span { weekday: 0, from: 540, to: 0 }, Span { weekday: 1, from: 0, to: 600 }], closed: Vec::new() };
    let start = Zone::utc().at(date(2026, 11, 16).at(23, 30, 0, 0));
    assert!(hours.open(&Zone::utc(), start, start).holds(start, 75 * MINUTE));
}
