//! The way back: a backup takes the place of what is there, all of it or nothing, and what was there is kept.
//!
//! The backup is unpacked beside the house and looked through first; giving its folder another name is the one step that decides.
//! From then on every start goes on where the last one was cut off: first the old files are put aside, then the others move in.
//! Whoever calls holds the lock of the data directory.

use super::archive;
use super::backup;
use super::manifest::DATABASE;
use crate::store::copy::{self, Found};
use std::fs::{DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Unpacked and not looked through yet; decided; old files put aside.
const UNPACKED: &str = "restoring-";
const DECIDED: &str = "restored-";
const MOVING_IN: &str = "restored-in-";
/// A backup that comes in by a page, until it is unpacked.
pub const ARRIVING: &str = "arriving.part";
/// Where what was there is kept.
pub const KEPT: &str = "before-restore-";

/// What was brought back.
#[derive(Debug)]
pub struct Restored {
    pub found: Found,
    /// Where what was there before is kept, if there was anything.
    pub kept: Option<PathBuf>,
}

/// Brings a backup, or the copy from before an upgrade, back into a data directory.
///
/// # Errors
/// One sentence; then everything is as it was.
pub fn restore(file: &Path, data: &Path, passphrase: Option<&str>, stamp: &str) -> Result<Restored, String> {
    let found = decide(file, data, passphrase, stamp)?;
    let later = |e: io::Error| {
        format!("The backup is whole, but could not take its place in {}: {e}. The next start tries again.", data.display())
    };
    finish(data).map_err(later)?;
    let kept = Some(data.join(format!("{KEPT}{stamp}"))).filter(|kept| kept.exists());
    Ok(Restored { found, kept })
}

/// Unpacks and looks a backup through, and decides that the next start brings it back: for a house that has its files open.
///
/// # Errors
/// One sentence; then everything is as it was.
pub fn decide(file: &Path, data: &Path, passphrase: Option<&str>, stamp: &str) -> Result<Found, String> {
    let unpacked = data.join(format!("{UNPACKED}{stamp}"));
    forget_unfinished(data);
    let found = lay_out(file, &unpacked, passphrase);
    if found.is_err() {
        let _ = std::fs::remove_dir_all(&unpacked);
    }
    let found = found?;
    let decided = data.join(format!("{DECIDED}{stamp}"));
    std::fs::rename(&unpacked, &decided)
        .and_then(|()| flush(data))
        .map_err(|e| format!("The backup is whole, but {} does not take it: {e}.", data.display()))?;
    Ok(found)
}

/// Unpacks and looks through; nothing of the house is touched.
fn lay_out(file: &Path, unpacked: &Path, passphrase: Option<&str>) -> Result<Found, String> {
    let cannot = |e: io::Error| format!("{} cannot be written: {e}.", unpacked.display());
    let database = unpacked.join(DATABASE);
    if is_database(file) {
        DirBuilder::new().mode(0o700).create(unpacked).map_err(cannot)?;
        copy::copy_file(file, &database).map_err(|e| e.to_string())?;
    } else {
        archive::unpack(backup::open(file, passphrase)?, unpacked)?;
    }
    let found = copy::look_through(&database).map_err(|e| super::of_a_backup(&e))?;
    copy::companions(&database).iter().for_each(|file| _ = std::fs::remove_file(file));
    if let Some(data) = unpacked.parent() {
        super::own_like(data, unpacked);
    }
    flush(unpacked).map_err(cannot)?;
    Ok(found)
}

fn is_database(file: &Path) -> bool {
    let mut head = [0; 16];
    File::open(file).and_then(|mut file| file.read_exact(&mut head)).is_ok() && &head == b"SQLite format 3\0"
}

/// Ends a restoration that was decided, however far it came; to be called at each start, before anything is opened.
///
/// # Errors
/// When the disk refuses.
pub fn finish(data: &Path) -> io::Result<()> {
    forget_unfinished(data);
    let _ = std::fs::remove_file(data.join(ARRIVING));
    for folder in folders(data, DECIDED).into_iter().filter(|folder| !name_of(folder).starts_with(MOVING_IN)) {
        let stamp = name_of(&folder)[DECIDED.len()..].to_owned();
        put_aside(data, &folder, &data.join(format!("{KEPT}{stamp}")))?;
        std::fs::rename(&folder, data.join(format!("{MOVING_IN}{stamp}")))?;
        flush(data)?;
    }
    for folder in folders(data, MOVING_IN) {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            std::fs::rename(entry.path(), data.join(entry.file_name()))?;
        }
        flush(data)?;
        std::fs::remove_dir(&folder)?;
        tracing::info!(
            "A backup was brought back; what was there before is kept as {KEPT}{}.",
            &name_of(&folder)[MOVING_IN.len()..]
        );
    }
    Ok(())
}

