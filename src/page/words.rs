//! Times and counts as people say them.
//!
//! Everything is told: the wall clock, the date, the zone. Nothing here looks at a clock.

use crate::domain::booking::{TaskType, Wishes};
use crate::domain::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use jiff::civil::{Date, DateTime, Time, Weekday};

/// A clock time: "9:15".
pub fn clock(wall: DateTime) -> String {
    clock_of(wall.time())
}

/// A clock time without its day: "9:15".
pub fn clock_of(time: Time) -> String {
    format!("{}:{:02}", time.hour(), time.minute())
}

/// The clock time of an instant in a zone: "9:15".
pub fn clock_at(zone: &Zone, at: Timestamp) -> String {
    clock(zone.wall(at))
}

const HOURS: [&str; 12] = ["twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"];

/// A time as it is said, to the nearest five minutes: "ten past seven in the morning".
pub fn said_time(wall: DateTime) -> String {
    let minutes = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
    let rounded = (minutes + 2) / 5 * 5 % (24 * 60);
    let (hour, past) = ((rounded / 60) as usize, rounded % 60);
    let named = if past > 30 { hour + 1 } else { hour } % 24;
    if past == 0 && named == 0 {
        return "midnight".to_owned();
    }
    if past == 0 && named == 12 {
        return "noon".to_owned();
    }
    let word = HOURS[named % 12];
    let word = match named {
        0 => "midnight",
        12 => "noon",
        _ => word,
    };
    let said = match past {
        0 => format!("{word} o'clock"),
        5 => format!("five past {word}"),
        10 => format!("ten past {word}"),
        15 => format!("a quarter past {word}"),
        20 => format!("twenty past {word}"),
        25 => format!("twenty-five past {word}"),
        30 => format!("half past {word}"),
        35 => format!("twenty-five to {word}"),
        40 => format!("twenty to {word}"),
        45 => format!("a quarter to {word}"),
        50 => format!("ten to {word}"),
        _ => format!("five to {word}"),
    };
    if named == 0 || named == 12 {
        return said;
    }
    format!("{said} {}", part_of_day(hour))
}

fn part_of_day(hour: usize) -> &'static str {
    match hour {
        5..=11 => "in the morning",
        12..=17 => "in the afternoon",
        18..=21 => "in the evening",
        _ => "at night",
    }
}

pub fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// The same by its number, 0 for Monday.
pub fn weekday_of(number: u8) -> &'static str {
    Weekday::from_monday_zero_offset(i8::try_from(number).unwrap_or_default()).map_or("", weekday)
}

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

pub fn month(date: Date) -> &'static str {
    MONTHS[usize::try_from(date.month() - 1).unwrap_or(0) % 12]
}

/// A day as it is said from another: "today", "tomorrow", "yesterday", "Thursday", "Thursday 26 Nov".
pub fn day_words(date: Date, today: Date) -> String {
    let days = date.since(today).map_or(i64::MAX, |span| i64::from(span.get_days()));
    match days {
        -1 => "yesterday".to_owned(),
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        2..=6 => weekday(date.weekday()).to_owned(),
        _ => format!("{} {} {}", weekday(date.weekday()), date.day(), &month(date)[..3]),
    }
}

/// "today at 9:15".
pub fn day_and_clock(zone: &Zone, at: Timestamp, now: Timestamp) -> String {
    let wall = zone.wall(at);
    format!("{} at {}", day_words(wall.date(), zone.date(now)), clock(wall))
}

/// "Monday 23 November", for a heading or a label.
pub fn long_day(date: Date) -> String {
    format!("{} {} {}", weekday(date.weekday()), date.day(), month(date))
}

/// "16 – 22 November", "30 November – 6 December".
pub fn week_words(first: Date, last: Date) -> String {
    if first.month() == last.month() {
        format!("{} – {} {}", first.day(), last.day(), month(last))
    } else {
        format!("{} {} – {} {}", first.day(), month(first), last.day(), month(last))
    }
}

/// "first session", "12 sessions": how many somebody has done.
pub fn sessions(done: i64) -> String {
    match done {
        ..=0 => "first session".to_owned(),
        1 => "1 session".to_owned(),
        n => format!("{n} sessions"),
    }
}

/// How long until then: "in 3 minutes", "in 2 hours", "now".
pub fn until(seconds: i64) -> String {
    match seconds {
        ..0 => "now".to_owned(),
        0..90 => "in a minute".to_owned(),
        s if s < HOUR => format!("in {} minutes", (s + 30) / MINUTE),
        s if s < HOUR + 30 * MINUTE => "in an hour".to_owned(),
        s if s < DAY => format!("in {} hours", (s + 30 * MINUTE) / HOUR),
        s if s < 2 * DAY - 3 * HOUR => "in a day".to_owned(),
        s => format!("in {} days", (s + 3 * HOUR) / DAY),
    }
}

