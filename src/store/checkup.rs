//! A look at the database that changes nothing: its format, whether its pages hold together, and what time it has seen.
//!
//! It opens the file by itself, read-only, so that it works beside a server and on what a server would refuse to open.

use super::{StoreError, house, migrations};
use crate::domain::way_in::Choice;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Faults of the file that are told, at most.
const FAULTS_MOST: u32 = 5;

/// What the database looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkup {
    /// Its format, and the one that this program writes.
    pub format: i64,
    pub known: i64,
    /// What `PRAGMA quick_check` complains of; none is well.
    pub faults: Vec<String>,
    /// The house's zone, once it is set up.
    pub zone: Option<String>,
    /// The last time that somebody was seen, in Unix seconds.
    pub last_seen_s: Option<i64>,
}

/// Looks at a database.
///
/// # Errors
/// When it cannot be opened or read as one.
pub fn look(path: &Path) -> Result<Checkup, StoreError> {
    let unusable = |e: rusqlite::Error| StoreError::Unusable { path: path.to_owned(), why: e.to_string() };
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(unusable)?;
    conn.busy_timeout(Duration::from_secs(2)).map_err(unusable)?;
    let format: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(unusable)?;
    let mut health = Checkup { format, known: migrations::known(), ..Checkup::default() };
    if format == 0 || format > health.known {
        return Ok(health);
    }
    let mut query = conn.prepare(&format!("PRAGMA quick_check({FAULTS_MOST})")).map_err(unusable)?;
    let lines = query.query_map([], |row| row.get::<_, String>(0)).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    health.faults = lines.map_err(unusable)?.into_iter().filter(|line| line != "ok").collect();
    if health.faults.is_empty() {
        health.zone = house::house(&conn)?.map(|house| house.zone.name().to_owned());
        health.last_seen_s = conn.query_row("SELECT max(seen_at) FROM login", [], |row| row.get(0)).ok().flatten();
    }
    Ok(health)
}

/// What a page chose of the way in.
///
/// # Errors
/// When the database cannot be opened or read as one.
pub fn choice(path: &Path) -> Result<Choice, StoreError> {
    let unusable = |e: rusqlite::Error| StoreError::Unusable { path: path.to_owned(), why: e.to_string() };
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(unusable)?;
    conn.busy_timeout(Duration::from_secs(2)).map_err(unusable)?;
    house::choice(&conn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Dice;
    use std::io::{Seek, SeekFrom, Write};

    #[test]
    fn a_sound_database_is_told_from_a_damaged_a_newer_and_a_foreign_one() {
        let folder = std::env::temp_dir().join(format!("alongside-checkup-{}", Dice.word::<6>()));
        std::fs::create_dir(&folder).expect("a directory");
        let path = folder.join("house.db");
        let mut conn = Connection::open(&path).expect("a database");
        migrations::run(&mut conn, &path).expect("of this format");
        let health = look(&path).expect("it is one");
        assert_eq!((health.format, health.faults.len(), health.zone), (health.known, 0, None));

        conn.pragma_update(None, "user_version", 9999).expect("done");
        assert_eq!(look(&path).expect("it is one").format, 9999);
        conn.pragma_update(None, "user_version", health.known).expect("done");
        drop(conn);

        let mut file = std::fs::OpenOptions::new().write(true).open(&path).expect("a file");
        file.seek(SeekFrom::Start(4096 * 3)).expect("so far");
        file.write_all(&[0xA5; 4096 * 2]).expect("written");
        assert!(look(&path).map_or(true, |health| !health.faults.is_empty()));
        std::fs::write(&path, "no database at all, but long enough to be looked at as if it were one").expect("a file");
        assert!(look(&path).is_err());
        std::fs::remove_dir_all(folder).expect("gone");
    }
}
