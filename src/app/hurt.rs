//! A start with a database that cannot be opened: every page says what happened, and the file is tried again until it opens.
//!
//! The damaged file is never touched. A newer database is no such case: there the program ends with a sentence.

use crate::http;
use crate::keep::reserve;
use crate::port::{self, Unencrypted};
use crate::store::{Ailment, Store, StoreError};
use crate::switchboard::Handle;
use crate::tls::Tls;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the database is tried again.
const AGAIN: Duration = Duration::from_secs(3);

/// Opens the store; where only room is missing, with the reserve's. The inner error is one that may pass.
///
/// # Errors
/// One sentence, where waiting would not help.
pub fn open(dir: &Path) -> Result<Result<Store, Ailment>, String> {
    let file = dir.join("alongside.db");
    let mut opened = Store::open(&file);
    if opened.as_ref().is_err_and(is_about_room) && reserve::give_up(dir) {
        tracing::warn!(
            "The disk is full: the reserve was given up so that people can read on. Make room, nothing can be saved before."
        );
        opened = Store::open(&file);
    }
    match opened {
        Ok(store) => Ok(Ok(store)),
        Err(error) => match error.ailment() {
            Some(ailment) => {
                tracing::error!(state = ailment.word(), %error, "The database cannot be opened. {}", ailment.remedy());
                Ok(Err(ailment))
            }
            None => Err(error.to_string()),
        },
    }
}

/// What SQLite says when it cannot lay out its index of the log has many names, a full disk is the cause of most.
fn is_about_room(error: &StoreError) -> bool {
    matches!(error.ailment(), Some(Ailment::Full | Ailment::Failing))
}

/// Serves the page that says what ails the database until it opens; `None` when the end came first.
///
/// # Errors
/// One sentence.
pub async fn until_sound(
    dir: &Path,
    ailment: Ailment,
    (listeners, tls, handle): (&[TcpListener], &Tls, Handle),
    end: impl Future<Output = Result<(), String>>,
) -> Result<Option<Store>, String> {
    let again = listeners.iter().map(TcpListener::try_clone).collect::<Result<Vec<_>, _>>();
    let again = again.map_err(|e| format!("The port could not be served: {e}."))?;
    let stop = CancellationToken::new();
    let service = warp::service(http::closed(ailment));
    let served = tokio::spawn(port::serve(
        again,
        tls.config.clone(),
        service,
        stop.clone(),
        Unencrypted::nowhere(),
        handle,
        Default::default(),
    ));
    let mut end = std::pin::pin!(end);
    let found = loop {
        tokio::select! {
            ended = end.as_mut() => break ended.map(|()| None),
            () = tokio::time::sleep(AGAIN) => {}
        }
        let file = dir.join("alongside.db");
        // In the meantime the keeper may have brought a backup back by hand, or made room.
        let opened = tokio::task::spawn_blocking(move || Store::open(&file)).await;
        match opened {
            Ok(Ok(store)) => {
                tracing::info!("The database opens again.");
                break Ok(Some(store));
            }
            Ok(Err(error)) if error.ailment().is_none() => break Err(error.to_string()),
            _ => {}
        }
    };
    stop.cancel();
    let _ = served.await;
    found
}
