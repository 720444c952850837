//! How the house shows itself to the world while it runs: the configuration with what pages chose over it, and the certificate by ACME
//! that goes with that.
//!
//! Whoever needs names asks [`Front::config`] each time, so that a choice on a page holds at once and without a restart.

use super::{keeping, origins};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::time::Timestamp;
use crate::domain::way_in::{Choice, Opening, Proof, Standing};
use crate::port::addresses::{self, Reach};
use crate::tls::Tls;
use crate::tls::acme::{self, Acme};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked whether something is due by ACME, at least, in seconds.
const ACME_LOOK_S: i64 = 600;

/// The house's front.
pub struct Front {
    /// With the port that was taken.
    base: Config,
    choice: Mutex<Choice>,
    /// Counts what was chosen, so that who waits hears of it.
    changes: watch::Sender<u64>,
    /// Whether the authority is being asked.
    asking: AtomicBool,
    /// Whether somebody wants it asked before its time.
    again: AtomicBool,
}

impl Front {
    pub fn new(base: Config, choice: Choice) -> Arc<Self> {
        let (changes, _) = watch::channel(0);
        Arc::new(Self {
            base,
            choice: Mutex::new(choice),
            changes,
            asking: AtomicBool::new(false),
            again: AtomicBool::new(false),
        })
    }

    /// What holds: what was written, and what a page chose where nothing was.
    pub fn config(&self) -> Config {
        self.base.clone().with_choice(&self.choice(), public_address())
    }

    fn choice(&self) -> Choice {
        self.choice.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets another choice hold.
    pub fn take(&self, choice: Choice) {
        *self.choice.lock().unwrap_or_else(PoisonError::into_inner) = choice;
        self.changes.send_modify(|count| *count += 1);
    }

    /// Has the authority asked once more, before its time if that is not too soon for it.
    pub fn ask_again(&self) {
        self.again.store(true, Ordering::Release);
        self.changes.send_modify(|count| *count += 1);
    }

    /// How it stands, for pages.
    pub fn standing(&self, tls: &Tls) -> Standing {
        let config = self.config();
        let name = config.acme.names.first().or(config.names.first().filter(|_| config.opening == Opening::Anywhere)).cloned();
        Standing {
            proof: config.acme.names.first().map(|name| self.proof(&config, name, tls)),
            addresses: typed_inside(&config),
            choice: Choice { opening: config.opening, ..self.choice() },
            name,
        }
    }

    fn proof(&self, config: &Config, name: &str, tls: &Tls) -> Proof {
        let record = acme::kept(&config.data_dir).filter(|record| record.names == config.acme.names);
        if tls.is_known(name) {
            let issuer = record.and_then(|record| record.issuer).unwrap_or_else(|| "a public authority".to_owned());
            return Proof::Held { issuer };
        }
        match record {
            Some(record) if !self.asking.load(Ordering::Acquire) => match &record.why {
                Some(why) => Proof::Refused {
                    why: why.clone(),
                    again_at: Timestamp(record.again_at),
                    may_ask: record.may_be_asked_again(Clock::system().now().0),
                },
                None => Proof::Asking,
            },
            _ => Proof::Asking,
        }
    }

    /// Tends the certificate by ACME, whatever is wished for, as long as it is not ended; `acme` is the one of the start.
    pub async fn tend(self: Arc<Self>, tls: Arc<Tls>, has_port_80: bool, mut acme: Option<Acme>) {
        let mut changes = self.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let wish = keeping::wish(&self.config());
            if acme.as_ref().map(Acme::wish) != wish.as_ref() {
                if let Some(before) = acme.take() {
                    before.end();
                }
                acme = wish.and_then(|wish| keeping::acme_for(&self.base, wish, &tls, has_port_80));
            }
            let now = || Clock::system().now().0;
            let wait = match &mut acme {
                Some(acme) => {
                    if self.again.swap(false, Ordering::AcqRel) {
                        acme.ask_again(now());
                    }
                    self.asking.store(true, Ordering::Release);
                    let next = acme.tend(now()).await;
                    self.asking.store(false, Ordering::Release);
                    // By the clock of the others, which may be set while this waits: it is looked at often.
                    (next - now()).clamp(1, ACME_LOOK_S)
                }
                None => ACME_LOOK_S,
            };
            // A house without a name follows its public address: that is looked at when this comes round.
            let _ = tokio::time::timeout(Duration::from_secs(wait.unsigned_abs()), changes.changed()).await;
        }
    }
}

/// A public address of this machine's own, IPv4 first.
fn public_address() -> Option<IpAddr> {
    let found = addresses::of_machine().unwrap_or_default();
    let of = |reach: Reach| found.iter().find(|address| address.reach == reach).map(|address| address.ip);
    of(Reach::PublicV4).or_else(|| of(Reach::PublicV6))
}

/// Addresses that others in the same network type; this very machine's own word for itself helps nobody else.
fn typed_inside(config: &Config) -> Vec<String> {
    let names = config.names.iter().filter(|name| !config.acme.names.contains(name)).cloned().collect();
    let mut all = origins(&Config { names, ..config.clone() }, config.port);
    all.retain(|origin| !origin.starts_with("https://localhost"));
    all
}
