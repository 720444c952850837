//! What the way to one subscriber carries: an estimate from its transport-wide feedback.
//!
//! Three rules. A queue that grows or loss above a tenth lowers the estimate below what arrived; a calm way on which most of the
//! estimate is used raises it slowly; and when a better layer is wanted, a short burst of padding (a probe) is sent, whose spread
//! at the receiver shows the rate of the narrowest link. A failed probe makes the next one rarer. Without feedback there is no
//! estimate but the receiver's own (REMB) where it is below what was sent, and without that no limit. No pacing of media: layers
//! are chosen, packets are not held.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::transport;

/// Where an estimate begins, in bits a second: what most ways carry. A narrower one shows itself within a third of a second.
const START: f64 = 2_500_000.0;
/// So long after its first feedback a subscriber is given the lowest layers only.
const FIRST: Duration = Duration::from_millis(700);
const LEAST: f64 = 30_000.0;
/// Headers of small packets, in bits a second: some receivers leave them out of their estimate.
const HEADERS: f64 = 20_000.0;
const MOST: f64 = 50_000_000.0;
/// Packets that wait for feedback.
const MOST_SENT: usize = 1024;
/// Queueing delay, in µs: calm below, congested above.
const CALM: i64 = 35_000;
const CONGESTED: i64 = 70_000;
const OVER_WINDOW: i64 = 500_000;
/// A padding packet on the wire, about, and the most and least of a burst.
pub const PROBE_PACKET: usize = 290;
const BURST: (usize, usize) = (10, 40);

/// When a packet left, how large it was and whether it was of a probe: in one word, because there are a thousand to each subscriber.
struct Sent(u64);

impl Sent {
    fn new(at_us: i64, size: usize, probe: bool) -> Self {
        Self((at_us as u64) << 17 | (size.min(65_535) as u64) << 1 | u64::from(probe))
    }

    fn at_us(&self) -> i64 {
        (self.0 >> 17) as i64
    }

    /// Zero once it was told of.
    fn size(&self) -> u16 {
        (self.0 >> 1) as u16
    }

    fn take_size(&mut self) -> u16 {
        let size = self.size();
        self.0 &= !(0xffff << 1);
        size
    }

    fn is_probe(&self) -> bool {
        self.0 & 1 == 1
    }
}

#[derive(Default)]
struct Probe {
    target: f64,
    first_us: Option<i64>,
    last_us: i64,
    bytes: f64,
    packets: usize,
    planned: usize,
}

pub struct Bandwidth {
    sent: VecDeque<Sent>,
    next: u64,
    /// When the first packet left, in µs.
    began_us: Option<i64>,
    estimate: f64,
    told_since: Option<Instant>,
    /// The receiver's own limit in bits a second, and when it was last looked at.
    own: Option<(f64, Instant)>,
    /// Lowest one-way delay of this and of the last ten seconds.
    base: (i64, i64),
    base_since: Instant,
    queue_us: i64,
    /// Arrived bytes by the time of their feedback's last packet.
    arrived: VecDeque<(i64, f64)>,
    counted: (u32, u32),
    counted_since: Instant,
    loss: f64,
    last_cut: Option<Instant>,
    last_rise: Instant,
    probe: Option<(Instant, Probe)>,
    next_probe: Instant,
    pause: Duration,
}

impl Bandwidth {
    pub fn new(now: Instant) -> Self {
        Self {
            sent: VecDeque::new(),
            next: 1,
            began_us: None,
            estimate: START,
            told_since: None,
            own: None,
            base: (i64::MAX, i64::MAX),
            base_since: now,
            queue_us: 0,
            arrived: VecDeque::new(),
            counted: (0, 0),
            counted_since: now,
            loss: 0.0,
            last_cut: None,
            last_rise: now,
            probe: None,
            next_probe: now + Duration::from_millis(300),
            pause: Duration::from_secs(3),
        }
    }

    /// The number that a packet leaves with.
    pub fn number(&mut self, now_us: i64, size: usize, probe: bool) -> u16 {
        let number = self.next as u16;
        self.next += 1;
        self.began_us.get_or_insert(now_us);
        if self.sent.len() == MOST_SENT {
            self.sent.pop_front();
        }
        self.sent.push_back(Sent::new(now_us, size, probe));
        number
    }

