//! The waiting room of connections that have not yet shown what they want.
//!
//! Invariant: at most [`PER_SOURCE`] connections of one source and [`TOTAL`] of all are undecided at any moment. A connection
//! leaves the room when its first decrypted bytes say what it speaks: a school behind one NAT is never counted after that.

use crate::source::Source;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many of one source may be undecided. A TLS handshake takes milliseconds, so a whole school reloading at the stroke of
/// the hour stays far below; somebody who opens connections and says nothing does not.
pub const PER_SOURCE: u32 = 64;

/// How many may be undecided in all; each costs a socket, a task and at most a few KiB.
pub const TOTAL: u32 = 1024;

/// The counters. Cloning shares them.
#[derive(Clone, Default)]
pub struct Undecided(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    total: u32,
    by_source: HashMap<Source, u32>,
}

/// A place in the waiting room, given back when dropped.
pub struct Place {
    room: Undecided,
    source: Source,
}

impl Undecided {
    /// Gives a place, or nothing where the source or the house has too many already.
    pub fn enter(&self, source: Source) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_source = counts.by_source.get(&source).copied().unwrap_or(0);
        if counts.total >= TOTAL || of_source >= PER_SOURCE {
            return None;
        }
        counts.total += 1;
        counts.by_source.insert(source, of_source + 1);
        Some(Place { room: self.clone(), source })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.room.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total -= 1;
        match counts.by_source.get_mut(&self.source) {
            Some(n) if *n > 1 => *n -= 1,
            _ => {
                counts.by_source.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_cannot_take_the_places_of_another() {
        let room = Undecided::default();
        let places: Vec<_> = (0..PER_SOURCE).map(|_| room.enter(Source::V4(1)).expect("a place")).collect();
        assert!(room.enter(Source::V4(1)).is_none());
        assert!(room.enter(Source::V4(2)).is_some());
        drop(places);
        assert!(room.enter(Source::V4(1)).is_some());
    }

    #[test]
    fn the_room_is_bounded_and_empty_when_all_have_left() {
        let room = Undecided::default();
        let places: Vec<_> = (0..TOTAL).map(|n| room.enter(Source::V4(n)).expect("a place")).collect();
        assert!(room.enter(Source::V6(1)).is_none());
        drop(places);
        let counts = room.0.lock().expect("a lock");
        assert_eq!((counts.total, counts.by_source.len()), (0, 0));
    }
}
