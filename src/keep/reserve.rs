//! A little room on the disk, kept for the day when there is none: given up when a start would fail for want of it.
//!
//! SQLite needs some tens of kilobytes to open a database at all. With them people read on while the keeper makes room.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The file's name in the data directory.
pub const FILE: &str = "reserve";
/// Its size, in bytes.
const SIZE: u64 = 2 << 20;
/// It is laid down only where many times as much stays free.
const LEAST_FREE: u64 = 64 << 20;

/// Lays the reserve down where it is missing and there is room for it.
///
/// # Errors
/// When the disk does not take it; then nothing is left of it.
pub fn lay_down(dir: &Path) -> io::Result<()> {
    let path = dir.join(FILE);
    if std::fs::metadata(&path).is_ok_and(|found| found.len() >= SIZE) || crate::sys::disk::room(dir)?.free < LEAST_FREE {
        return Ok(());
    }
    let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path).and_then(fill);
    if written.is_err() {
        give_up(dir);
    }
    written
}

/// Real bytes: a file with a hole in it reserves nothing.
fn fill(mut file: File) -> io::Result<()> {
    let part = [0x55; 64 << 10];
    for _ in 0..SIZE / part.len() as u64 {
        file.write_all(&part)?;
    }
    file.sync_all()
}

/// Gives the room back; whether there was any.
pub fn give_up(dir: &Path) -> bool {
    std::fs::remove_file(dir.join(FILE)).is_ok()
}
