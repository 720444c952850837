//! What members want, drawn before anything is decided: the same for every way of matching.
//!
//! All numbers are assumptions. Four wishes per member and week, unevenly; half in habit hours; a day of two peaks, quiet
//! weekends; zones; lengths 25, 50, 75; most starts on the hour; some book a week ahead and some in the last minute; two in
//! three could come a little earlier or later and most of them say so; some cancel, stay away, come late or leave early.

use alongside::domain::id::MemberId;
use alongside::domain::matching::{Camera, Manner, Repeats, Talk};
use alongside::domain::plan::Part;

pub const HOUR: i64 = 60;
pub const DAY: i64 = 24 * HOUR;
pub const WEEK: i64 = 7 * DAY;

/// Dice from a seed (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x9E37_79B9)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: i64) -> i64 {
        ((self.next() >> 11) % n.max(1) as u64) as i64
    }

    /// At least the first, less than the second.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below(to - from)
    }

    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance as i64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// A place in a list of weights.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut at = self.unit() * weights.iter().sum::<f64>();
        for (n, weight) in weights.iter().enumerate() {
            at -= weight;
            if at < 0.0 {
                return n;
            }
        }
        weights.len() - 1
    }
}

/// A member, with what does not change.
pub struct Member {
    pub trio: bool,
    pub manner: Manner,
    pub welcomes: bool,
    pub sessions_before: u32,
    no_show: f64,
    rate: f64,
    pub zone: i64,
    habits: Vec<i64>,
}

/// A wish for one session. Times are minutes since the beginning.
#[derive(Clone, Debug)]
pub struct Want {
    pub member: usize,
    pub made_at: i64,
    /// The start that is liked best.
    pub start: i64,
    pub length: i64,
    /// May come so much earlier, or so much later.
    pub tolerance: i64,
    /// Says so when booking.
    pub says_so: bool,
    /// Looks at the calendar first and goes where somebody is, whether they wait or not.
    pub looks: bool,
    /// Cancels so many minutes before the start.
    pub cancels: Option<i64>,
    pub stays_away: bool,
    pub late: i64,
    /// Leaves so many minutes after the start.
    pub leaves: Option<i64>,
    /// Leaves the time to the house: these starts would do.
    pub order: Vec<i64>,
}

/// Moments of the week that would suit who leaves the time to the house.
const MOMENTS: usize = 7;

/// Everything that is wanted in an instance.
pub struct Demand {
    pub members: Vec<Member>,
    pub wants: Vec<Want>,
    pub blocks: Vec<(MemberId, MemberId)>,
    pub end: i64,
}

const HOURS: [f64; 24] =
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.7, 1.3, 1.7, 1.8, 1.6, 1.0, 1.1, 1.5, 1.6, 1.5, 1.2, 1.0, 1.0, 0.9, 0.6, 0.3, 0.1];
const OFFICE: [f64; 24] =
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 2.2, 1.8, 0.8, 1.2, 1.8, 1.8, 1.4, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];

impl Demand {
    pub fn drawn(dice: &mut Dice, count: usize, weeks: i64, office: bool, orders: u64) -> Self {
        let members: Vec<Member> = (0..count).map(|_| member(dice, count, office)).collect();
        let mut wants = Vec::new();
        for week in 0..weeks {
            for (n, member) in members.iter().enumerate() {
                let mut left = member.rate;
                while dice.unit() < left {
                    left -= 1.0;
                    wants.push(want(dice, n, member, week, office, orders));
                }
            }
        }
        let blocks = blocks(dice, count as i64);
        Self { members, wants, blocks, end: weeks * WEEK }
    }
}

/// A block holds for both, so half a block for each member is a quarter as many as there are members.
fn blocks(dice: &mut Dice, count: i64) -> Vec<(MemberId, MemberId)> {
    let many = count / 4 + i64::from(dice.below(4) < count % 4);
    let pair = |dice: &mut Dice| {
        let (one, further) = (dice.below(count), dice.between(1, count));
        (MemberId(one), MemberId((one + further) % count))
    };
    (0..many).map(|_| pair(dice)).collect()
}

