//! The log: text for a person at a terminal, a line of JSON each for programs; how much of it can be changed while the server runs.
//!
//! SIGUSR1 leads from "info" to "debug" and back. No log file is kept here: what the terminal or the journal holds, and for how
//! long, is theirs. Names and addresses stay below "info", but for the one line that bans guessers, `auth.fail`.

use std::io::IsTerminal;
use std::sync::OnceLock;
use tokio::signal::unix::{SignalKind, signal};
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

/// Changes how much is said at each SIGUSR1, until the task is dropped.
pub async fn follow_signal() {
    let Ok(mut asked) = signal(SignalKind::user_defined1()) else { return };
    let mut more = false;
    while asked.recv().await.is_some() {
        more = !more;
        let filter = EnvFilter::try_new(if more { MORE.to_owned() } else { wanted() }).unwrap_or_default();
        if FILTER.get().is_some_and(|handle| handle.reload(filter).is_ok()) {
            tracing::info!(
                "The log says {}.",
                if more { "more: SIGUSR1 again for as much as before" } else { "as much as before" }
            );
        }
    }
}
