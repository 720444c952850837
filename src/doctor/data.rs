//! The data directory and the database in it: there, private, with room, whole, of a format that this program knows.

use super::{Patient, said_size};
use crate::config::Config;
use crate::domain::health::{Check, Finding};
use crate::store::checkup::{self, Checkup};
use crate::sys::disk::{self, Room};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

const DIRECTORY: Check = Check::new("data.directory", "The data directory");
const PRIVATE: Check = Check::new("data.private", "Nobody else can read it");
const ROOM: Check = Check::new("data.room", "Room on the disk");
const KIND: Check = Check::new("data.filesystem", "The kind of disk");
const DATABASE: Check = Check::new("database.whole", "The database holds together");
const FORMAT: Check = Check::new("database.format", "The database's format");
const ZONE: Check = Check::new("database.zone", "The house's clock");

/// Below these the disk is full soon, in bytes.
const ROOM_LEAST: u64 = 200 << 20;
const ROOM_LITTLE: u64 = 1 << 30;
/// File systems of other machines: SQLite's shared memory does not work over them.
const REMOTE: [&str; 7] = ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "ceph"];

pub fn look(patient: &Patient) -> Vec<Finding> {
    let dir = &patient.config.data_dir;
    let mut found = vec![directory(&patient.config)];
    if !dir.is_dir() {
        return found;
    }
    found.push(judge_private(&too_open(dir), &patient.config.verb("doctor --fix")));
    found.push(match disk::room(dir) {
        Ok(room) => judge_room(room),
        Err(error) => ROOM.unseen(format!("The disk can't be asked: {error}."), None),
    });
    found.push(judge_kind(kind_of(dir).as_deref()));
    let path = patient.database();
    if !path.exists() {
        found
            .push(DATABASE.warn("There is no database yet.", format!("Start the server once: {}", patient.config.verb("serve"))));
        return found;
    }
    let health = checkup::look(&path).map_err(|error| error.to_string());
    let restore = format!("{} FILE", patient.config.verb("restore"));
    found.push(judge_database(health.as_ref(), &restore));
    // What a damaged database says of itself is no ground for advice.
    if let Some(health) = health.ok().filter(|health| health.faults.is_empty()) {
        found.push(judge_format(&health));
        found.push(zone(&health, patient.config.verb("setup-link")));
    }
    found
}

/// What is said where this user may not look at the directory: everything else would be a guess, and its remedies wrong.
pub(super) fn shut(config: &Config) -> Option<Finding> {
    let dir = &config.data_dir;
    let denied = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    let read = fs::read_dir(dir).map(drop).and_then(|()| fs::File::open(dir.join("lock")).map(drop));
    read.is_err_and(|error| denied(&error)).then(|| {
        DIRECTORY.fail(
            format!("{} belongs to another user, and what matters here is shown to that one and to root alone.", dir.display()),
            format!("sudo {}", config.verb("doctor")),
        )
    })
}

fn directory(config: &Config) -> Finding {
    let (dir, shown) = (&config.data_dir, config.data_dir.display());
    let Ok(about) = fs::metadata(dir) else {
        return DIRECTORY.fail(
            format!("{shown} is not there."),
            "Start the server once, or name another directory: alongside doctor --data-dir DIR",
        );
    };
    let probe = dir.join(".doctor");
    match fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)) {
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => DIRECTORY
            .fail(format!("{shown} lies on a disk that takes no changes."), format!("See why: dmesg | tail; findmnt -T {shown}")),
        Err(error) => DIRECTORY.fail(
            format!("{shown} can't be written to by this user: {error}."),
            format!("sudo -u '#{}' {}", about.uid(), config.verb("doctor")),
        ),
        Ok(()) => DIRECTORY.fine(format!("{shown} can be written to.")),
    }
}

/// The directory and the secrets in it that others may look at.
pub(super) fn too_open(dir: &Path) -> Vec<PathBuf> {
    let open = |path: &Path| fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0);
    let mut found: Vec<PathBuf> = if open(dir) { vec![dir.to_owned()] } else { Vec::new() };
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let secret = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.ends_with(".key") || name.contains("secret") || name.starts_with("alongside.db")
    };
    found.extend(entries.filter(secret).filter(|path| open(path)));
    found.sort();
    found
}

fn judge_private(open: &[PathBuf], fix: &str) -> Finding {
    let Some(first) = open.first() else { return PRIVATE.fine("Only its owner can read keys, secrets and database.") };
    let more = if open.len() > 1 { format!(" and {} more", open.len() - 1) } else { String::new() };
    PRIVATE.warn(format!("Others on this machine may look at {}{more}.", first.display()), fix)
}

fn judge_room(room: Room) -> Finding {
    let said = format!("{} of {} are free.", said_size(room.free), said_size(room.total));
    match room.free {
        free if free < ROOM_LEAST => ROOM.fail(said, "Make room: see what is large with du -xh / | sort -h | tail"),
        free if free < ROOM_LITTLE && free < room.total / 20 => {
            ROOM.warn(said, "Make room soon: see what is large with du -xh / | sort -h | tail")
        }
        _ => ROOM.fine(said),
    }
}

/// The kind of the file system that holds this path, by the longest mount point above it.
fn kind_of(dir: &Path) -> Option<String> {
    let dir = fs::canonicalize(dir).ok()?;
    kind_in(&fs::read_to_string("/proc/self/mountinfo").ok()?, &dir)
}

