//! Whole copies of a database, made beside people at work; and the look whether one is sound.
//!
//! A copy has its name only when every byte of it is on the disk. Looking at a copy changes nothing in it.

use super::{StoreError, migrations};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::File;
use std::path::{Path, PathBuf};

/// How the ending of a copy from before an upgrade begins; the database's format follows.
pub const BEFORE_UPGRADE: &str = "before-upgrade-from-";

/// What a look at a copy found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The format it was written in.
    pub format: i64,
    /// The name of the instance; empty before it was set up.
    pub name: String,
    pub members: i64,
    pub bookings: i64,
}

/// Copies all that is committed to a file that is not there yet. Readers and the writer go on meanwhile.
///
/// # Errors
/// When the disk does not take it; then nothing is left behind.
pub fn copy_whole(conn: &Connection, to: &Path) -> Result<(), StoreError> {
    let unfinished = to.with_added_extension("part");
    let _ = std::fs::remove_file(&unfinished);
    let made = vacuum_into(conn, &unfinished).and_then(|()| {
        let flushed = File::open(&unfinished).and_then(|file| file.sync_all()).and_then(|()| std::fs::rename(&unfinished, to));
        flushed.map_err(|e| StoreError::Unusable { path: to.to_owned(), why: e.to_string() })
    });
    if made.is_err() {
        let _ = std::fs::remove_file(&unfinished);
        return made;
    }
    if let Some(dir) = to.parent() {
        // The name itself is on the disk only with the directory.
        let _ = File::open(dir).and_then(|dir| dir.sync_all());
    }
    made
}

fn vacuum_into(conn: &Connection, to: &Path) -> Result<(), StoreError> {
    conn.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    Ok(())
}

/// The same of a database that others may have open.
///
/// # Errors
/// When it cannot be read, or the disk does not take the copy.
pub fn copy_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    copy_whole(&read_only(from)?, to)
}

/// Looks a copy through: every page, every row, every index; and whether this program can open it.
///
/// # Errors
/// `Damaged`, or `Newer`.
pub fn look_through(path: &Path) -> Result<Found, StoreError> {
    let damaged = |why: String| StoreError::Damaged { path: path.to_owned(), why };
    let conn = read_only(path)?;
    let asked: Result<String, _> = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    let said = asked.map_err(|error| damaged(error.to_string()))?;
    if said != "ok" {
        return Err(damaged(said));
    }
    let format = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if format > migrations::known() {
        return Err(StoreError::Newer { found: format, known: migrations::known(), path: path.to_owned(), snapshot: None });
    }
    let orphans: Option<String> = conn.query_row("PRAGMA foreign_key_check", [], |row| row.get(0)).optional()?;
    if let Some(table) = orphans {
        return Err(damaged(format!("rows of {table} refer to what is not there")));
    }
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get(0)).map_err(|error| damaged(error.to_string()));
    let name = conn.query_row("SELECT value FROM setting WHERE key = 'name'", [], |row| row.get(0)).optional()?;
    Ok(Found {
        format,
        name: name.unwrap_or_default(),
        members: count("SELECT count(*) FROM member")?,
        bookings: count("SELECT count(*) FROM booking")?,
    })
}

/// A quick look at a database in use: pages and rows, not the order of indexes.
///
/// # Errors
/// `Damaged`.
pub fn look_quickly(path: &Path) -> Result<(), StoreError> {
    let damaged = |why: String| StoreError::Damaged { path: path.to_owned(), why };
    let said: Result<String, _> = read_only(path)?.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match said {
        Ok(said) if said == "ok" => Ok(()),
        Ok(said) => Err(damaged(said)),
        Err(error) => Err(super::named(path, error.into())),
    }
}

fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let unusable = |e: rusqlite::Error| StoreError::Unusable { path: path.to_owned(), why: e.to_string() };
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let conn = conn.map_err(unusable)?;
    super::prepare(&conn, 2_000)?;
    Ok(conn)
}

/// The files that SQLite keeps beside a database.
pub fn companions(path: &Path) -> [PathBuf; 2] {
    [super::beside(path, "-wal"), super::beside(path, "-shm")]
}

/// The format that a database was written in.
///
/// # Errors
/// When it cannot be read.
pub fn format_of(path: &Path) -> Result<i64, StoreError> {
    Ok(read_only(path)?.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
