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
/// One that was made by hand in the evening puts the night's off until it is that old.
const LEAST_S: i64 = 12 * HOUR_S;
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

/// Which of these names may go. One from the future was given by a wrong clock: it takes no other's place and waits for its day.
pub fn superfluous(names: &[String], now_s: i64) -> Vec<String> {
    let dated = names.iter().filter_map(|name| Some((made_at(name)?, name)));
    let mut dated: Vec<(i64, &String)> = dated.filter(|(at, _)| *at <= now_s).collect();
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

/// Whether what was put aside at that second is older than any backup that is kept: six months have had one since. Counted by
/// backups and not by the clock, so that a wrong clock takes nothing away.
pub fn outlived(aside_s: i64, names: &[String]) -> bool {
    let since = names.iter().filter_map(|name| made_at(name)).filter(|at| *at > aside_s);
    since.map(|at| civil(at).date().first_of_month()).collect::<BTreeSet<Date>>().len() >= MONTHS
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

/// Whether the next backup is due: as soon as a night's hour lies between the last one and this moment. A machine that sleeps at night
/// makes it when it wakes; a night without that hour, or with two of it, has one all the same.
pub fn is_due(newest_s: Option<i64>, now_s: i64, zone: &TimeZone) -> bool {
    let Some(newest) = newest_s else { return true };
    let age = now_s - newest;
    // A name from the future was given by a wrong clock; it must not put backups off.
    age < 0 || (age >= LEAST_S && newest < last_night(now_s, zone))
}

/// The last time that the clock there stood at the night's hour.
fn last_night(now_s: i64, zone: &TimeZone) -> i64 {
    let now = Instant::from_second(now_s).unwrap_or_default().to_zoned(zone.clone());
    let night_of = |date: Date| date.at(NIGHT, 0, 0, 0).to_zoned(zone.clone()).map_or(now_s, |at| at.timestamp().as_second());
    let today = night_of(now.date());
    if today <= now_s { today } else { night_of(now.date().yesterday().unwrap_or(now.date())) }
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
            let gone = superfluous(&names, NOON + night * DAY);
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
        assert!(superfluous(&two, NOON + DAY).is_empty(), "the last day is kept whole");
        let later = [&two[..], &[name_at(NOON + 2 * DAY, false)]].concat();
        assert_eq!(superfluous(&later, NOON + 2 * DAY), [name_at(NOON, false)]);
        let many: Vec<String> = (0..60).map(|n| name_at(NOON + n * 60, false)).collect();
        assert_eq!(superfluous(&many, NOON + DAY).len(), 60 - FRESH);
    }

    #[test]
    fn one_from_the_future_is_not_counted_and_not_deleted_before_its_day() {
        let names: Vec<String> = (0..20).map(|n| name_at(NOON + n * DAY, false)).collect();
        let gone = superfluous(&names, NOON + 9 * DAY);
        assert!(gone.iter().all(|name| made_at(name) <= Some(NOON + 9 * DAY)));
        let kept = |n: i64| !gone.contains(&name_at(NOON + n * DAY, false));
        assert!((3..20).all(kept), "the last seven days to this one, and all that is to come: {gone:?}");
    }

    #[test]
    fn what_was_put_aside_goes_when_six_months_have_had_a_backup_since() {
        let months = |n: i64| (1..=n).map(|n| name_at(NOON + n * 31 * DAY, false)).collect::<Vec<_>>();
        assert!(!outlived(NOON, &months(5)));
        assert!(outlived(NOON, &months(6)));
        assert!(!outlived(NOON + 40 * DAY, &months(6)), "those from before do not count");
        let jumped = vec![name_at(NOON, false), name_at(NOON + 4000 * DAY, false)];
        assert!(!outlived(NOON - DAY, &jumped), "a clock that jumped takes nothing away");
    }

    #[test]
    fn it_is_due_once_each_night_and_after_a_clock_that_was_wrong() {
        let utc = TimeZone::UTC;
        let night = NOON - 9 * HOUR_S;
        assert!(is_due(None, NOON, &utc));
        assert!(is_due(Some(night - DAY), night, &utc) && !is_due(Some(night), night + 1800, &utc));
        assert!(!is_due(Some(night), night + 23 * HOUR_S, &utc) && is_due(Some(NOON - DAY), NOON, &utc));
        let evening = NOON + 9 * HOUR_S;
        assert!(!is_due(Some(evening), night + DAY, &utc) && is_due(Some(evening), evening + 12 * HOUR_S, &utc));
        assert!(is_due(Some(NOON + 900 * DAY), NOON, &utc));
        assert!(check_is_due(None, NOON) && !check_is_due(Some(NOON - DAY), NOON) && check_is_due(Some(NOON - 8 * DAY), NOON));
    }

    /// Looks every half hour of a year, while the machine is awake, and gives the ages in hours at which one was made.
    fn year(zone: &TimeZone, awake: impl Fn(i8) -> bool) -> Vec<i64> {
        let (mut newest, mut ages) = (NOON, Vec::new());
        for look in 1..(365 * 48) {
            let now = NOON + look * 1800;
            let hour = Instant::from_second(now).expect("a time").to_zoned(zone.clone()).hour();
            if awake(hour) && is_due(Some(newest), now, zone) {
                ages.push((now - newest) / HOUR_S);
                newest = now;
            }
        }
        ages
    }

    #[test]
    fn a_year_has_one_for_each_night_in_every_zone_and_on_a_machine_that_sleeps_at_night() {
        // Each has its change of the clock at another hour; in Helsinki three o'clock falls out once and comes twice once.
        for name in ["UTC", "Europe/Berlin", "Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"] {
            let zone = TimeZone::get(name).expect("a zone");
            let nights = year(&zone, |_| true);
            assert!((364..=366).contains(&nights.len()), "{name}: {}", nights.len());
            // The first two make up for the noon at which the year begins.
            assert!(nights[2..].iter().all(|age| (22..=26).contains(age)), "{name}: {nights:?}");
            let mornings = year(&zone, |hour| hour == 9);
            assert!((364..=366).contains(&mornings.len()), "{name}, awake for one hour a day: {}", mornings.len());
        }
    }
}
