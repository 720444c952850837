//! Making backups, listing them, trying whether one could be brought back, and doing all of that by night without being asked.
//!
//! A backup has its name only when it is whole and on the disk. Trying one unpacks it into a folder beside it, looks the database
//! through page by page, and leaves nothing behind. One thing at a time: a second asker waits.

use super::archive;
use super::manifest::{self, DATABASE, Entry, Manifest};
use super::plan;
use super::sealed::{MAGIC, Opener, Sealer};
use super::watch::Watch;
use crate::clock::{Clock, Dice};
use crate::store::copy::{self, Found};
use crate::sys;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often it is asked whether a backup or a check is due.
const LOOK: Duration = Duration::from_secs(300);
/// Room that a backup leaves free for those at work, in bytes.
const LEFT_FREE: u64 = 64 << 20;
/// How an archive begins that is not locked.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What was found at the last check, beside the backups.
const STATE: &str = "state.json";
/// The folder that holds a configuration from outside the data directory.
const CONFIGURATION: &str = "configuration/alongside.toml";

/// A backup in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub name: String,
    /// Unix seconds.
    pub at: i64,
    pub bytes: u64,
    pub locked: bool,
}

/// What the last check and the last failure were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    pub checked: Option<Verdict>,
    /// The last backup that could not be made, if none has been made since.
    pub failed: Option<Verdict>,
}

/// One look at one backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub name: String,
    pub at: i64,
    pub good: bool,
    pub sentence: String,
}

/// Where backups come from and go to.
pub struct Backups {
    pub data: PathBuf,
    pub folder: PathBuf,
    pub passphrase: Option<String>,
    /// The configuration, where it lies outside the data directory.
    pub configuration: Option<PathBuf>,
    busy: Mutex<()>,
}

impl Backups {
    /// Backups of this data directory; without a folder of their own they lie within it.
    pub fn of(data: &Path, folder: Option<&Path>, passphrase: Option<String>, configuration: Option<PathBuf>) -> Self {
        let configuration = configuration.filter(|file| file.exists() && !file.starts_with(data));
        let folder = folder.map_or_else(|| data.join(super::FOLDER), Path::to_owned);
        Self { data: data.to_owned(), folder, passphrase, configuration, busy: Mutex::default() }
    }

    /// Makes one in the folder and lets go of those that are superfluous.
    ///
    /// # Errors
    /// One sentence; nothing half made is left.
    pub fn make(&self, now_s: i64) -> Result<Made, String> {
        let name = plan::name_at(now_s, self.passphrase.is_some());
        let made = self.make_as(&name, now_s);
        match &made {
            Ok(_) => {
                self.note(|state| state.failed = None);
                self.let_go();
            }
            Err(sentence) => {
                let failed = Verdict { name, at: now_s, good: false, sentence: sentence.clone() };
                self.note(|state| state.failed = Some(failed));
            }
        }
        made
    }

    /// Makes one in the folder and leaves the others there alone.
    ///
    /// # Errors
    /// One sentence; nothing half made is left.
    pub fn make_once(&self, now_s: i64) -> Result<Made, String> {
        self.make_as(&plan::name_at(now_s, self.passphrase.is_some()), now_s)
    }

