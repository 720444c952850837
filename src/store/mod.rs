//! SQLite and nothing else: one writer thread with group commit, a small pool of read-only connections.
//!
//! Invariant: a `write` that was answered is on the disk (`synchronous=FULL`). Query functions live in the modules by
//! noun and take a connection; they know no rules, no pages and no sockets.

pub mod booking;
pub mod house;
pub mod invite;
pub mod login;
pub mod member;
mod migrations;
pub mod past;
pub mod relation;
pub mod report;
pub mod room;
mod writer;

use crate::domain::time::Timestamp;
pub use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::config::DbConfig;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Read-only connections, and so reads at one time.
const READERS: usize = 3;

/// What the disk or the database could not do: the operator acts.
#[derive(Debug)]
pub enum StoreError {
    /// The database was written by a newer Alongside.
    Newer {
        found: i64,
        known: i64,
        path: PathBuf,
    },
    /// The directory or file cannot be used.
    Unusable {
        path: PathBuf,
        why: String,
    },
    Sqlite(rusqlite::Error),
    /// The writer has stopped.
    Stopped,
}

impl StoreError {
    /// Whether the disk has no room left.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Sqlite(rusqlite::Error::SqliteFailure(code, _)) if code.code == rusqlite::ErrorCode::DiskFull)
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Newer { found, known, path } => write!(
                f,
                "The database {} was written by a newer Alongside (format {found}; this program knows up to {known}). Nothing was changed. Start the newer program, or restore the snapshot beside it.",
                path.display()
            ),
            Self::Unusable { path, why } => write!(f, "The database {} cannot be used: {why}.", path.display()),
            Self::Sqlite(error) => write!(f, "The database said: {error}."),
            Self::Stopped => f.write_str("The database has been closed."),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// A write transaction's view: the connection, and the time it happens at.
pub struct Tx<'a> {
    pub conn: &'a Connection,
    pub now: Timestamp,
}

/// A handle on the database; cheap to clone. The writer ends when the last handle is dropped.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: writer::Writer,
    readers: Mutex<Vec<Connection>>,
    permits: Semaphore,
    /// Grows with every commit: what was read under the same number is still true.
    version: Arc<AtomicU64>,
}

impl Store {
    /// Opens or makes the database and brings it to the current format.
    ///
    /// # Errors
    /// When the file cannot be used or was written by a newer program.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut conn = Connection::open(path).map_err(|e| StoreError::Unusable { path: path.to_owned(), why: e.to_string() })?;
        prepare(&conn, 2_000)?;
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA secure_delete = ON;",
        )?;
        migrations::run(&mut conn, path)?;
        let readers = (0..READERS).map(|_| open_reader(path)).collect::<Result<Vec<_>, _>>()?;
        let version = Arc::new(AtomicU64::new(0));
        let writer = writer::Writer::start(conn, version.clone())?;
        Ok(Self { inner: Arc::new(Inner { writer, readers: Mutex::new(readers), permits: Semaphore::new(READERS), version }) })
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
        self.inner.writer.run(now, work).await
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

fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    prepare(&conn, 2_000)?;
    Ok(conn)
}

fn prepare(conn: &Connection, cache_kib: i64) -> Result<(), StoreError> {
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.pragma_update(None, "cache_size", -cache_kib)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    // Without it a statement is planned anew whenever another value is bound to it, which costs more than running it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(())
}
