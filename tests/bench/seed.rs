//! A house that has been lived in, made by the product's own actions: members of many zones, a week behind them, thirteen ahead.
//!
//! Half of the bookings lie in the seven days past and are settled; the other half lie ahead, most of them soon, in people's
//! own working hours; two of five look first who waits and take the same start. Pairs are those of the real matcher. All dice
//! have fixed seeds.

use alongside::actions::book::{Ask, book};
use alongside::actions::invite::{self, Join};
use alongside::actions::set_up::{self, SetUp};
use alongside::actions::{Fault, login, relate, settle};
use alongside::clock::Clock;
use alongside::domain::booking::{Length, TaskType, Wishes};
use alongside::domain::company::CompanyAsk;
use alongside::domain::id::{BookingId, MemberId};
use alongside::domain::member::Role;
use alongside::domain::policy::Kind;
use alongside::domain::session::{Goal, Outcome};
use alongside::domain::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use alongside::domain::view::RelationKind;
use alongside::domain::week::Week;
use alongside::password::hash_here;
use alongside::password::secret_hash as hash;
use alongside::store::booking::{self, WaitingRow};
use alongside::store::{Store, StoreError, Tx};
use jiff::ToSpan;
use jiff::civil::Date;
use std::path::{Path, PathBuf};

pub const PASSWORD: &str = "a lamp on the table";

/// Most live around the house; the others are spread over the world.
const ZONES: [&str; 16] = [
    "Europe/Berlin",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Europe/Berlin",
    "Europe/Lisbon",
    "Europe/Berlin",
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "America/Los_Angeles",
    "Australia/Sydney",
];
const GIVEN: [&str; 25] = [
    "Ada", "Ben", "Chiara", "Dai", "Eva", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mara", "Nils", "Olga",
    "Pavel", "Quinn", "Rosa", "Sami", "Tove", "Uma", "Vera", "Wim", "Yara", "Zoe",
];
const TITLES: [&str; 6] = ["", "", "", "Thesis, chapter four", "Tax papers", "Sorting the attic"];

/// How much there is and how long things are measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub members: usize,
    pub bookings: usize,
    pub logins: usize,
    pub starts: usize,
    pub pages: usize,
    pub seconds: f64,
    pub followers: usize,
    /// Leave the server in peace for half a minute before its memory is read.
    pub rests: bool,
}

impl Size {
    pub const FULL: Self = Self {
        members: 1_000,
        bookings: 20_000,
        logins: 100,
        starts: 11,
        pages: 4_000,
        seconds: 10.0,
        followers: 5_000,
        rests: true,
    };
    pub const SMALL: Self =
        Self { members: 120, bookings: 1_200, logins: 8, starts: 2, pages: 200, seconds: 1.0, followers: 200, rests: false };
}

/// The seeded house and its keys.
pub struct House {
    pub size: Size,
    pub names: Vec<String>,
    /// A signed-in browser of each member.
    pub cookies: Vec<String>,
    /// Midnight (UTC) of the Monday to come.
    pub monday: Timestamp,
    dir: PathBuf,
}

struct Member {
    id: MemberId,
    zone: Zone,
}

