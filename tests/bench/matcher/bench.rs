//! `matcher --bench`: how long the engine takes, without any reading or storing, against the bars of its issue.

use alongside::domain::booking::Length;
use alongside::domain::id::{BookingId, MemberId, SessionId};
use alongside::domain::matching::planner::{Call, decide};
use alongside::domain::matching::{Announced, Camera, Live, Lone, Manner, Pool, Repeats, Talk, Wish, lounge, plan};
use alongside::domain::time::{DAY, HOUR, MINUTE, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

const NINE: Timestamp = Timestamp(9 * HOUR);

/// Dice from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as usize % n.max(1)
    }

    fn wish(&mut self, n: i64) -> Wish {
        let of = |n: usize, all: [usize; 3]| all[n % 3];
        let manner = Manner {
            talk: [Talk::Any, Talk::Quiet, Talk::Chat][of(self.below(3), [0, 1, 2])],
            camera: [Camera::Any, Camera::On, Camera::Off][of(self.below(3), [0, 1, 2])],
            repeats: [Repeats::Any, Repeats::New, Repeats::Again][of(self.below(3), [0, 1, 2])],
            ..Manner::default()
        };
        let plain = Wish::exact(BookingId(n), MemberId(n), NINE, Length::Middle);
        Wish {
            trio: self.below(5) > 0,
            manner,
            sessions_done: [0, 1, 5, 20, 40][self.below(5)],
            welcomes: self.below(10) < 3,
            left_out: self.below(3) as u32,
            ..plain
        }
    }

    /// People at one start with favorites, blocks and meetings.
    fn pool(&mut self, n: usize) -> Pool {
        let mut pool = Pool { wishes: (1..=n as i64).map(|n| self.wish(n)).collect(), ..Pool::default() };
        let member = |dice: &mut Self| MemberId(1 + dice.below(n) as i64);
        for own in 1..=n as i64 {
            for _ in 0..self.below(4) {
                pool.favorites.insert((MemberId(own), member(self)));
            }
            if self.below(5) < 2 {
                pool.never.insert((MemberId(own), member(self)));
            }
            for _ in 0..3 {
                pool.met.insert((MemberId(own), member(self)));
            }
        }
        pool
    }
}

struct Row {
    what: &'static str,
    bar: f64,
    unit: &'static str,
    figure: f64,
    more: String,
}

/// Prints the table.
pub fn run() {
    let rows = [one_start(5000, 300.0), one_start(500, 15.0), planner(), lounge_row(), throughput()];
    println!("| what | bar | measured | kept | |");
    println!("| --- | --- | --- | --- | --- |");
    for row in rows {
        let kept = if row.unit == "/s" { row.figure >= row.bar } else { row.figure <= row.bar };
        let (what, bar, unit, figure, more) = (row.what, row.bar, row.unit, row.figure, row.more);
        println!("| {what} | {bar} {unit} | {figure:.1} {unit} | {} | {more} |", if kept { "yes" } else { "NO" });
    }
}

fn millis(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64() * 1000.0
}

