//! What this machine carries, measured once and kept in the data directory.
//!
//! The figures hold for one processor: on another they are not used, and measured anew. The measuring runs the real relay and the
//! real media engine on a wire thread and loopback sockets of their own ([`measure`]); the rule over them is
//! [`crate::domain::capacity`].

mod machine;
mod media;
mod relay;

pub use machine::Machine;

use crate::clock::{Clock, Dice};
use crate::domain::capacity::Capacity;
use crate::domain::time::Timestamp;
use crate::media::{Identity, Sfu};
use crate::switchboard::{self, Handle, Switchboard};
use crate::turn::{self, Aliases};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The file in the data directory.
pub const FILE: &str = "capacity.json";
/// The relay is measured for so long, and then the rooms.
const RELAY_FOR: Duration = Duration::from_secs(3);
const MEDIA_FOR: Duration = Duration::from_secs(4);
/// The whole of it takes no longer, whatever hangs.
const LONGEST: Duration = Duration::from_secs(30);

/// What was measured, when, by which version and on what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub at: Timestamp,
    pub version: String,
    pub processor: String,
    pub capacity: Capacity,
}

impl Record {
    /// The one of this data directory, if there is a sound one.
    pub fn read(dir: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(dir.join(FILE)).ok()?;
        let record: Self = serde_json::from_str(&text).ok()?;
        let sound = record.capacity.relayed > 0 && record.capacity.given > 0;
        sound.then_some(record)
    }

    /// Keeps it in place of the one before.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        let draft = dir.join(".capacity.json.draft");
        let mut file = std::fs::File::create(&draft)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(draft, dir.join(FILE))
    }

    /// Whether it was measured on this machine.
    pub fn is_of(&self, machine: &Machine) -> bool {
        self.processor == machine.processor && self.capacity.processors == machine.processors
    }
}

/// Measures this machine; `progress` hears what is being done. Takes some seconds of one processor's time.
///
/// # Errors
/// One sentence.
pub fn measure(progress: &(dyn Fn(&str) + Sync)) -> Result<Record, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|e| format!("The machine gives no threads to measure with: {e}."))?;
    let measured = runtime.block_on(async { tokio::time::timeout(LONGEST, figures(progress)).await });
    runtime.shutdown_timeout(Duration::from_secs(1));
    let (relayed, given) = measured.map_err(|_| "The machine was too busy to be measured. Try again when it is quiet.")??;
    let Machine { processor, processors } = Machine::this();
    let capacity = Capacity { relayed, given, processors };
    Ok(Record { at: Clock::system().now(), version: env!("CARGO_PKG_VERSION").to_owned(), processor, capacity })
}

async fn figures(progress: &(dyn Fn(&str) + Sync)) -> Result<(u32, u32), String> {
    let board = Board::new()?;
    progress("The relay: two browsers that cannot reach each other …");
    let relayed = relay::measured(&board, RELAY_FOR).await?;
    progress(&format!("The relay carries {relayed} packets in a second of one processor."));
    progress("Rooms: one speaks, six listen …");
    let given = media::measured(&board, MEDIA_FOR).await?;
    progress(&format!("The rooms are given {given} packets in a second of one processor."));
    Ok((relayed, given))
}

/// A wire thread of its own, on loopback.
struct Board {
    handle: Handle,
    door: SocketAddr,
    secret: Vec<u8>,
    _thread: Switchboard,
    _events: tokio::sync::mpsc::Receiver<crate::media::Event>,
}

impl Board {
    fn new() -> Result<Self, String> {
        let refused = |e: &dyn std::fmt::Display| format!("Nothing could be measured: {e}.");
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| refused(&e))?;
        socket.set_nonblocking(true).map_err(|e| refused(&e))?;
        let door = socket.local_addr().map_err(|e| refused(&e))?;
        let secret = Dice.word::<32>().into_bytes();
        let turn = turn::Settings::new(secret.clone(), Aliases::DUMMY, Dice.bytes(), u64::from_ne_bytes(Dice.bytes()));
        let settings = switchboard::Settings { udp: vec![socket], clock: Clock::system(), turn };
        let identity = Arc::new(Identity::generate().map_err(|e| refused(&e))?);
        let dice = Box::new(|bytes: &mut [u8]| Dice.fill(bytes));
        let started = switchboard::start(settings, move |now| Sfu::new(identity, now, dice));
        let (thread, handle, events) = started.map_err(|e| refused(&e))?;
        Ok(Self { handle, door, secret, _thread: thread, _events: events })
    }

    /// The packets that were sent, and the time that the thread has taken.
    async fn counts(&self) -> Result<(u64, Duration), String> {
        let counts = self.handle.counts().await.map_err(|e| format!("Nothing could be measured: {e}."))?;
        Ok((counts.sent, counts.busy))
    }
}

/// Packets in a second of one processor, of what came and went between two looks.
fn pace(before: (u64, Duration), after: (u64, Duration)) -> Result<u32, String> {
    let (packets, busy) = (after.0 - before.0, after.1.saturating_sub(before.1).as_secs_f64());
    if packets < 500 || busy <= 0.0 {
        return Err("The machine was too busy to be measured. Try again when it is quiet.".to_owned());
    }
    Ok((packets as f64 / busy) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_kept_and_holds_for_its_own_machine_only() {
        let dir = std::env::temp_dir().join(format!("alongside-capacity-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory");
        assert_eq!(Record::read(&dir), None);
        let capacity = Capacity { relayed: 90_000, given: 60_000, processors: 2 };
        let record = Record { at: Timestamp(5), version: "1".into(), processor: "A".into(), capacity };
        record.write(&dir).expect("kept");
        assert_eq!(Record::read(&dir).as_ref(), Some(&record));
        let machine = |processor: &str, processors| Machine { processor: processor.to_owned(), processors };
        assert!(record.is_of(&machine("A", 2)));
        assert!(!record.is_of(&machine("B", 2)) && !record.is_of(&machine("A", 4)));
        std::fs::write(dir.join(FILE), "{\"at\":5}").expect("spoilt");
        assert_eq!(Record::read(&dir), None);
        std::fs::remove_dir_all(dir).expect("gone");
    }

    #[test]
    fn too_few_packets_are_no_measure() {
        assert!(pace((0, Duration::ZERO), (499, Duration::from_secs(1))).is_err());
        assert_eq!(pace((100, Duration::from_secs(1)), (10_100, Duration::from_millis(1_100))), Ok(100_000));
    }

    #[test]
    fn this_machine_is_measured_in_a_few_seconds() {
        let heard = std::sync::Mutex::new(0);
        let record = measure(&|_| *heard.lock().expect("whole") += 1).expect("measured");
        assert!(record.capacity.relayed > 500 && record.capacity.given > 500, "{record:?}");
        assert!(record.is_of(&Machine::this()) && *heard.lock().expect("whole") == 4);
    }
}
