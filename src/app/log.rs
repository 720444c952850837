//! The log: text for a person at a terminal, a line of JSON each for programs; how much of it can be changed while the server runs.
//!
//! SIGUSR1, a verb and the admin's page lead from "info" to "debug" and back, and an hour later it goes back by itself. No log file is kept here: what the terminal or the journal holds, and for how
//! long, is theirs. Names and addresses stay below "info", but for the one line that bans guessers, `auth.fail`.

use crate::clock::Clock;
use crate::domain::loudness::Loudness;
use crate::domain::time::Timestamp;
use std::io::IsTerminal;
use std::sync::{Arc, OnceLock};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

const USUAL: &str = "info,rtc_dtls=error";
const MORE: &str = "debug,rtc_dtls=error,hyper=info,h2=info,rustls=info";

static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Begins the log; `ALONGSIDE_LOG` says how much of it. A second call changes nothing.
pub fn begin() {
    let (filter, handle) = reload::Layer::new(EnvFilter::try_new(wanted()).unwrap_or_default());
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let all = tracing_subscriber::registry().with(filter);
    let begun = if std::io::stderr().is_terminal() {
        all.with(lines).try_init()
    } else {
        all.with(lines.json().flatten_event(true).with_current_span(false).with_span_list(false)).try_init()
    };
    if begun.is_ok() {
        let _ = FILTER.set(handle);
    }
}

fn wanted() -> String {
    std::env::var("ALONGSIDE_LOG").unwrap_or_else(|_| USUAL.to_owned())
}

/// How much the log says: changed by the signal, by an admin and by a verb, and led back after an hour.
pub struct Volume {
    clock: Clock,
    asked: watch::Sender<Loudness>,
}

impl Volume {
    pub fn new(clock: &Clock) -> Arc<Self> {
        Arc::new(Self { clock: clock.clone(), asked: watch::Sender::new(Loudness::usual()) })
    }

    /// More for an hour, or as much as usual.
    pub fn say(&self, more: bool) {
        self.asked.send_replace(if more { Loudness::more(self.clock.now()) } else { Loudness::usual() });
    }

    /// Until when it says more, if it does.
    pub fn until(&self) -> Option<Timestamp> {
        self.asked.borrow().until(self.clock.now())
    }

    /// Does what is asked, until dropped.
    pub async fn follow(self: Arc<Self>) {
        let Ok(mut signalled) = signal(SignalKind::user_defined1()) else { return };
        let (mut asked, mut loud) = (self.asked.subscribe(), false);
        loop {
            let until = self.until();
            if until.is_some() != loud {
                loud = until.is_some();
                turn(loud);
            }
            let over = async {
                match until {
                    Some(at) => self.clock.sleep_until_ms(at.0 * 1000).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = signalled.recv() => self.say(self.until().is_none()),
                _ = asked.changed() => {}
                () = over => {}
            }
        }
    }
}

fn turn(more: bool) {
    let filter = EnvFilter::try_new(if more { MORE.to_owned() } else { wanted() }).unwrap_or_default();
    if FILTER.get().is_some_and(|handle| handle.reload(filter).is_ok()) {
        let how =
            if more { "more, for an hour: SIGUSR1 or `alongside log usual` for as much as before" } else { "as much as before" };
        tracing::info!("The log says {how}.");
    }
}
