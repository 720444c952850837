//! The media engine as living rooms and sessions ask for it: their words on one side, the wire thread's on the other.
//!
//! What a page is told of the server's addresses is found at each join, because machines move: its own lasting addresses, and
//! what the name that the page came by leads to (a port forward, a container). Offers are bounded by whoever hands them in.

use super::wire::sfu_addresses;
use crate::live::media::{Answer, Kind, MediaEvent, MediaJoin, MediaLine, Slot};
use crate::media::{Candidate, Event, Join, Quality, Role, Shown, Wish};
use crate::port::addresses;
use crate::switchboard::{Busy, Handle};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// A name that does not answer by then is no way for this call.
const LOOK_UP: Duration = Duration::from_millis(800);
/// Ways that a name may add.
const NAMED_MOST: usize = 4;
/// Events that may wait to be handed out.
const EVENTS_MOST: usize = 256;

/// The way to the wire thread.
pub struct WireLine {
    handle: Handle,
    port: u16,
    /// What the relay was last told of the SFU's addresses.
    told: Mutex<Vec<SocketAddr>>,
}

impl WireLine {
    pub fn new(handle: Handle, port: u16) -> Self {
        Self { handle, port, told: Mutex::default() }
    }

    /// The machine's own addresses as they are at the moment; the relay is told when they have changed.
    fn own_addresses(&self) -> Vec<SocketAddr> {
        let own = sfu_addresses(&addresses::of_machine().unwrap_or_default(), self.port);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != own && self.handle.set_sfu_addresses(own.clone()).is_ok() {
            told.clone_from(&own);
        }
        own
    }
}

impl MediaLine for WireLine {
    fn join(&self, join: MediaJoin) -> Answer {
        let (handle, port, own) = (self.handle.clone(), self.port, self.own_addresses());
        Box::pin(async move {
            let named = addresses_of(&join.local_host, port).await;
            let candidates = candidates(own, &named);
            let answered = handle.with_sfu(move |sfu, now, _| {
                let MediaJoin { room, participant, offer, screens, echo, .. } = &join;
                let (room, participant, screens, echo) = (*room, *participant, *screens, *echo);
                sfu.join(now, Join { room, participant, offer, candidates: &candidates, screens, echo })
            });
            match answered.await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(error)) => {
                    tracing::debug!(%error, "An offer was not answered.");
                    Err(format!("The call could not be made: {error}. Goals, clock and chat work all the same."))
                }
                Err(Busy) => Err("The server is busy with other calls. Yours is tried again in a moment.".to_owned()),
            }
        })
    }

    fn wish(&self, participant: u64, mid: &str, who: Option<u64>, width: u16) {
        let mid = mid.to_owned();
        self.post(move |sfu, now, _| sfu.wish(now, participant, &mid, Wish { who, width }));
    }

    fn leave(&self, participant: u64) {
        self.post(move |sfu, now, out| sfu.leave(now, participant, out));
    }

    fn end_room(&self, room: u64) {
        self.post(move |sfu, now, out| sfu.end_room(now, room, out));
    }

    fn end_relay(&self, place: &str) {
        if self.handle.turn_end_session(place).is_err() {
            tracing::debug!("The wire is busy; what the relay holds ends by itself.");
        }
    }
}

impl WireLine {
    fn post(&self, work: impl FnOnce(&mut crate::media::Sfu, std::time::Instant, &mut crate::path::Outbox) + Send + 'static) {
        if self.handle.post_sfu(work).is_err() {
            tracing::debug!("The wire is busy; a wish was not heard.");
        }
    }
}

/// Datagrams and streams at each address, the ones of the machine first.
fn candidates(own: Vec<SocketAddr>, named: &[SocketAddr]) -> Vec<Candidate> {
    let mut all = own;
    for addr in named {
        if !all.contains(addr) {
            all.push(*addr);
        }
    }
    all.into_iter().flat_map(|addr| [false, true].map(|tcp| Candidate { addr, tcp })).collect()
}

/// What a page's word for this machine leads to.
async fn addresses_of(host: &str, port: u16) -> Vec<SocketAddr> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return vec![SocketAddr::new(ip, port)];
    }
    let found = tokio::time::timeout(LOOK_UP, tokio::net::lookup_host((host, port))).await;
    match found {
        Ok(Ok(found)) => found.take(NAMED_MOST).collect(),
        _ => Vec::new(),
    }
}

/// Tells on what the engine tells, in the house's words, until either side ends.
pub fn events_of(mut engine: mpsc::Receiver<Event>) -> mpsc::Receiver<MediaEvent> {
    let (tell, told) = mpsc::channel(EVENTS_MOST);
    tokio::spawn(async move {
        while let Some(event) = engine.recv().await {
            if let Some(event) = event_of(event)
                && tell.send(event).await.is_err()
            {
                return;
            }
        }
    });
    told
}

fn event_of(event: Event) -> Option<MediaEvent> {
    Some(match event {
        Event::Connected { participant } => MediaEvent::Connected { participant },
        Event::Gone { participant } => MediaEvent::Gone { participant },
        Event::Slots { participant, slots } => {
            MediaEvent::Slots { participant, slots: slots.into_iter().filter_map(slot_of).collect() }
        }
        Event::Speaking { room, who } => MediaEvent::Speaking { room, who: who.into_iter().collect() },
        Event::Quality { participant, quality } => MediaEvent::Quality { participant, reduced: quality != Quality::Good },
        // Slots say it all.
        Event::ScreenOn { .. } | Event::ScreenOff { .. } => return None,
    })
}

fn slot_of(shown: Shown) -> Option<Slot> {
    let kind = match shown.role {
        Role::Voice => Kind::Voice,
        Role::Camera => Kind::Camera,
        Role::Screen => Kind::Screen,
    };
    shown.who.map(|who| Slot { mid: shown.mid, who, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_is_a_way_for_datagrams_and_for_streams_and_is_named_once() {
        let address = |text: &str| text.parse::<SocketAddr>().expect("an address");
        let (lan, public) = (address("192.168.1.5:8443"), address("203.0.113.5:8443"));
        let all = candidates(vec![lan], &[lan, public]);
        let said: Vec<(SocketAddr, bool)> = all.iter().map(|c| (c.addr, c.tcp)).collect();
        assert_eq!(said, [(lan, false), (lan, true), (public, false), (public, true)]);
    }

    #[tokio::test]
    async fn a_literal_address_needs_no_look_up() {
        assert_eq!(addresses_of("fd00::5", 8443).await, ["[fd00::5]:8443".parse::<SocketAddr>().expect("an address")]);
    }
}
