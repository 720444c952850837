//! The door for verbs of the command line: a Unix socket by which they find the running instance and let it do the work.
//!
//! The instance owns its files, which root may not write without spoiling them for a service with a user of its own; so root asks,
//! too. Who may ask is told by the kernel: the instance's own user and root, nobody else. One line of JSON in, one line out, each
//! bounded, within seconds.

use super::front::Front;
use super::machine::Machine;
use crate::actions::{Fault, login, set_up};
use crate::capacity::Record;
use crate::clock::{Clock, Dice};
use crate::config::Config;
use crate::config::listing::{Listing, listed};
use crate::password::secret_hash;
use crate::store::Store;
use serde::{Deserialize, Serialize};
use std::fs::Permissions;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream as Asking;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The socket's name in the runtime directory and in the data directory.
const NAME: &str = "control";
/// Where the packages' unit has it.
const SERVICE: &str = "/run/alongside/control";
/// No question and no answer is longer, in bytes.
const LONGEST: u64 = 64 << 10;
/// Verbs at once; people type them.
const AT_ONCE: usize = 8;
const PATIENCE: Duration = Duration::from_secs(10);
const STRANGER: &str = "Only root and the user that runs the server may ask it for this.";

/// What a verb asks for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// A fresh setup link.
    SetupLink,
    /// A link by which this member sets a new password.
    ResetLink { name: String },
    /// A link by which an admin comes in again; without a name the only one.
    Recover { name: Option<String> },
    /// Where the instance is.
    Place,
    /// What holds of its configuration, and who said it.
    Configuration,
    /// The same for programs.
    ConfigurationAsData,
    /// Whether nobody would be disturbed by a measuring of the machine.
    Quiet,
    /// The machine was measured beside it.
    Measured(Record),
    /// The log is to say more for an hour, or as much as usual.
    Log { more: bool },
}

/// What the instance says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Whole addresses, the best first.
    Links(Vec<String>),
    Place {
        data_dir: PathBuf,
        port: u16,
        version: String,
    },
    Text(String),
    /// One sentence.
    Refused(String),
}

/// The open door; its sockets go with it.
pub struct Door {
    listeners: Vec<(UnixListener, PathBuf)>,
    desk: Arc<Desk>,
}

struct Desk {
    store: Store,
    clock: Clock,
    front: Arc<Front>,
    port: u16,
    machine: Machine,
    /// The users that may ask, beside root.
    owner: u32,
    places: Semaphore,
}

impl Door {
    /// Opens the door in the data directory, and in the runtime directory where there is one. The caller holds the lock on the data
    /// directory, so a socket that is there was left by a process that is gone.
    pub fn open(front: &Arc<Front>, store: &Store, clock: &Clock, port: u16, machine: Machine) -> Self {
        let config = front.config();
        let runtime =
            std::env::var_os("RUNTIME_DIRECTORY").map(|dirs| dirs.to_string_lossy().split(':').next().map(PathBuf::from));
        let folders = [Some(config.data_dir.clone()), runtime.flatten()];
        let listeners = folders.into_iter().flatten().filter_map(|folder| listen(&folder.join(NAME))).collect();
        let owner = std::fs::metadata(&config.data_dir).map_or(0, |data| data.uid());
        let (store, clock, front) = (store.clone(), clock.clone(), front.clone());
        Self { listeners, desk: Arc::new(Desk { store, clock, front, port, machine, owner, places: Semaphore::new(AT_ONCE) }) }
    }

    /// Answers until dropped.
    pub async fn serve(self) {
        let mut doors = JoinSet::new();
        for (listener, path) in self.listeners {
            doors.spawn(receive(listener, Left(path), self.desk.clone()));
        }
        while doors.join_next().await.is_some() {}
    }
}

/// A socket's file, removed at the end.
struct Left(PathBuf);

impl Drop for Left {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn listen(path: &Path) -> Option<(UnixListener, PathBuf)> {
    let _ = std::fs::remove_file(path);
    let listener = UnixListener::bind(path);
    // A path may be too long for a socket; then verbs work on the database by themselves.
    let listener = listener.inspect_err(|error| tracing::debug!(%error, "no control socket at {}", path.display())).ok()?;
    let _ = std::fs::set_permissions(path, Permissions::from_mode(0o600));
    Some((listener, path.to_owned()))
}

async fn receive(listener: UnixListener, _left: Left, desk: Arc<Desk>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let desk = desk.clone();
        tokio::spawn(async move {
            let Ok(_place) = desk.places.try_acquire() else { return };
            let answered = timeout(PATIENCE, desk.answer(stream)).await;
            if let Ok(Err(error)) = answered {
                tracing::debug!(%error, "a verb went away");
            }
        });
    }
}

