//! Backups: is there a fresh one, could the last be made, could one be brought back, and do they lie on another disk.

use super::{Patient, said_size};
use crate::domain::health::{Check, Finding};
use crate::keep::backup::{Backups, Standing};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const FRESH: Check = Check::new("backup.fresh", "A fresh backup");
const TRIED: Check = Check::new("backup.tried", "It can be brought back");
const PLACE: Check = Check::new("backup.place", "Where backups lie");

/// One is made each night, so an older one is odd, in seconds.
const FRESH_S: i64 = 2 * 86_400;

pub fn look(patient: &Patient) -> Vec<Finding> {
    let config = &patient.config;
    if !patient.database().exists() {
        return Vec::new();
    }
    let backups = Backups::of(&config.data_dir, config.backup.folder.as_deref(), None, None);
    if let Err(error) = fs::read_dir(&backups.folder)
        && error.kind() == std::io::ErrorKind::PermissionDenied
    {
        return vec![FRESH.unseen(format!("{} may not be looked at by this user.", backups.folder.display()), None)];
    }
    let now = patient.machine_now.0;
    let standing = backups.standing(now);
    let mut found = vec![judge_fresh(&standing, now), judge_tried(&standing)];
    if let Some(folder) = &config.backup.folder {
        found.push(judge_place(folder, device(&config.data_dir), device(folder)));
    }
    found
}

fn device(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|about| about.dev())
}

fn judge_fresh(standing: &Standing, now: i64) -> Finding {
    let fix = "alongside backup";
    if let Some(failed) = &standing.state.failed {
        return FRESH.fail(format!("The last one could not be made. {}", failed.sentence), fix);
    }
    match standing.newest {
        None => FRESH.unseen("There is none yet; the first is made within minutes of a start.", None),
        Some((at, _)) if now - at > FRESH_S => FRESH.warn(format!("The newest is {} days old.", (now - at) / 86_400), fix),
        Some((_, bytes)) => FRESH.fine(format!("{} kept, the newest of {}.", standing.kept, said_size(bytes))),
    }
}

fn judge_tried(standing: &Standing) -> Finding {
    match &standing.state.checked {
        None => TRIED.unseen("Nobody has tried one yet; the running server does so by itself.", None),
        Some(checked) if checked.good => TRIED.fine(checked.sentence.clone()),
        Some(checked) => TRIED.fail(format!("{} cannot: {}", checked.name, checked.sentence), "alongside backup"),
    }
}

/// A folder that was meant to be on another disk and is not: most often that disk is not mounted.
fn judge_place(folder: &Path, data: Option<u64>, backups: Option<u64>) -> Finding {
    let shown = folder.display();
    match (data, backups) {
        (Some(data), Some(backups)) if data == backups => PLACE.warn(
            format!("{shown} lies on the same disk as the data, which takes its backups along when it dies."),
            "Name a folder of another disk in backup.folder; if it was meant to be one, mount that disk",
        ),
        (_, None) => PLACE.warn(format!("{shown} is not there."), format!("Mount its disk, or make it: mkdir -p {shown}")),
        _ => PLACE.fine(format!("{shown}, on a disk of its own.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Level;
    use crate::keep::backup::{State, Verdict};

    const NOW: i64 = 1_795_348_800;

    fn verdict(good: bool) -> Option<Verdict> {
        Some(Verdict { name: "a.tar.gz".into(), at: NOW, good, sentence: "It is cut off.".into() })
    }

    #[test]
    fn an_old_one_a_failed_one_and_one_that_is_no_good_are_told_apart() {
        let of = |newest, state| Standing { kept: 1, newest, state };
        let level = |standing: &Standing| (judge_fresh(standing, NOW).level, judge_tried(standing).level);
        let well = of(Some((NOW - 3600, 9)), State { checked: verdict(true), failed: None });
        assert_eq!(level(&well), (Level::Fine, Level::Fine));
        assert!(well.sentences().is_empty());
        let old = of(Some((NOW - 5 * 86_400, 9)), State::default());
        assert_eq!(level(&old), (Level::Warn, Level::Unseen));
        let bad = of(Some((NOW - 3600, 9)), State { checked: verdict(false), failed: verdict(false) });
        assert_eq!(level(&bad), (Level::Fail, Level::Fail));
        assert_eq!(bad.sentences().len(), 2);
        assert_eq!(judge_fresh(&Standing::default(), NOW).level, Level::Unseen);
    }

    #[test]
    fn a_folder_of_its_own_on_the_same_disk_is_a_warning() {
        let judged = |data, backups| judge_place(Path::new("/mnt/usb"), data, backups).level;
        assert_eq!(judged(Some(1), Some(1)), Level::Warn);
        assert_eq!(judged(Some(1), None), Level::Warn);
        assert_eq!(judged(Some(1), Some(2)), Level::Fine);
    }
}