    /// Bits a second that may be sent; `numbered` says whether this subscriber agreed to give feedback.
    pub fn estimate(&self, numbered: bool) -> Option<u64> {
        let measured = (numbered && self.told_since.is_some()).then_some(self.estimate);
        let lowest = match (measured, self.own) {
            (Some(measured), Some((own, _))) => Some(measured.min(own)),
            (measured, own) => measured.or(own.map(|(own, _)| own)),
        };
        lowest.map(|estimate| estimate as u64)
    }

    /// Whether the way is still unknown: feedback was promised and has not been coming for long. Who was connected before there was
    /// anything to send is new until there is.
    pub fn is_new(&self, now: Instant, now_us: i64, numbered: bool) -> bool {
        let since = self.told_since.unwrap_or(now);
        let waited_us = self.began_us.map_or(0, |began| now_us - began);
        numbered && waited_us < 3 * FIRST.as_micros() as i64 && now.saturating_duration_since(since) < FIRST
    }

    /// The share of packets that was lost lately, 0 to 1.
    pub fn loss(&self) -> f64 {
        self.loss
    }

    /// The receiver's own estimate (REMB), beside the bits a second of pictures that it was sent lately (not every receiver counts
    /// voices). An estimate of this kind is bound to what arrives: only one below it says that the way is narrow, any other that there was no more to carry.
    pub fn told_estimate(&mut self, now: Instant, bits: u64, sent: u64) {
        let told = (bits as f64).clamp(LEAST, MOST);
        if told + HEADERS < 0.9 * sent as f64 {
            self.own = Some((told, now));
        } else if let Some((own, at)) = self.own {
            let passed = now.saturating_duration_since(at).as_secs_f64().min(2.0);
            self.own = Some(((own * (1.0 + 0.08 * passed)).max(told).min(MOST), now));
        }
    }

    /// Takes a report.
    pub fn feedback(&mut self, now: Instant, body: &[u8]) {
        let mut lowest_queue = i64::MAX;
        let (mut bytes, mut last_us) = (0.0, i64::MIN);
        let (mut lost, mut total) = (0, 0);
        transport::read(body, |number, at_us| {
            let back = (self.next as u16).wrapping_sub(number);
            let Some(place) = self.sent.len().checked_sub(usize::from(back)) else { return };
            let Some(sent) = self.sent.get_mut(place).filter(|sent| sent.size() > 0) else { return };
            total += 1;
            let Some(at_us) = at_us else {
                lost += 1;
                return;
            };
            let size = f64::from(sent.take_size());
            let (delay, probe) = (at_us - sent.at_us(), sent.is_probe());
            self.base.0 = self.base.0.min(delay);
            bytes += size;
            last_us = last_us.max(at_us);
            if probe {
                if let Some((_, probe)) = &mut self.probe {
                    probe.packets += 1;
                    probe.last_us = probe.last_us.max(at_us);
                    if probe.first_us.is_none() {
                        probe.first_us = Some(at_us);
                        probe.last_us = at_us;
                    } else {
                        probe.bytes += size;
                    }
                }
            } else {
                lowest_queue = lowest_queue.min(delay - self.base.0.min(self.base.1));
            }
        });
        if total == 0 {
            return;
        }
        self.told_since.get_or_insert(now);
        self.counted = (self.counted.0 + lost, self.counted.1 + total);
        if bytes > 0.0 {
            self.arrived.push_back((last_us, bytes));
            while self.arrived.front().is_some_and(|(at, _)| *at < last_us - OVER_WINDOW) || self.arrived.len() > 64 {
                self.arrived.pop_front();
            }
        }
        self.judge(now, lowest_queue);
    }

