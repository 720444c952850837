//! Making backups, listing them, trying whether one could be brought back, and doing all of that by night without being asked.
//!
//! A backup has its name only when it is whole and on the disk. Trying one unpacks it into a folder beside it, looks the database
//! through page by page, and leaves nothing behind. One thing at a time: a second asker waits.

use super::archive;
use super::manifest::{self, DATABASE, Entry, Manifest};
use super::plan;
use super::restore;
use super::sealed::{MAGIC, Opener, Sealer};
use super::watch::Watch;
use crate::clock::{Clock, Dice};
use crate::store::copy::{self, Found};
use crate::sys;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, DirEntry, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

/// How often it is asked whether a backup or a check is due.
const LOOK: Duration = Duration::from_secs(300);
/// Room that a backup leaves free for those at work, in bytes.
const LEFT_FREE: u64 = 64 << 20;
/// How an archive begins that is not locked.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What was found at the last check, beside the backups.
const STATE: &str = "state.json";
/// How the names of what is half made begin.
const OURS: [&str; 5] = ["alongside-", "gathered-", "database-", "trial-", STATE];
/// The folder that holds a configuration from outside the data directory.
pub const CONFIGURATION: &str = "configuration/alongside.toml";

/// A backup in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub name: String,
    /// Unix seconds.
    pub at: i64,
    pub bytes: u64,
    pub locked: bool,
    /// Files of the house that are not in it, each with the reason; known only when it was made.
    pub left_out: Vec<String>,
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

/// How backups stand, for whoever watches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub kept: usize,
    /// The newest one's time in Unix seconds, and its size.
    pub newest: Option<(i64, u64)>,
    pub state: State,
}

impl Standing {
    /// What an admin should know, a sentence each; none when all is well.
    pub fn sentences(&self) -> Vec<String> {
        let made = self.state.failed.as_ref().map(|failed| format!("The last backup could not be made. {}", failed.sentence));
        let tried = self.state.checked.as_ref().filter(|checked| !checked.good);
        let tried =
            tried.map(|bad| format!("The backup that was tried last cannot be brought back. {} Make one more.", bad.sentence));
        made.into_iter().chain(tried).map(|sentence| format!("{sentence} Admin, Backups tells more.")).collect()
    }
}

/// Where backups come from and go to.
pub struct Backups {
    pub data: PathBuf,
    pub folder: PathBuf,
    pub passphrase: Option<String>,
    /// The configuration, where it lies outside the data directory.
    pub configuration: Option<PathBuf>,
    busy: Mutex<()>,
    /// The last failure: where the folder is gone, so is the place to write it down.
    failed: Mutex<Option<Verdict>>,
}

impl Backups {
    /// Backups of this data directory; without a folder of their own they lie within it.
    pub fn of(data: &Path, folder: Option<&Path>, passphrase: Option<String>, configuration: Option<PathBuf>) -> Self {
        let configuration = configuration.filter(|file| file.exists() && !file.starts_with(data));
        let folder = folder.map_or_else(|| data.join(super::FOLDER), Path::to_owned);
        Self { data: data.to_owned(), folder, passphrase, configuration, busy: Mutex::default(), failed: Mutex::default() }
    }

    /// Makes one in the folder and lets go of those that are superfluous.
    ///
    /// # Errors
    /// One sentence; nothing half made is left.
    pub fn make(&self, now_s: i64) -> Result<Made, String> {
        let made = self.make_once(now_s);
        match &made {
            Ok(_) => {
                self.note(|state| state.failed = None);
                self.let_go(now_s);
            }
            Err(sentence) => {
                let name = plan::name_at(now_s, self.passphrase.is_some());
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
        self.ready_folder()?;
        let _turn = self.turn();
        let name = plan::name_at(now_s, self.passphrase.is_some());
        let path = self.folder.join(&name);
        let cannot = |e: io::Error| format!("The backup {} could not be written: {e}.", path.display());
        // A name of its own: another process may be making one in this very second.
        let unfinished = Temporary(self.folder.join(format!("{name}.{}.part", Dice.word::<6>())));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished.0).map_err(cannot)?;
        let (file, left_out) = self.write(BufWriter::new(file), now_s)?;
        let file = file.into_inner().map_err(|e| cannot(e.into_error()))?;
        let flushed = file.sync_all().and_then(|()| std::fs::rename(&unfinished.0, &path));
        flushed.and_then(|()| File::open(&self.folder)?.sync_all()).map_err(cannot)?;
        super::own_like(&self.folder, &path);
        let bytes = std::fs::metadata(&path).map_err(cannot)?.len();
        Ok(Made { name, at: now_s, bytes, locked: self.passphrase.is_some(), left_out })
    }

    fn ready_folder(&self) -> Result<(), String> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        if self.folder.starts_with(&self.data) {
            super::own_like(&self.data, &self.folder);
        }
        made.map_err(|e| format!("The folder for backups {} cannot be made: {e}.", self.folder.display()))
    }