impl Desk {
    async fn answer(&self, mut stream: UnixStream) -> io::Result<()> {
        let who = stream.peer_cred()?.uid();
        // Read in any case: who is refused hears it only after the question.
        let mut line = String::new();
        tokio::io::BufReader::new((&mut stream).take(LONGEST)).read_line(&mut line).await?;
        let reply = if who == 0 || who == self.owner {
            match serde_json::from_str(&line) {
                Ok(question) => self.consider(question).await,
                Err(_) => {
                    Reply::Refused("This server does not know that verb: it runs another version of the program.".to_owned())
                }
            }
        } else {
            Reply::Refused(STRANGER.to_owned())
        };
        let mut line = serde_json::to_vec(&reply).map_err(io::Error::other)?;
        line.push(b'\n');
        stream.write_all(&line).await
    }

    async fn consider(&self, question: Question) -> Reply {
        let link = match question {
            Question::SetupLink => Link::Setup,
            Question::ResetLink { name } => Link::Reset { name },
            Question::Recover { name } => Link::Recover { name },
            Question::Configuration => return Reply::Text(listed(&self.front.config())),
            Question::ConfigurationAsData => return Reply::Text(data_of(&self.front.config())),
            Question::Quiet => return said(self.machine.ledger.is_quiet(), "Nobody is in a call."),
            Question::Measured(record) => {
                return said(self.machine.ledger.take(record), "The running server uses these figures from here on.");
            }
            Question::Log { more } => {
                self.machine.volume.say(more);
                let usual = "The log says as much as usual.";
                return said(Ok(()), if more { "The log says more for an hour, then as much as before." } else { usual });
            }
            Question::Place => {
                let (data_dir, version) = (self.front.config().data_dir, env!("CARGO_PKG_VERSION").to_owned());
                return Reply::Place { data_dir, port: self.port, version };
            }
        };
        match path_of(&self.store, &self.clock, link).await {
            Ok(path) => {
                Reply::Links(super::origins(&self.front.config(), self.port).iter().map(|o| format!("{o}{path}")).collect())
            }
            Err(fault) => Reply::Refused(fault.to_string()),
        }
    }
}

/// What holds of a configuration, as JSON.
pub fn data_of(config: &Config) -> String {
    // Texts and numbers alone: there is nothing in it that JSON has no form for.
    serde_json::to_string_pretty(&Listing::of(config)).unwrap_or_default()
}

fn said(done: Result<(), String>, well: &str) -> Reply {
    done.map_or_else(Reply::Refused, |()| Reply::Text(well.to_owned()))
}

/// A link that works once.
#[derive(Debug)]
pub enum Link {
    Setup,
    /// By which the member of this name sets a new password.
    Reset {
        name: String,
    },
    /// By which an admin chooses a new password and is one again.
    Recover {
        name: Option<String>,
    },
}

/// Makes a link; its path, without the host.
///
/// # Errors
/// Why there is none, in one sentence.
pub async fn path_of(store: &Store, clock: &Clock, link: Link) -> Result<String, Fault> {
    let secret = Dice.word::<16>();
    let hash = secret_hash(&secret);
    match link {
        Link::Setup => {
            store.write(clock.now(), move |tx| set_up::link(tx, &hash)).await?;
            Ok(format!("/setup?t={secret}"))
        }
        Link::Recover { name } => {
            store.write(clock.now(), move |tx| login::recover(tx, name.as_deref(), &hash)).await?;
            Ok(format!("/reset/{secret}"))
        }
        Link::Reset { name } => {
            let made = store.write(clock.now(), move |tx| {
                let who = login::named(tx.conn, &name)?;
                login::reset_link(tx, None, who, &hash)
            });
            made.await?;
            Ok(format!("/reset/{secret}"))
        }
    }
}

/// Where the packages' service keeps its data, for whoever may ask it: root.
pub fn service_data_dir() -> Option<PathBuf> {
    match exchange(Asking::connect(SERVICE).ok()?, &Question::Place) {
        Ok(Reply::Place { data_dir, .. }) => Some(data_dir),
        _ => None,
    }
}

/// Asks the running instance; `None` where none is running.
///
/// With a data directory that was named, only its own instance is asked; else the service of the packages comes first.
///
/// # Errors
/// It is running, and the line to it broke off, or this user may not ask it.
pub fn ask(config: &Config, named: bool, question: &Question) -> Result<Option<Reply>, String> {
    let own = config.data_dir.join(NAME);
    let places = if named { vec![own] } else { vec![PathBuf::from(SERVICE), own] };
    let (mut open, mut shut) = (None, false);
    for path in &places {
        match Asking::connect(path) {
            Ok(stream) => open = open.or(Some(stream)),
            Err(error) => shut |= error.kind() == io::ErrorKind::PermissionDenied,
        }
    }
    // Beside a house of one's own the service's shut door means nothing.
    let at_home = !named && config.data_dir.join("alongside.db").exists();
    let Some(stream) = open else { return if shut && !at_home { Err(STRANGER.to_owned()) } else { Ok(None) } };
    exchange(stream, question).map(Some).map_err(|e| format!("The running server did not answer: {e}. Its log may tell more."))
}

fn exchange(mut stream: Asking, question: &Question) -> io::Result<Reply> {
    stream.set_read_timeout(Some(PATIENCE * 2))?;
    let mut line = serde_json::to_vec(question)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut reply = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut reply)?;
    Ok(serde_json::from_str(&reply)?)
}
