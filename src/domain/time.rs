//! Instants and zones: everything is stored as seconds UTC and shown in somebody's zone.
//!
//! Nothing here looks at a clock; the time is always told.

use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// An instant, in whole seconds since 1970 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant `seconds` later (earlier when negative).
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Whole seconds from `earlier` to this instant; negative when this one is the earlier.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The first instant after this one that is a whole multiple of so many seconds.
    pub fn next_whole(self, seconds: i64) -> Self {
        Self(self.0.div_euclid(seconds.max(1)).saturating_add(1).saturating_mul(seconds.max(1)))
    }

    /// The same instant as jiff knows it; out-of-range values are pulled to the nearest end.
    pub fn instant(self) -> jiff::Timestamp {
        let (least, most) = (jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
        jiff::Timestamp::from_second(self.0.clamp(least, most)).unwrap_or_default()
    }
}

/// A time zone by its IANA name; unknown names are refused at the door and fall back to UTC inside.
#[derive(Clone, Debug)]
pub struct Zone {
    name: Arc<str>,
    zone: TimeZone,
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Zone {
    /// Finds a zone by its IANA name ("Europe/Berlin"); `None` for a name that is not known.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        if name.is_empty() || name.len() > 64 {
            return None;
        }
        let zone = TimeZone::get(name).ok()?;
        let name = zone.iana_name().unwrap_or(name).into();
        Some(Self { name, zone })
    }

    /// The zone of that name, or UTC: for names that were checked when they came in.
    pub fn or_utc(name: &str) -> Self {
        Self::named(name).unwrap_or_else(Self::utc)
    }

    pub fn utc() -> Self {
        Self { name: "UTC".into(), zone: TimeZone::UTC }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The wall clock there at that instant.
    pub fn wall(&self, at: Timestamp) -> civil::DateTime {
        self.zone.to_datetime(at.instant())
    }

    /// The date there at that instant.
    pub fn date(&self, at: Timestamp) -> civil::Date {
        self.wall(at).date()
    }

    /// The first instant of that date there: midnight, or what follows it where midnight is skipped.
    pub fn midnight(&self, date: civil::Date) -> Timestamp {
        self.at(date.at(0, 0, 0, 0))
    }

    /// The instant of a wall-clock time; the earlier one if it happens twice, the later edge if it is skipped.
    pub fn at(&self, wall: civil::DateTime) -> Timestamp {
        match self.zone.to_ambiguous_timestamp(wall).compatible() {
            Ok(at) => Timestamp(at.as_second()),
            Err(_) => Timestamp(0),
        }
    }

    /// The first instant at which the clock there shows that time or has leapt over it.
    pub fn reaches(&self, wall: civil::DateTime) -> Timestamp {
        let mut after = self.at(wall);
        if self.wall(after) == wall {
            return after;
        }
        // It is skipped: the leap lies within the day before.
        let mut before = after.plus(-DAY - HOUR);
        while after.since(before) > 1 {
            let middle = before.plus(after.since(before) / 2);
            if self.wall(middle) < wall { before = middle } else { after = middle }
        }
        after
    }

    /// Seconds east of UTC at that instant.
    pub fn offset_s(&self, at: Timestamp) -> i32 {
        self.zone.to_offset(at.instant()).seconds()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_name_and_nothing_else() {
        assert_eq!(Zone::named("Asia/Kathmandu").map(|z| z.name().to_owned()), Some("Asia/Kathmandu".into()));
        assert!(Zone::named("Mars/Olympus").is_none());
        assert!(Zone::named("").is_none());
        assert!(Zone::named(&"x".repeat(500)).is_none());
    }

    #[test]
    fn the_next_quarter_of_an_hour_is_always_ahead() {
        let next = |at: i64| Timestamp(at).next_whole(900).0;
        assert_eq!([next(0), next(899), next(900), next(-1)], [900, 900, 1800, 0]);
    }

    #[test]
    fn quarter_hour_zones_keep_their_minutes() {
        let zone = Zone::or_utc("Asia/Kathmandu");
        assert_eq!(zone.offset_s(Timestamp(1_790_000_000)), 5 * 3600 + 45 * 60);
    }
}
