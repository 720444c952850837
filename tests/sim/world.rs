//! The instance while time goes by, minute by minute: the calendar, what is announced, and the sessions under way.
//!
//! Asks the matcher when the house would: at two hours, a quarter of an hour and a minute before a start, on every booking and
//! cancel from a quarter of an hour on, and every minute for whoever is alone. Panics when a rule is broken.

mod booking;
mod nudges;
mod sessions;

use crate::demand::{DAY, Demand, HOUR, WEEK, Want};
use crate::figures::Figures;
use alongside::domain::id::{BookingId, MemberId};
use alongside::domain::matching::orders::{self, Order, Placed};
use alongside::domain::matching::planner::{self, Call};
use alongside::domain::matching::{Announced, Pool, Rules, Whom, Wish};
use alongside::domain::time::{MINUTE, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

const EARLY: i64 = 120;
const DUE: i64 = 15;
/// How far around a start wishes are told to the matcher.
const AROUND: i64 = 3 * HOUR;
/// The widest window.
const WIDEST: i64 = 4 * HOUR;
const DAYS_REMEMBERED: i64 = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    /// Named in a match, or promised to be the third of one.
    Matched,
    Live,
    Gone,
}

/// A booking with what will become of it.
struct Booking {
    want: Want,
    earliest: i64,
    latest: i64,
    state: State,
    /// The partners that were announced first.
    announced: Option<BTreeSet<usize>>,
    /// An announced partner cancelled.
    left: bool,
    start: i64,
    company: i64,
    present: i64,
    /// Whom they met, and whether it was for another time.
    met: BTreeMap<usize, bool>,
    stranded_at: Option<i64>,
}

/// People in one session under way.
struct Room {
    start: i64,
    seats: Vec<usize>,
    joins: u32,
}

/// A match before its start.
#[derive(Clone, Default)]
struct Match {
    named: Vec<usize>,
    pending: Vec<usize>,
}

/// How an instance brings people together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Whoever books a slot first is paired with whoever books the same start and length next; nothing else. It shows whether
    /// the demand is right, and what the matcher is worth.
    FirstCome,
    /// The house's matcher with so much of what it can.
    Matcher(Features),
}

/// What the matcher may do; each line of the research adds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    pub trios: bool,
    pub windows: bool,
    pub lounge: bool,
    pub mixed: bool,
    /// Asks who is alone to move to where somebody waits, and puts starts forward.
    pub nudges: bool,
}

impl Policy {
    /// The house's matcher with all that it can.
    pub const HOUSE: Self = Self::Matcher(Features { trios: true, windows: true, lounge: true, mixed: true, nudges: false });
    /// The same, when the house may ask and put starts forward.
    pub const ASKING: Self = Self::Matcher(Features { trios: true, windows: true, lounge: true, mixed: true, nudges: true });

    fn features(self) -> Features {
        match self {
            Self::FirstCome => Features { trios: false, windows: false, lounge: false, mixed: false, nudges: false },
            Self::Matcher(features) => features,
        }
    }
}

/// An instance.
pub struct World {
    demand: Demand,
    policy: Policy,
    now: i64,
    bookings: Vec<Booking>,
    pool: Pool,
    /// Bookings by the starts they wait for.
    waiting: BTreeSet<(i64, usize)>,
    of_member: Vec<BTreeSet<usize>>,
    matches: BTreeMap<i64, Vec<Match>>,
    rooms: Vec<Room>,
    errands: BTreeMap<i64, Vec<Errand>>,
    open_orders: Vec<usize>,
    last_met: BTreeMap<(usize, usize), i64>,
    done: Vec<u32>,
    left_out: Vec<u32>,
    /// When each member was nudged.
    nudged: Vec<Vec<i64>>,
    /// How many began at each start of the week.
    begun: BTreeMap<i64, u32>,
    figures: Figures,
}

#[derive(Clone, Copy)]
enum Errand {
    Wants(usize),
    Cancels(usize),
    Nudges(usize),
    Decide(i64, Call),
    Starts(i64),
}

