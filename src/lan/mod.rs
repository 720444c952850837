//! Answers to the name of the machine in its own network (`desk.local`), where nothing else on the machine does.
//!
//! The network is asked first. Where the answer leads here already, the system's own name service (or another server) has it, and this
//! one keeps quiet; it steps back as well when such a service comes up later. systemd-resolved hears nobody on its own machine: then
//! both answer, and say the same. Deliberately absent: names of other machines, and any
//! word to networks that are not private.

mod responder;

pub use responder::ask;

use crate::domain::lan_name::{LanName, Owner, answering, owner, wished};
use responder::{Responder, Word, private};
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// The name that is answered to, on the disk: the doctor asks for it, whoever runs it.
const FILE: &str = "lan-name";
/// How often it is looked whether the machine's name, its networks or its name service have changed.
const LOOK: Duration = Duration::from_secs(60);
/// Where Avahi notes that it runs.
const AVAHI: &str = "/run/avahi-daemon/pid";
/// What systemd-resolved keeps while it runs; it belongs to the user that it runs as.
const RESOLVED: &str = "/run/systemd/resolve";
/// The sockets of this network, as the kernel lists them.
const SOCKETS: [&str; 2] = ["/proc/self/net/udp", "/proc/self/net/udp6"];
/// The port of such look-ups.
const PORT: u16 = 5353;

/// The house's name in its own network.
pub struct Lan {
    port: u16,
    /// Addresses that are listened on; none means all.
    listen: Vec<IpAddr>,
    data_dir: PathBuf,
    wanted: watch::Sender<bool>,
    standing: Mutex<LanName>,
    /// Told when another name leads here.
    moved: Box<dyn Fn() + Send + Sync>,
    responder: tokio::sync::Mutex<Option<Responder>>,
}

impl Lan {
    pub fn new(data_dir: &Path, door: (u16, &[IpAddr]), wanted: bool, moved: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        let (wanted, _) = watch::channel(wanted);
        // What an earlier run answered to ended with it.
        let _ = std::fs::remove_file(data_dir.join(FILE));
        let (port, listen) = (door.0, door.1.to_owned());
        Arc::new(Self {
            port,
            listen,
            data_dir: data_dir.to_owned(),
            wanted,
            standing: Mutex::default(),
            moved: Box::new(moved),
            responder: tokio::sync::Mutex::default(),
        })
    }

