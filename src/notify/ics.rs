//! A booking as an iCalendar file (RFC 5545): one event, a reminder ten minutes before, folded lines, escaped text.

use crate::domain::booking::Length;
use crate::domain::id::BookingId;
use crate::domain::time::Timestamp;
use std::fmt::Write;

/// What the file tells.
pub struct Event<'a> {
    pub id: BookingId,
    pub start: Timestamp,
    pub length: Length,
    /// The partner's name, or empty.
    pub with: &'a str,
    pub title: &'a str,
    pub instance: &'a str,
    pub link: &'a str,
}

/// The whole file. The UID stays the same, so that importing it again moves nothing twice.
pub fn calendar_file(event: &Event<'_>, now: Timestamp) -> String {
    let host = event.link.strip_prefix("https://").unwrap_or(event.link).split(['/', ':']).next().unwrap_or_default();
    let summary = match (event.title, event.with) {
        ("", "") => format!("Session at {}", event.instance),
        ("", with) => format!("Session with {with}"),
        (title, "") => title.to_owned(),
        (title, with) => format!("{title} (with {with})"),
    };
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Alongside//Session//EN".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:booking-{}@{host}", event.id),
        format!("DTSTAMP:{}", utc(now)),
        format!("DTSTART:{}", utc(event.start)),
        format!("DTEND:{}", utc(event.start.plus(event.length.seconds()))),
        format!("SUMMARY:{}", escaped(&summary)),
        format!("DESCRIPTION:{}", escaped(&format!("Your seat: {}\nThe lobby opens ten minutes before.", event.link))),
        format!("URL:{}", event.link),
        "BEGIN:VALARM".to_owned(),
        "ACTION:DISPLAY".to_owned(),
        format!("DESCRIPTION:{}", escaped(&summary)),
        "TRIGGER:-PT10M".to_owned(),
        "END:VALARM".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().fold(String::new(), |mut file, line| {
        fold(line, &mut file);
        file
    })
}

fn utc(at: Timestamp) -> String {
    at.instant().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// TEXT values (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace("\r\n", "\\n").replace('\n', "\\n")
}

/// Lines of at most 75 octets (RFC 5545, 3.1), never cut inside a character.
fn fold(line: &str, file: &mut String) {
    let mut room = 75;
    for c in line.chars() {
        if c.len_utf8() > room {
            file.push_str("\r\n ");
            room = 74;
        }
        room -= c.len_utf8();
        // Writing to a string does not fail.
        let _ = file.write_char(c);
    }
    file.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(with: &str, title: &str) -> String {
        let event = Event {
            id: BookingId(7),
            start: Timestamp(1_790_000_100),
            length: Length::Middle,
            with,
            title,
            instance: "Maple Street",
            link: "https://192.168.1.20:8443/session/7",
        };
        calendar_file(&event, Timestamp(1_789_000_000))
    }

    #[test]
    fn the_event_lasts_as_long_as_the_session() {
        let file = file("Ben", "");
        assert!(file.contains("DTSTART:20260921T141500Z\r\n"), "{file}");
        assert!(file.contains("DTEND:20260921T150500Z\r\n"));
        assert!(file.contains("SUMMARY:Session with Ben\r\n"));
        assert!(file.contains("UID:booking-7@192.168.1.20\r\n"));
    }

    #[test]
    fn no_text_breaks_out_of_its_line() {
        let file = file("B;e,n\nBEGIN:VEVENT", &"ü".repeat(100));
        assert_eq!(file.matches("\r\nBEGIN:VEVENT").count(), 1);
        assert!(file.split("\r\n").all(|line| line.len() <= 75));
    }
}