fn member(dice: &mut Dice, count: usize, office: bool) -> Member {
    let home = match count {
        ..=9 => 100,
        10..=20 => 95,
        21..=50 => 85,
        51..=200 => 55,
        201..=1000 => 50,
        _ => 40,
    };
    let zone = if office || dice.percent(home) { 0 } else { dice.between(-8, 10) * HOUR };
    let per_week = if office { 8.0 } else { 4.0 };
    // Log-normal with that mean; nobody works more than thirty sessions a week here.
    let rate = (per_week * (0.9 * dice.normal() - 0.405).exp()).min(30.0);
    let habits = (0..3).map(|_| moment(dice, office)).collect();
    let of = |n: i64, all: [usize; 10]| all[n as usize];
    let manner = Manner {
        talk: [Talk::Any, Talk::Quiet, Talk::Chat][of(dice.below(10), [0, 0, 0, 0, 0, 1, 1, 1, 2, 2])],
        camera: [Camera::Any, Camera::On, Camera::Off][of(dice.below(10), [0, 0, 0, 0, 0, 0, 1, 1, 1, 2])],
        repeats: [Repeats::Any, Repeats::New, Repeats::Again][of(dice.below(10), [0, 0, 0, 0, 0, 0, 1, 1, 2, 2])],
        ..Manner::default()
    };
    // Most come nearly always, some are notorious.
    let no_show = 0.05 * -(1.0 - dice.unit()).ln();
    Member {
        trio: dice.percent(80),
        manner,
        welcomes: dice.percent(30),
        sessions_before: if dice.percent(20) { 0 } else { 15 },
        no_show: no_show.min(0.6),
        rate,
        zone,
        habits,
    }
}

/// A start in the week, in the member's own time.
fn moment(dice: &mut Dice, office: bool) -> i64 {
    let day = if office { dice.below(5) } else { dice.weighted(&[1.0, 1.0, 1.0, 1.0, 1.0, 0.45, 0.45]) as i64 };
    let hour = dice.weighted(if office { &OFFICE } else { &HOURS }) as i64;
    day * DAY + hour * HOUR + [0, 30, 15, 45][dice.weighted(&[55.0, 25.0, 10.0, 10.0])]
}

fn want(dice: &mut Dice, n: usize, member: &Member, week: i64, office: bool, orders: u64) -> Want {
    let of_week = if dice.percent(50) { member.habits[dice.below(3) as usize] } else { moment(dice, office) };
    let start = week * WEEK + (of_week - member.zone).rem_euclid(WEEK);
    let lead = match dice.weighted(&[20.0, 15.0, 30.0, 25.0, 10.0]) {
        0 => dice.between(0, 15),
        1 => dice.between(15, HOUR),
        2 => dice.between(HOUR, 14 * HOUR),
        3 => dice.between(14 * HOUR, 3 * DAY),
        _ => dice.between(3 * DAY, WEEK),
    };
    let length = [25, 50, 75][dice.weighted(&[25.0, 60.0, 15.0])];
    let tolerance = [0, 30, 60, 120][dice.weighted(&[35.0, 25.0, 20.0, 20.0])];
    // One in ten cancels early, and that is somebody who booked more than an hour ahead.
    let early = if lead > HOUR { 10.0 / 0.65 } else { 0.0 };
    let cancels = match dice.weighted(&[early, 4.0, 96.0 - early]) {
        0 => Some(dice.between(HOUR, lead + 1)),
        1 => Some(dice.between(0, lead.clamp(1, HOUR))),
        _ => None,
    };
    let stays_away = dice.unit() < member.no_show;
    let late = if dice.percent(15) { dice.between(1, 3) } else { 0 };
    let leaves = dice.percent(6).then(|| dice.between(5.min(length - 1), length));
    let mut want = Want {
        member: n,
        made_at: start - lead,
        start,
        length,
        tolerance,
        says_so: dice.percent(60),
        looks: dice.percent(50),
        cancels,
        stays_away,
        late,
        leaves,
        order: Vec::new(),
    };
    if dice.percent(orders) {
        leave_to_the_house(dice, member, &mut want, week, office);
    }
    want
}

/// Parts of the week's days instead of one start, told on the evening before the week: the mornings, afternoons and evenings, as
/// the house has them, of seven moments that would suit. That is about five different ones of twenty-one.
fn leave_to_the_house(dice: &mut Dice, member: &Member, want: &mut Want, week: i64, office: bool) {
    let mut starts: Vec<i64> = Vec::new();
    for _ in 0..MOMENTS {
        let moment = moment(dice, office);
        let hours = Part::ALL.map(Part::hours).into_iter().map(|(from, to)| (i64::from(from) * HOUR, i64::from(to) * HOUR));
        let Some((from, to)) = hours.min_by_key(|(from, to)| (from - moment % DAY).max(moment % DAY - to).max(0)) else {
            continue;
        };
        let of_day = (from..=to - want.length).step_by(15).map(|at| moment / DAY * DAY + at);
        starts.extend(of_day.map(|at| week * WEEK + (at - member.zone).rem_euclid(WEEK)));
    }
    starts.sort_unstable();
    starts.dedup();
    want.made_at = week * WEEK - 5 * HOUR;
    want.cancels = want.cancels.map(|before| before.min(10 * HOUR));
    want.order = starts;
}
