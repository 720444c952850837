//! What a member can say inside its own seal: two clients of the bare components shake hands with the SFU, and then one of them sends
//! whatever the input says, as media, as reports, and as they come.

use super::client::{CM, Client, GCM, OPUS, Shape, VP8};
use super::machines::{candidates, path, sfu, start};
use super::records;
use alongside::media::{Join, Sfu, Wish};
use alongside::path::Outbox;
use rtc::rtp::Header;
use rtc::shared::marshal::{MarshalSize, Unmarshal};
use std::time::{Duration, Instant};

/// What one packet or one moment may set off, in bytes: repeated packets and padding have credits of their own.
const SET_OFF_MOST: usize = 4 << 20;
const ROOM: u64 = 5;
const MIDS: [&str; 3] = ["mic", "cam", "scr"];
const RIDS: [Option<&str>; 5] = [None, Some("l"), Some("m"), Some("h"), Some("x")];

struct Meeting {
    sfu: Sfu,
    now: Instant,
    clients: [Client; 2],
}

impl Meeting {
    fn new(layered: bool, old: bool) -> Self {
        let now = start();
        let layers: &[&str] = if layered { &["l", "m", "h"] } else { &[] };
        let shape = Shape { layers, profiles: if old { CM } else { GCM }, ..Shape::default() };
        let clients = [1, 2].map(|seed| Client::new(now, seed, shape.clone()));
        let mut meeting = Self { sfu: sfu(), now, clients };
        for n in 0..2 {
            let offer = meeting.clients[n].offer();
            let join =
                Join { room: ROOM, participant: n as u64 + 1, offer: &offer, candidates: &candidates(), screens: 1, echo: false };
            let answer = meeting.sfu.join(now, join).expect("an offer that is answered");
            meeting.clients[n].answer(&answer);
        }
        for _ in 0..60 {
            if meeting.clients.iter().all(Client::connected) {
                break;
            }
            meeting.pass(20);
        }
        assert!(meeting.clients.iter().all(Client::connected), "they shake hands");
        meeting
    }

    /// Lets time pass, and carries everything to where it is meant for.
    fn pass(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        let mut out = Outbox::new();
        if self.sfu.poll_timeout().is_some_and(|due| due <= self.now) {
            self.sfu.handle_timeout(self.now, &mut out);
        }
        self.clients.iter_mut().for_each(|client| client.tick(self.now));
        self.carry(out);
    }

    fn carry(&mut self, mut out: Outbox) {
        for _ in 0..4 {
            assert!(out.bytes() <= SET_OFF_MOST, "{} bytes at once", out.bytes());
            for (to, bytes) in out.iter() {
                for n in (0..2).filter(|n| to == path(*n as u8 + 1)) {
                    self.clients[n].handle(self.now, bytes);
                    self.clients[n].heard.clear();
                }
            }
            out = Outbox::new();
            for n in 0..2 {
                while let Some(mut bytes) = self.clients[n].out.pop_front() {
                    self.sfu.handle(self.now, path(n as u8 + 1), &mut bytes, &mut out);
                }
            }
            if out.is_empty() {
                break;
            }
        }
        while self.sfu.poll_event().is_some() {}
    }

    fn say(&mut self, what: u8, rest: &[u8]) {
        let who = usize::from(what >> 3 & 1);
        let client = &mut self.clients[who];
        match what & 7 {
            // A packet of the other's making, under the right seal.
            0 => client.seal(&versioned(rest, false)),
            1 | 2 => {
                let [of, time, level, payload @ ..] = rest else { return };
                let mid = MIDS[usize::from(of & 3) % 3];
                let rid = if mid == "cam" && client.shape.layers.len() > 1 { RIDS[usize::from(of >> 2) % 5] } else { None };
                let timestamp = u32::from(*time) * 3000;
                client.send_media(mid, rid, timestamp, of & 128 != 0, (level & 128 != 0).then_some(*level), payload);
            }
            3 => client.seal(&versioned(rest, true)),
            4 => return self.pass(u64::from(rest.first().copied().unwrap_or(1)) * 20),
            5 => {
                let [mid, width, whom, ..] = rest else { return };
                let mids = ["c0", "c1", "s0", "v0", "mic", "?"];
                let wish = Wish { who: (whom & 1 != 0).then_some(u64::from(whom >> 1)), width: u16::from(*width) * 16 };
                self.sfu.wish(self.now, who as u64 + 1, mids[usize::from(*mid) % 6], wish);
            }
            // A request about a slot that is really there.
            6 => {
                let [kind, slot, body @ ..] = rest else { return };
                let media = client.slot_ssrc(["c0", "c1", "s0", "v0"][usize::from(*slot) % 4]);
                let (kind, format) = [(205, 1), (206, 1), (206, 4), (205, 15), (206, 15), (201, 1)][usize::from(*kind) % 6];
                let mut report = vec![0x80 | format, kind, 0, 0, 0, 0, 0, 7];
                report.extend_from_slice(&media.to_be_bytes());
                report.extend_from_slice(&body[..body.len() / 4 * 4]);
                let words = report.len() / 4 - 1;
                report[2..4].copy_from_slice(&(words as u16).to_be_bytes());
                client.seal(&report);
            }
            _ => {
                let mut bytes = rest.to_vec();
                let mut out = Outbox::new();
                self.sfu.handle(self.now, path(who as u8 + 1), &mut bytes, &mut out);
                return self.carry(out);
            }
        }
        self.carry(Outbox::new());
    }
}

/// A packet that is at least read as RTP or RTCP, with a payload type that was agreed as often as not.
fn versioned(rest: &[u8], control: bool) -> Vec<u8> {
    let mut plain = rest.to_vec();
    plain.resize(plain.len().max(12), 0);
    plain[0] = 0x80 | plain[0] & 0x3f;
    if control {
        plain[1] = 192 | plain[1] & 31;
        plain.truncate(plain.len() / 4 * 4);
        if plain[0] & 0x20 == 0 {
            let words = plain.len() / 4 - 1;
            plain[2..4].copy_from_slice(&(words as u16).to_be_bytes());
        }
        return plain;
    }
    if plain[1] & 1 == 0 {
        plain[1] = plain[1] & 128 | if plain[1] & 2 == 0 { OPUS } else { VP8 };
    }
    // The library that seals takes for granted that a head it has read fits when it is written.
    let head = Header::unmarshal(&mut &plain[..]).map_or(0, |head| head.marshal_size());
    plain.resize(plain.len().max(head), 0);
    plain
}

/// Two in a room; the first byte says whether they send layers, and whether they seal as old clients do.
pub fn media_leg(bytes: &[u8]) {
    let Some((how, rest)) = bytes.split_first() else { return };
    let mut meeting = Meeting::new(how & 1 != 0, how & 2 != 0);
    for record in records(rest) {
        if let Some((what, rest)) = record.split_first() {
            meeting.say(*what, rest);
        }
    }
    meeting.pass(20);
}