impl World {
    pub fn new(demand: Demand, policy: Policy, seed: u64) -> Self {
        let rules = Rules { seed, trios: policy.features().trios, ..Rules::default() };
        let mut pool = Pool { rules, ..Pool::default() };
        pool.never.extend(demand.blocks.iter().copied());
        let mut errands: BTreeMap<i64, Vec<Errand>> = BTreeMap::new();
        for (n, want) in demand.wants.iter().enumerate() {
            errands.entry(want.made_at).or_default().push(Errand::Wants(n));
        }
        let count = demand.members.len();
        Self {
            now: 0,
            bookings: Vec::new(),
            pool,
            waiting: BTreeSet::new(),
            of_member: vec![BTreeSet::new(); count],
            matches: BTreeMap::new(),
            rooms: Vec::new(),
            errands,
            open_orders: Vec::new(),
            last_met: BTreeMap::new(),
            done: demand.members.iter().map(|m| m.sessions_before).collect(),
            left_out: vec![0; count],
            nudged: vec![Vec::new(); count],
            begun: BTreeMap::new(),
            figures: Figures::default(),
            demand,
            policy,
        }
    }

    /// Lives to the end and counts.
    pub fn live(mut self) -> Figures {
        let begin = self.errands.keys().next().copied().unwrap_or(0);
        for now in begin..self.demand.end + 3 * HOUR {
            self.now = now;
            let mut begins = Vec::new();
            while let Some(errands) = self.errands.remove(&now) {
                for errand in errands {
                    match errand {
                        Errand::Wants(n) => self.wants(n),
                        Errand::Cancels(b) => self.cancels(b),
                        Errand::Nudges(b) => self.nudges(b),
                        Errand::Decide(start, call) => self.decide(start, call),
                        Errand::Starts(start) => begins.push(start),
                    }
                }
            }
            // What is booked at the very minute of a start is looked at before it begins.
            for start in begins {
                self.starts(start);
            }
            if now.rem_euclid(HOUR) == 0 {
                self.find_times();
            }
            if !self.rooms.is_empty() {
                if self.policy.features().lounge {
                    self.lounge();
                }
                self.minute_goes_by();
            }
        }
        self.figures
    }

    /// Pairs those of one slot in the order of their booking.
    fn first_come(&mut self, start: i64) {
        let waiting: Vec<usize> = self.waiting.range((start, 0)..=(start, usize::MAX)).map(|(_, b)| *b).collect();
        for (n, a) in waiting.iter().enumerate() {
            let fits = |b: &&usize| {
                let (own, other) = (&self.bookings[*a], &self.bookings[**b]);
                other.state == State::Waiting
                    && other.want.length == own.want.length
                    && self.may_meet(own.want.member, other.want.member)
            };
            if self.bookings[*a].state != State::Waiting {
                continue;
            }
            if let Some(b) = waiting[n + 1..].iter().find(fits).copied() {
                for (own, other) in [(*a, b), (b, *a)] {
                    self.waiting.remove(&(start, own));
                    let booking = &mut self.bookings[own];
                    booking.state = State::Matched;
                    booking.announced.get_or_insert_with(|| [other].into());
                }
                self.matches.entry(start).or_default().push(Match { named: vec![*a, b], pending: Vec::new() });
            }
        }
    }

    /// Sees to it that a start is decided about from the moment it should be.
    fn call(&mut self, start: i64) {
        let ahead = start - self.now;
        if self.policy == Policy::FirstCome || ahead <= DUE {
            self.errand(self.now, Errand::Decide(start, Call::Due));
        } else if ahead <= EARLY {
            self.errand(self.now, Errand::Decide(start, Call::Early));
        }
        if !self.matches.contains_key(&start) && start >= self.now {
            self.matches.insert(start, Vec::new());
            for (before, call) in [(EARLY, Call::Early), (DUE, Call::Due), (1, Call::Last)] {
                if start - before >= self.now {
                    self.errand(start - before, Errand::Decide(start, call));
                }
            }
            self.errand(start, Errand::Starts(start));
        }
    }

