//! Which backups are kept and when the next is due: told by their names alone, so that a restart changes nothing.
//!
//! The newest of each of seven days, four weeks and six months with a backup in them, and all of the last day: one that was made by hand
//! is not gone with the next. Days without one cost nothing: a machine that
//! slept for a year still has its last seven. A file with any other name is not ours to delete.

use jiff::Timestamp as Instant;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;

const DAYS: usize = 7;
const WEEKS: usize = 4;
const MONTHS: usize = 6;
/// Backups of the last day that are kept, for whoever makes one before each step of some work.
const FRESH: usize = 24;
const HOUR_S: i64 = 3600;
/// The hour of the night, on the machine's clock.
const NIGHT: i8 = 3;
/// A backup is checked again after a week.
const CHECK_S: i64 = 7 * 24 * HOUR_S;

/// Endings of names: open, and locked by a passphrase.
pub const OPEN: &str = ".tar.gz";
pub const LOCKED: &str = ".tar.gz.sealed";

/// The name of a backup that is made at that Unix second.
pub fn name_at(now_s: i64, locked: bool) -> String {
    let at = civil(now_s);
    let ending = if locked { LOCKED } else { OPEN };
    format!("alongside-{}{ending}", at.strftime("%Y%m%d-%H%M%S"))
}

/// When a backup was made, by its name; `None` for any other file.
pub fn made_at(name: &str) -> Option<i64> {
    let stamp = name.strip_prefix("alongside-")?;
    let stamp = stamp.strip_suffix(LOCKED).or_else(|| stamp.strip_suffix(OPEN))?;
    if stamp.len() != 15 || !stamp.bytes().enumerate().all(|(n, b)| if n == 8 { b == b'-' } else { b.is_ascii_digit() }) {
        return None;
    }
    let at = DateTime::strptime("%Y%m%d-%H%M%S", stamp).ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

fn civil(at_s: i64) -> DateTime {
    Instant::from_second(at_s).unwrap_or_default().to_zoned(TimeZone::UTC).datetime()
}

/// Which of these names may go.
pub fn superfluous(names: &[String]) -> Vec<String> {
    let mut dated: Vec<(i64, &String)> = names.iter().filter_map(|name| Some((made_at(name)?, name))).collect();
    dated.sort_by(|a, b| b.cmp(a));
    let mut kept = BTreeSet::new();
    let newest = dated.first().map_or(0, |(at, _)| *at);
    let fresh = dated.iter().take(FRESH).filter(|(at, _)| newest - at < 24 * HOUR_S);
    kept.extend(fresh.map(|(_, name)| (*name).clone()));
    let day = |at: i64| civil(at).date();
    newest_of_each(&dated, DAYS, &mut kept, day);
    newest_of_each(&dated, WEEKS, &mut kept, |at| monday_of(day(at)));
    newest_of_each(&dated, MONTHS, &mut kept, |at| day(at).first_of_month());
    dated.into_iter().map(|(_, name)| name.clone()).filter(|name| !kept.contains(name)).collect()
}

fn newest_of_each(dated: &[(i64, &String)], most: usize, kept: &mut BTreeSet<String>, class: impl Fn(i64) -> Date) {
    let mut seen = BTreeSet::new();
    for (at, name) in dated {
        let fresh = seen.len() < most && seen.insert(class(*at));
        if fresh {
            kept.insert((*name).clone());
        }
    }
}

fn monday_of(day: Date) -> Date {
    let back = i64::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(jiff::Span::new().days(back)).unwrap_or(day)
}

/// Whether the next backup is due: in the night after the last one, or as soon as a day has gone by without.
pub fn is_due(newest_s: Option<i64>, now_s: i64, zone: &TimeZone) -> bool {
    let Some(newest) = newest_s else { return true };
    let hour = Instant::from_second(now_s).unwrap_or_default().to_zoned(zone.clone()).hour();
    let age = now_s - newest;
    // A name from the future was given by a wrong clock; it must not put backups off.
    !(0..26 * HOUR_S).contains(&age) || (age >= 12 * HOUR_S && hour == NIGHT)
}

/// Whether the newest backup is to be looked through.
pub fn check_is_due(last_s: Option<i64>, now_s: i64) -> bool {
    last_s.is_none_or(|last| !(0..CHECK_S).contains(&(now_s - last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    /// Sunday, 22 November 2026, noon UTC.
    const NOON: i64 = 1_795_348_800;

    #[test]
    fn a_name_says_when_it_was_made_and_no_other_file_is_ours() {
        let name = name_at(NOON, false);
        assert_eq!(name, "alongside-20261122-120000.tar.gz");
        assert_eq!(made_at(&name), Some(NOON));
        assert_eq!(made_at(&name_at(NOON, true)), Some(NOON));
        for other in [
            "alongside.db",
            "alongside-holiday.tar.gz",
            "alongside-20261322-120000.tar.gz",
            "alongside-2026112-1200000.tar.gz",
            "x",
        ] {
            assert_eq!(made_at(other), None, "{other}");
        }
    }

    #[test]
    fn a_year_of_nights_leaves_seven_days_four_weeks_and_six_months() {
        let mut names: Vec<String> = Vec::new();
        for night in 0..400 {
            names.push(name_at(NOON + night * DAY, false));
            let gone = superfluous(&names);
            names.retain(|name| !gone.contains(name));
        }
        let ages: Vec<i64> = names.iter().rev().filter_map(|name| made_at(name)).map(|at| 399 - (at - NOON) / DAY).collect();
        assert_eq!(ages[..7], [0, 1, 2, 3, 4, 5, 6]);
        assert!((12..=17).contains(&names.len()), "{ages:?}");
        assert!(ages.iter().any(|age| (21..=28).contains(age)) && ages.iter().any(|age| *age > 120), "{ages:?}");
    }

    #[test]
    fn of_an_older_day_the_last_stays_and_strangers_stay() {
        let two = [name_at(NOON, false), name_at(NOON + 60, true), "letters.tar.gz".to_owned()];
        assert!(superfluous(&two).is_empty(), "the last day is kept whole");
        let later = [&two[..], &[name_at(NOON + 2 * DAY, false)]].concat();
        assert_eq!(superfluous(&later), [name_at(NOON, false)]);
        let many: Vec<String> = (0..60).map(|n| name_at(NOON + n * 60, false)).collect();
        assert_eq!(superfluous(&many).len(), 60 - FRESH);
    }

    #[test]
    fn it_is_due_at_night_after_a_day_without_and_after_a_clock_that_was_wrong() {
        let utc = TimeZone::UTC;
        let night = NOON - 9 * HOUR_S;
        assert!(is_due(None, NOON, &utc));
        assert!(is_due(Some(night - DAY), night, &utc) && !is_due(Some(night), night + 1800, &utc));
        assert!(!is_due(Some(NOON - DAY), NOON, &utc) && is_due(Some(NOON - DAY), NOON + 2 * HOUR_S, &utc));
        assert!(is_due(Some(NOON + 900 * DAY), NOON, &utc));
        assert!(check_is_due(None, NOON) && !check_is_due(Some(NOON - DAY), NOON) && check_is_due(Some(NOON - 8 * DAY), NOON));
    }
}