    /// One thing at a time in this process; and where no other process works in the folder, what a killed one left there is removed.
    fn turn(&self) -> (MutexGuard<'_, ()>, Option<File>) {
        let mine = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let alone = File::open(&self.folder).ok().filter(|folder| folder.try_lock().is_ok());
        if alone.is_some() {
            let unfinished = |path: &PathBuf| {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                name.ends_with(".part") && OURS.iter().any(|ours| name.starts_with(ours))
            };
            let found = std::fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
            found.filter(unfinished).for_each(|path| drop(Temporary(path)));
        }
        (mine, alone)
    }

    /// Writes one anywhere, and says which files of the house are not in it.
    ///
    /// # Errors
    /// One sentence.
    pub fn write_to<W: Write>(&self, into: W, now_s: i64) -> Result<(W, Vec<String>), String> {
        self.ready_folder()?;
        let _turn = self.turn();
        self.write(into, now_s)
    }

    fn write<W: Write>(&self, into: W, now_s: i64) -> Result<(W, Vec<String>), String> {
        let database = self.data.join(DATABASE);
        let size = std::fs::metadata(&database).map_or(0, |found| found.len());
        let free = sys::disk::room(&self.folder).map(|room| room.free).map_err(|e| format!("{}: {e}.", self.folder.display()))?;
        if free < 2 * size + LEFT_FREE {
            return Err(format!("There is too little room in {} for a backup: {} MiB.", self.folder.display(), free >> 20));
        }
        let gathered = Temporary(self.folder.join(format!("gathered-{}.part", Dice.word::<6>())));
        let broken = |e: io::Error| format!("The backup could not be written: {e}.");
        DirBuilder::new().mode(0o700).create(&gathered.0).map_err(broken)?;
        copy::copy_file(&database, &gathered.0.join(DATABASE)).map_err(|e| e.to_string())?;
        let (names, left_out) = self.gather(&gathered.0).map_err(broken)?;
        let written = self.pack(&gathered.0, &names, into, now_s).map_err(broken)?;
        Ok((written, left_out))
    }

    /// Copies what belongs in a backup beside the database's copy: what is packed is then what was hashed, whatever the house does.
    fn gather(&self, into: &Path) -> io::Result<(Vec<String>, Vec<String>)> {
        let manifest::Belonging { names, left_out } = manifest::belonging(&self.data)?;
        let mut sources: Vec<(String, PathBuf)> = Vec::new();
        sources.extend(names.into_iter().map(|name| (name.clone(), self.data.join(name))));
        if let Some(configuration) = &self.configuration {
            // What came with an earlier restoration gives way to the one that is in use.
            sources.retain(|(name, _)| name != CONFIGURATION);
            sources.push((CONFIGURATION.to_owned(), configuration.clone()));
        }
        let mut names = Vec::new();
        for (name, from) in sources {
            let to = into.join(&name);
            if let Some(folder) = to.parent() {
                DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            }
            match std::fs::copy(&from, &to) {
                Ok(_) => names.push(name),
                // What the house has just removed does not belong in it any more.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(io::Error::new(e.kind(), format!("{} cannot be read: {e}", from.display()))),
            }
        }
        Ok((names, left_out))
    }