impl House {
    /// Makes the house in a directory.
    pub async fn seed(dir: &Path, size: Size) -> Self {
        eprintln!("seeding {} members and {} bookings …", size.members, size.bookings);
        std::fs::create_dir_all(dir).expect("a directory");
        let now = Clock::system().now();
        let store = Store::open(&dir.join("alongside.db")).expect("a database");
        let today = Zone::utc().date(now);
        let next_week = Week::monday(today).saturating_add(7.days());
        let mut dice = Dice(0x5eed);

        let names: Vec<String> = (0..size.members).map(|n| format!("{} {}", GIVEN[n % GIVEN.len()], n + 1)).collect();
        let (made, all) = (now.plus(-30 * DAY), names.clone());
        let members = store.write(made, move |tx| people(tx, &all)).await.expect("members");
        let (mut past, mut future) = (Vec::new(), Vec::new());
        while past.len() < size.bookings / 2 {
            let wanted = size.bookings / 2 - past.len();
            let asks = (0..wanted).map(|_| ask_of(&mut dice, &members, today, Past)).filter(|a| a.1.plus(90 * MINUTE) < now);
            past.extend(book_all(&store, asks.collect(), now.plus(-8 * DAY)).await);
        }
        let sat = past.clone();
        store.write(now, move |tx| sit_all(tx, &sat)).await.expect("seats");
        while store.read(move |conn| settle::next_due(conn, now)).await.is_ok_and(|due: Timestamp| due <= now) {
            let _: Result<_, Fault> = store.write(now, settle::settle).await;
        }
        while future.len() < size.bookings - past.len() {
            let wanted = (size.bookings - past.len() - future.len()).min(size.bookings / 20).div_ceil(2);
            let asks = (0..wanted).map(|_| ask_of(&mut dice, &members, today, Ahead)).filter(|a| a.1 > now.plus(HOUR));
            future.extend(book_all(&store, asks.collect(), now).await);
            let near = (now.plus(HOUR), now.plus(14 * DAY));
            let waiting: Vec<WaitingRow> = store
                .read::<_, StoreError, _>(move |conn| booking::waiting_between(conn, near.0, near.1))
                .await
                .expect("who waits");
            let wanted = wanted.min(size.bookings - past.len() - future.len()) * 2 / 3;
            let wanted = if waiting.is_empty() { 0 } else { wanted };
            let asks = (0..wanted).map(|_| join_of(&mut dice, &members, &waiting)).collect();
            future.extend(book_all(&store, asks, now).await);
        }
        let cookies: Vec<String> = (0..size.members).map(|n| format!("the-cookie-of-member-{n:06}-in-the-bench")).collect();
        let keys: Vec<_> = members.iter().map(|m| m.id).zip(cookies.clone()).collect();
        let signed: Result<(), Fault> = store.write(now, move |tx| sign_in(tx, &keys)).await;
        signed.expect("logins");
        House { size, names, cookies, monday: Zone::utc().midnight(next_week), dir: dir.to_owned() }
    }

    /// A copy for one part of the bench.
    pub fn copy_to(&self, dir: &Path) {
        std::fs::create_dir_all(dir).expect("a directory");
        for file in std::fs::read_dir(&self.dir).expect("the seeded house").flatten() {
            std::fs::copy(file.path(), dir.join(file.file_name())).expect("a copy");
        }
    }
}

/// The founding, the members by an invite, and whom they prefer.
fn people(tx: &Tx<'_>, names: &[String]) -> Result<Vec<Member>, Fault> {
    // One true hash for all: making a thousand takes a minute and shows nothing more.
    let password = hash_here(PASSWORD, [7; 16]);
    let link = hash("the setup link");
    set_up::link(tx, &link)?;
    let form = SetUp {
        instance: "The Reading Room".into(),
        zone: ZONES[0].into(),
        name: "Keeper".into(),
        kind: Kind::Friends,
        way_in: None,
    };
    let keeper = set_up::set_up(tx, &link, &form, &password)?;
    invite::make(tx, keeper, Role::Member, 1_000, 365, "invite")?;
    let mut members = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let zone = ZONES[n % ZONES.len()];
        let join = Join { name: name.clone(), email: String::new(), zone: zone.into(), accepted: true };
        members.push(Member { id: invite::join(tx, "invite", &join, &password)?, zone: Zone::or_utc(zone) });
    }
    for (n, member) in members.iter().enumerate() {
        for step in [11, 37] {
            relate::relate(tx, member.id, members[(n + step) % members.len()].id, Some(RelationKind::Favorite))?;
        }
        if n % 20 == 0 {
            relate::relate(tx, member.id, members[(n + 5) % members.len()].id, Some(RelationKind::Block))?;
        }
    }
    Ok(members)
}

#[derive(Clone, Copy, PartialEq)]
enum When {
    Past,
    Ahead,
}
use When::{Ahead, Past};

