//! What is counted while the server runs: calls and the ways they took. No name and no address is in it.
//!
//! Everything is a number that only grows and starts at zero with the process, as Prometheus expects. The number of series is fixed
//! here, whatever a page sends.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Upper ends of the classes of connect times, in milliseconds; one more class is for all that took longer.
pub const CONNECT_CLASSES: [u64; 7] = [250, 500, 1_000, 2_000, 3_000, 5_000, 10_000];
/// Ways that a call can take.
pub const WAYS: [&str; 5] = ["direct_udp", "direct_tcp", "relay_udp", "relay_tcp", "relay_tls"];
/// Kinds of calls.
pub const KINDS: [&str; 2] = ["pair", "server"];
/// A call that took longer to connect was rather forgotten, in milliseconds.
const LONGEST_MS: u64 = 120_000;

/// Counters of one process.
#[derive(Debug, Default)]
pub struct Meters {
    calls: [[AtomicU64; WAYS.len()]; KINDS.len()],
    classes: [AtomicU64; CONNECT_CLASSES.len() + 1],
    connect_ms: AtomicU64,
}

impl Meters {
    /// A call came about. What is no known kind or way is not counted.
    pub fn call(&self, kind: &str, way: &str, seconds: f64) {
        let place = |all: &[&str], word: &str| all.iter().position(|known| *known == word);
        let (Some(kind), Some(way)) = (place(&KINDS, kind), place(&WAYS, way)) else { return };
        // A cast of a float saturates: nonsense becomes one of the ends.
        let ms = ((seconds * 1000.0) as u64).min(LONGEST_MS);
        self.calls[kind][way].fetch_add(1, Relaxed);
        let class = CONNECT_CLASSES.iter().position(|end| ms <= *end).unwrap_or(CONNECT_CLASSES.len());
        self.classes[class].fetch_add(1, Relaxed);
        self.connect_ms.fetch_add(ms, Relaxed);
    }

    /// Calls by kind and way.
    pub fn calls(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> + '_ {
        let of_kind = |(kind, ways): (usize, &'_ [AtomicU64; WAYS.len()])| {
            let counts: [u64; WAYS.len()] = std::array::from_fn(|n| ways[n].load(Relaxed));
            WAYS.iter().zip(counts).map(move |(way, count)| (KINDS[kind], *way, count))
        };
        self.calls.iter().enumerate().flat_map(of_kind)
    }

    /// Connect times by [`CONNECT_CLASSES`], and their sum in milliseconds.
    pub fn connect_times(&self) -> ([u64; CONNECT_CLASSES.len() + 1], u64) {
        (std::array::from_fn(|n| self.classes[n].load(Relaxed)), self.connect_ms.load(Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_cannot_make_a_series_of_its_own() {
        let meters = Meters::default();
        meters.call("pair", "relay_tls", 0.4);
        meters.call("pair", "carrier_pigeon", 1.0);
        meters.call("ana", "direct_udp", 1.0);
        meters.call("server", "direct_udp", f64::NAN);
        meters.call("server", "direct_udp", 1e300);
        let made: Vec<_> = meters.calls().filter(|(_, _, count)| *count > 0).collect();
        assert_eq!(made, [("pair", "relay_tls", 1), ("server", "direct_udp", 2)]);
        assert_eq!(meters.calls().count(), 10);
        assert_eq!(meters.connect_times(), ([1, 1, 0, 0, 0, 0, 0, 1], 120_400));
    }
}