    fn judge(&mut self, now: Instant, lowest_queue: i64) {
        if now.saturating_duration_since(self.base_since) > Duration::from_secs(10) {
            self.base = (i64::MAX, self.base.0);
            self.base_since = now;
        }
        let drains = lowest_queue.saturating_add(4_000) < self.queue_us;
        if lowest_queue != i64::MAX {
            self.queue_us = lowest_queue;
        }
        if self.counted.1 >= 30 && now.saturating_duration_since(self.counted_since) > Duration::from_millis(400) {
            let fresh = f64::from(self.counted.0) / f64::from(self.counted.1);
            self.loss = 0.5 * self.loss + 0.5 * fresh;
            (self.counted, self.counted_since) = ((0, 0), now);
            if self.loss > 0.10 {
                self.cut(now, (1.0 - 0.5 * self.loss) * self.estimate);
            }
        }
        if self.queue_us > CONGESTED && !drains {
            self.cut(now, 0.85 * self.rate());
        } else if self.queue_us < CALM && self.loss < 0.05 {
            let passed = now.saturating_duration_since(self.last_rise).as_secs_f64().min(0.5);
            if self.rate() > 0.6 * self.estimate {
                self.estimate = (self.estimate * (1.0 + 0.08 * passed)).min(MOST);
            }
        }
        self.last_rise = now;
        self.end_probe(now);
    }

    /// Bits a second that arrived over the last half second.
    fn rate(&self) -> f64 {
        8.0 * self.arrived.iter().map(|(_, bytes)| bytes).sum::<f64>() / (OVER_WINDOW as f64 / 1e6)
    }

    fn cut(&mut self, now: Instant, to: f64) {
        let recent = self.last_cut.is_some_and(|at| now.saturating_duration_since(at) < Duration::from_millis(300));
        if recent || to >= self.estimate {
            return;
        }
        self.estimate = to.max(LEAST);
        self.last_cut = Some(now);
        self.probe = None;
        self.next_probe = now + self.pause;
        self.pause = (self.pause * 2).min(Duration::from_secs(24));
    }

    /// How many padding packets to send at once, now that `wanted` bits a second would be of use; nothing when it is not the time.
    pub fn plan_probe(&mut self, now: Instant, wanted: u64) -> Option<usize> {
        let calm = self.queue_us < CALM && self.loss < 0.05;
        if self.told_since.is_none() || !calm || self.probe.is_some() || now < self.next_probe || wanted as f64 <= self.estimate {
            return None;
        }
        let target = (1.15 * wanted as f64).min(4.0 * self.estimate).min(MOST);
        let planned = ((target / 8.0 * 0.025) as usize / PROBE_PACKET).clamp(BURST.0, BURST.1);
        self.probe = Some((now, Probe { target, planned, ..Probe::default() }));
        Some(planned)
    }

