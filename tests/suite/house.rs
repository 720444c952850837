//! A whole house in a directory of its own: the real router over a real database, a clock that stands still until it is
//! moved, and members who are let in by the back door.

use super::visitor::Visitor;
use alongside::actions::settle;
use alongside::actions::{Fault, login, set_up};
use alongside::clock::{Clock, Dice};
use alongside::domain::health::{Check, Report};
use alongside::domain::id::MemberId;
use alongside::domain::lan_name::LanName;
use alongside::domain::member::{Pick, Role};
use alongside::domain::pins::Pins;
use alongside::domain::policy::Kind;
use alongside::domain::time::{Timestamp, Zone};
use alongside::domain::way_in::{Choice, Opening, Proof, Standing};
use alongside::http::{self, Gauges, Logins, Shelf, Web};
use alongside::keep::backup::Backups;
use alongside::keep::watch::Watch;
use alongside::live::calendar::Calendar;
use alongside::live::hub::Hub;
use alongside::live::media::Media;
use alongside::live::media::events::MediaEvents;
use alongside::live::rooms::Rooms;
use alongside::live::ways::Relays;
use alongside::password::Passwords;
use alongside::store::login::Hash;
use alongside::store::member::{NewMember, member_insert};
use alongside::store::{Connection, Store, Tx};
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, Version};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

pub const ORIGIN: &str = "https://house.test:8443";
pub const PASSWORD: &str = "three old spoons";

/// Hashed once, and cheaply, for all who are let in by the back door: a hash says itself how dear it is to check. Those who
/// come in by the front are hashed like anybody.
static HASHED: LazyLock<String> = LazyLock::new(|| {
    let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
    let hashed: PasswordHash = cheap.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).unwrap();
    hashed.to_string()
});
/// The one bounded door to hashing, for all houses of the run.
static PASSWORDS: LazyLock<Passwords> = LazyLock::new(|| Passwords::new([1; 16]));

/// A directory that is gone when it is dropped.
pub struct Dir(PathBuf);

