//! The format of the database, by `user_version`: each step is one transaction, and a snapshot is made before the first.
//!
//! A step that was released is never changed; a new one is added below it.

use super::StoreError;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

const STEPS: &[&str] = &[include_str!("schema_1.sql")];

pub fn run(conn: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let known = STEPS.len() as i64;
    let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known, path: path.to_owned() });
    }
    if found > 0 && found < known {
        snapshot(conn, path, found)?;
    }
    for (done, step) in STEPS.iter().enumerate().skip(found as usize) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", done as i64 + 1)?;
        tx.commit()?;
    }
    Ok(())
}

/// A whole copy beside the database, named after the format it has.
fn snapshot(conn: &Connection, path: &Path, found: i64) -> Result<(), StoreError> {
    let copy = path.with_extension(format!("before-upgrade-from-{found}.db"));
    if !copy.exists() {
        conn.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    }
    Ok(())
}
