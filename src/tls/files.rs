//! Files that are whole or absent, whenever the power goes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody: certificates.
    Public,
    /// The process's own user only: keys.
    Private,
}

/// Replaces a file as one step: written beside it, flushed to the disk, renamed, and the folder flushed too.
pub fn write(path: &Path, contents: &[u8], access: Access) -> io::Result<()> {
    let beside = path.with_added_extension("new");
    remove_if_there(&beside)?;
    let mode = match access {
        Access::Public => 0o644,
        Access::Private => 0o600,
    };
    // `create_new` does not follow a link that somebody left there, and the mode holds from the first byte on.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
    file.write_all(contents)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// Reads a file; `None` where there is none.
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(contents) => Ok(Some(contents)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Moves a file aside under `.old`, where it can be looked at but is not used.
pub fn set_aside(path: &Path) -> io::Result<()> {
    match fs::rename(path, path.with_added_extension("old")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A folder of a test's own, removed with everything in it when dropped.
#[cfg(test)]
pub struct Scratch(std::path::PathBuf);

#[cfg(test)]
impl Scratch {
    /// A new folder; the process's id and a counter keep tests apart.
    pub fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("alongside-tls-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

#[cfg(test)]
impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_readable_by_its_owner_only_even_when_it_replaces_an_open_file() {
        let folder = Scratch::new();
        let path = folder.path().join("key");
        write(&path, b"one", Access::Public).expect("written");
        fs::write(path.with_added_extension("new"), b"left by a crash").expect("written");
        write(&path, b"two", Access::Private).expect("written");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(read(&path).expect("readable"), Some(b"two".to_vec()));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_is_not_there_is_none_and_can_be_set_aside() {
        let folder = Scratch::new();
        let path = folder.path().join("none");
        assert_eq!(read(&path).expect("readable"), None);
        set_aside(&path).expect("nothing to do");
    }
}