    fn pack<W: Write>(&self, gathered: &Path, names: &[String], into: W, now_s: i64) -> io::Result<W> {
        let mut files = vec![Entry::of(gathered, DATABASE)?];
        for name in names {
            files.push(Entry::of(gathered, name)?);
        }
        let database = gathered.join(DATABASE);
        let format = copy::look_quickly(&database).and_then(|()| copy::format_of(&database)).map_err(io::Error::other)?;
        let manifest = Manifest::over(files, now_s, format);
        let place = |entry: &Entry| gathered.join(&entry.name);
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
            Some(Made { locked: name.ends_with(plan::LOCKED), name, at, bytes, left_out: Vec::new() })
        };
        let mut all: Vec<Made> = found.flatten().filter_map(made).collect();
        all.sort_by_key(|made| std::cmp::Reverse(made.at));
        all
    }

    /// The file of a backup that is in the list; any other name leads nowhere.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        self.list().iter().any(|made| made.name == name).then(|| self.folder.join(name))
    }

    /// The newest one that is not from the future: a name from there was given by a wrong clock, and must not put others off.
    pub fn newest(&self, now_s: i64) -> Option<Made> {
        let mut all = self.list();
        let at = all.iter().position(|made| made.at <= now_s).unwrap_or(0);
        (at < all.len()).then(|| all.swap_remove(at))
    }

    fn let_go(&self, now_s: i64) {
        let names: Vec<String> = self.list().into_iter().map(|made| made.name).collect();
        for name in plan::superfluous(&names, now_s) {
            if let Err(error) = std::fs::remove_file(self.folder.join(&name)) {
                tracing::warn!(%error, name, "A backup that is superfluous could not be deleted.");
            }
        }
        // Houses before a restoration and databases before an upgrade hold what was deleted since, and go as backups do.
        for aside in self.aside().into_iter().filter(|(_, at)| plan::outlived(*at, &names)).map(|(path, _)| path) {
            let gone = if aside.is_dir() { std::fs::remove_dir_all(&aside) } else { std::fs::remove_file(&aside) };
            match gone {
                Ok(()) => tracing::info!(path = %aside.display(), "What was put aside six months ago was deleted."),
                Err(error) => tracing::warn!(%error, path = %aside.display(), "What was put aside could not be deleted."),
            }
        }
    }

    /// What a restoration or an upgrade put aside, and when (Unix seconds).
    fn aside(&self) -> Vec<(PathBuf, i64)> {
        let database = Path::new(DATABASE).with_extension(copy::BEFORE_UPGRADE);
        let database = database.to_string_lossy();
        let is_ours = |name: &str| name.starts_with(restore::KEPT) || name.starts_with(database.as_ref());
        let entries = std::fs::read_dir(&self.data).into_iter().flatten().flatten();
        let ours = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_ours));
        let at = |entry: &DirEntry| Some(entry.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_secs());
        ours.filter_map(|entry| Some((entry.path(), i64::try_from(at(&entry)?).ok()?))).collect()
    }

    /// Tries the newest one and remembers how it went; `None` when there is none.
    pub fn check_newest(&self, now_s: i64) -> Option<Verdict> {
        let newest = self.newest(now_s)?;
        let _turn = self.turn();
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

    /// How they stand: the folder is looked at.
    pub fn standing(&self, now_s: i64) -> Standing {
        let newest = self.newest(now_s).map(|made| (made.at, made.bytes));
        Standing { kept: self.list().len(), newest, state: self.state() }
    }

    /// How the last check went.
    pub fn state(&self) -> State {
        let text = std::fs::read(self.folder.join(STATE)).unwrap_or_default();
        let mut state: State = serde_json::from_slice(&text).unwrap_or_default();
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        state.failed = failed.clone().or(state.failed);
        state
    }

    fn note(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&state.failed);
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
            let (backups, watch, now) = (self.clone(), watch.clone(), clock.now().0);
            let round = move || {
                if backups.do_what_is_due(now) {
                    watch.look_through();
                }
            };
            let _ = tokio::task::spawn_blocking(round).await;
        }
    }

    /// A backup, and a look at the newest one, where they are due; whether the database itself should be looked through then, since
    /// a copy of it could not be made, or a week has gone by.
    pub fn do_what_is_due(&self, now_s: i64) -> bool {
        let mut look = false;
        let newest = self.newest(now_s).map(|made| made.at);
        if plan::is_due(newest, now_s, &TimeZone::system()) {
            match self.make(now_s) {
                Ok(made) => {
                    tracing::info!(name = made.name, bytes = made.bytes, "A backup was made.");
                    made.left_out.iter().for_each(|what| tracing::warn!("Not in the backup: {what}."));
                }
                Err(sentence) => {
                    tracing::warn!("No backup was made: {sentence}");
                    look = true;
                }
            }
        }
        let checked = self.state().checked;
        // One that was made since a bad verdict is not kept waiting for a week.
        let fresh = |bad: &Verdict| !bad.good && self.newest(now_s).is_some_and(|made| made.name != bad.name);
        if checked.as_ref().is_some_and(fresh) || plan::check_is_due(checked.map(|verdict| verdict.at), now_s) {
            look = true;
            match self.check_newest(now_s) {
                Some(Verdict { good: true, name, .. }) => tracing::info!(name, "The newest backup can be brought back."),
                Some(verdict) => {
                    tracing::error!(name = verdict.name, "The newest backup cannot be brought back: {}", verdict.sentence)
                }
                None => {}
            }
        }
        look
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
    let opener = Opener::begin(file, passphrase).map_err(|e| match e.kind() {
        io::ErrorKind::UnexpectedEof => format!("{} is cut off.", path.display()),
        _ => cannot(e),
    });
    Ok(Box::new(opener?))
}

/// Unpacks a backup into a folder of its own below `beside`, looks it through, and leaves nothing there.
///
/// # Errors
/// One sentence: why it could not be brought back.
pub fn try_out(path: &Path, beside: &Path, passphrase: Option<&str>) -> Result<(Manifest, Found), String> {
    let folder = Temporary(beside.join(format!("trial-{}.part", Dice.word::<6>())));
    let manifest = archive::unpack(open(path, passphrase)?, &folder.0)?;
    let found = copy::look_through(&folder.0.join(DATABASE)).map_err(|e| super::of_a_backup(&e))?;
    Ok((manifest, found))
}

/// A file or folder that is gone when it is dropped.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = if self.0.is_dir() { std::fs::remove_dir_all(&self.0) } else { std::fs::remove_file(&self.0) };
    }
}
