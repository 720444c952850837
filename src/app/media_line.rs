//! The media engine as living rooms and sessions ask for it: their words on one side, the wire thread's on the other.
//!
//! What a page is told of the server's addresses is found at each join ([`super::media_ways`]), because machines move; the relay
//! is told within seconds. Offers are bounded by whoever hands them in.

use super::load::Ledger;
use super::media_ways::{self, MediaDoors};
use super::wire;
use crate::domain::id::SessionId;
use crate::domain::time::Timestamp;
use crate::live::media::{Answer, Kind, MediaEvent, MediaJoin, MediaLine, Slot};
use crate::media::{Event, Join, Quality, Role, Shown, Wish};
use crate::port::addresses;
use crate::switchboard::{Busy, Handle};
use crate::turn::Aliases;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// How often the machine's addresses are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// Events that may wait to be handed out.
const EVENTS_MOST: usize = 256;

/// The way to the wire thread.
pub struct WireLine {
    handle: Handle,
    doors: MediaDoors,
    ledger: Arc<Ledger>,
    /// Where the router lets people through, if it does.
    mapped: Box<dyn Fn() -> Option<SocketAddr> + Send + Sync>,
    /// What the relay was last told of the SFU's addresses, and of its own.
    told: Mutex<(Vec<SocketAddr>, Option<Aliases>)>,
}

impl WireLine {
    pub fn new(
        handle: Handle,
        doors: MediaDoors,
        ledger: Arc<Ledger>,
        mapped: impl Fn() -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        Self { handle, doors, ledger, mapped: Box::new(mapped), told: Mutex::default() }
    }

    /// Keeps the relay's word of the machine's addresses true: networks come and go while calls go on.
    pub async fn follow(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            self.own_addresses();
        }
    }

    /// The machine's own addresses as they are at the moment, and its router's; the relay is told when they have changed.
    fn own_addresses(&self) -> Vec<SocketAddr> {
        let found = addresses::of_machine().unwrap_or_default();
        let (mut own, aliases) = (media_ways::own(&found, self.doors), wire::aliases(&found));
        own.extend((self.mapped)().filter(|outside| !own.contains(outside)));
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.0 != own && self.handle.set_sfu_addresses(own.clone()).is_ok() {
            told.0.clone_from(&own);
        }
        if told.1 != Some(aliases) && self.handle.set_relay_aliases(aliases).is_ok() {
            told.1 = Some(aliases);
        }
        own
    }
}

impl MediaLine for WireLine {
    fn join(&self, join: MediaJoin) -> Answer {
        let (handle, doors, own) = (self.handle.clone(), self.doors, self.own_addresses());
        // Who only hears themselves takes no place.
        let place = (!join.echo).then(|| (self.ledger.clone(), join.participant));
        place.iter().for_each(|(ledger, participant)| ledger.came(join.room, *participant));
        Box::pin(async move {
            let named = media_ways::of_host(&join.local_host, doors).await;
            let candidates = media_ways::candidates(own, &named);
            let answered = handle.with_sfu(move |sfu, now, _| {
                let MediaJoin { room, participant, offer, screens, echo, .. } = &join;
                let (room, participant, screens, echo) = (*room, *participant, *screens, *echo);
                sfu.join(now, Join { room, participant, offer, candidates: &candidates, screens, echo })
            });
            let answered = answered.await;
            if let (Some((ledger, participant)), Ok(Err(_)) | Err(Busy)) = (place, &answered) {
                ledger.left(participant);
            }
            match answered {
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

    fn hush(&self, participant: u64, hushed: bool) {
        self.post(move |sfu, now, _| sfu.hush(now, participant, hushed));
    }

    fn leave(&self, participant: u64) {
        self.ledger.left(participant);
        self.post(move |sfu, now, out| sfu.leave(now, participant, out));
    }

    fn end_room(&self, room: u64) {
        self.ledger.room_ended(room);
        self.post(move |sfu, now, out| sfu.end_room(now, room, out));
    }

    fn lasts(&self, session: SessionId, until_ms: i64) {
        self.ledger.lasts(session, Timestamp(until_ms.div_euclid(1000)));
    }

    fn end_relay(&self, place: &str) {
        place.parse().ok().map(SessionId).into_iter().for_each(|session| self.ledger.session_ended(session));
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

/// Tells on what the engine tells, in the house's words, until either side ends.
pub fn events_of(mut engine: mpsc::Receiver<Event>, ledger: Arc<Ledger>) -> mpsc::Receiver<MediaEvent> {
    let (tell, told) = mpsc::channel(EVENTS_MOST);
    tokio::spawn(async move {
        while let Some(event) = engine.recv().await {
            if let Event::Gone { participant } = &event {
                ledger.left(*participant);
            }
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
