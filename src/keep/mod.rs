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

/// The folder of the backups, in the data directory unless the configuration names another.
pub const FOLDER: &str = "backups";

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