/// What somebody says beforehand, in a few words: "at the desk, quiet".
pub fn wishes(wishes: &Wishes) -> Vec<&'static str> {
    let mut said = Vec::new();
    match wishes.task {
        TaskType::Desk => said.push("at the desk"),
        TaskType::Moving => said.push("on the move"),
        TaskType::Anything => {}
    }
    for (is, words) in [
        (wishes.quiet, "quiet: text instead of talk"),
        (wishes.camera_off_ok, "camera off is fine"),
        (wishes.mic_muted, "microphone muted"),
        (wishes.sharing, "sharing the screen"),
    ] {
        if is {
            said.push(words);
        }
    }
    said
}

/// Which of the four skies is above somebody: `sky-dawn`, `sky-day`, `sky-dusk`, `sky-night`.
pub fn sky(zone: &Zone, at: Timestamp) -> &'static str {
    match zone.wall(at).hour() {
        5..=7 => "sky-dawn",
        8..=16 => "sky-day",
        17..=20 => "sky-dusk",
        _ => "sky-night",
    }
}

/// The same words with a capital letter, to begin a sentence.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Their clock where it differs from mine: "16:15 for Ben", with the day where that differs too.
pub fn local_line(name: &str, theirs: &Zone, mine: &Zone, at: Timestamp) -> Option<String> {
    if theirs.offset_s(at) == mine.offset_s(at) {
        return None;
    }
    let (there, here) = (theirs.wall(at), mine.wall(at));
    let day = if there.date() == here.date() { String::new() } else { format!("{} ", weekday(there.date().weekday())) };
    Some(format!("{day}{} for {name}", clock(there)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, datetime};

    fn said(hour: i8, minute: i8) -> String {
        said_time(datetime(2026, 11, 23, hour, minute, 0, 0))
    }

    #[test]
    fn a_time_is_said_as_a_neighbour_says_it() {
        assert_eq!(said(7, 10), "ten past seven in the morning");
        assert_eq!(said(16, 45), "a quarter to five in the afternoon");
        assert_eq!(said(20, 0), "eight o'clock in the evening");
        assert_eq!(said(2, 30), "half past two at night");
    }

    #[test]
    fn noon_and_midnight_have_their_names() {
        assert_eq!(said(0, 0), "midnight");
        assert_eq!(said(12, 0), "noon");
        assert_eq!(said(23, 58), "midnight");
        assert_eq!(said(23, 40), "twenty to midnight");
        assert_eq!(said(12, 10), "ten past noon");
    }

    #[test]
    fn every_minute_of_a_day_can_be_said() {
        for minute in 0..24 * 60 {
            let words = said((minute / 60) as i8, (minute % 60) as i8);
            assert!(words.len() >= 4, "{minute}");
        }
    }

    #[test]
    fn near_days_are_named_and_far_ones_dated() {
        let today = date(2026, 11, 23);
        assert_eq!(day_words(today, today), "today");
        assert_eq!(day_words(date(2026, 11, 24), today), "tomorrow");
        assert_eq!(day_words(date(2026, 11, 26), today), "Thursday");
        assert_eq!(day_words(date(2026, 12, 3), today), "Thursday 3 Dec");
        assert_eq!(day_words(date(2026, 11, 22), today), "yesterday");
        assert_eq!(day_words(date(2027, 2, 23), today), "Tuesday 23 Feb");
    }

    #[test]
    fn a_beginner_is_named_and_others_counted() {
        assert_eq!(sessions(0), "first session");
        assert_eq!(sessions(1), "1 session");
        assert_eq!(sessions(12), "12 sessions");
    }

    #[test]
    fn their_clock_is_told_only_where_it_differs() {
        let (berlin, tokyo) = (Zone::or_utc("Europe/Berlin"), Zone::or_utc("Asia/Tokyo"));
        let at = berlin.at(datetime(2026, 11, 23, 18, 0, 0, 0));
        assert_eq!(local_line("Dai", &tokyo, &berlin, at).as_deref(), Some("Tuesday 2:00 for Dai"));
        assert_eq!(local_line("Eva", &Zone::or_utc("Europe/Paris"), &berlin, at), None);
    }

    #[test]
    fn the_sky_is_above_the_person_and_not_above_me() {
        let at = Zone::or_utc("Europe/Berlin").at(datetime(2026, 11, 23, 10, 0, 0, 0));
        assert_eq!(sky(&Zone::or_utc("Europe/Berlin"), at), "sky-day");
        assert_eq!(sky(&Zone::or_utc("America/Los_Angeles"), at), "sky-night");
        assert_eq!(sky(&Zone::or_utc("Asia/Tokyo"), at), "sky-dusk");
    }

    #[test]
    fn waiting_time_is_said_in_round_words() {
        assert_eq!(until(30), "in a minute");
        assert_eq!(until(11 * MINUTE), "in 11 minutes");
        assert_eq!(until(HOUR), "in an hour");
        assert_eq!(until(5 * HOUR), "in 5 hours");
        assert_eq!(until(30 * HOUR), "in a day");
        assert_eq!(until(47 * HOUR), "in 2 days");
        assert_eq!(until(3 * DAY + 19 * HOUR), "in 3 days");
        assert_eq!(until(-1), "now");
    }
}
