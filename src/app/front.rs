//! How the house shows itself to the world while it runs: the configuration with what pages chose over it, and the certificate by ACME
//! that goes with that.
//!
//! Whoever needs names asks [`Front::config`] each time, so that a choice on a page holds at once and without a restart.

use super::{keeping, origins};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::time::Timestamp;
use crate::domain::way_in::{self, Choice, Mapping, Opening, Proof, Standing, is_public};
use crate::gateway::asker::Router;
use crate::gateway::{self, Held, Outcome, Refused, lease};
use crate::lan::Lan;
use crate::port::addresses::{self, Reach};
use crate::store::checkup;
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
    /// What became of asking the router; none where it is not asked, or has not answered yet.
    mapping: Mutex<Option<Outcome>>,
    /// The router, while something is held there.
    router: tokio::sync::Mutex<Option<Router>>,
    lan: Arc<Lan>,
}

impl Front {
    /// `answers` says whether the machine's name in its own network is answered to.
    pub fn new(base: Config, choice: Choice, answers: bool) -> Arc<Self> {
        let (changes, _) = watch::channel(0);
        let told = changes.clone();
        let moved = move || told.send_modify(|count| *count += 1);
        let lan = Lan::new(&base.data_dir, (base.port, &base.listen), answers, moved);
        // What an earlier run held ended with it.
        gateway::keep(&base.data_dir, None);
        Arc::new(Self {
            base,
            choice: Mutex::new(choice),
            changes,
            asking: AtomicBool::new(false),
            again: AtomicBool::new(false),
            mapping: Mutex::default(),
            router: tokio::sync::Mutex::default(),
            lan,
        })
    }

    /// What holds: what was written, and what a page chose where nothing was.
    pub fn config(&self) -> Config {
        let lan_name = self.lan.standing().leads_here().map(str::to_owned);
        Config { lan_name, ..self.base.clone().with_choice(&self.choice(), self.outside()) }
    }

    /// The house's name in its own network.
    pub fn lan(&self) -> &Arc<Lan> {
        &self.lan
    }

    /// Hears whenever what holds has changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The public address by which the internet leads here: this machine's own, or its router's.
    pub fn outside(&self) -> Option<IpAddr> {
        outside(self.mapped().map(|held| held.outside))
    }