    /// How it stands.
    pub fn standing(&self) -> LanName {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn private(&self) -> Vec<IpAddr> {
        private(&self.listen)
    }

    /// Whether it is to answer, from here on.
    pub fn switch(&self, wanted: bool) {
        self.wanted.send_replace(wanted);
    }

    /// Answers for as long as somebody wants it; never ends by itself.
    pub async fn keep(self: Arc<Self>, machine: impl Fn() -> Option<String>) {
        let mut wanted = self.wanted.subscribe();
        loop {
            let wants = *wanted.borrow_and_update();
            match machine().as_deref().and_then(wished).filter(|_| wants) {
                Some(name) if !self.private().is_empty() => self.hold(name, &machine, &mut wanted).await,
                _ => {
                    self.note(if wants { LanName::None } else { LanName::Off });
                    let _ = tokio::time::timeout(LOOK, wanted.changed()).await;
                }
            }
        }
    }

    /// Asks for the name, and answers to it where nothing else here does, until something changes.
    async fn hold(&self, name: String, machine: &impl Fn() -> Option<String>, wanted: &mut watch::Receiver<bool>) {
        if self.standing().leads_here().is_none() {
            self.note(LanName::Asking { name: name.clone() });
        }
        let asked = name.clone();
        let answered = tokio::task::spawn_blocking(move || responder::ask(&asked)).await.unwrap_or_else(|e| Err(e.to_string()));
        let opened = match answered {
            Ok(ips) if owner(&ips, &self.private()) == Owner::ThisMachine => {
                self.note(LanName::System { name });
                let _ = tokio::time::timeout(LOOK, wanted.changed()).await;
                return;
            }
            Ok(_) => Responder::open(&name, self.port, &self.listen),
            Err(why) => Err(why),
        };
        match opened {
            Ok(responder) => {
                *self.responder.lock().await = Some(responder);
                self.speak(&name, machine, wanted).await;
                self.step_back().await;
            }
            Err(why) => {
                self.note(LanName::Unable { name, why });
                let _ = tokio::time::timeout(LOOK, wanted.changed()).await;
            }
        }
    }

    /// Follows what becomes of the name; comes back when it is to be asked for anew.
    async fn speak(&self, name: &str, machine: &impl Fn() -> Option<String>, wanted: &mut watch::Receiver<bool>) {
        let had_avahi = avahi_runs();
        let mut looks = tokio::time::interval(LOOK);
        loop {
            let mut place = self.responder.lock().await;
            let Some(responder) = place.as_mut() else { return };
            let word = tokio::select! {
                _ = wanted.changed() => return,
                _ = looks.tick() => None,
                word = responder.word() => match word {
                    Some(word) => Some(word),
                    None => return,
                },
            };
            drop(place);
            match word {
                Some(Word::Speaks(speaks)) => self.note(answering(name.to_owned(), speaks)),
                Some(Word::Fails(why)) => tracing::debug!(why, "the network's own look-up makes trouble"),
                None => {
                    let comes_up = !had_avahi && avahi_runs();
                    if comes_up || self.private().is_empty() || machine().as_deref().and_then(wished).as_deref() != Some(name) {
                        return;
                    }
                }
            }
        }
    }

    /// Stops answering for good, and says so to the network.
    pub async fn give_back(&self) {
        self.step_back().await;
        let _ = std::fs::remove_file(self.data_dir.join(FILE));
    }

    async fn step_back(&self) {
        if let Some(responder) = self.responder.lock().await.take() {
            responder.end().await;
        }
    }

    fn note(&self, now: LanName) {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        if *standing == now {
            return;
        }
        match &now {
            LanName::Answers { name } => tracing::info!(port = self.port, "Devices in this network find it as {name}."),
            LanName::Instead { wanted, name } => {
                tracing::warn!(
                    port = self.port,
                    "Another machine in this network is called {wanted}: this one answers to {name}."
                );
            }
            LanName::System { name } => tracing::info!("The system itself answers to {name}."),
            LanName::Unable { name, why } => tracing::warn!(why, "Nobody can be told where {name} is."),
            LanName::Off | LanName::None | LanName::Asking { .. } => {}
        }
        let before = std::mem::replace(&mut *standing, now.clone());
        drop(standing);
        if before.leads_here() != now.leads_here() {
            // Forgetting it costs a line of the doctor's.
            let _ = match now.leads_here() {
                Some(name) => std::fs::write(self.data_dir.join(FILE), name),
                None => std::fs::remove_file(self.data_dir.join(FILE)),
            };
            (self.moved)();
        }
    }
}

fn avahi_runs() -> bool {
    Path::new(AVAHI).exists()
}

/// The system's own name service, where one takes part in such look-ups. Avahi answers to whoever asks; systemd-resolved never to its
/// own machine, so that it cannot be found by asking: it may answer beside this server, with the same addresses, or only ask.
pub fn system() -> Option<&'static str> {
    if avahi_runs() {
        return Some("Avahi");
    }
    let user = std::fs::metadata(RESOLVED).ok()?.uid();
    let open = |path: &&str| std::fs::read_to_string(path).is_ok_and(|table| has_socket(&table, user));
    SOCKETS.iter().any(open).then_some("systemd-resolved")
}

/// Whether this user has a socket at the port of such look-ups, by the kernel's table: the own end is its second word, as
/// `ADDRESS:PORT` in hexadecimal digits, and the user its eighth.
fn has_socket(table: &str, user: u32) -> bool {
    table.lines().skip(1).any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let port = words.get(1).and_then(|end| u16::from_str_radix(end.rsplit(':').next()?, 16).ok());
        port == Some(PORT) && words.get(7).and_then(|word| word.parse().ok()) == Some(user)
    })
}

/// The name that leads to the server of this data directory, as it noted it.
pub fn kept(data_dir: &Path) -> Option<String> {
    let name = std::fs::read_to_string(data_dir.join(FILE)).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_service_is_known_by_its_socket() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
                     38: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000   990        0 5529806 2 0\n\
                     39: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   991        0 5529807 2 0\n";
        assert!(has_socket(table, 990));
        assert!(!has_socket(table, 991), "it looks names up, and answers to none in the network");
        assert!(!has_socket("", 990) && !has_socket("sl\nnothing\n", 990));
    }
}