    fn errand(&mut self, at: i64, errand: Errand) {
        self.errands.entry(at).or_default().push(errand);
    }

    fn grid(&self, at: i64) -> i64 {
        at.div_euclid(15) * 15
    }

    fn may_meet(&self, a: usize, b: usize) -> bool {
        let (p, q) = (MemberId(a as i64), MemberId(b as i64));
        a != b && !self.pool.never.contains(&(p, q)) && !self.pool.never.contains(&(q, p))
    }

    fn cancels(&mut self, b: usize) {
        let state = self.bookings[b].state;
        if !matches!(state, State::Waiting | State::Matched) {
            return;
        }
        let earliest = self.bookings[b].earliest;
        self.waiting.remove(&(earliest, b));
        self.bookings[b].state = State::Gone;
        let member = self.bookings[b].want.member;
        self.of_member[member].remove(&b);
        if state == State::Matched {
            let start = self.bookings[b].start;
            let mut freed = Vec::new();
            for known in self.matches.entry(start).or_default() {
                if known.named.contains(&b) {
                    known.named.retain(|o| *o != b);
                    freed.extend(known.named.iter().copied());
                    if known.named.len() < 2 {
                        // Who is promised company keeps the promise: they are seated anew at once.
                        freed.append(&mut known.pending);
                        known.named.clear();
                    }
                }
                known.pending.retain(|o| *o != b);
            }
            self.matches.entry(start).or_default().retain(|m| m.named.len() > 1);
            for o in freed {
                self.bookings[o].left = true;
                let still = self.matches[&start].iter().any(|m| m.named.contains(&o));
                if !still {
                    self.wait_at(o, start);
                }
            }
            self.call(start);
        }
    }

    /// A booking waits again, at a start that does not move any more.
    fn wait_at(&mut self, b: usize, start: i64) {
        let booking = &mut self.bookings[b];
        (booking.earliest, booking.latest, booking.start, booking.state) = (start, start, start, State::Waiting);
        self.waiting.insert((start, b));
    }

    fn wish(&self, b: usize) -> Wish {
        let booking = &self.bookings[b];
        let member = &self.demand.members[booking.want.member];
        let at = |minutes: i64| Timestamp(minutes * MINUTE);
        Wish {
            booking: BookingId(b as i64),
            member: MemberId(booking.want.member as i64),
            start: at(booking.want.start),
            earliest: at(booking.earliest),
            latest: at(booking.latest),
            length_s: booking.want.length * MINUTE,
            any_length: self.policy.features().mixed,
            trio: member.trio,
            whom: Whom::Anyone,
            inside: None,
            manner: member.manner,
            sessions_done: self.done[booking.want.member],
            welcomes: member.welcomes,
            left_out: self.left_out[booking.want.member],
        }
    }