/// A wish as people have them: near days, own working hours, full and half hours, fifty minutes.
fn ask_of(dice: &mut Dice, members: &[Member], today: Date, when: When) -> (MemberId, Timestamp, Length, Wishes) {
    let member = &members[dice.below(members.len())];
    let days = match (when, dice.below(10)) {
        (When::Past, _) => -(dice.below(7) as i64),
        (_, 0..3) => dice.below(7) as i64,
        (_, 3..6) => 7 + dice.below(7) as i64,
        _ => 14 + dice.below(76) as i64,
    };
    let hours = [7, 8, 9, 9, 9, 10, 10, 11, 12, 13, 14, 14, 14, 15, 16, 17, 19, 20, 21];
    let minute = [0, 0, 0, 0, 0, 0, 30, 30, 30, 15][dice.below(10)];
    let hour = hours[dice.below(hours.len())];
    let start = member.zone.at(today.saturating_add(days.days()).at(hour, minute, 0, 0));
    let length = [Length::Short, Length::Middle, Length::Middle, Length::Middle, Length::Long][dice.below(5)];
    let wishes = Wishes {
        task: [TaskType::Desk, TaskType::Anything, TaskType::Moving][dice.below(3)],
        quiet: dice.below(8) == 0,
        camera_off_ok: dice.below(4) == 0,
        mic_muted: dice.below(8) == 0,
        sharing: dice.below(10) == 0,
        title: TITLES[dice.below(TITLES.len())].to_owned(),
    };
    (member.id, start, length, wishes)
}

/// The start and the length of somebody who waits: what people do who look at the calendar first.
fn join_of(dice: &mut Dice, members: &[Member], waiting: &[WaitingRow]) -> (MemberId, Timestamp, Length, Wishes) {
    let (member, with) = (&members[dice.below(members.len())], &waiting[dice.below(waiting.len())]);
    (member.id, with.start, with.length, with.wishes.clone())
}

/// Books what does not overlap, a few hundred in a transaction, at a time when it could be booked.
async fn book_all(store: &Store, asks: Vec<(MemberId, Timestamp, Length, Wishes)>, at: Timestamp) -> Vec<(BookingId, Timestamp)> {
    let mut booked = Vec::new();
    for some in asks.chunks(500) {
        let some = some.to_vec();
        let done = store.write(at, move |tx| {
            let mut done = Vec::new();
            for (who, start, length, wishes) in some {
                let all =
                    book(tx, who, &Ask { starts: vec![start], length, wishes, with: None, company: CompanyAsk::default() })?;
                done.extend(all.booked.iter().map(|one| (one.booking, one.start)));
            }
            Ok::<_, Fault>(done)
        });
        booked.extend(done.await.expect("bookings"));
    }
    booked
}

/// Most came, with one or two goals, most of which they met.
fn sit_all(tx: &Tx<'_>, seats: &[(BookingId, Timestamp)]) -> Result<(), Fault> {
    for (n, (id, start)) in seats.iter().enumerate().filter(|(n, _)| n % 12 != 0) {
        let outcome = [Outcome::Done, Outcome::Done, Outcome::Partly, Outcome::NotDone][n % 4];
        let goals = [("Write two pages", Some(outcome)), ("Answer the letters", Some(Outcome::Done))];
        let goals: Vec<Goal> =
            goals.iter().take(1 + n % 2).map(|(text, outcome)| Goal { text: (*text).into(), outcome: *outcome }).collect();
        booking::seat_sat(tx.conn, *id, start.plus(-2 * MINUTE))?;
        booking::goals_replace(tx.conn, *id, &goals)?;
    }
    Ok(())
}

fn sign_in(tx: &Tx<'_>, keys: &[(MemberId, String)]) -> Result<(), Fault> {
    for (who, cookie) in keys {
        login::log_in(tx, *who, &hash(cookie), "Firefox on Linux")?;
    }
    Ok(())
}

/// xorshift: the same house every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % most
    }
}
