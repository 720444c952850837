//! What keeping the house needs put together: backups, metrics, proxies, and beginning anew.

use super::{data_dir, lock};
use crate::actions::{Fault, way_in};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::way_in::Choice;
use crate::http::{Authority, Gauges, RelayFigures};
use crate::keep::backup::Backups;
use crate::keep::restore;
use crate::port::{self, Plain, Trusted, Want};
use crate::store::Store;
use crate::switchboard::Handle;
use crate::tls::Tls;
use crate::tls::acme::{Acme, Wish};
use instant_acme::LetsEncrypt;
use std::fs::Metadata;
use std::net::{IpAddr, TcpListener};
use std::os::unix::fs::{MetadataExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Where browsers look that are told no scheme, and authorities.
const WEB_DOOR: u16 = 80;

/// The backups of this instance.
pub fn backups(config: &Config, passphrase: Option<String>) -> Backups {
    Backups::of(&config.data_dir, config.backup.folder.as_deref(), passphrase, Some(config.file.clone()))
}

/// A name for this moment, for what is put aside.
pub fn stamp() -> String {
    let now = jiff::Timestamp::from_second(Clock::system().now().0).unwrap_or_default();
    now.strftime("%Y%m%d-%H%M%S").to_string()
}

/// Does something with the data directory while no server runs on it.
///
/// # Errors
/// One sentence.
pub fn alone<T>(config: &Config, work: impl FnOnce() -> T) -> Result<T, String> {
    let dir = data_dir(&config.data_dir)?;
    let _lock = lock(dir)?;
    restore::finish(dir).map_err(|e| format!("A backup that was being brought back could not take its place: {e}."))?;
    let done = work();
    if let Ok(owner) = std::fs::metadata(dir) {
        give_back(dir, &owner);
    }
    Ok(done)
}

/// What root has made here belongs to whom the directory belongs: a service with a user of its own could not open it otherwise.
///
/// No process of that user runs meanwhile: the caller holds the lock. Links are not followed, and a file with a second name, which
/// may lie elsewhere, is left as it is.
fn give_back(dir: &Path, owner: &Metadata) {
    for path in std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let Ok(data) = std::fs::symlink_metadata(&path) else { continue };
        if data.is_dir() {
            give_back(&path, owner);
        }
        if data.uid() != owner.uid() && (data.is_dir() || data.nlink() == 1) {
            let given = lchown(&path, Some(owner.uid()), Some(owner.gid()));
            given.unwrap_or_else(|error| tracing::debug!(%error, "{} keeps its owner", path.display()));
        }
    }
}

/// What `/metrics` asks of the others.
pub(super) fn gauges(config: &Config, handle: &Handle, tls: &Arc<Tls>) -> Gauges {
    let token = config.metrics_token.clone();
    let (handle, tls) = (handle.clone(), tls.clone());
    let relay = move || -> std::pin::Pin<Box<dyn Future<Output = Option<RelayFigures>> + Send>> {
        let handle = handle.clone();
        Box::pin(async move {
            let wire = handle.counts().await.ok()?;
            Some(RelayFigures {
                allocations: wire.turn.allocations,
                packets: wire.turn.relayed_packets,
                bytes: wire.turn.relayed_bytes,
                refused: wire.turn.refused,
                streams: wire.streams,
                waiting: wire.waiting,
                sent: wire.sent,
                dropped: wire.dropped,
            })
        })
    };
    let certificate = Box::new(move || tls.not_after());
    let behind_proxy = !config.proxy.trusted.is_empty() || config.proxy.listen.is_some();
    Gauges { token, behind_proxy, relay: Some(Box::new(relay)), certificate: Some(certificate), ..Gauges::default() }
}

/// The house's own authority, as it is handed out.
pub(super) fn authority(tls: &Arc<Tls>) -> Authority {
    let (shown, held) = (tls.clone(), tls.clone());
    Authority {
        der: tls.authority_der().to_vec(),
        pem: tls.authority_pem().to_owned(),
        name: tls.authority_name(),
        fingerprint: tls.authority_fingerprint(),
        constrained: crate::tls::is_constrained(tls.authority_der()),
        stands_back: Arc::new(move |host| shown.is_known(host)),
        holds: Arc::new(move |host| held.holds(host)),
    }
}

/// What pages chose of the way in, and whether the machine's name is answered to in its own network.
pub(super) async fn chosen(store: &Store) -> (Choice, bool) {
    let read = store.read(|conn| Ok::<_, Fault>((way_in::chosen(conn)?, way_in::answers_to_name(conn)?)));
    read.await.unwrap_or((Choice::default(), true))
}