    fn end_probe(&mut self, now: Instant) {
        let Some((since, probe)) = &self.probe else { return };
        let whole = probe.packets == probe.planned;
        if !whole && now.saturating_duration_since(*since) < Duration::from_millis(700) {
            return;
        }
        let spread = (probe.last_us - probe.first_us.unwrap_or(probe.last_us)).max(250) as f64 / 1e6;
        let rate = (8.0 * probe.bytes / spread).min(probe.target);
        if probe.packets * 10 >= probe.planned * 8 && rate > 1.05 * self.estimate {
            self.estimate = 0.95 * rate;
            self.pause = Duration::from_secs(3);
            self.next_probe = now + Duration::from_millis(250);
        } else {
            self.next_probe = now + self.pause;
            self.pause = (self.pause * 2).min(Duration::from_secs(24));
        }
        self.probe = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link of one rate with a queue, which tells every 50 ms what came.
    struct Link {
        now: Instant,
        us: i64,
        free_us: i64,
        rate: f64,
        inbox: transport::Inbox,
        coming: VecDeque<(i64, u16)>,
    }

    impl Link {
        fn new(rate: f64) -> Self {
            Self { now: Instant::now(), us: 0, free_us: 0, rate, inbox: Default::default(), coming: VecDeque::new() }
        }

        fn send(&mut self, bandwidth: &mut Bandwidth, size: usize, probe: bool) {
            let number = bandwidth.number(self.us, size, probe);
            self.free_us = self.free_us.max(self.us) + (size as f64 * 8e6 / self.rate) as i64;
            self.coming.push_back((self.free_us + 20_000, number));
        }

        /// Sends at `rate` for so many seconds, probing for `wanted`.
        fn run(&mut self, bandwidth: &mut Bandwidth, seconds: usize, rate: impl Fn(&Bandwidth) -> f64, wanted: u64) {
            let mut owed = 0.0;
            for step in 0..seconds * 100 {
                self.now += Duration::from_millis(10);
                self.us += 10_000;
                owed += rate(bandwidth) / 800.0;
                while owed >= 1000.0 {
                    owed -= 1000.0;
                    self.send(bandwidth, 1000, false);
                }
                for _ in 0..bandwidth.plan_probe(self.now, wanted).unwrap_or(0) {
                    self.send(bandwidth, PROBE_PACKET, true);
                }
                while let Some((at, number)) = self.coming.front().copied().filter(|(at, _)| *at <= self.us) {
                    self.inbox.arrive(at, number);
                    self.coming.pop_front();
                }
                if step % 5 == 0 && !self.inbox.is_empty() {
                    let mut body = Vec::new();
                    self.inbox.write(&mut body);
                    bandwidth.feedback(self.now, &body);
                }
            }
        }
    }

    #[test]
    fn whoever_was_connected_long_before_there_was_anything_to_send_begins_with_little() {
        let (mut bandwidth, mut link) = (Bandwidth::new(Instant::now()), Link::new(10e6));
        link.us = 60_000_000;
        assert!(bandwidth.is_new(link.now, link.us, true) && !bandwidth.is_new(link.now, link.us, false));
        link.send(&mut bandwidth, 1000, false);
        assert!(bandwidth.is_new(link.now, link.us + 2_000_000, true));
        assert!(!bandwidth.is_new(link.now, link.us + 2_200_000, true), "feedback was promised and doesn't come");
    }

    #[test]
    fn what_was_sent_is_read_as_it_was_written() {
        for (at_us, size, probe) in [(0, 1, false), (5_000_000_000, 1200, true), ((1 << 46) - 1, 65_535, false)] {
            let mut sent = Sent::new(at_us, size, probe);
            assert_eq!((sent.at_us(), usize::from(sent.take_size()), sent.is_probe()), (at_us, size, probe));
            assert_eq!((sent.at_us(), sent.size(), sent.is_probe()), (at_us, 0, probe));
        }
    }

    #[test]
    fn a_narrow_link_is_found_and_so_is_its_widening() {
        let mut link = Link::new(200_000.0);
        let mut bandwidth = Bandwidth::new(link.now);
        link.run(&mut bandwidth, 4, |bandwidth| bandwidth.estimate, 2_000_000);
        let narrow = bandwidth.estimate(true).expect("an estimate");
        assert!((80_000..230_000).contains(&narrow), "{narrow}");
        link.rate = 3_000_000.0;
        link.run(&mut bandwidth, 40, |bandwidth| bandwidth.estimate.min(1_500_000.0), 1_500_000);
        let wide = bandwidth.estimate(true).expect("an estimate");
        assert!(wide > 1_300_000, "{wide}");
    }

    #[test]
    fn a_wide_link_is_found_within_a_second_or_two() {
        let mut link = Link::new(10_000_000.0);
        let mut bandwidth = Bandwidth::new(link.now);
        link.run(&mut bandwidth, 2, |bandwidth| bandwidth.estimate.min(200_000.0), 3_000_000);
        assert!(bandwidth.estimate(true).expect("an estimate") > 2_500_000);
    }

    #[test]
    fn without_feedback_there_is_no_limit_but_the_receivers_own() {
        let now = Instant::now();
        let mut bandwidth = Bandwidth::new(now);
        assert_eq!(bandwidth.estimate(false), None);
        bandwidth.told_estimate(now, 500_000, 1_000_000);
        assert_eq!(bandwidth.estimate(false), Some(500_000));
        bandwidth.told_estimate(now, 750_000, 500_000);
        assert_eq!(bandwidth.estimate(false), Some(750_000));
    }

    #[test]
    fn a_receiver_that_is_sent_little_limits_nothing_by_estimating_little() {
        let now = Instant::now();
        let mut bandwidth = Bandwidth::new(now);
        bandwidth.told_estimate(now, 27_000, 35_000);
        assert_eq!(bandwidth.estimate(false), None);
    }
}