impl Dir {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("alongside-suite-{}", Dice.word::<9>()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("alongside.db")
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// "2026-11-16T09:00" as an instant, UTC.
pub fn at(text: &str) -> Timestamp {
    Timestamp(format!("{text}:00Z").parse::<jiff::Timestamp>().unwrap().as_second())
}

pub struct House {
    pub web: Arc<Web>,
    pub clock: Clock,
    pub dir: Dir,
}

/// An examination that finds one thing.
fn examined() -> Report {
    const TABLE: Check = Check::new("kitchen.table", "The table");
    Report { at: Timestamp(0), version: "1", findings: vec![TABLE.warn("It wobbles.", "Fold a beer mat")] }
}

/// A way in that stands as it was chosen, with an authority that is never heard of.
fn way_in() -> http::WayIn {
    let chosen = Arc::new(Mutex::new(Choice::default()));
    let takes = chosen.clone();
    let answers = Arc::new(AtomicBool::new(true));
    let switched = answers.clone();
    http::WayIn {
        rounds: http::Rounds::new(examined),
        take: Arc::new(move |choice| *takes.lock().unwrap() = choice),
        ask_again: Arc::new(|| ()),
        answer: Arc::new(move |on| switched.store(on, Ordering::Relaxed)),
        standing: Arc::new(move || {
            let choice = chosen.lock().unwrap().clone();
            let name = choice.name.clone().filter(|_| choice.opening == Opening::Anywhere);
            let proof = name.is_some().then_some(Proof::Asking);
            let addresses = vec!["https://192.168.1.5:8443".to_owned()];
            let on = answers.load(Ordering::Relaxed);
            let lan_name = if on { LanName::Answers { name: "desk.local".to_owned() } } else { LanName::Off };
            Standing { name, proof, mapping: None, choice, addresses, lan_name }
        }),
    }
}

impl House {
    /// Nobody has set it up. It is Monday, 16 November 2026, nine o'clock in the morning, UTC.
    pub fn bare() -> Self {
        Self::at("2026-11-16T09:00")
    }

    pub fn at(now: &str) -> Self {
        Self::over(Dir::new(), Clock::fixed(at(now)))
    }

    fn over(dir: Dir, clock: Clock) -> Self {
        let store = Store::open(&dir.file()).unwrap();
        let (media, events) = (Media::default(), MediaEvents::none());
        let hub = Hub::start(store.clone(), clock.clone(), &Dice, Calendar::default(), media.clone(), events.sessions);
        let rooms = Rooms::start(store.clone(), clock.clone(), &Dice, media.clone(), events.rooms);
        let web = Web {
            watch: Watch::over(&store, dir.file().parent().unwrap()),
            store,
            clock: clock.clone(),
            dice: Dice,
            hub,
            rooms,
            relays: Relays::default(),
            media,
            echoes: AtomicU64::new(1),
            passwords: PASSWORDS.clone(),
            doors: http::doors(),
            shelf: Shelf::default(),
            logins: Logins::default(),
            pins: Pins::default(),
            doctor: http::Rounds::new(examined),
            way_in: way_in(),
            fingerprint: Arc::new(|| "AA:BB".to_owned()),
            authority: http::Authority {
                der: b"a certificate".to_vec(),
                pem: "a certificate as text".to_owned(),
                name: "Alongside CA 1a2b3c".to_owned(),
                fingerprint: "CC:DD".to_owned(),
                constrained: true,
                stands_back: Arc::new(|_| false),
                holds: Arc::new(|host| host != "198.51.100.7"),
            },
            gauges: Gauges::default(),
            lines: Default::default(),
            taking: Default::default(),
            bringing_back: Default::default(),
            anew: Default::default(),
            backups: Arc::new(Backups::of(dir.file().parent().unwrap(), None, None, None)),
        };
        Self { web: Arc::new(web), clock, dir }
    }

    /// Nobody has set it up, and its keeper has fixed something outside the pages.
    pub fn fixed(pins: Pins) -> Self {
        let mut house = Self::bare();
        Arc::get_mut(&mut house.web).unwrap().pins = pins;
        house
    }

    /// Set up among friends, with Ana as the first admin, in UTC.
    pub async fn new() -> (Self, Visitor) {
        Self::founded(Kind::Friends).await
    }

    pub async fn founded(kind: Kind) -> (Self, Visitor) {
        let house = Self::bare();
        let ana = house.found(kind, "UTC").await;
        (house, ana)
    }

    /// Sets it up without the half hour of the link: what the form does is shown by the tests of coming in.
    pub async fn found(&self, kind: Kind, zone: &str) -> Visitor {
        let form = set_up::SetUp { instance: "Maple Street".into(), zone: zone.into(), name: "Ana".into(), kind, way_in: None };
        let link: Hash = [9; 32];
        let who = self
            .write(move |tx| {
                set_up::link(tx, &link)?;
                set_up::set_up(tx, &link, &form, &HASHED)
            })
            .await
            .unwrap();
        self.signed_in(who, "Ana").await
    }

    /// A member, signed in, who came by no invite.
    pub async fn member(&self, name: &str) -> Visitor {
        self.member_in(name, "UTC").await
    }

    pub async fn member_in(&self, name: &str, zone: &str) -> Visitor {
        let (called, zone) = (name.to_owned(), Zone::named(zone).unwrap());
        let who = self
            .write(move |tx| {
                let new = NewMember {
                    name: &called,
                    email: None,
                    password_hash: &HASHED,
                    role: Role::Member,
                    zone: &zone,
                    pick: Pick::Everyone,
                    rules_version: 1,
                };
                Ok(member_insert(tx.conn, &new, tx.now)?.expect("a free name"))
            })
            .await
            .unwrap();
        self.signed_in(who, name).await
    }

    async fn signed_in(&self, who: MemberId, name: &str) -> Visitor {
        let secret = Dice.word::<32>();
        let hash = hash(&secret);
        self.write(move |tx| login::log_in(tx, who, &hash, "Firefox on Linux")).await.unwrap();
        let mut visitor = self.visitor();
        (visitor.id, visitor.name) = (who, name.to_owned());
        visitor.take_cookie(secret);
        visitor
    }

    /// Somebody with an empty cookie jar.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.web.clone())
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance(Duration::from_secs(seconds.try_into().unwrap()));
    }

    pub fn advance_to(&self, to: Timestamp) {
        self.advance(to.since(self.now()));
    }

    /// What the scheduler does when something is due, until nothing is.
    pub async fn settle(&self) {
        for _ in 0..100 {
            let now = self.now();
            if self.read(move |conn| settle::next_due(conn, now)).await > now {
                return;
            }
            let effects = self.write(settle::settle).await.unwrap();
            self.web.hub.announce(&effects);
        }
        panic!("something is due for ever");
    }

    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.web.store.write(self.now(), work).await
    }

    pub async fn read<T: Send + 'static>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static) -> T {
        self.web.store.read(work).await.unwrap()
    }

    /// One number out of the database, for what no page may show.
    pub async fn count(&self, sql: &str) -> i64 {
        let sql = sql.to_owned();
        self.read(move |conn| conn.query_row(&sql, [], |row| row.get(0)).map_err(|e| Fault::Store(e.into()))).await
    }

    /// One text out of the database; empty when there is none.
    pub async fn word(&self, sql: &str) -> String {
        let sql = sql.to_owned();
        let found = self
            .read(move |conn| conn.query_row(&sql, [], |row| row.get::<_, Option<String>>(0)).map_err(|e| Fault::Store(e.into())))
            .await;
        found.unwrap_or_default()
    }

    /// As after `kill -9`: another server over a copy of the files as they lie on the disk, nothing closed, nothing flushed.
    pub fn killed(&self) -> Self {
        let dir = Dir::new();
        for name in ["alongside.db", "alongside.db-wal"] {
            let from = self.dir.0.join(name);
            if Path::exists(&from) {
                std::fs::copy(from, dir.0.join(name)).unwrap();
            }
        }
        Self::over(dir, Clock::fixed(self.now()))
    }
}

pub fn hash(secret: &str) -> Hash {
    alongside::password::secret_hash(secret)
}