/// `36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw`
fn kind_in(table: &str, dir: &Path) -> Option<String> {
    let mounts = table.lines().filter_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        Some((left.split(' ').nth(4)?, right.split(' ').next()?))
    });
    let above = mounts.filter(|(place, _)| dir.starts_with(place));
    above.max_by_key(|(place, _)| place.len()).map(|(_, kind)| kind.to_owned())
}

fn judge_kind(kind: Option<&str>) -> Finding {
    match kind {
        None => KIND.unseen("It can't be seen here.", None),
        Some(kind) if REMOTE.contains(&kind) => KIND.fail(
            format!("The directory lies on another machine ({kind}); a database is not safe there."),
            "Keep the data on a disk of this machine: alongside serve --data-dir DIR",
        ),
        Some(kind @ ("tmpfs" | "ramfs")) => KIND.warn(
            format!("The directory is in memory ({kind}): all is gone at the next start."),
            "alongside serve --data-dir DIR",
        ),
        Some(kind) => KIND.fine(format!("{kind}, of this machine.")),
    }
}

fn judge_database(health: Result<&Checkup, &String>, restore: &str) -> Finding {
    let fix = format!("End the server, then: {restore} (the damaged database is kept)");
    match health {
        Err(error) => DATABASE.fail(error.trim_end_matches('.').to_owned() + ".", fix),
        Ok(health) if !health.faults.is_empty() => DATABASE.fail(format!("It is damaged: {}.", health.faults.join("; ")), fix),
        Ok(_) => DATABASE.fine("Every page of it was looked at."),
    }
}

fn judge_format(health: &Checkup) -> Finding {
    let (found, known) = (health.format, health.known);
    match found {
        _ if found > known => FORMAT.fail(
            format!("It was written by a newer Alongside (format {found}; this program knows up to {known})."),
            "Install the newer program again, or restore the snapshot that lies beside the database",
        ),
        _ if found < known => FORMAT.warn(
            format!("It has format {found}; the next start brings it to {known}, after a snapshot."),
            "systemctl restart alongside",
        ),
        _ => FORMAT.fine(format!("Format {found}, the newest.")),
    }
}

fn zone(health: &Checkup, link: String) -> Finding {
    match &health.zone {
        Some(zone) => ZONE.fine(format!("The house goes by {zone}; every member sees their own.")),
        None => ZONE.warn("The instance isn't set up yet.", link),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Dice;
    use crate::config::Written;
    use crate::domain::health::Level;

    /// Where root looks, nothing is shut; the other half of the promise is tried there on the real program as somebody else.
    #[test]
    fn a_directory_that_is_shut_is_the_only_thing_that_is_said() {
        let folder = std::env::temp_dir().join(format!("alongside-shut-{}", Dice.word::<6>()));
        fs::create_dir(&folder).expect("a directory");
        let written = Written { data_dir: Some(folder.clone()), ..Written::default() };
        let config = Config::meant(written, &|_| None).expect("it means something");
        assert_eq!(shut(&config), None, "without a lock nobody has started it here");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).expect("a mode");
        if fs::read_dir(&folder).is_err() {
            let said = shut(&config).expect("a finding");
            assert!(said.level == Level::Fail && said.fix.expect("what to do").starts_with("sudo alongside --data-dir /"));
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("a mode");
        fs::remove_dir_all(folder).expect("gone");
    }

    #[test]
    fn a_full_disk_fails_and_a_nearly_full_one_warns() {
        let room = |free, total| judge_room(Room { free, total }).level;
        assert_eq!(room(10 << 20, 100 << 30), Level::Fail);
        assert_eq!(room(500 << 20, 100 << 30), Level::Warn);
        assert_eq!(room(500 << 20, 4 << 30), Level::Fine);
    }

    #[test]
    fn the_disk_of_another_machine_is_no_place_for_a_database() {
        let table = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /var/lib/a\\040b rw shared:1 - nfs4 host:/x rw\n\
                     3 1 0:6 / /srv rw - nfs4 host:/y rw\n";
        assert_eq!(kind_in(table, Path::new("/srv/alongside")).as_deref(), Some("nfs4"));
        assert_eq!(kind_in(table, Path::new("/home")).as_deref(), Some("ext4"));
        assert_eq!(judge_kind(Some("nfs4")).level, Level::Fail);
        assert_eq!(judge_kind(Some("tmpfs")).level, Level::Warn);
    }

    #[test]
    fn a_newer_an_older_and_a_damaged_database_are_told_apart() {
        let health = |format| Checkup { format, known: 3, ..Checkup::default() };
        assert_eq!([4, 2, 3].map(|n| judge_format(&health(n)).level), [Level::Fail, Level::Warn, Level::Fine]);
        let damaged = Checkup { faults: vec!["row 1 missing".into()], ..health(3) };
        let said = judge_database(Ok(&damaged), "restore");
        assert!(said.level == Level::Fail && said.said.contains("row 1 missing"));
        assert_eq!(judge_database(Ok(&health(3)), "restore").level, Level::Fine);
    }

    #[test]
    fn a_key_that_others_can_read_is_named_and_a_certificate_is_not() {
        let folder = std::env::temp_dir().join(format!("alongside-doctor-{}", Dice.word::<6>()));
        fs::create_dir(&folder).expect("a directory");
        let put = |name: &str, mode| {
            let path = folder.join(name);
            fs::write(&path, "x").expect("a file");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
            path
        };
        let key = put("ca.key", 0o644);
        put("turn-secret", 0o600);
        put("ca.pem", 0o644);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("a mode");
        assert_eq!(too_open(&folder), [key]);
        assert_eq!(judge_private(&too_open(&folder), "").level, Level::Warn);
        fs::remove_dir_all(folder).expect("gone");
    }
}
