//! Bringing a backup back from the first page that anybody sees, with the setup link in hand: for whoever moves house without a shell.
//!
//! The archive comes as the body of one request and goes to the disk as it comes, bounded by the room there is. It is looked through
//! before anything is decided; then the program begins anew, as the house that came.

use super::Web;
use super::answer::{self, Answer};
use super::call::Head;
use super::guard;
use crate::actions::set_up;
use crate::domain::refusal::Refusal;
use crate::keep::restore;
use crate::sys;
use bytes::Buf;
use futures_util::{Stream, StreamExt};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// The address of this, which takes more than other pages do.
pub const PATH: &str = "/setup/restore";
/// The largest archive, in bytes, and the room that is left beside it.
const MOST: u64 = 4 << 30;
const LEFT_FREE: u64 = 64 << 20;
/// A body that stands still for so long has ended.
const STILL: Duration = Duration::from_secs(60);

/// Takes the archive in and brings it back.
pub async fn bring_back<S, B>(web: &Arc<Web>, head: &Head, body: S) -> Answer
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let (link, now) = (guard::hash(&head.ask("t").unwrap_or_default()), web.now());
    web.doors.open(head.address(), None, now)?;
    if !web.read(move |conn| set_up::link_is_good(conn, &link, now)).await? {
        web.doors.failed(head.address(), None, now);
        return Err(Refusal::new("link", "This setup link has been used or has run out. Nothing was changed.").into());
    }
    let Ok(_alone) = web.bringing_back.try_lock() else {
        return Err(Refusal::new("busy", "A backup is being brought back already. Wait for it.").into());
    };
    let file = Arriving(web.backups.data.join(restore::ARRIVING));
    take_in(&file.0, &web.backups.data, body).await.map_err(|sentence| Refusal::new("backup", sentence))?;
    let passphrase = form_urlencoded::parse(head.header("x-passphrase").as_bytes()).next().map(|(text, _)| text.into_owned());
    let (data, path) = (web.backups.data.clone(), file.0.clone());
    let stamp = format!("setup-{}", now.0);
    let decided = tokio::task::spawn_blocking(move || {
        let kept = passphrase.filter(|text| !text.is_empty());
        restore::decide(&path, &data, kept.as_deref(), &stamp)
    });
    let found = decided.await.unwrap_or_else(|_| Err("It broke off.".to_owned()));
    let found = found.map_err(|sentence| Refusal::new("backup", format!("{sentence} Nothing was changed here.")))?;
    tracing::info!(members = found.members, "A backup was brought in by the setup page; the program begins anew with it.");
    web.anew.notify_one();
    Ok(answer::done(true, "It is all there. The server begins anew with it; sign in as before.", "/login"))
}

async fn take_in<S, B>(path: &Path, data: &Path, body: S) -> Result<(), String>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let cannot = |e: std::io::Error| format!("The file could not be kept: {e}.");
    let room = sys::disk::room(data).map_err(cannot)?.free.saturating_sub(LEFT_FREE).min(MOST);
    let mut file = tokio::fs::File::create(path).await.map_err(cannot)?;
    let (mut body, mut taken) = (pin!(body), 0_u64);
    loop {
        let part = tokio::time::timeout(STILL, body.next()).await.map_err(|_| "The file stopped coming.".to_owned())?;
        let Some(part) = part else { break };
        let mut part = part.map_err(|_| "The file broke off on its way.".to_owned())?;
        taken += part.remaining() as u64;
        if taken > room {
            return Err("The file is larger than the room on this machine's disk.".to_owned());
        }
        file.write_all(&part.copy_to_bytes(part.remaining())).await.map_err(cannot)?;
    }
    file.flush().await.map_err(cannot)
}

/// The file that comes in; gone when it has been unpacked or refused.
struct Arriving(PathBuf);

impl Drop for Arriving {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