/// Whether it is, with what is fixed in its place.
pub(super) fn answers(config: &Config, chosen: bool) -> bool {
    config.pins.lan_name.as_ref().map_or(chosen, |pin| pin.value)
}

/// What is wished for by ACME, if anything is.
pub(super) fn wish(config: &Config) -> Option<Wish> {
    if config.acme.names.is_empty() {
        return None;
    }
    let directory = match config.acme.directory.as_deref() {
        None => LetsEncrypt::Production.url().to_owned(),
        Some("staging") => LetsEncrypt::Staging.url().to_owned(),
        Some(url) => url.to_owned(),
    };
    let (names, contact, roots) = (config.acme.names.clone(), config.acme.contact.clone(), config.acme.ca_file.clone());
    Some(Wish { names, contact, directory, roots })
}

/// The client for this wish, with what is kept; without a folder for it the house's own authority goes on alone.
pub(super) fn acme_for(config: &Config, wish: Wish, tls: &Arc<Tls>, has_port_80: bool) -> Option<Acme> {
    let opened = Acme::open(&config.data_dir, wish, tls.clone(), has_port_80, Clock::system().now().0);
    opened.inspect_err(|error| tracing::warn!(%error, "No certificate can be had by ACME.")).ok()
}

/// Port 80, where an authority looks too: taken when one is asked for the first time, where the machine allows it, and kept then.
pub(super) struct WebDoor {
    held: bool,
    listen: Vec<IpAddr>,
    serve: mpsc::Sender<TcpListener>,
}

impl WebDoor {
    /// Closed, unless it is the one port; what is opened is served by whoever has the other end.
    pub(super) fn beside(port: u16, listen: &[IpAddr], serve: mpsc::Sender<TcpListener>) -> Self {
        Self { held: port == WEB_DOOR, listen: listen.to_owned(), serve }
    }

    /// Opens it; whether it is open.
    pub(super) fn open(&mut self) -> bool {
        if !self.held {
            self.held = match port::bind(Want { port: WEB_DOOR, addresses: self.listen.clone() }) {
                Ok(taken) => taken.tcp.into_iter().all(|listener| self.serve.try_send(listener).is_ok()),
                Err(error) => {
                    tracing::debug!(%error, "port 80 is not to be had; ACME goes by port 443 alone");
                    false
                }
            };
        }
        self.held
    }
}

/// The proxies that are believed, and where one brings plain HTTP.
pub(super) fn proxies(config: &Config) -> Result<(Trusted, Option<Plain>), String> {
    let trusted = Trusted::read(&config.proxy.trusted)?;
    let plain = config.proxy.listen.as_deref().map(|text| port::open_plain(text, &trusted)).transpose()?;
    Ok((trusted, plain))
}

/// Becomes the same program once more, with the same arguments and the same number; answers only when the system refuses, and under a
/// service manager, which hands its sockets to a fresh process only, and starts one when this one ends so.
///
/// Files and sockets close with the old one at once. A graceful end would come too late: SQLite takes leave of its log by its name,
/// which another database may have by then.
pub(super) fn begin_anew() -> String {
    if std::env::var_os("NOTIFY_SOCKET").is_some() {
        return "A backup takes its place: the service manager begins anew.".to_owned();
    }
    let mut arguments = std::env::args_os();
    let mut program = Command::new("/proc/self/exe");
    if let Some(name) = arguments.next() {
        program.arg0(name);
    }
    let refused = program.args(arguments).exec();
    format!("The program could not begin anew: {refused}. Start it again; the backup takes its place then.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Written;
    use std::os::unix::fs::chown;

    #[test]
    fn what_root_makes_beside_a_stopped_service_can_be_opened_by_its_user() {
        const SERVICE: u32 = 65_534;
        let dir = std::env::temp_dir().join(format!("alongside-alone-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory");
        // Only root can try it; nobody else could make the fault.
        if chown(&dir, Some(SERVICE), Some(SERVICE)).is_ok() {
            let config = Config::meant(Written { data_dir: Some(dir.clone()), ..Written::default() }, &|_| None).expect("sound");
            alone(&config, || {
                std::fs::create_dir(dir.join("inner")).expect("made");
                std::fs::write(dir.join("inner/file"), "x").expect("written");
            })
            .expect("done");
            for name in ["lock", "inner", "inner/file"] {
                assert_eq!(std::fs::metadata(dir.join(name)).expect("there").uid(), SERVICE, "{name}");
            }
        }
        std::fs::remove_dir_all(dir).expect("gone");
    }
}
