//! The ways that a page's calls may go: the servers that a browser is given, with credentials minted when it asks.
//!
//! Pure: what is minted follows from the secret, the time and for whom. A credential is good for allocating for two minutes
//! (`turn::credentials`), so pages ask for it again before they need it. Connections to the media engine are given streams only:
//! some browsers swallow packets from an address that is configured as a STUN or UDP relay server (DESIGN section 4).

use super::protocol::IceServer;
use crate::domain::capacity::Full;
use crate::domain::id::{MemberId, RoomId, SessionId};
use crate::domain::time::Timestamp;
use crate::turn::credentials::{self, Credential, GOOD_FOR_S, Name};
use std::fmt;
use std::sync::Arc;

/// The place for which the doctor's credentials are minted.
pub const DOCTOR: &str = "doctor";

/// Who knows how much more the server carries. `None` is room enough.
pub trait Load: Send + Sync {
    /// Whether a media room may have so many people.
    fn of_room(&self, room: u64, people: u32, now: Timestamp) -> Option<Full>;
    /// Whether the relay may carry a session.
    fn of_relay(&self, session: SessionId, now: Timestamp) -> Option<Full>;
}

/// The relays of the house, and the secret they share with it.
#[derive(Clone, Default)]
pub struct Relays(Arc<House>);

#[derive(Clone, Default)]
struct House {
    secret: Arc<[u8]>,
    /// `turn:` and `turns:` addresses elsewhere; none means the one port.
    elsewhere: Arc<[String]>,
    load: Option<Arc<dyn Load>>,
}

impl Relays {
    pub fn new(secret: &[u8], elsewhere: &[String]) -> Self {
        Self(Arc::new(House { secret: secret.into(), elsewhere: elsewhere.into(), load: None }))
    }

    /// The same with somebody who knows how much more the server carries.
    pub fn weighing(self, load: Arc<dyn Load>) -> Self {
        Self(Arc::new(House { load: Some(load), ..House::clone(&self.0) }))
    }

    /// Whether this is a pass that the doctor minted from the same secret, and still good.
    pub fn admits_doctor(&self, name: &str, password: &str, now_s: i64) -> bool {
        let fresh = |read: &Name<'_>| read.session == DOCTOR && (now_s..=now_s + 2 * GOOD_FOR_S).contains(&read.expiry_s);
        !self.0.secret.is_empty()
            && Name::read(name).as_ref().is_some_and(fresh)
            && credentials::is_ours(&self.0.secret, name, password)
    }

    /// What this very instance says to a word that it is asked with: who shares the secret knows it again, nobody else learns anything.
    pub fn known_by(&self, word: &str) -> Option<String> {
        (!self.0.secret.is_empty()).then(|| credentials::seal(&self.0.secret, word))
    }

    /// The ways for a page that came by this host (as browsers write it, the port with it unless it is 443).
    pub fn ways(&self, host: &str) -> Ways {
        let has_port =
            host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()) && !port.is_empty());
        let door = if has_port { host.to_owned() } else { format!("{host}:443") };
        Ways { door, relays: self.clone() }
    }
}

/// The ways of one page.
#[derive(Clone, Default)]
pub struct Ways {
    /// Host and port of this very server.
    door: String,
    relays: Relays,
}

impl fmt::Debug for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ways").field("door", &self.door).finish_non_exhaustive()
    }
}

impl Ways {
    /// For a connection between two browsers: what they see of their own addresses, and the relay in each of its forms.
    pub fn of_session(&self, session: SessionId, who: MemberId, now_s: i64) -> Vec<IceServer> {
        if self.door.is_empty() {
            return Vec::new();
        }
        let stun = IceServer { urls: vec![format!("stun:{}", self.door)], username: None, credential: None };
        vec![stun, self.relay(&["turn", "turn-tcp", "turns"], self.mint(&session.0.to_string(), who, now_s))]
    }

    /// For a connection of a room to the media engine.
    pub fn of_room(&self, room: RoomId, who: MemberId, now_s: i64) -> Vec<IceServer> {
        if self.door.is_empty() {
            return Vec::new();
        }
        vec![self.relay(&["turn-tcp", "turns"], self.mint(&format!("r{}", room.0), who, now_s))]
    }