/// The median of a few runs on different pools.
fn one_start(n: usize, bar: f64) -> Row {
    let mut seated = 0;
    let mut times: Vec<f64> = (0..7)
        .map(|seed| {
            let pool = Dice(seed).pool(n);
            millis(|| seated = plan(&pool, Timestamp(0)).iter().map(|m| m.bookings.len()).sum())
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let what = if n > 1000 { "5,000 people at one start" } else { "500 people at one start" };
    Row { what, bar, unit: "ms", figure: times[3], more: format!("{seated} seated, worst of seven {:.1} ms", times[6]) }
}

/// A week of 50,000 members: what waits around a start is planned anew on every booking and every cancel.
fn planner() -> Row {
    let mut dice = Dice(5);
    let mut week = Week::default();
    let mut pool = dice.pool(2_000);
    let relations = std::mem::take(&mut pool.wishes);
    drop(relations);
    // Four bookings a member and week; at a quarter of an hour before, one in eight still waits, the others are announced.
    for n in 0..25_000 {
        week.book(&mut dice, n);
    }
    for n in 0..4_000 {
        week.announce(&mut dice, 100_000 + 2 * n);
    }
    let mut times = Vec::new();
    for n in 25_000..29_000 {
        let start = if n % 2 == 0 { week.book(&mut dice, n) } else { week.cancel(&mut dice) };
        // The quickest of three: other programs run on the machine too.
        let times_of_one = (0..3).map(|_| {
            millis(|| {
                (pool.wishes, pool.announced) = week.around(start);
                std::hint::black_box(decide(&pool, start, Call::Due));
            })
        });
        times.push(times_of_one.fold(f64::MAX, f64::min));
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let more = format!("median {:.2} ms, worst {:.2} ms", at(0.5), at(1.0));
    Row { what: "one booking or cancel at 50,000 members, p99", bar: 5.0, unit: "ms", figure: at(0.99), more }
}

/// Who waits, by first start, and what is announced.
#[derive(Default)]
struct Week {
    waiting: BTreeMap<(Timestamp, BookingId), Wish>,
    announced: BTreeMap<Timestamp, Vec<Announced>>,
    wishes: BTreeMap<BookingId, Wish>,
}

impl Week {
    fn start(dice: &mut Dice) -> Timestamp {
        Timestamp(dice.below(7) as i64 * DAY + (7 + dice.below(14)) as i64 * HOUR + dice.below(4) as i64 * 15 * MINUTE)
    }

    fn wish(dice: &mut Dice, n: i64, start: Timestamp) -> Wish {
        let wish = Wish { member: MemberId(n % 50_000), ..dice.wish(n) };
        Wish { start, earliest: start, latest: start, any_length: false, ..wish }
    }

    fn book(&mut self, dice: &mut Dice, n: i64) -> Timestamp {
        let start = Self::start(dice);
        let latest = start.plus([0, 0, 30, 60, 120][dice.below(5)] * MINUTE);
        let wish = Wish { latest, ..Self::wish(dice, n, start) };
        self.waiting.insert((start, wish.booking), wish);
        start
    }

    fn announce(&mut self, dice: &mut Dice, n: i64) {
        let start = Self::start(dice);
        let bookings = [n, n + 1].map(|n| Self::wish(dice, n, start));
        let ids = bookings.iter().map(|w| w.booking).collect();
        self.wishes.extend(bookings.into_iter().map(|w| (w.booking, w)));
        let pair = Announced { start, bookings: ids, pending: Vec::new(), locked: false };
        self.announced.entry(start).or_default().push(pair);
    }

    fn cancel(&mut self, dice: &mut Dice) -> Timestamp {
        let at = dice.below(self.waiting.len());
        let key = self.waiting.keys().nth(at).copied().unwrap_or((NINE, BookingId(0)));
        self.waiting.remove(&key);
        key.0
    }

    fn around(&self, start: Timestamp) -> (Vec<Wish>, Vec<Announced>) {
        let from = (start.plus(-2 * HOUR), BookingId(0));
        let to = (start.plus(2 * HOUR), BookingId(i64::MAX));
        let mut wishes: Vec<Wish> = self.waiting.range(from..to).map(|(_, w)| w.clone()).filter(|w| w.latest >= start).collect();
        let announced: Vec<Announced> = self.announced.get(&start).cloned().unwrap_or_default();
        wishes.extend(announced.iter().flat_map(|a| &a.bookings).filter_map(|id| self.wishes.get(id)).cloned());
        (wishes, announced)
    }
}

fn lounge_row() -> Row {
    let mut dice = Dice(9);
    let pool = dice.pool(640);
    let lone = |n: i64, left: usize, dice: &mut Dice| Lone {
        wish: dice.wish(n),
        ends_at: NINE.plus((5 + left as i64) * MINUTE),
        stays_alone: false,
    };
    let live: Vec<Live> = (0..300)
        .map(|n| Live {
            session: SessionId(n),
            start: NINE,
            joins: 0,
            seats: [2 * n + 1, 2 * n + 2].map(|n| lone(n, 45, &mut dice)).to_vec(),
        })
        .collect();
    let mut worst: f64 = 0.0;
    for count in 1..40 {
        let alone: Vec<Lone> = (0..count).map(|n| lone(601 + n, 1 + n as usize, &mut dice)).collect();
        let once = || {
            millis(|| {
                std::hint::black_box(lounge::rematch(&pool, &alone, &live, NINE));
            })
        };
        worst = worst.max((0..3).map(|_| once()).fold(f64::MAX, f64::min));
    }
    Row {
        what: "lounge with 300 live sessions",
        bar: 5.0,
        unit: "ms",
        figure: worst,
        more: "worst of 1 to 39 lone people".into(),
    }
}

/// Bookings that come in one by one and are paired at their start as soon as somebody fits.
fn throughput() -> Row {
    const BOOKINGS: i64 = 40_000;
    let mut dice = Dice(11);
    let mut waiting: BTreeMap<Timestamp, Vec<Wish>> = BTreeMap::new();
    let mut pool = dice.pool(2_000);
    let mut paired = BTreeSet::new();
    let began = Instant::now();
    for n in 0..BOOKINGS {
        let start = Week::start(&mut dice);
        let here = waiting.entry(start).or_default();
        here.push(Week::wish(&mut dice, n, start));
        pool.wishes.clone_from(here);
        for meeting in decide(&pool, start, Call::Early).meetings {
            here.retain(|w| !meeting.bookings.contains(&w.booking));
            paired.extend(meeting.bookings);
        }
    }
    let figure = BOOKINGS as f64 / began.elapsed().as_secs_f64();
    Row { what: "bookings through the engine", bar: 5000.0, unit: "/s", figure, more: format!("{} paired", paired.len()) }
}
