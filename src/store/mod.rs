//! SQLite and nothing else: one writer thread with group commit, a small pool of read-only connections.
//!
//! Invariant: a `write` that was answered is on the disk (`synchronous=FULL`). Query functions live in the modules by
//! noun and take a connection; they know no rules, no pages and no sockets.

pub mod account;
pub mod appointment;
pub mod booking;
pub mod checkup;
pub mod company;
pub mod copy;
mod error;
pub mod figures;
pub mod group;
pub mod health;
pub mod house;
pub mod invite;
pub mod keeper;
pub mod login;
pub mod member;
mod migrations;
pub mod notice;
pub mod orders;
pub mod past;
pub mod relation;
pub mod report;
pub mod room;
mod writer;

use crate::domain::capacity::{Carries, Full};
use crate::domain::time::Timestamp;
pub use error::{Ailment, StoreError};
use health::{Figures, Health};
pub use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::config::DbConfig;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Read-only connections, and so reads at one time.
const READERS: usize = 3;

/// Statements that a connection keeps prepared: what is not among them is parsed and planned anew, and settling alone has more than sixty.
const STATEMENTS: usize = 128;

/// The row by which the disk is asked whether it takes writes.
const PROBE: &str = "probe";
/// A write that has not been answered by then is not waited for.
const WAIT: Duration = Duration::from_secs(20);

/// A write transaction's view: the connection, the time it happens at, and who knows what the machine carries.
pub struct Tx<'a> {
    pub conn: &'a Connection,
    pub now: Timestamp,
    carries: Option<&'a dyn Carries>,
}

impl Tx<'_> {
    /// How many more sessions of three there is room for at that time; where nobody knows, as many as come.
    ///
    /// # Errors
    /// There is no room for one, and until when.
    pub fn more_of_three(&self, at: Timestamp) -> Result<usize, Full> {
        self.carries.map_or(Ok(usize::MAX), |carries| carries.of_three(at, self.now))
    }
}

/// A handle on the database; cheap to clone. With the last one the writer ends, and the file is whole by itself.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// Readers come first: they let go of the file before the writer does, so that the log is gone after the last of them.
struct Inner {
    readers: Mutex<Vec<Connection>>,
    writer: writer::Writer,
    permits: Semaphore,
    /// Grows with every commit: what was read under the same number is still true.
    version: Arc<AtomicU64>,
    health: Arc<Health>,
    /// The file, and what it was when it was opened: device and number.
    path: PathBuf,
    file: Option<(u64, u64)>,
}

