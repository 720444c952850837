//! The instance's grid of starts: which instants may be booked (PRODUCT section 3).
//!
//! Starts lie on the wall clock of the instance's zone, so that a zone of half hours books at half past like any other.

use super::refusal::Refusal;
use super::time::{DAY, MINUTE, Timestamp};

/// Bookings may lie at most this far ahead: 13 weeks.
pub const HORIZON_S: i64 = 13 * 7 * DAY;
/// A start may be booked until this long after it has passed, so that a click at the last second still counts.
pub const LATE_BOOKING_S: i64 = 60;
/// The steps an admin may choose from, in minutes.
pub const STEPS: [i64; 4] = [5, 15, 30, 60];
/// Bookings that one request may ask for.
pub const BATCH_MOST: usize = 40;

/// Checks that a start is on the grid, not over and not too far ahead.
///
/// Offsets of all zones in use are whole quarter hours, so steps up to 15 minutes are the same everywhere; coarser
/// steps are measured on the wall clock whose offset is given in seconds.
///
/// # Errors
/// A refusal that says which of the three it is.
pub fn start_checked(start: Timestamp, step_minutes: i64, offset_s: i32, now: Timestamp) -> Result<(), Refusal> {
    if start.plus(LATE_BOOKING_S) < now {
        return Err(Refusal::new("past", "That start is over. Pick one that is still ahead."));
    }
    if start.since(now) > HORIZON_S {
        return Err(Refusal::new("too_far", "Bookings go up to 13 weeks ahead. Pick an earlier start."));
    }
    if (start.0 + i64::from(offset_s)).rem_euclid(step_minutes * MINUTE) != 0 {
        return Err(Refusal::new(
            "off_grid",
            format!("Sessions start every {step_minutes} minutes here. Pick one of those starts."),
        ));
    }
    Ok(())
}

/// The next start on the grid at or after `now`, given the zone's offset in seconds.
pub fn next_start(now: Timestamp, step_minutes: i64, offset_s: i32) -> Timestamp {
    let step = step_minutes * MINUTE;
    let local = now.0 + i64::from(offset_s);
    Timestamp(local.div_euclid(step) * step + if local.rem_euclid(step) == 0 { 0 } else { step } - i64::from(offset_s))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Zone;

    #[test]
    fn a_click_in_the_very_second_of_the_start_still_counts() {
        let start = Timestamp(1_790_000_100);
        assert!(start_checked(start, 15, 0, start.plus(59)).is_ok());
        assert_eq!(start_checked(start, 15, 0, start.plus(61)).expect_err("it is refused").code, "past");
    }

    #[test]
    fn hourly_starts_follow_the_wall_clock_of_a_quarter_hour_zone() {
        let zone = Zone::or_utc("Asia/Kathmandu");
        let now = Timestamp(1_790_000_000);
        let start = next_start(now, 60, zone.offset_s(now));
        assert_eq!(zone.wall(start).minute(), 0);
        assert!(start_checked(start, 60, zone.offset_s(start), now).is_ok());
        assert_eq!(
            start_checked(start.plus(15 * MINUTE), 60, zone.offset_s(start), now).expect_err("it is refused").code,
            "off_grid"
        );
    }

    #[test]
    fn thirteen_weeks_ahead_is_the_end() {
        let now = Timestamp(1_790_000_100);
        assert!(start_checked(now.plus(HORIZON_S), 15, 0, now).is_ok());
        assert_eq!(start_checked(now.plus(HORIZON_S + 900), 15, 0, now).expect_err("it is refused").code, "too_far");
    }
}
