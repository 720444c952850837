//! Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01), both ways: what arrived when, told and read.
//!
//! A sender numbers all its packets together; the receiver tells when each came. [`Inbox`] tells our clients, so that browsers
//! adapt what they send; [`read`] understands what they tell us. Every list is bounded; times are microseconds since an epoch
//! that only differences are taken of.

/// A report never speaks of more packets.
const MOST: usize = 1000;
/// Microseconds in a tick of the deltas, and in one of the reference time.
const TICK: i64 = 250;
const REFERENCE: i64 = 64_000;

/// Arrivals that are not yet reported.
#[derive(Default)]
pub struct Inbox {
    arrivals: Vec<(i64, i64)>,
    /// First number that the next report speaks of, and the newest that came.
    next: Option<i64>,
    newest: i64,
    reports: u8,
}

impl Inbox {
    pub fn arrive(&mut self, now_us: i64, number: u16) {
        let index = match self.next {
            None => i64::from(number),
            Some(_) => self.newest + i64::from(number.wrapping_sub(self.newest as u16) as i16),
        };
        self.next.get_or_insert(index);
        self.newest = self.newest.max(index);
        if self.arrivals.len() < MOST {
            self.arrivals.push((index, now_us));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.arrivals.is_empty()
    }

    /// Appends the body of a report behind both SSRCs: base number, count, reference, chunks and deltas.
    pub fn write(&mut self, body: &mut Vec<u8>) {
        let mut arrivals = std::mem::take(&mut self.arrivals);
        arrivals.sort_unstable();
        arrivals.dedup_by_key(|(index, _)| *index);
        let (Some(&(lowest, _)), Some(&(highest, _))) = (arrivals.first(), arrivals.last()) else { return };
        let base = self.next.unwrap_or(lowest).min(lowest).max(highest - MOST as i64 + 1);
        let (mut statuses, mut deltas) = (Vec::new(), Vec::new());
        let mut clock = None;
        for &(index, at_us) in arrivals.iter().filter(|(index, _)| *index >= base) {
            let reference = *clock.get_or_insert(at_us.div_euclid(REFERENCE) * (REFERENCE / TICK));
            let delta = at_us.div_euclid(TICK) - reference;
            let Ok(wide) = i16::try_from(delta) else { break };
            clock = Some(reference + delta);
            statuses.resize((index - base) as usize, 0u8);
            match u8::try_from(wide) {
                Ok(narrow) => (statuses.push(1), deltas.push(narrow)).0,
                Err(_) => (statuses.push(2), deltas.extend_from_slice(&wide.to_be_bytes())).0,
            }
        }
        let first = arrivals.iter().find(|(index, _)| *index >= base).map_or(0, |(_, at)| at.div_euclid(REFERENCE));
        body.extend_from_slice(&(base as u16).to_be_bytes());
        body.extend_from_slice(&(statuses.len() as u16).to_be_bytes());
        body.extend_from_slice(&(first as u32).to_be_bytes()[1..]);
        body.push(self.reports);
        chunks(body, &statuses);
        body.extend_from_slice(&deltas);
        self.reports = self.reports.wrapping_add(1);
        self.next = Some(base + statuses.len() as i64);
    }
}

fn chunks(body: &mut Vec<u8>, mut statuses: &[u8]) {
    while let Some(&first) = statuses.first() {
        let run = statuses.iter().take_while(|status| **status == first).count();
        let (chunk, taken) = if run >= 7 {
            (u16::from(first) << 13 | run as u16, run)
        } else {
            let seven = statuses.iter().take(7).enumerate();
            let symbols = seven.fold(0u16, |chunk, (n, status)| chunk | u16::from(*status) << (12 - 2 * n));
            (0xc000 | symbols, statuses.len().min(7))
        };
        body.extend_from_slice(&chunk.to_be_bytes());
        statuses = &statuses[taken..];
    }
}

/// Reads a report: calls `each` with every number and when it arrived.
pub fn read(body: &[u8], mut each: impl FnMut(u16, Option<i64>)) {
    let [b0, b1, c0, c1, r0, r1, r2, _, rest @ ..] = body else { return };
    let base = u16::from_be_bytes([*b0, *b1]);
    let count = usize::from(u16::from_be_bytes([*c0, *c1])).min(MOST);
    let mut clock = i64::from(i32::from_be_bytes([*r0, *r1, *r2, 0]) >> 8) * REFERENCE;
    let mut statuses = Vec::with_capacity(count);
    let mut rest = rest;
    while statuses.len() < count {
        let [high, low, after @ ..] = rest else { return };
        rest = after;
        let chunk = u16::from_be_bytes([*high, *low]);
        let left = count - statuses.len();
        match chunk >> 14 {
            3 => statuses.extend((0..7).map(|n| (chunk >> (12 - 2 * n) & 3) as u8).take(left)),
            2 => statuses.extend((0..14).map(|n| (chunk >> (13 - n) & 1) as u8).take(left)),
            _ => statuses.extend(std::iter::repeat_n((chunk >> 13 & 3) as u8, usize::from(chunk & 0x1fff).min(left))),
        }
        if chunk == 0 {
            return;
        }
    }
    for (n, status) in statuses.into_iter().enumerate() {
        let delta = match (status, rest) {
            (1, [delta, after @ ..]) => {
                rest = after;
                Some(i64::from(*delta))
            }
            (2, [high, low, after @ ..]) => {
                rest = after;
                Some(i64::from(i16::from_be_bytes([*high, *low])))
            }
            (0 | 3, _) => None,
            _ => return,
        };
        clock += delta.unwrap_or(0) * TICK;
        each(base.wrapping_add(n as u16), delta.map(|_| clock));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(inbox: &mut Inbox) -> Vec<(u16, Option<i64>)> {
        let mut body = Vec::new();
        inbox.write(&mut body);
        let mut told = Vec::new();
        read(&body, |number, at| told.push((number, at)));
        told
    }

    #[test]
    fn what_arrived_is_told_with_its_time() {
        let mut inbox = Inbox::default();
        for (number, at) in [(65_534, 1_000_000), (65_535, 1_010_000), (2, 1_200_000), (1, 1_190_000)] {
            inbox.arrive(at, number);
        }
        let expected =
            [(65_534, Some(1_000_000)), (65_535, Some(1_010_000)), (0, None), (1, Some(1_190_000)), (2, Some(1_200_000))];
        assert_eq!(told(&mut inbox), expected);
        inbox.arrive(1_300_000, 5);
        assert_eq!(told(&mut inbox), [(3, None), (4, None), (5, Some(1_300_000))]);
        assert!(told(&mut inbox).is_empty());
    }

    #[test]
    fn a_long_run_is_told_whole() {
        let mut inbox = Inbox::default();
        for n in 0..300u16 {
            if n % 50 != 7 {
                inbox.arrive(i64::from(n) * 1000, n);
            }
        }
        let told = told(&mut inbox);
        assert_eq!(told.len(), 300);
        assert!(told.iter().all(|(n, at)| *at == (n % 50 != 7).then_some(i64::from(*n) * 1000)));
    }

    proptest! {
        #[test]
        fn no_report_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut told = 0;
            read(&bytes, |_, _| told += 1);
            prop_assert!(told <= MOST);
        }

        #[test]
        fn no_numbers_make_it_panic(arrivals in proptest::collection::vec((any::<u16>(), 0i64..100_000_000), 0..60)) {
            let mut inbox = Inbox::default();
            for (number, at) in arrivals {
                inbox.arrive(at, number);
            }
            prop_assert!(told(&mut inbox).len() <= MOST);
        }
    }
}