/// Moves what the backup replaces: the database with its log, and every file that has a counterpart.
fn put_aside(data: &Path, backup: &Path, kept: &Path) -> io::Result<()> {
    let mut names = vec![DATABASE.to_owned()];
    names.extend(copy::companions(Path::new(DATABASE)).iter().map(|path| path.to_string_lossy().into_owned()));
    for entry in std::fs::read_dir(backup)? {
        names.extend(entry?.file_name().into_string());
    }
    for name in names {
        let from = data.join(&name);
        if from.symlink_metadata().is_ok() && !kept.join(&name).exists() {
            DirBuilder::new().recursive(true).mode(0o700).create(kept)?;
            std::fs::rename(from, kept.join(&name))?;
        }
    }
    if !kept.exists() {
        return Ok(());
    }
    super::own_like(data, kept);
    flush(kept)
}

/// What an earlier try left behind before it was decided.
fn forget_unfinished(data: &Path) {
    folders(data, UNPACKED).iter().for_each(|folder| _ = std::fs::remove_dir_all(folder));
}

fn folders(data: &Path, beginning: &str) -> Vec<PathBuf> {
    let Ok(found) = std::fs::read_dir(data) else { return Vec::new() };
    let mut all: Vec<PathBuf> = found.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    all.retain(|path| name_of(path).starts_with(beginning));
    all.sort();
    all
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Dice;

    struct Place(PathBuf);

    impl Place {
        fn new() -> Self {
            let folder = std::env::temp_dir().join(format!("alongside-restore-{}", Dice.word::<6>()));
            std::fs::create_dir(&folder).expect("a folder");
            Self(folder)
        }

        fn put(&self, name: &str, text: &str) {
            let path = self.0.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }

        fn says(&self, name: &str) -> String {
            std::fs::read_to_string(self.0.join(name)).unwrap_or_default()
        }

        /// A house, and a decided backup beside it.
        fn decided() -> Self {
            let place = Self::new();
            for name in ["alongside.db", "alongside.db-wal", "ca.pem", "port"] {
                place.put(name, "old");
            }
            for name in ["alongside.db", "ca.pem", "acme/account.json"] {
                place.put(&format!("restored-1/{name}"), "fresh");
            }
            place
        }

        fn is_restored(&self) {
            assert_eq!((self.says("alongside.db"), self.says("ca.pem")), ("fresh".into(), "fresh".into()));
            assert_eq!((self.says("acme/account.json"), self.says("port")), ("fresh".into(), "old".into()));
            assert_eq!(self.says("alongside.db-wal"), "", "an old log beside a database that is not its own would spoil it");
            for name in ["alongside.db", "alongside.db-wal", "ca.pem"] {
                assert_eq!(self.says(&format!("before-restore-1/{name}")), "old");
            }
            assert!(folders(&self.0, DECIDED).is_empty());
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_decided_backup_takes_its_place_and_the_old_files_are_kept() {
        let place = Place::decided();
        finish(&place.0).expect("done");
        place.is_restored();
        finish(&place.0).expect("nothing to do");
        place.is_restored();
    }

    #[test]
    fn cut_off_while_the_old_files_are_put_aside_the_next_start_ends_it() {
        let place = Place::decided();
        place.put("before-restore-1/alongside.db", "old");
        std::fs::remove_file(place.0.join("alongside.db")).expect("moved");
        finish(&place.0).expect("done");
        place.is_restored();
    }

    #[test]
    fn cut_off_while_the_others_move_in_the_next_start_ends_it() {
        let place = Place::decided();
        let put_aside_only = put_aside(&place.0, &place.0.join("restored-1"), &place.0.join("before-restore-1"));
        put_aside_only.expect("done");
        std::fs::rename(place.0.join("restored-1"), place.0.join("restored-in-1")).expect("moved");
        std::fs::rename(place.0.join("restored-in-1/alongside.db"), place.0.join("alongside.db")).expect("moved");
        finish(&place.0).expect("done");
        place.is_restored();
    }

    #[test]
    fn what_was_not_decided_is_not_brought_back() {
        let place = Place::new();
        place.put("alongside.db", "old");
        place.put("restoring-1/alongside.db", "half");
        place.put(ARRIVING, "half of an archive");
        finish(&place.0).expect("nothing to do");
        assert_eq!(place.says("alongside.db"), "old");
        assert!(folders(&place.0, UNPACKED).is_empty(), "what was half unpacked takes no room for ever");
        assert!(!place.0.join(ARRIVING).exists());
        place.put("note.txt", "no backup");
        let refused = restore(&place.0.join("note.txt"), &place.0, None, "2").expect_err("no backup");
        assert!(refused.contains("no backup of Alongside"), "{refused}");
        assert_eq!(place.says("alongside.db"), "old");
        assert!(folders(&place.0, UNPACKED).is_empty(), "nothing is left of the tries");
    }
}
