//! The doctor: looks at a whole instance from the machine it runs on, and says of each thing what is wrong and what to do.
//!
//! Its calls are real ones: through the instance's own addresses, with clients that know nothing of the server's inside. What
//! can only be seen from elsewhere (a router, a provider's firewall) is called unseen and never guessed. Everything has a time
//! limit; nothing is changed but by [`fix`]. Findings are judged by plain functions, apart from what gathers them.
//!
//! Deliberately absent: questions to anybody outside. An instance without the internet is examined as well as any other.

mod addresses;
mod backups;
pub mod caller;
mod certificate;
mod client;
mod data;
mod fix;
mod machine;
mod outside;
mod process;
mod relay;
mod rooms;
mod service;
mod way_in;
mod web;

pub use fix::fix;

use crate::config::Config;
use crate::domain::health::{Check, Finding, Report};
use crate::domain::time::Timestamp;
use crate::port::addresses::{self as own, Address};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::thread;

/// Addresses that are called, at most.
const CALLED_MOST: usize = 6;

/// Who looks at whom.
#[derive(Clone, Debug)]
pub struct Patient {
    pub config: Config,
    /// The port that the server has, or would have.
    pub port: u16,
    pub server: Server,
    /// By the server's clock.
    pub now: Timestamp,
    /// By the machine's.
    pub machine_now: Timestamp,
}

/// The server of this data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// It is the process that looks.
    Here,
    /// Another process, if it can be told which.
    Runs {
        pid: Option<u32>,
    },
    Stopped,
}

impl Server {
    /// Finds out by the lock that a server holds on its data directory.
    pub fn of(config: &Config) -> Self {
        let path = config.data_dir.join("lock");
        let Ok(file) = std::fs::File::open(&path) else { return Self::Stopped };
        match file.try_lock_shared() {
            Err(std::fs::TryLockError::WouldBlock) => Self::Runs { pid: process::holder_of(&path) },
            _ => Self::Stopped,
        }
    }

    fn pid(self) -> Option<u32> {
        match self {
            Self::Here => Some(std::process::id()),
            Self::Runs { pid } => pid,
            Self::Stopped => None,
        }
    }
}

impl Patient {
    fn runs(&self) -> bool {
        self.server != Server::Stopped
    }

    /// Whether a server was ever started on this directory, as far as can be seen.
    fn has_begun(&self) -> bool {
        self.runs() || self.database().exists()
    }

    fn database(&self) -> PathBuf {
        self.config.data_dir.join("alongside.db")
    }

    /// Addresses of this machine on which the server should answer, the ones that people use first.
    fn own_addresses(&self) -> Vec<Address> {
        let listens = |ip: IpAddr| {
            let all = &self.config.listen;
            all.is_empty() || all.iter().any(|l| *l == ip || (l.is_unspecified() && (l.is_ipv6() || ip.is_ipv4())))
        };
        let found = own::of_machine().unwrap_or_default();
        found.into_iter().filter(|address| address.lasts() && listens(address.ip)).collect()
    }

    /// Where it is called.
    fn doors(&self) -> Vec<SocketAddr> {
        self.own_addresses().iter().take(CALLED_MOST).map(|address| SocketAddr::new(address.ip, self.port)).collect()
    }
}

/// The parts, in the order in which their findings are told.
type Part = (&'static str, fn(&Patient) -> Vec<Finding>);
const PARTS: [Part; 10] = [
    ("service", service::look),
    ("data", data::look),
    ("backup", backups::look),
    ("machine", machine::look),
    ("addresses", addresses::look),
    ("certificate", certificate::look),
    ("web", web::look),
    ("relay", relay::look),
    ("rooms", rooms::look),
    ("way in", way_in::look),
];

/// Looks at everything, the parts beside each other; a part that breaks is a finding too. Whom the directory is shut to is told that
/// alone.
pub fn examine(patient: &Patient) -> Report {
    if let Some(finding) = data::shut(&patient.config) {
        return Report { at: patient.now, version: env!("CARGO_PKG_VERSION"), findings: vec![finding] };
    }
    const BROKEN: Check = Check::new("doctor.part", "The examination itself");
    let findings = thread::scope(|scope| {
        let parts = PARTS.map(|(name, look)| (name, scope.spawn(move || look(patient))));
        let found = parts.into_iter().flat_map(|(name, part)| {
            part.join().unwrap_or_else(|_| {
                vec![BROKEN.fail(format!("The part “{name}” broke off."), "Report this as a fault, with the version.")]
            })
        });
        found.collect()
    });
    Report { at: patient.now, version: env!("CARGO_PKG_VERSION"), findings }
}

/// Looks at the way in alone.
pub fn examine_way_in(patient: &Patient) -> Report {
    Report { at: patient.now, version: env!("CARGO_PKG_VERSION"), findings: way_in::look(patient) }
}

/// "a, b and c"
fn listed(all: &[String]) -> String {
    match all {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// "1.5 GB", "300 MB"
fn said_size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes / 1000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_sizes_are_said_as_people_say_them() {
        let words = |all: &[&str]| listed(&all.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(words(&["a"]), "a");
        assert_eq!(words(&["a", "b", "c"]), "a, b and c");
        assert_eq!([said_size(5_000), said_size(20_000_000), said_size(1_550_000_000)], ["5 KB", "20 MB", "1.5 GB"]);
    }
}