impl Store {
    /// Opens or makes the database and brings it to the current format.
    ///
    /// # Errors
    /// When the file cannot be used or was written by a newer program.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::opened(path).map_err(|error| error.of_rights(path))
    }

    fn opened(path: &Path) -> Result<Self, StoreError> {
        whole(path)?;
        let mut conn = Connection::open(path).map_err(|e| StoreError::Unusable { path: path.to_owned(), why: e.to_string() })?;
        // SQLite is content with less than was asked for.
        if conn.is_readonly("main")? {
            return Err(StoreError::Unusable { path: path.to_owned(), why: "it can be read, and not written to".to_owned() });
        }
        prepare(&conn, 2_000)?;
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA secure_delete = ON;
             PRAGMA journal_size_limit = 16777216;",
        )
        .map_err(|error| named(path, error.into()))?;
        migrations::run(&mut conn, path).map_err(|error| named(path, error))?;
        let readers = (0..READERS).map(|_| open_reader(path)).collect::<Result<Vec<_>, _>>()?;
        let (version, health) = (Arc::new(AtomicU64::new(0)), Arc::new(Health::default()));
        let writer = writer::Writer::start(conn, version.clone(), health.clone())?;
        let (readers, permits) = (Mutex::new(readers), Semaphore::new(READERS));
        let (path, file) = (path.to_owned(), identity(path));
        Ok(Self { inner: Arc::new(Inner { writer, readers, permits, version, health, path, file }) })
    }

    /// Runs one transaction on the writer thread and answers when it is durable. An `Err` undoes all of it.
    ///
    /// # Errors
    /// What `work` refuses, or a store error when the commit failed.
    pub async fn write<T, E, F>(&self, now: Timestamp, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        if self.inner.health.ailment() == Some(Ailment::Away) {
            return Err(StoreError::Away.into());
        }
        match tokio::time::timeout(WAIT, self.inner.writer.run(now, work)).await {
            Ok(done) => done,
            Err(_) => {
                self.inner.health.note(&StoreError::Slow);
                Err(StoreError::Slow.into())
            }
        }
    }

    /// Writes a row and waits for the disk: whether bookings could be saved at this moment.
    ///
    /// # Errors
    /// What ails the disk; `Slow` when it has not answered within `limit`.
    pub async fn probe(&self, now: Timestamp, limit: Duration) -> Result<(), StoreError> {
        self.look()?;
        let asked = self.inner.writer.run(now, |tx| past::job_ran(tx.conn, PROBE, tx.now));
        let answered = tokio::time::timeout(limit, asked).await.unwrap_or(Err(StoreError::Slow));
        if let Err(error) = &answered {
            self.inner.health.note(error);
        }
        answered
    }

    /// Looks whether the file is still the one that was opened.
    ///
    /// # Errors
    /// `Away` when it was deleted, moved or replaced.
    pub fn look(&self) -> Result<(), StoreError> {
        if self.inner.file.is_some() && identity(&self.inner.path) != self.inner.file {
            self.inner.health.note(&StoreError::Away);
            return Err(StoreError::Away);
        }
        self.inner.health.cured(Ailment::Away);
        Ok(())
    }

    /// Whom transactions ask what the machine carries; the first one who is named stays.
    pub fn ask(&self, carries: Arc<dyn Carries>) {
        self.inner.writer.ask(carries);
    }

    /// What ails the store; `None` when all is well.
    pub fn ailment(&self) -> Option<Ailment> {
        self.inner.health.ailment()
    }

    /// Takes note of an error that a caller was given.
    pub fn note(&self, error: &StoreError) {
        self.inner.health.note(error);
    }

    /// How much and how fast the store writes.
    pub fn figures(&self) -> Figures {
        Figures { waiting: self.inner.writer.waiting(), ..self.inner.health.figures() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Runs a query on a read-only connection.
    ///
    /// # Errors
    /// What `work` refuses, or a store error.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let Ok(_permit) = self.inner.permits.acquire().await else { return Err(StoreError::Stopped.into()) };
        let store = self.clone();
        let done = tokio::task::spawn_blocking(move || store.read_here(work)).await;
        done.unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    /// The same on the calling thread, for the command line and for threads that may wait.
    ///
    /// # Errors
    /// What `work` refuses, or a store error.
    pub fn read_here<T, E, F>(&self, work: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: FnOnce(&Connection) -> Result<T, E>,
    {
        let conn = self.inner.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(conn) = conn else { return Err(StoreError::Stopped.into()) };
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| at_one_moment(&conn, work)));
        self.inner.readers.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        done.unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    /// A number that grows with every commit, so that what was read before can be kept while it stands still.
    pub fn version(&self) -> u64 {
        self.inner.version.load(Ordering::Acquire)
    }
}

/// Runs several queries on one state of the database; it also locks the file once and not for each of them.
fn at_one_moment<T, E: From<StoreError>>(conn: &Connection, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
    let begun = conn.prepare_cached("BEGIN DEFERRED").and_then(|mut begin| begin.execute([]));
    begun.map_err(|error| E::from(error.into()))?;
    let end = End(conn);
    let done = work(conn);
    drop(end);
    done
}

/// Ends a reading transaction, also when the work in it panics.
struct End<'a>(&'a Connection);

impl Drop for End<'_> {
    fn drop(&mut self) {
        // Nothing was written: there is nothing that could fail to be kept.
        let _ = self.0.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([]));
    }
}

/// Which file is at that place.
fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// A damaged file is named; the rest stays as it is.
fn named(path: &Path, error: StoreError) -> StoreError {
    match error.ailment() {
        Some(Ailment::Damaged) => {
            StoreError::Damaged { path: path.to_owned(), why: error.to_string().trim_end_matches('.').to_owned() }
        }
        _ => error,
    }
}

/// SQLite's own name for a file that belongs to a database.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Refuses a file that was cut off: SQLite would make a new database of an empty one, and find out late about a short one.
///
/// A file beside which a write-ahead log waits may be short by right: the log holds the rest, or all is read to know that it does not.
/// Never empty, though: its head is written before the log is, and SQLite would throw the log away.
fn whole(path: &Path) -> Result<(), StoreError> {
    use std::io::Read;
    let log = beside(path, "-wal");
    let waits = std::fs::metadata(log).is_ok_and(|log| log.len() > 0);
    let Ok(mut file) = std::fs::File::open(path) else { return Ok(()) };
    let length = file.metadata().map_or(0, |found| found.len());
    let damaged = |why: &str| Err(StoreError::Damaged { path: path.to_owned(), why: why.to_owned() });
    let used = path.parent().is_some_and(|dir| dir.join("ca.pem").exists());
    let mut head = [0; 32];
    if file.read_exact(&mut head).is_err() {
        return if length == 0 && (waits || used) { damaged("it is empty, and the directory has been in use") } else { Ok(()) };
    }
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u64::from(u32::from_be_bytes([head[28], head[29], head[30], head[31]]));
    let short = head.starts_with(b"SQLite format 3\0") && length < pages * page;
    if short && !(waits && checkup::look(path).is_ok_and(|found| found.faults.is_empty())) {
        return damaged("its end is missing");
    }
    Ok(())
}

fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    prepare(&conn, 2_000)?;
    Ok(conn)
}

fn prepare(conn: &Connection, cache_kib: i64) -> Result<(), StoreError> {
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.pragma_update(None, "cache_size", -cache_kib)?;
    // Sorting needs no file: one more would be wanted when there is none to be had.
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    // Without it a statement is planned anew whenever another value is bound to it, which costs more than running it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}
