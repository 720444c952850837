//! The format of the database, by `user_version`: each step is one transaction, and a snapshot is made before the first.
//!
//! A step that was released is never changed; a new one is added below it.

use super::StoreError;
use rusqlite::{Connection, TransactionBehavior};
use std::path::{Path, PathBuf};

const STEPS: &[&str] = &[
    include_str!("schema_1.sql"),
    include_str!("schema_rooms.sql"),
    include_str!("schema_company.sql"),
    include_str!("schema_plans.sql"),
    include_str!("schema_accounts.sql"),
    include_str!("schema_keeper.sql"),
    include_str!("schema_lounge.sql"),
];

/// The format that this program writes.
pub fn known() -> i64 {
    STEPS.len() as i64
}

pub fn run(conn: &mut Connection, path: &Path) -> Result<(), StoreError> {
    bring(conn, path, STEPS)
}

fn bring(conn: &mut Connection, path: &Path, steps: &[&str]) -> Result<(), StoreError> {
    let known = steps.len() as i64;
    let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        let snapshot = newest_snapshot(path, known);
        return Err(StoreError::Newer { found, known, path: path.to_owned(), snapshot });
    }
    if found > 0 && found < known {
        snapshot(conn, path, found)?;
    }
    for (done, step) in steps.iter().enumerate().skip(found as usize) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", done as i64 + 1)?;
        tx.commit()?;
    }
    Ok(())
}

/// A whole copy beside the database, named after the format it has. Under its own name only when it is whole and on the disk.
fn snapshot(conn: &Connection, path: &Path, found: i64) -> Result<(), StoreError> {
    let copy = snapshot_of(path, found);
    // One that an upgrade left behind which was cut off is made anew: it holds the same, and an older one may not.
    super::copy::copy_whole(conn, &copy)?;
    tracing::info!("A copy from before the upgrade is kept as {}.", copy.display());
    Ok(())
}

fn snapshot_of(path: &Path, format: i64) -> PathBuf {
    path.with_extension(format!("{}{format}.db", super::copy::BEFORE_UPGRADE))
}

/// The copy that this program could open, the youngest format first.
fn newest_snapshot(path: &Path, known: i64) -> Option<PathBuf> {
    (1..=known).rev().map(|format| snapshot_of(path, format)).find(|copy| copy.exists())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Dice;

    /// A database in a directory of its own, gone afterwards.
    struct Place(PathBuf);

    impl Place {
        fn new() -> Self {
            let dir = std::env::temp_dir().join(format!("alongside-migrations-{}", Dice.word::<6>()));
            std::fs::create_dir(&dir).expect("a directory");
            Self(dir)
        }

        fn file(&self) -> PathBuf {
            self.0.join("house.db")
        }

        fn bring(&self, steps: &[&str]) -> Result<(), StoreError> {
            bring(&mut Connection::open(self.file()).expect("a database"), &self.file(), steps)
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    const FIRST: &str = "CREATE TABLE lamp (name TEXT NOT NULL) STRICT; INSERT INTO lamp VALUES ('Ana');";
    const SECOND: &str = "ALTER TABLE lamp ADD COLUMN lit INTEGER NOT NULL DEFAULT 0;";

    /// The statements of a step, near enough: none of ours has a semicolon at the end of a line inside it.
    fn statements(step: &str) -> Vec<&str> {
        step.split_inclusive(";\n").collect()
    }

    #[test]
    fn killed_at_any_statement_of_any_step_the_next_start_succeeds() {
        for format in 1..STEPS.len() {
            let step = statements(STEPS[format]);
            for done in 0..=step.len() {
                let (place, after) = (Place::new(), Place::new());
                place.bring(&STEPS[..format]).expect("an older format");
                let conn = Connection::open(place.file()).expect("a database");
                conn.execute_batch("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE").expect("begun");
                conn.execute_batch(&step[..done].concat()).expect("so far");
                // As the disk is at this moment: nothing closed, nothing flushed by leaving.
                for file in [place.file(), super::super::beside(&place.file(), "-wal")] {
                    let _ = std::fs::copy(&file, after.0.join(file.file_name().expect("a name")));
                }
                after.bring(STEPS).unwrap_or_else(|error| panic!("format {format}, killed after statement {done}: {error}"));
                let after = Connection::open(after.file()).expect("a database");
                let said: String = after.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("an answer");
                assert_eq!(said, "ok");
            }
        }
    }

    #[test]
    fn an_upgrade_takes_a_snapshot_first_and_keeps_what_was_there() {
        let place = Place::new();
        place.bring(&[FIRST]).expect("the first format");
        let copy = place.file().with_extension("before-upgrade-from-1.db");
        assert!(!copy.exists(), "a new database needs no snapshot");
        place.bring(&[FIRST, SECOND]).expect("the second format");
        let count = |file: &Path, sql: &str| -> i64 {
            Connection::open(file).and_then(|c| c.query_row(sql, [], |row| row.get(0))).expect("it can be asked")
        };
        assert_eq!(count(&place.file(), "SELECT count(lit) FROM lamp"), 1);
        assert_eq!(count(&copy, "SELECT count(*) FROM lamp"), 1);
        assert_eq!(count(&copy, "PRAGMA user_version"), 1);
    }

    #[test]
    fn a_step_that_fails_leaves_the_format_before_it() {
        let place = Place::new();
        let broken = "CREATE TABLE half (x INTEGER) STRICT; CREATE TABLE half (x INTEGER) STRICT;";
        assert!(place.bring(&[FIRST, broken]).is_err());
        place.bring(&[FIRST, SECOND]).expect("a sound second step goes through afterwards");
    }

    #[test]
    fn a_newer_database_is_refused_and_left_alone() {
        let place = Place::new();
        place.bring(&[FIRST, SECOND]).expect("the newer program's format");
        let refused = place.bring(&[FIRST]).expect_err("an older program");
        assert!(matches!(refused, StoreError::Newer { found: 2, known: 1, .. }), "{refused}");
        place.bring(&[FIRST, SECOND]).expect("it still opens");
    }
}
