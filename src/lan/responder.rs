//! The line to the network's own look-up (mDNS): asks who has a name, and answers to one.
//!
//! Only addresses of private networks are told, and only there. The protocol is the `mdns-sd` crate's: it probes before it speaks,
//! takes another name where this one is taken, follows the machine's addresses, and says goodbye.

use crate::port::addresses::{self, Address, Reach};
use mdns_sd::{DaemonEvent, HostnameResolutionEvent, IfKind, IfPredicate, RRType, Receiver, ServiceDaemon, ServiceInfo};
use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Duration;

/// How long answers are waited for: a responder may take a tenth of a second, and the question is put twice.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_millis(500);
/// How often the machine's addresses are looked at, in seconds.
const ADDRESSES_LOOK_S: u32 = 10;
/// What is offered by that name, as other devices list it.
const KIND: &str = "_https._tcp.local.";

/// The addresses of this machine in private networks, of those that are listened on; all are where none is named.
pub fn private(listen: &[IpAddr]) -> Vec<IpAddr> {
    let listens = |ip: IpAddr| {
        listen.is_empty() || listen.iter().any(|l| *l == ip || (l.is_unspecified() && (l.is_ipv6() || ip.is_ipv4())))
    };
    let found = addresses::of_machine().unwrap_or_default();
    found.iter().filter(|address| is_private(address) && listens(address.ip)).map(|address| address.ip).collect()
}

fn is_private(address: &Address) -> bool {
    matches!(address.reach, Reach::LanV4 | Reach::LanV6 | Reach::LinkLocal)
}

fn daemon(listen: &[IpAddr]) -> Result<ServiceDaemon, String> {
    let daemon = ServiceDaemon::new().map_err(said)?;
    let listen = listen.to_owned();
    let inside = IfPredicate::new(move |interface| private(&listen).contains(&interface.ip()));
    daemon.disable_interface(IfKind::All).map_err(said)?;
    daemon.enable_interface(IfKind::Predicate(inside)).map_err(said)?;
    Ok(daemon)
}

fn said(error: mdns_sd::Error) -> String {
    match error {
        mdns_sd::Error::Msg(text) => text,
        other => other.to_string(),
    }
}

/// Asks the network for a name, and waits for all who answer; takes a second and a half.
///
/// # Errors
/// What the system said.
pub fn ask(name: &str) -> Result<Vec<IpAddr>, String> {
    let daemon = daemon(&[])?;
    let answers = daemon.resolve_hostname(&format!("{name}."), Some(PATIENCE.as_millis().try_into().unwrap_or(u64::MAX)));
    let mut found = HashSet::new();
    if let Ok(answers) = answers {
        while let Ok(event) = answers.recv_timeout(PATIENCE) {
            match event {
                HostnameResolutionEvent::AddressesFound(_, all) => {
                    found.extend(all.iter().map(|ip| ip.to_ip_addr().to_canonical()))
                }
                HostnameResolutionEvent::SearchTimeout(_) | HostnameResolutionEvent::SearchStopped(_) => break,
                _ => {}
            }
        }
    }
    // It ends with a word of its own; nobody waits for it.
    let _ = daemon.shutdown();
    let mut found: Vec<IpAddr> = found.into_iter().collect();
    found.sort();
    Ok(found)
}

/// What becomes of a name that is answered to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// From here on it is answered to this name.
    Speaks(String),
    /// It can't be: why.
    Fails(String),
}

/// Answers to a name until it is dropped.
pub struct Responder {
    daemon: ServiceDaemon,
    told: Receiver<DaemonEvent>,
    /// The name as it is at present.
    name: String,
    full: String,
}

impl Responder {
    /// Begins to answer to this name; the port is what is offered there.
    ///
    /// # Errors
    /// What the system said.
    pub fn open(name: &str, port: u16, listen: &[IpAddr]) -> Result<Self, String> {
        let daemon = daemon(listen)?;
        let told = daemon.monitor().map_err(said)?;
        daemon.set_ip_check_interval(ADDRESSES_LOOK_S).map_err(said)?;
        let label = name.split('.').next().unwrap_or_default();
        let offer = ServiceInfo::new(KIND, &format!("Alongside on {label}"), &format!("{name}."), (), port, None);
        let offer = offer.map_err(said)?.enable_addr_auto();
        let full = offer.get_fullname().to_owned();
        daemon.register(offer).map_err(said)?;
        Ok(Self { daemon, told, name: name.to_owned(), full })
    }

    /// What becomes of it, next; none when the line is cut.
    pub async fn word(&mut self) -> Option<Word> {
        loop {
            match self.told.recv_async().await.ok()? {
                DaemonEvent::NameChange(change) if matches!(change.rr_type, RRType::A | RRType::AAAA) => {
                    change.new_name.trim_end_matches('.').clone_into(&mut self.name);
                    return Some(Word::Speaks(self.name.clone()));
                }
                DaemonEvent::Announce(..) => return Some(Word::Speaks(self.name.clone())),
                DaemonEvent::Error(error) => return Some(Word::Fails(said(error))),
                _ => {}
            }
        }
    }

    /// Says goodbye, so that nobody keeps the name for two minutes more.
    pub async fn end(self) {
        if let Ok(done) = self.daemon.unregister(&self.full) {
            let _ = tokio::time::timeout(GOODBYE, done.recv_async()).await;
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        let _ = self.daemon.shutdown();
    }
}