    fn decide(&mut self, start: i64, call: Call) {
        if start < self.now || (start == self.now && call != Call::Due) {
            return;
        }
        if self.policy == Policy::FirstCome {
            return self.first_come(start);
        }
        // In the very minute of a start nothing that was announced is opened any more.
        let call = match start - self.now {
            0 => Call::Due,
            1 => Call::Last,
            _ => call,
        };
        let around = self.waiting.range((start - AROUND - WIDEST, 0)..=(start + AROUND, usize::MAX));
        let waiting: Vec<usize> = around.map(|(_, b)| *b).filter(|b| self.bookings[*b].latest >= start).collect();
        if waiting.is_empty() && !self.matches.get(&start).is_some_and(|m| m.iter().any(|m| !m.pending.is_empty())) {
            return;
        }
        let known = self.matches.get(&start).cloned().unwrap_or_default();
        let id = |b: &usize| BookingId(*b as i64);
        let ids = |all: &[usize]| all.iter().map(id).collect::<Vec<BookingId>>();
        let all = waiting.iter().chain(known.iter().flat_map(|m| m.named.iter().chain(&m.pending)));
        self.pool.wishes = all.map(|b| self.wish(*b)).collect();
        self.pool.wishes.extend(self.alone_before(start).into_iter().map(|b| self.wish(b)).collect::<Vec<_>>());
        let announced = |m: &Match| Announced {
            start: Timestamp(start * MINUTE),
            bookings: ids(&m.named),
            pending: ids(&m.pending),
            locked: false,
        };
        self.pool.announced = known.iter().map(announced).collect();
        self.know_who_met();
        let decision = planner::decide(&self.pool, Timestamp(start * MINUTE), call);
        let promised: BTreeSet<usize> = known.iter().flat_map(|m| m.named.iter().chain(&m.pending)).copied().collect();
        let mut after = Vec::new();
        for meeting in &decision.meetings {
            let seats: Vec<usize> = meeting.bookings.iter().map(|id| id.0 as usize).collect();
            self.check(&seats, start);
            let third = meeting.third.map(|id| id.0 as usize);
            let was_named = |b: usize| known.iter().any(|m| m.named.contains(&b));
            let pending = third.filter(|b| call != Call::Last && !was_named(*b));
            let named: Vec<usize> = seats.iter().copied().filter(|b| Some(*b) != pending).collect();
            for b in &seats {
                let booking = &mut self.bookings[*b];
                self.waiting.remove(&(booking.earliest, *b));
                (booking.earliest, booking.latest, booking.start, booking.state) = (start, start, start, State::Matched);
                if named.contains(b) && booking.announced.is_none() {
                    booking.announced = Some(named.iter().copied().filter(|o| o != b).collect());
                }
            }
            after.push(Match { named, pending: pending.into_iter().collect() });
        }
        let beside = if start > self.now { &decision.beside[..] } else { &[] };
        for b in beside.iter().map(|id| id.0 as usize) {
            self.waiting.remove(&(self.bookings[b].earliest, b));
            self.wait_at(b, start);
        }
        let seated: BTreeSet<usize> = after.iter().flat_map(|m| m.named.iter().chain(&m.pending)).copied().collect();
        assert!(promised.is_subset(&seated), "who was promised company at {start} has none: {promised:?} {seated:?}");
        self.matches.insert(start, after);
    }

    /// Who began alone, or is about to before this start.
    fn alone_before(&self, start: i64) -> Vec<usize> {
        let begun = self.rooms.iter().filter(|room| room.seats.len() == 1).map(|room| room.seats[0]);
        let last = self.waiting.range((start - AROUND - WIDEST, 0)..(start, 0)).map(|(_, b)| *b);
        begun.chain(last.filter(|b| self.bookings[*b].latest < start)).collect()
    }

    /// The matcher is told who of these met in the last 30 days.
    fn know_who_met(&mut self) {
        if self.pool.wishes.len() > 200 {
            return;
        }
        self.pool.met.clear();
        let members: Vec<usize> = self.pool.wishes.iter().map(|w| w.member.0 as usize).collect();
        for (n, a) in members.iter().enumerate() {
            for b in &members[n + 1..] {
                if self.met_lately(*a, *b) {
                    self.pool.met.insert((MemberId(*a as i64), MemberId(*b as i64)));
                }
            }
        }
    }

    fn met_lately(&self, a: usize, b: usize) -> bool {
        let then = self.last_met.get(&(a.min(b), a.max(b)));
        then.is_some_and(|then| self.now - then < DAYS_REMEMBERED * DAY)
    }