    fn make_as(&self, name: &str, now_s: i64) -> Result<Made, String> {
        self.ready_folder()?;
        let (path, unfinished) = (self.folder.join(name), self.folder.join(format!("{name}.part")));
        let cannot = |e: io::Error| format!("The backup {} could not be written: {e}.", path.display());
        let _ = std::fs::remove_file(&unfinished);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished).map_err(cannot)?;
        let written = self.write_to(BufWriter::new(file), now_s).and_then(|file| {
            let file = file.into_inner().map_err(|e| cannot(e.into_error()))?;
            let flushed = file.sync_all().and_then(|()| std::fs::rename(&unfinished, &path));
            flushed.and_then(|()| File::open(&self.folder)?.sync_all()).map_err(cannot)
        });
        if written.is_err() {
            let _ = std::fs::remove_file(&unfinished);
        }
        written?;
        super::own_like(&self.folder, &path);
        let bytes = std::fs::metadata(&path).map_err(cannot)?.len();
        Ok(Made { name: name.to_owned(), at: now_s, bytes, locked: self.passphrase.is_some() })
    }

    fn ready_folder(&self) -> Result<(), String> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        if self.folder.starts_with(&self.data) {
            super::own_like(&self.data, &self.folder);
        }
        made.map_err(|e| format!("The folder for backups {} cannot be made: {e}.", self.folder.display()))
    }

    /// Writes one anywhere.
    ///
    /// # Errors
    /// One sentence.
    pub fn write_to<W: Write>(&self, into: W, now_s: i64) -> Result<W, String> {
        let _one = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let database = self.data.join(DATABASE);
        let size = std::fs::metadata(&database).map_or(0, |found| found.len());
        self.ready_folder()?;
        let free = sys::disk::room(&self.folder).map(|room| room.free).map_err(|e| format!("{}: {e}.", self.folder.display()))?;
        if free < 2 * size + LEFT_FREE {
            return Err(format!("There is too little room in {} for a backup: {} MiB.", self.folder.display(), free >> 20));
        }
        let copied = Temporary(self.folder.join(format!("database-{}.part", Dice.word::<6>())));
        copy::copy_file(&database, &copied.0).map_err(|e| e.to_string())?;
        self.pack(&copied.0, into, now_s).map_err(|e| format!("The backup could not be written: {e}."))
    }

    fn pack<W: Write>(&self, database: &Path, into: W, now_s: i64) -> io::Result<W> {
        let place = |entry: &Entry| match entry.name.as_str() {
            DATABASE => database.to_owned(),
            CONFIGURATION => self.configuration.clone().unwrap_or_default(),
            name => self.data.join(name),
        };
        let as_entry = |file: &Path, name: &str| {
            let (folder, own) = (file.parent().unwrap_or(Path::new("/")), file.file_name().unwrap_or_default());
            Entry::of(folder, &own.to_string_lossy()).map(|entry| Entry { name: name.to_owned(), ..entry })
        };
        let mut files = vec![as_entry(database, DATABASE)?];
        for name in manifest::belonging(&self.data)? {
            files.push(Entry::of(&self.data, &name)?);
        }
        if let Some(configuration) = &self.configuration {
            files.push(as_entry(configuration, CONFIGURATION)?);
        }
        let format = copy::look_quickly(database).and_then(|()| copy::format_of(database)).map_err(io::Error::other)?;
        let manifest = Manifest::over(files, now_s, format);
        match &self.passphrase {
            None => archive::write(&manifest, place, into),
            Some(passphrase) => archive::write(&manifest, place, Sealer::begin(into, passphrase, Dice.bytes())?)?.finish(),
        }
    }

    /// The backups of the folder, newest first.
    pub fn list(&self) -> Vec<Made> {
        let Ok(found) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let made = |entry: std::fs::DirEntry| {
            let name = entry.file_name().into_string().ok()?;
            let (at, bytes) = (plan::made_at(&name)?, entry.metadata().ok()?.len());
            Some(Made { locked: name.ends_with(plan::LOCKED), name, at, bytes })
        };
        let mut all: Vec<Made> = found.flatten().filter_map(made).collect();
        all.sort_by_key(|made| std::cmp::Reverse(made.at));
        all
    }

    /// The file of a backup that is in the list; any other name leads nowhere.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        self.list().iter().any(|made| made.name == name).then(|| self.folder.join(name))
    }

    fn let_go(&self) {
        let names: Vec<String> = self.list().into_iter().map(|made| made.name).collect();
        for name in plan::superfluous(&names) {
            if let Err(error) = std::fs::remove_file(self.folder.join(&name)) {
                tracing::warn!(%error, name, "A backup that is superfluous could not be deleted.");
            }
        }
    }

    /// Tries the newest one and remembers how it went; `None` when there is none.
    pub fn check_newest(&self, now_s: i64) -> Option<Verdict> {
        let newest = self.list().into_iter().next()?;
        let _one = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = try_out(&self.folder.join(&newest.name), &self.folder, self.passphrase.as_deref());
        let (good, sentence) = match tried {
            Ok((_, found)) => {
                (true, format!("{} members, {} bookings: all of it can be brought back.", found.members, found.bookings))
            }
            Err(sentence) => (false, sentence),
        };
        let verdict = Verdict { name: newest.name, at: now_s, good, sentence };
        self.note(|state| state.checked = Some(verdict.clone()));
        Some(verdict)
    }

    /// How the last check went.
    pub fn state(&self) -> State {
        let text = std::fs::read(self.folder.join(STATE)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn note(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        let (path, beside) = (self.folder.join(STATE), self.folder.join("state.json.part"));
        let text = serde_json::to_vec(&state).unwrap_or_default();
        // What is lost here is known again at the next check.
        let _ = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, &path));
    }

    /// By night, and weekly, until the task is dropped.
    pub async fn run(self: Arc<Self>, clock: Clock, watch: Arc<Watch>) {
        loop {
            tokio::time::sleep(LOOK).await;
            if watch.clock_is_doubted() {
                continue;
            }
            let (backups, now) = (self.clone(), clock.now().0);
            let _ = tokio::task::spawn_blocking(move || backups.do_what_is_due(now)).await;
        }
    }

    /// A backup, and a look at the newest one, where they are due.
    pub fn do_what_is_due(&self, now_s: i64) {
        let newest = self.list().first().map(|made| made.at);
        if plan::is_due(newest, now_s, &TimeZone::system()) {
            match self.make(now_s) {
                Ok(made) => tracing::info!(name = made.name, bytes = made.bytes, "A backup was made."),
                Err(sentence) => tracing::warn!("No backup was made: {sentence}"),
            }
        }
        if plan::check_is_due(self.state().checked.map(|verdict| verdict.at), now_s) {
            match self.check_newest(now_s) {
                Some(Verdict { good: true, name, .. }) => tracing::info!(name, "The newest backup can be brought back."),
                Some(verdict) => {
                    tracing::error!(name = verdict.name, "The newest backup cannot be brought back: {}", verdict.sentence)
                }
                None => {}
            }
        }
    }
}

