//! What HTTP requests want of the engine, carried to the wire thread; and who stands in whose slots.

use alongside::media::{Candidate, Event, Join, Shown, Wish};
use alongside::switchboard::Handle;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::Receiver;

/// Shared by all requests.
#[derive(Clone)]
pub struct Desk {
    wire: Handle,
    candidates: Arc<[Candidate]>,
    slots: Arc<Mutex<HashMap<u64, Vec<Shown>>>>,
}

/// Who comes into which room, and how.
pub struct Newcomer {
    pub room: u64,
    pub participant: u64,
    pub offer: String,
    pub screens: usize,
    pub echo: bool,
}

impl Desk {
    /// Opens it; what the SFU tells is noted for as long as it does.
    pub fn open(wire: Handle, candidates: Vec<Candidate>, mut events: Receiver<Event>) -> Self {
        let slots: Arc<Mutex<HashMap<u64, Vec<Shown>>>> = Arc::default();
        let noted = slots.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                let mut slots = noted.lock().unwrap_or_else(PoisonError::into_inner);
                match event {
                    Event::Slots { participant, slots: shown } => drop(slots.insert(participant, shown)),
                    Event::Gone { participant } => drop(slots.remove(&participant)),
                    _ => {}
                }
            }
        });
        Self { wire, candidates: candidates.into(), slots }
    }

    /// The answer to an offer, or why there is none.
    pub async fn join(&self, who: Newcomer) -> Result<String, String> {
        let candidates = self.candidates.clone();
        let join = self.wire.with_sfu(move |sfu, now, _| {
            let Newcomer { room, participant, offer, screens, echo } = &who;
            let (room, participant, screens, echo) = (*room, *participant, *screens, *echo);
            sfu.join(now, Join { room, participant, offer, candidates: &candidates, screens, echo }).map_err(|e| e.to_string())
        });
        join.await.unwrap_or_else(|busy| Err(busy.to_string()))
    }

    /// Whether the engine took it.
    pub async fn leave(&self, participant: u64) -> bool {
        self.wire.with_sfu(move |sfu, now, out| sfu.leave(now, participant, out)).await.is_ok()
    }

    pub async fn wish(&self, participant: u64, mid: String, wish: Wish) -> bool {
        self.wire.with_sfu(move |sfu, now, _| sfu.wish(now, participant, &mid, wish)).await.is_ok()
    }

    pub fn slots(&self, participant: u64) -> Vec<Shown> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).get(&participant).cloned().unwrap_or_default()
    }
}