    /// No block, no trio without consent, nobody in two places, everybody inside the window.
    fn check(&self, seats: &[usize], start: i64) {
        assert!((2..=3).contains(&seats.len()));
        for (n, a) in seats.iter().enumerate() {
            let (own, member) = (&self.bookings[*a], self.bookings[*a].want.member);
            assert!(own.earliest <= start && start <= own.latest, "outside the window");
            assert!(seats.len() == 2 || self.demand.members[member].trio, "a trio without consent");
            assert!(seats[n + 1..].iter().all(|b| self.may_meet(member, self.bookings[*b].want.member)), "blocked");
            let elsewhere = self.of_member[member].iter().filter(|b| *b != a).map(|b| &self.bookings[*b]);
            let clashes = |b: &Booking| b.state == State::Matched && (b.start - start).abs() < 25;
            assert!(!elsewhere.into_iter().any(clashes), "in two places");
        }
    }

    fn starts(&mut self, start: i64) {
        let matches = self.matches.remove(&start).unwrap_or_default();
        *self.begun.entry(start.rem_euclid(WEEK)).or_default() += matches.iter().map(|m| m.named.len() as u32).sum::<u32>();
        for m in matches {
            let seats: Vec<usize> = m.named.into_iter().chain(m.pending).collect();
            for b in &seats {
                let others: BTreeSet<usize> = seats.iter().copied().filter(|o| o != b).collect();
                let booking = &self.bookings[*b];
                let changed = booking.announced.as_ref().is_some_and(|known| !known.is_subset(&others));
                if changed && !booking.want.stays_away {
                    self.figures.changed += 1.0;
                    self.figures.changed_by_engine += f64::from(u8::from(!booking.left));
                }
            }
            self.open_room(start, seats);
        }
        let waiting = self.waiting.range(..=(start, usize::MAX)).map(|(_, b)| *b);
        let alone: Vec<usize> = waiting.filter(|b| self.bookings[*b].latest == start).collect();
        for b in alone {
            self.waiting.remove(&(self.bookings[b].earliest, b));
            (self.bookings[b].start, self.bookings[b].earliest) = (start, start);
            if !self.bookings[b].want.stays_away {
                self.figures.unmatched += 1.0;
                let member = self.bookings[b].want.member;
                self.left_out[member] = (self.left_out[member] + 2).min(10);
            }
            self.open_room(start, vec![b]);
        }
    }

    /// Places what was left to the house.
    fn find_times(&mut self) {
        if self.open_orders.is_empty() {
            return;
        }
        let now = Timestamp(self.now * MINUTE);
        let first = 1 << 40;
        let mut asked = Vec::new();
        for n in &self.open_orders {
            let want = &self.demand.wants[*n];
            let free = |start: &&i64| self.free(want.member, **start, want.length);
            let starts = want.order.iter().filter(free).map(|s| Timestamp(s * MINUTE)).collect();
            let member = &self.demand.members[want.member];
            let wish = Wish {
                trio: member.trio,
                manner: member.manner,
                any_length: true,
                length_s: want.length * MINUTE,
                ..Wish::exact(
                    BookingId(first + *n as i64),
                    MemberId(want.member as i64),
                    now,
                    alongside::domain::booking::Length::Middle,
                )
            };
            asked.push(Order { wish, starts, since: now });
        }
        let waiting: Vec<usize> = self.waiting.range((self.now + 12 * HOUR, 0)..).map(|(_, b)| *b).collect();
        self.pool.wishes = waiting.iter().map(|b| self.wish(*b)).collect();
        self.pool.announced.clear();
        for placed in orders::place(&asked, &self.pool, &self.put_forward(), now) {
            if let Placed::At { order, start, .. } = placed {
                let n = (order.0 - first) as usize;
                self.open_orders.retain(|o| *o != n);
                let start = start.0 / MINUTE;
                let want = Want { start, ..self.demand.wants[n].clone() };
                self.insert(want, start, start);
            }
        }
        let gone = |n: &usize| self.demand.wants[*n].order.last().is_none_or(|last| *last < self.now + 12 * HOUR);
        let before = self.open_orders.len();
        let kept: Vec<usize> = self.open_orders.iter().copied().filter(|n| !gone(n)).collect();
        self.figures.not_found += (before - kept.len()) as f64;
        self.open_orders = kept;
    }
}