    /// What the router lets through, if that is the internet.
    pub fn mapped(&self) -> Option<Held> {
        let mapping = self.mapping.lock().unwrap_or_else(PoisonError::into_inner).clone();
        mapping.and_then(Result::ok).filter(|held| is_public(held.outside))
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
            mapping: config.maps.then(|| self.mapping()),
            addresses: typed_inside(&config),
            lan_name: self.lan.standing(),
            choice: Choice { opening: config.opening, ..self.choice() },
            name,
        }
    }

    fn mapping(&self) -> Mapping {
        match &*self.mapping.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Mapping::Asking,
            Some(Ok(held)) => Mapping::Held { by: held.by.to_string(), outside: held.outside, port: held.port, web: held.web },
            Some(Err(refused)) => {
                let carriers = refused.outside.and_then(way_in::no_way_by);
                Mapping::Refused { why: carriers.unwrap_or_else(|| refused.why.clone()) }
            }
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

    /// Tends the certificate by ACME, whatever is wished for, as long as it is not ended; `acme` is the one of the start. `web_door` opens
    /// port 80 when it is asked for, where it can be had.
    pub async fn tend(self: Arc<Self>, tls: Arc<Tls>, mut web_door: impl FnMut() -> bool, mut acme: Option<Acme>) {
        let mut changes = self.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let wish = keeping::wish(&self.config());
            if acme.as_ref().map(Acme::wish) != wish.as_ref() {
                if let Some(before) = acme.take() {
                    before.end();
                }
                acme = wish.and_then(|wish| keeping::acme_for(&self.base, wish, &tls, web_door()));
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

impl Front {
    /// Asks the router again and again while it is to be asked, and gives back when it is not any more.
    pub async fn keep_mapped(self: Arc<Self>) {
        let mut changes = self.changes.subscribe();
        let mut failures = 0;
        loop {
            changes.mark_unchanged();
            let wait = if self.config().maps {
                let outcome = self.asked_once().await;
                failures = if outcome.is_ok() { 0 } else { failures + 1 };
                let wait = outcome.as_ref().map_or_else(|_| lease::pause_s(failures), |held| lease::again_s(held.life_s));
                self.note(Some(outcome));
                wait
            } else {
                self.give_back().await;
                self.note(None);
                lease::again_s(0)
            };
            let _ = tokio::time::timeout(Duration::from_secs(wait.into()), changes.changed()).await;
        }
    }

    /// In a task of its own: when the server ends in the middle of it, the router still comes back to its place, to be given back.
    async fn asked_once(self: &Arc<Self>) -> Outcome {
        let front = self.clone();
        let asked = tokio::spawn(async move { front.asked().await });
        asked.await.unwrap_or_else(|_| Err(Refused { why: "The router could not be asked.".to_owned(), outside: None }))
    }

    async fn asked(&self) -> Outcome {
        let (mut place, port) = (self.router.lock().await, self.base.port);
        let before = place.take();
        let asked = tokio::task::spawn_blocking(move || {
            // Another network has another router; what was held at the one before ends by itself.
            let mut router = before.filter(Router::is_current).or_else(Router::found)?;
            let outcome = router.hold(port);
            Some((router, outcome))
        });
        match asked.await.ok().flatten() {
            Some((router, outcome)) => {
                *place = Some(router);
                outcome
            }
            None => Err(Refused { why: "This machine goes out by no router that speaks IPv4.".to_owned(), outside: None }),
        }
    }

    /// Gives back what the router holds open.
    pub async fn give_back(&self) {
        if let Some(router) = self.router.lock().await.take() {
            let _ = tokio::task::spawn_blocking(move || router.end()).await;
            gateway::keep(&self.base.data_dir, None);
        }
    }

    /// Keeps what was heard; a changed address is told to all who wait for it.
    fn note(&self, outcome: Option<Outcome>) {
        let mut mapping = self.mapping.lock().unwrap_or_else(PoisonError::into_inner);
        if *mapping == outcome {
            return;
        }
        gateway::keep(&self.base.data_dir, outcome.as_ref());
        match &outcome {
            Some(Ok(held)) => tracing::info!(by = %held.by, port = held.port, "The router lets people through."),
            Some(Err(refused)) => tracing::info!(why = refused.why, "The router lets nobody through."),
            None => {}
        }
        let outside = |outcome: &Option<Outcome>| outcome.as_ref().and_then(|o| o.as_ref().ok()).map(|held| held.outside);
        let moved = outside(&mapping) != outside(&outcome);
        *mapping = outcome;
        drop(mapping);
        if moved {
            self.changes.send_modify(|count| *count += 1);
        }
    }
}

/// The configuration with what pages chose over it, for a process beside the server: from the database, and from what the server noted.
pub fn as_chosen(config: Config) -> Config {
    let choice = checkup::choice(&config.data_dir.join("alongside.db")).unwrap_or_default();
    let mapped = gateway::kept(&config.data_dir).and_then(Result::ok).map(|held| held.outside).filter(|ip| is_public(*ip));
    config.with_choice(&choice, outside(mapped))
}

/// The public address by which the internet leads here; `mapped` is the router's, where it lets people through.
fn outside(mapped: Option<IpAddr>) -> Option<IpAddr> {
    let found = addresses::of_machine().unwrap_or_default();
    let of = |reach: Reach| found.iter().find(|address| address.reach == reach).map(|address| address.ip);
    of(Reach::PublicV4).or(mapped).or_else(|| of(Reach::PublicV6))
}

/// Addresses that others in the same network type; this very machine's own word for itself helps nobody else.
fn typed_inside(config: &Config) -> Vec<String> {
    let names = config.names.iter().filter(|name| !config.acme.names.contains(name)).cloned().collect();
    let mut all = origins(&Config { names, ..config.clone() }, config.port);
    all.retain(|origin| !origin.starts_with("https://localhost"));
    all
}
