//! What the disk or the database could not do, in two languages: a sentence for whoever keeps the machine, one for members.
//!
//! Every error of the store has both; none of them says more than is known. What a member can act on is a refusal, not this.

use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};

/// What the disk or the database could not do: the operator acts.
#[derive(Debug)]
pub enum StoreError {
    /// The database was written by a newer Alongside.
    Newer {
        found: i64,
        known: i64,
        path: PathBuf,
        /// The copy from before the last upgrade, if there is one.
        snapshot: Option<PathBuf>,
    },
    /// The directory or file cannot be used.
    Unusable {
        path: PathBuf,
        why: String,
    },
    /// The file is there and is no whole database.
    Damaged {
        path: PathBuf,
        why: String,
    },
    Sqlite(rusqlite::Error),
    /// The disk did not answer in time; what was asked for may still be done.
    Slow,
    /// The file is no longer where it was opened, so what is written would be lost at the next start.
    Away,
    /// The writer has stopped.
    Stopped,
}

/// What ails the disk, as far as it changes what there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ailment {
    Full,
    ReadOnly,
    Damaged,
    Away,
    /// It answers too late, or with an error of its own.
    Failing,
}

impl Ailment {
    /// A short stable word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "disk-full",
            Self::ReadOnly => "disk-read-only",
            Self::Damaged => "database-damaged",
            Self::Away => "database-away",
            Self::Failing => "disk-failing",
        }
    }

    /// What members read: what happened, what is safe, what to do.
    pub fn told(self) -> &'static str {
        match self {
            Self::Full => {
                "The disk here is full, so this could not be saved. What was saved before is safe and can be read. Please tell whoever \
                 keeps this place; it works again by itself as soon as there is room."
            }
            Self::ReadOnly => {
                "The disk here takes no changes just now, so this could not be saved. What was saved before is safe and can be read. \
                 Please tell whoever keeps this place."
            }
            Self::Damaged => {
                "The database here is damaged, so this could not be done. Calls go on. Please tell whoever keeps this place: there is a \
                 way back, by a backup."
            }
            Self::Away => {
                "The database here was moved away, so nothing is saved until it is back. What was saved before is safe. Please tell \
                 whoever keeps this place."
            }
            Self::Failing => {
                "The machine's disk does not answer just now. What was saved before is safe. Look whether this was done before you \
                 try it again."
            }
        }
    }

    /// What the operator reads: what to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Full => "Make room on the disk; Alongside goes on by itself.",
            Self::ReadOnly => "Make the disk writable again (often: mount -o remount,rw); Alongside goes on by itself.",
            Self::Damaged => "End the server, then bring a backup back: alongside restore FILE. The damaged database is kept.",
            Self::Away => "Move the file back, or end the server and bring a backup back: alongside restore FILE.",
            Self::Failing => "Look at the disk (dmesg, smartctl); Alongside goes on by itself when it answers.",
        }
    }
}

impl StoreError {
    /// What ails the disk when this is the error; `None` where the disk is not the cause.
    pub fn ailment(&self) -> Option<Ailment> {
        match self {
            Self::Slow => Some(Ailment::Failing),
            Self::Away => Some(Ailment::Away),
            Self::Damaged { .. } => Some(Ailment::Damaged),
            Self::Sqlite(rusqlite::Error::SqliteFailure(code, _)) => match code.code {
                ErrorCode::DiskFull => Some(Ailment::Full),
                ErrorCode::ReadOnly => Some(Ailment::ReadOnly),
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Some(Ailment::Damaged),
                ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => Some(Ailment::Failing),
                _ => None,
            },
            _ => None,
        }
    }

    /// The same, or its cause where that is the rights of the file.
    pub(super) fn of_rights(self, path: &Path) -> Self {
        let shut = |file: &PathBuf| {
            let opened = std::fs::OpenOptions::new().read(true).write(true).open(file);
            opened.is_err_and(|why| why.kind() == std::io::ErrorKind::PermissionDenied)
        };
        let files = ["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{}{end}", path.display())));
        match files.iter().find(|file| shut(file)) {
            Some(file) => Self::Unusable {
                path: path.to_owned(),
                why: format!(
                    "this user may not read and write {0}. Everything in it is safe. Start Alongside as the user whom it belongs to, or \
                     give it to this one: chown USER {0}, and chmod 600 {0}",
                    file.display()
                ),
            },
            None => self,
        }
    }

    /// What members read.
    pub fn told(&self) -> &'static str {
        match self.ailment() {
            Some(ailment) => ailment.told(),
            None => "The machine could not do that just now. What was saved before is safe; please try again.",
        }
    }

    /// The same error once more, for each caller of a group.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Sqlite(rusqlite::Error::SqliteFailure(code, text)) => {
                Self::Sqlite(rusqlite::Error::SqliteFailure(*code, text.clone()))
            }
            Self::Slow => Self::Slow,
            Self::Away => Self::Away,
            other => Self::Unusable { path: "database".into(), why: other.to_string() },
        }
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Newer { found, known, path, snapshot } => {
                write!(
                    f,
                    "The database {} was written by a newer Alongside (format {found}; this program knows up to {known}). Nothing was \
                     changed. Start the newer program",
                    path.display()
                )?;
                match snapshot {
                    Some(copy) => write!(
                        f,
                        ", or go back to the copy from before the upgrade, without what came after: alongside restore {}.",
                        copy.display()
                    ),
                    None => f.write_str(", or bring an older backup back: alongside restore FILE."),
                }
            }
            Self::Unusable { path, why } => write!(f, "The database {} cannot be used: {why}.", path.display()),
            Self::Damaged { path, why } => write!(
                f,
                "The database {} is damaged ({why}). It was left as it is. Bring a backup back with: alongside restore FILE; the damaged \
                 one is kept beside it.",
                path.display()
            ),
            Self::Sqlite(error) => write!(f, "The database said: {error}."),
            Self::Slow => f.write_str("The disk did not answer in time."),
            Self::Away => f.write_str("The database is no longer where it was opened."),
            Self::Stopped => f.write_str("The database has been closed."),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ailment_says_what_is_safe_and_whom_to_tell_or_what_to_do() {
        for ailment in [Ailment::Full, Ailment::ReadOnly, Ailment::Damaged, Ailment::Away, Ailment::Failing] {
            let told = ailment.told();
            assert!(told.contains("safe") || told.contains("Calls go on"), "{told}");
            assert!(!ailment.remedy().is_empty() && ailment.word().contains('-'));
        }
    }

    #[test]
    fn a_full_disk_is_told_from_a_damaged_file() {
        let error = |code: i32| StoreError::from(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
        assert_eq!(error(rusqlite::ffi::SQLITE_FULL).ailment(), Some(Ailment::Full));
        assert_eq!(error(rusqlite::ffi::SQLITE_NOTADB).ailment(), Some(Ailment::Damaged));
        assert_eq!(error(rusqlite::ffi::SQLITE_IOERR).ailment(), Some(Ailment::Failing));
        assert_eq!(error(rusqlite::ffi::SQLITE_CONSTRAINT).ailment(), None);
        assert!(StoreError::Stopped.told().contains("safe"));
    }
}
