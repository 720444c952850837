//! The questions as they are written. Missing fields have the defaults of the protocol; unknown ones are passed over.

use serde::Deserialize;

/// A name or a number; answers give it back as it came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[serde(untagged)]
pub enum Id {
    Number(i64),
    Text(String),
}

/// Any question: each op reads the fields that it knows.
#[derive(Debug, Deserialize)]
pub struct Question {
    pub op: String,
    #[serde(default)]
    pub rules: House,
    #[serde(default)]
    pub features: Option<Features>,
    #[serde(default)]
    pub people: Vec<Person>,
    #[serde(default)]
    pub bookings: Vec<Booking>,
    #[serde(default)]
    pub announced: Vec<Room>,
    #[serde(default)]
    pub rooms: Vec<Room>,
    #[serde(default, alias = "met")]
    pub met_recently: Vec<Vec<Id>>,
    #[serde(default)]
    pub alone: Vec<Booking>,
    #[serde(default)]
    pub start: i64,
    #[serde(default)]
    pub now: Option<i64>,
    #[serde(default)]
    pub pairs_only: bool,
    #[serde(default, rename = "final")]
    pub last: bool,
    #[serde(default)]
    pub seed: i64,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct House {
    pub grid: i64,
    pub trios: bool,
    pub mixed_lengths: bool,
    pub max_room: i64,
    #[serde(alias = "min_overlap")]
    pub min_shared_minutes: i64,
}

impl Default for House {
    fn default() -> Self {
        Self { grid: 15, trios: true, mixed_lengths: false, max_room: 3, min_shared_minutes: 5 }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Features {
    pub trio: bool,
    pub flex: bool,
    pub live: bool,
    pub mixed: bool,
}

impl Default for Features {
    fn default() -> Self {
        Self { trio: true, flex: true, live: true, mixed: true }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Person {
    #[serde(alias = "member")]
    pub id: Option<Id>,
    pub trio_ok: bool,
    pub talk: String,
    pub camera: String,
    #[serde(alias = "novelty")]
    pub repeats: String,
    pub sessions_done: i64,
    #[serde(alias = "host")]
    pub welcomes_newcomers: bool,
    #[serde(alias = "favorites")]
    pub favourites: Vec<Id>,
    pub blocks: Vec<Id>,
    pub not_again: Vec<Id>,
    #[serde(alias = "debt")]
    pub alone_recently: f64,
    pub circles: Vec<Id>,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            id: None,
            trio_ok: true,
            talk: String::new(),
            camera: String::new(),
            repeats: String::new(),
            sessions_done: 20,
            welcomes_newcomers: false,
            favourites: Vec::new(),
            blocks: Vec::new(),
            not_again: Vec::new(),
            alone_recently: 0.0,
            circles: Vec::new(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct Booking {
    pub id: Id,
    #[serde(alias = "member")]
    pub person: Option<Id>,
    #[serde(default = "fifty")]
    pub minutes: i64,
    #[serde(default)]
    pub earliest: Option<i64>,
    #[serde(default)]
    pub latest: Option<i64>,
    #[serde(default)]
    pub firm: Option<bool>,
    #[serde(default)]
    pub ends: Option<i64>,
}

fn fifty() -> i64 {
    50
}

/// A room of a plan names its bookings; a room of the lounge describes them.
#[derive(Debug, Deserialize)]
pub struct Room {
    #[serde(default)]
    pub id: Option<Id>,
    #[serde(default)]
    pub start: i64,
    #[serde(default)]
    pub bookings: Vec<Seat>,
    #[serde(default)]
    pub pending: Vec<Seat>,
    #[serde(default)]
    pub joins: u32,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Seat {
    Named(Id),
    Described(Booking),
}

impl Seat {
    pub fn id(&self) -> &Id {
        match self {
            Self::Named(id) => id,
            Self::Described(booking) => &booking.id,
        }
    }
}