/// Opens a backup for reading, unlocked where it is locked.
///
/// # Errors
/// One sentence.
pub fn open(path: &Path, passphrase: Option<&str>) -> Result<Box<dyn Read>, String> {
    let cannot = |e: io::Error| format!("The backup {} cannot be read: {e}.", path.display());
    let mut file = BufReader::new(File::open(path).map_err(cannot)?);
    let mut head = [0; MAGIC.len()];
    let got = file.read(&mut head).map_err(cannot)?;
    if got < head.len() || head != *MAGIC {
        if !head[..got].starts_with(&GZIP) {
            return Err(format!("{} is no backup of Alongside.", path.display()));
        }
        let begun: io::Cursor<Vec<u8>> = io::Cursor::new(head[..got].to_vec());
        return Ok(Box::new(begun.chain(file)));
    }
    let passphrase =
        passphrase.ok_or("This backup is locked and needs its passphrase (at a terminal in a file: --passphrase-file FILE).")?;
    Ok(Box::new(Opener::begin(file, passphrase).map_err(cannot)?))
}

/// Unpacks a backup into a folder of its own below `beside`, looks it through, and leaves nothing there.
///
/// # Errors
/// One sentence: why it could not be brought back.
pub fn try_out(path: &Path, beside: &Path, passphrase: Option<&str>) -> Result<(Manifest, Found), String> {
    let folder = Temporary(beside.join(format!("trial-{}.part", Dice.word::<6>())));
    let manifest = archive::unpack(open(path, passphrase)?, &folder.0)?;
    let found = copy::look_through(&folder.0.join(DATABASE)).map_err(|e| e.to_string())?;
    Ok((manifest, found))
}

/// A file or folder that is gone when it is dropped.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = if self.0.is_dir() { std::fs::remove_dir_all(&self.0) } else { std::fs::remove_file(&self.0) };
    }
}