    /// For a member who looks at every way by itself, with nobody else there.
    pub fn of_check(&self, who: MemberId, now_s: i64) -> Vec<IceServer> {
        if self.door.is_empty() {
            return Vec::new();
        }
        let stun = IceServer { urls: vec![format!("stun:{}", self.door)], username: None, credential: None };
        vec![stun, self.relay(&["turn", "turn-tcp", "turns"], self.mint(&format!("c{}", who.0), who, now_s))]
    }

    /// Whether a media room may have so many people: who was let in before is not asked again.
    pub fn room_full(&self, room: u64, people: usize, now_s: i64) -> Option<Full> {
        self.relays.0.load.as_ref()?.of_room(room, people as u32, Timestamp(now_s))
    }

    /// Whether a call of two could not go by the relay at the moment. Relays elsewhere have a measure of their own.
    pub fn relay_full(&self, session: SessionId, now_s: i64) -> Option<Full> {
        let load = self.relays.0.load.as_ref().filter(|_| self.relays.0.elsewhere.is_empty())?;
        load.of_relay(session, Timestamp(now_s))
    }

    fn mint(&self, place: &str, who: MemberId, now_s: i64) -> Credential {
        credentials::mint(&self.relays.0.secret, now_s + GOOD_FOR_S, place, who.0)
    }

    fn relay(&self, forms: &[&str], credential: Credential) -> IceServer {
        let own = |form: &&str| match *form {
            "turn" => format!("turn:{}?transport=udp", self.door),
            "turn-tcp" => format!("turn:{}?transport=tcp", self.door),
            _ => format!("turns:{}?transport=tcp", self.door),
        };
        let urls = match &*self.relays.0.elsewhere {
            [] => forms.iter().map(own).collect(),
            elsewhere => elsewhere.to_vec(),
        };
        IceServer { urls, username: Some(credential.username), credential: Some(credential.password) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_given_every_form_of_the_relay_and_a_room_streams_only() {
        let ways = Relays::new(b"secret", &[]).ways("house.test");
        let pair = ways.of_session(SessionId(7), MemberId(3), 1_000);
        assert_eq!(pair[0].urls, ["stun:house.test:443"]);
        let relay =
            ["turn:house.test:443?transport=udp", "turn:house.test:443?transport=tcp", "turns:house.test:443?transport=tcp"];
        assert_eq!(pair[1].urls, relay);
        assert_eq!(pair[1].username.as_deref(), Some("1120:7-3"));
        let room = ways.of_room(RoomId(2), MemberId(3), 1_000);
        assert_eq!(
            (room.len(), &room[0].urls[..], room[0].username.as_deref()),
            (1, &relay.map(String::from)[1..], Some("1120:r2-3"))
        );
    }

    #[test]
    fn the_port_that_the_page_came_by_is_kept() {
        for (host, door) in
            [("10.0.0.5:8443", "10.0.0.5:8443"), ("[fd00::5]:8443", "[fd00::5]:8443"), ("[fd00::5]", "[fd00::5]:443")]
        {
            let pair = Relays::default().ways(host).of_session(SessionId(1), MemberId(1), 0);
            assert_eq!(pair[0].urls, [format!("stun:{door}")]);
        }
    }

    #[test]
    fn the_doctor_is_let_in_by_a_fresh_pass_of_the_same_secret_and_nobody_else() {
        let relays = Relays::new(b"secret", &[]);
        let pass = credentials::mint(b"secret", 1_100, DOCTOR, 5);
        assert!(relays.admits_doctor(&pass.username, &pass.password, 1_000));
        assert!(!relays.admits_doctor(&pass.username, &pass.password, 1_101), "it has run out");
        assert!(!relays.admits_doctor(&pass.username, &pass.password, 0), "it is good for longer than any that is minted");
        let member = credentials::mint(b"secret", 1_100, "7", 5);
        assert!(!relays.admits_doctor(&member.username, &member.password, 1_000));
        let forged = credentials::mint(b"", 1_100, DOCTOR, 5);
        assert!(!relays.admits_doctor(&forged.username, &forged.password, 1_000));
        assert!(!Relays::default().admits_doctor(&forged.username, &forged.password, 1_000), "no secret is no key");
    }

    #[test]
    fn relays_elsewhere_take_the_place_of_our_own() {
        let pool = ["turn:pool.test:3478".to_owned()];
        let pair = Relays::new(b"secret", &pool).ways("house.test:8443").of_session(SessionId(1), MemberId(1), 0);
        assert_eq!((&pair[0].urls[..], &pair[1].urls[..]), (&["stun:house.test:8443".to_owned()][..], &pool[..]));
    }
}
