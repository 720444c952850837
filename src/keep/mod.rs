//! Keeping what people trusted us with: the watch over the disk, backups and the way back from one.
//!
//! [`watch`] looks after the disk while the server runs, [`steady`] says whether the clock can be believed, [`reserve`] is a little
//! room for bad days. [`backup`] makes one archive ([`manifest`], [`archive`], [`sealed`]) by the [`plan`], [`restore`] is the way
//! back. Nothing here knows a rule of the house; all of it works on the data directory and the store's handle.

pub mod archive;
pub mod backup;
pub mod manifest;
pub mod meters;
pub mod plan;
pub mod reserve;
pub mod restore;
mod sealed;
pub mod steady;
pub mod watch;

use crate::store::StoreError;

/// The folder of the backups, in the data directory unless the configuration names another.
pub const FOLDER: &str = "backups";

/// What is wrong with the database of a backup, for who wants it back: the place where it was unpacked says them nothing.
fn of_a_backup(error: &StoreError) -> String {
    match error {
        StoreError::Newer { found, known, .. } => {
            format!(
                "It was made by a newer Alongside (format {found}; this program knows up to {known}). Bring it back with that one."
            )
        }
        StoreError::Damaged { why, .. } => format!("The database in it is damaged ({why}). Take an older backup."),
        other => other.to_string(),
    }
}

/// Gives a file or folder to whom another belongs: root, who does this by hand, must not take it away from the service.
///
/// Whoever is not root owns it already.
fn own_like(model: &std::path::Path, path: &std::path::Path) {
    use std::os::unix::fs::MetadataExt;
    let Ok(owner) = std::fs::metadata(model) else { return };
    let _ = std::os::unix::fs::lchown(path, Some(owner.uid()), Some(owner.gid()));
    if path.is_dir() && !path.is_symlink() {
        let inside = std::fs::read_dir(path).into_iter().flatten().flatten();
        inside.for_each(|entry| own_like(model, &entry.path()));
    }
}
