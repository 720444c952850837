//! Backups of a real house: what is in one, what is left beside it, and that whatever was made can be brought back.

use super::house::{House, at};
use super::visitor::Ask;
use alongside::domain::policy::Kind;
use alongside::keep::backup::{self, Backups};
use alongside::keep::{plan, restore};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const NOON: &str = "2026-11-16T12:00";

/// A house with one booking, beside it a place for what is written elsewhere.
async fn kept() -> (House, PathBuf, PathBuf) {
    let (house, ana) = House::new().await;
    ana.books(at("2026-11-17T10:00"), 50).await;
    let data = house.dir.file().parent().unwrap().to_owned();
    fs::write(data.join("ca.key"), "a key").unwrap();
    let etc = data.with_extension("etc");
    fs::create_dir_all(&etc).unwrap();
    (house, data, etc)
}

fn names(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    all.sort();
    all
}

#[tokio::test]
async fn after_a_restoration_with_a_configuration_from_elsewhere_the_next_backup_can_be_brought_back_too() {
    let (_house, data, etc) = kept().await;
    let file = etc.join("alongside.toml");
    fs::write(&file, "names = [\"desk.example.org\"]\n").unwrap();
    let first = Backups::of(&data, Some(&etc.join("first")), None, Some(file.clone())).make(at(NOON).0).unwrap();
    let back = etc.join("back");
    fs::create_dir(&back).unwrap();
    restore::restore(&etc.join("first").join(&first.name), &back, None, "1").unwrap();
    assert_eq!(fs::read(back.join(backup::CONFIGURATION)).unwrap(), fs::read(&file).unwrap());

    for text in ["port = 9000\n", "", "names = [\"desk.example.org\", \"other.example.org\"]\n"] {
        fs::write(&file, text).unwrap();
        let folder = etc.join(format!("second-{}", text.len()));
        let again = Backups::of(&back, Some(&folder), None, Some(file.clone()));
        let made = again.make(at(NOON).0).unwrap();
        let (manifest, found) = backup::try_out(&folder.join(&made.name), &etc, None).unwrap();
        assert_eq!(manifest.files.iter().filter(|entry| entry.name == backup::CONFIGURATION).count(), 1);
        assert_eq!((found.members, found.bookings), (1, 1));
    }
    // Where none is in use, the one that came along goes along.
    let made = Backups::of(&back, Some(&etc.join("third")), None, None).make(at(NOON).0).unwrap();
    let (manifest, _) = backup::try_out(&etc.join("third").join(&made.name), &etc, None).unwrap();
    assert!(manifest.files.iter().any(|entry| entry.name == backup::CONFIGURATION));
    fs::remove_dir_all(etc).unwrap();
}

#[tokio::test]
async fn what_no_backup_takes_is_said_and_a_link_stands_for_its_file() {
    let (_house, data, etc) = kept().await;
    fs::write(etc.join("secret.pem"), "from elsewhere").unwrap();
    std::os::unix::fs::symlink(etc.join("secret.pem"), data.join("linked.pem")).unwrap();
    std::os::unix::fs::symlink(etc.join("nowhere"), data.join("dangling.pem")).unwrap();
    fs::write(data.join("my key.pem"), "a blank in its name").unwrap();
    fs::write(data.join(".swap"), "an editor's").unwrap();
    let large = fs::File::create(data.join("film.mkv")).unwrap();
    large.set_len(17 << 20).unwrap();
    fs::create_dir_all(data.join("a/b/c/d")).unwrap();
    let made = Backups::of(&data, Some(&etc.join("kept")), None, None).make(at(NOON).0).unwrap();
    let mut left_out = made.left_out.clone();
    left_out.sort();
    let said: Vec<&str> = left_out.iter().map(|what| what.split(',').next().unwrap()).collect();
    assert_eq!(said, ["a/b/c/", "film.mkv", "my key.pem"], "{left_out:?}");
    restore::restore(&etc.join("kept").join(&made.name), &etc, None, "1").unwrap();
    assert_eq!(fs::read_to_string(etc.join("linked.pem")).unwrap(), "from elsewhere");
    fs::remove_dir_all(etc).unwrap();
}

#[tokio::test]
async fn what_a_killed_backup_leaves_is_gone_with_the_next_and_other_files_stay() {
    let (_house, data, etc) = kept().await;
    let folder = etc.join("kept");
    fs::create_dir_all(folder.join("gathered-abc.part")).unwrap();
    for name in [
        "database-abc.part",
        "database-abc.part.part",
        "gathered-abc.part/alongside.db",
        "alongside-20261101-030000.tar.gz.x.part",
    ] {
        fs::write(folder.join(name), "half").unwrap();
    }
    fs::write(folder.join("film.part"), "somebody's own").unwrap();
    let backups = Backups::of(&data, Some(&folder), None, None);
    let made = backups.make(at(NOON).0).unwrap();
    assert_eq!(names(&folder), [made.name.as_str(), "film.part", "state.json"]);
    assert_eq!(backups.list().len(), 1, "what is half made is no backup");

    // While another process works there, nothing of its work is touched.
    fs::write(folder.join("database-abc.part"), "half").unwrap();
    let other = fs::File::open(&folder).unwrap();
    other.lock().unwrap();
    backups.make(at(NOON).plus(60).0).unwrap();
    assert!(folder.join("database-abc.part").exists());
    drop(other);
    backups.check_newest(at(NOON).plus(90).0).unwrap();
    assert!(!folder.join("database-abc.part").exists());
    fs::remove_dir_all(etc).unwrap();
}

