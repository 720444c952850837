//! What a backup says about itself: which files, how large, with which hashes, by which version; and which files belong in one.
//!
//! Everything in the data directory belongs, but what the next start makes anew and what is a copy itself: a key that somebody adds
//! tomorrow is in tomorrow's backup.

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The database's name in the data directory and in every backup.
pub const DATABASE: &str = "alongside.db";
/// The form of the archive, which is raised when an older program could not read it.
const FORM: u32 = 1;
/// Files of a backup, and bytes of one: no house has more.
const FILES_MOST: usize = 256;
const DATABASE_MOST: u64 = 4 << 30;
const FILE_MOST: u64 = 16 << 20;
/// Folders below folders.
const DEPTH_MOST: usize = 3;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub name: String,
    pub size: u64,
    pub sha256: String,
}

/// The head of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub form: u32,
    /// The program that made it.
    pub version: String,
    /// Unix seconds.
    pub made_at: i64,
    /// The format of the database in it.
    pub schema: i64,
    pub files: Vec<Entry>,
}

impl Entry {
    /// The entry of a file of a folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(folder: &Path, name: &str) -> io::Result<Self> {
        let mut file = File::open(folder.join(name))?;
        let (mut size, mut hash, mut part) = (0, Context::new(&SHA256), vec![0; 64 << 10]);
        loop {
            let got = file.read(&mut part)?;
            if got == 0 {
                break;
            }
            hash.update(&part[..got]);
            size += got as u64;
        }
        Ok(Self { name: name.to_owned(), size, sha256: data_encoding::HEXLOWER.encode(hash.finish().as_ref()) })
    }

    fn is_sound(&self) -> bool {
        let most = if self.name == DATABASE { DATABASE_MOST } else { FILE_MOST };
        is_plain_name(&self.name) && self.size <= most && self.sha256.len() == 64
    }
}

impl Manifest {
    pub fn over(files: Vec<Entry>, made_at: i64, schema: i64) -> Self {
        Self { form: FORM, version: env!("CARGO_PKG_VERSION").to_owned(), made_at, schema, files }
    }

    /// Reads a manifest that came from anywhere.
    ///
    /// # Errors
    /// One sentence.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(text).map_err(|e| format!("The backup's manifest cannot be read: {e}."))?;
        if manifest.form > FORM {
            return Err(format!(
                "This backup was made by a newer Alongside ({}). Bring it back with that one.",
                manifest.version
            ));
        }
        let mut names: Vec<&str> = manifest.files.iter().map(|entry| entry.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let sound = manifest.files.iter().all(Entry::is_sound) && names.len() == manifest.files.len();
        if !sound || names.len() > FILES_MOST {
            return Err("The backup's manifest names files that no backup has.".to_owned());
        }
        if !names.contains(&DATABASE) {
            return Err("The backup holds no database.".to_owned());
        }
        Ok(manifest)
    }
}

/// Letters, figures, dots, hyphens and lines, with folders between: nothing that leads elsewhere.
pub fn is_plain_name(name: &str) -> bool {
    let plain = |part: &str| {
        let letters = part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+' | b'@'));
        !part.is_empty() && letters && !part.starts_with(['.', '-']) && !part.ends_with('.')
    };
    name.len() <= 99 && name.split('/').count() <= DEPTH_MOST && name.split('/').all(plain)
}

/// The files of a data directory that belong in a backup, beside the database.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Belonging {
    /// By name, in order.
    pub names: Vec<String>,
    /// What somebody put there and no backup takes, each with the reason.
    pub left_out: Vec<String>,
}

/// Looks what belongs in a backup. A link to a file stands for the file.
///
/// # Errors
/// When the directory cannot be read.
pub fn belonging(dir: &Path) -> io::Result<Belonging> {
    let mut found = Belonging::default();
    gather(dir, "", 1, &mut found)?;
    found.names.sort();
    for name in found.names.split_off(found.names.len().min(FILES_MOST - 2)) {
        found.left_out.push(format!("{name}, since there are more than {} files", FILES_MOST - 2));
    }
    Ok(found)
}

fn gather(dir: &Path, above: &str, depth: usize, found: &mut Belonging) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let whole = format!("{above}{name}");
        // What begins with a dot is half written by an editor, or hidden on purpose; a link may lead nowhere.
        let (true, Ok(data)) = (!name.starts_with('.') && !stays(&whole), std::fs::metadata(entry.path())) else { continue };
        if data.is_dir() && depth < DEPTH_MOST {
            gather(&entry.path(), &format!("{whole}/"), depth + 1, found)?;
        } else if data.is_dir() {
            found.left_out.push(format!("{whole}/, which lies too deep"));
        } else if data.is_file() && !is_plain_name(&whole) {
            found.left_out.push(format!("{whole}, whose name has other signs than letters, figures, dots and hyphens"));
        } else if data.is_file() && data.len() > FILE_MOST {
            found.left_out.push(format!("{whole}, which is larger than {} MiB", FILE_MOST >> 20));
        } else if data.is_file() {
            found.names.push(whole);
        }
    }
    Ok(())
}

/// What is no part of a backup: copies, what a start makes anew, what is half written, and the database, which is copied its own way.
pub fn stays(name: &str) -> bool {
    const MADE_ANEW: [&str; 4] = ["lock", "running-port", super::reserve::FILE, super::FOLDER];
    const ENDINGS: [&str; 7] = [".db", ".db-wal", ".db-shm", ".new", ".old", ".part", ".sock"];
    let copy = ["before-", "restor"].iter().any(|beginning| name.starts_with(beginning));
    copy || MADE_ANEW.contains(&name) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_settings_belong_and_copies_and_locks_do_not() {
        for name in ["ca.key", "ca.pem", "leaf.key", "turn-secret", "port", "alongside.toml", "acme/account.json"] {
            assert!(is_plain_name(name) && !stays(name), "{name}");
        }
        for name in ["lock", "alongside.db", "alongside.db-wal", "backups", "reserve", "before-restore-1", "ca.key.old"] {
            assert!(stays(name), "{name}");
        }
    }

    #[test]
    fn a_manifest_from_anywhere_is_held_to_the_rules() {
        let entry = |name: &str, size| Entry { name: name.into(), size, sha256: "0".repeat(64) };
        let read = |files: Vec<Entry>| Manifest::read(&serde_json::to_vec(&Manifest::over(files, 0, 2)).expect("text"));
        assert!(read(vec![entry(DATABASE, 4096)]).is_ok());
        assert!(read(vec![entry("ca.pem", 1)]).expect_err("no database").contains("no database"));
        for odd in [entry("../x", 1), entry(DATABASE, 1), entry("ca.pem", FILE_MOST + 1)] {
            assert!(read(vec![entry(DATABASE, 4096), odd]).is_err());
        }
        let newer = Manifest { form: 9, ..Manifest::over(vec![entry(DATABASE, 1)], 0, 2) };
        assert!(Manifest::read(&serde_json::to_vec(&newer).expect("text")).expect_err("newer").contains("newer Alongside"));
    }
}