#[tokio::test]
async fn a_backup_from_the_future_is_kept_and_puts_no_other_off() {
    let (_house, data, etc) = kept().await;
    let backups = Backups::of(&data, Some(&etc.join("kept")), None, None);
    let ahead = backups.make(at("2027-11-16T12:00").0).unwrap();
    let now = at(NOON);
    for look in 0..40 {
        backups.do_what_is_due(now.plus(look * 300).0);
    }
    let made: Vec<String> = backups.list().into_iter().map(|made| made.name).collect();
    assert_eq!(made, [ahead.name.clone(), plan::name_at(now.0, false)], "one, and not one at each look");
    assert_eq!(backups.state().checked.unwrap().name, plan::name_at(now.0, false));
    fs::remove_dir_all(etc).unwrap();
}

#[tokio::test]
async fn a_wrong_passphrase_is_called_one_and_a_cut_is_called_a_cut() {
    let (_house, data, etc) = kept().await;
    let made = Backups::of(&data, Some(&etc), Some("three old spoons".to_owned()), None).make(at(NOON).0).unwrap();
    let path = etc.join(&made.name);
    let tried = |path: &Path, passphrase| backup::try_out(path, &etc, passphrase).map(|_| ()).unwrap_err();
    assert!(tried(&path, Some("four")).starts_with("The passphrase does not open this backup"));
    assert!(tried(&path, None).contains("needs its passphrase"));
    let whole = fs::read(&path).unwrap();
    for length in [20, 30, 36, 40, whole.len() / 2, whole.len() - 1] {
        fs::write(etc.join("cut"), &whole[..length]).unwrap();
        let said = tried(&etc.join("cut"), Some("three old spoons"));
        assert!(said.contains("cut off") || said.contains("damaged"), "{length}: {said}");
    }
    assert!(names(&etc).iter().all(|name| !name.starts_with("trial-")), "nothing is left of the tries");
    fs::remove_dir_all(etc).unwrap();
}

#[tokio::test]
async fn a_backup_that_cannot_be_brought_back_is_said_in_the_page_the_metrics_and_the_overview() {
    let mut house = House::bare();
    Arc::get_mut(&mut house.web).unwrap().gauges.token = Some("spoon".to_owned());
    let ana = house.found(Kind::Friends, "UTC").await;
    let figures = || async { ana.send(Ask::get("/metrics").header("authorization", "Bearer spoon")).await.is(200) };
    figures().await.says("alongside_backups_kept 0").does_not_say("alongside_backup_check_good");
    let made = house.web.backups.make(house.now().0).unwrap();
    ana.post("/admin/backups/check", &[]).await.is(303);
    figures().await.says("alongside_backup_check_good 1").says("alongside_backup_failed 0");
    ana.get("/admin").await.is(200).does_not_say("This needs you");

    let path = house.web.backups.folder.join(&made.name);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    ana.post("/admin/backups/check", &[]).await.is(303);
    figures().await.says("alongside_backup_check_good 0");
    ana.get("/admin").await.is(200).says("This needs you").says("cannot be brought back");
    ana.get("/admin/backups").await.is(200).says("No. ");

    house.advance(60);
    ana.post("/admin/backups", &[]).await.is(303);
    house.web.backups.do_what_is_due(house.now().0);
    ana.get("/admin").await.is(200).does_not_say("This needs you");

    // Somebody put a file where the folder was.
    fs::remove_dir_all(&house.web.backups.folder).unwrap();
    fs::write(&house.web.backups.folder, "in the way").unwrap();
    ana.post("/admin/backups", &[]).await.is(422).says("No backup was made").says("Those that are there are safe");
    ana.get("/admin").await.is(200).says("The last backup could not be made");
    figures().await.says("alongside_backup_failed 1");
    fs::remove_file(&house.web.backups.folder).unwrap();
    ana.post("/admin/backups", &[]).await.is(303);
    ana.get("/admin").await.is(200).does_not_say("This needs you");
}

#[tokio::test]
async fn a_backup_of_a_newer_program_is_called_one() {
    let (_house, data, etc) = kept().await;
    let newer = etc.join("newer");
    fs::create_dir(&newer).unwrap();
    let first = Backups::of(&data, Some(&etc), None, None).make(at(NOON).0).unwrap();
    restore::restore(&etc.join(first.name), &newer, None, "1").unwrap();
    alongside::store::Connection::open(newer.join("alongside.db")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let made = Backups::of(&newer, Some(&etc), None, None).make(at(NOON).plus(60).0).unwrap();
    let said = restore::restore(&etc.join(&made.name), &data, None, "1").map(|_| ()).unwrap_err();
    assert!(said.contains("made by a newer Alongside (format 99") && !said.contains("restoring-"), "{said}");
    assert!(names(&data).iter().all(|name| !name.starts_with("restor")), "nothing is left");
    fs::remove_dir_all(etc).unwrap();
}

#[tokio::test]
async fn what_was_put_aside_goes_with_the_oldest_backup() {
    let (house, data, etc) = kept().await;
    let backups = Backups::of(&data, None, None, None);
    fs::create_dir(data.join("before-restore-20260520-120000")).unwrap();
    fs::write(data.join("before-restore-20260520-120000/alongside.db"), "an old house").unwrap();
    let copy = house.dir.file().with_extension("before-upgrade-from-3.db");
    fs::write(&copy, "an old format").unwrap();
    fs::write(data.join("before-noon.txt"), "the keeper's own").unwrap();
    let has = |name: &str| names(&data).iter().any(|found| found.starts_with(name));
    // The files are from this very day, whenever that is.
    let today = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
    for month in 1..=5 {
        backups.make(today + month * 31 * 86_400).unwrap();
        assert!(has("before-restore-") && copy.exists(), "after {month} months");
    }
    backups.make(today + 6 * 31 * 86_400).unwrap();
    assert!(!has("before-restore-") && !copy.exists() && has("before-noon.txt"));
    fs::remove_dir_all(etc).unwrap();
}
