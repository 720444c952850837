//! `install` and `uninstall`, below a directory of the test's own: nothing of this machine is touched.

use super::manager::{Place, verb};
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn files_of(place: &Place) -> Vec<String> {
    let units = place.0.join("etc/systemd/system");
    let mut names: Vec<_> = fs::read_dir(units).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_is_installed_is_the_program_with_its_units_and_can_be_taken_away() {
    let place = Place::new();
    let root = place.0.to_str().unwrap();
    let program = place.0.join("usr/local/bin/alongside");
    for _ in 0..2 {
        let (well, said) = verb(&place, &["install", "--root", root]);
        assert!(well && said.contains("systemctl enable"), "{said}");
    }
    assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(files_of(&place), ["alongside.service", "alongside.socket"]);
    let service = fs::read_to_string(place.0.join("etc/systemd/system/alongside.service")).unwrap();
    assert!(service.contains("ExecStart=/usr/local/bin/alongside serve") && !service.contains("/usr/bin/alongside"));

    let data = place.0.join("var/lib/private/alongside");
    fs::create_dir_all(&data).unwrap();
    let (well, said) = verb(&place, &["uninstall", "--root", root]);
    assert!(well && said.contains("data stays"), "{said}");
    assert!(data.exists() && !program.exists() && files_of(&place).is_empty());
    let (well, said) = verb(&place, &["uninstall", "--root", root]);
    assert!(well && said.contains("put nothing here"), "repeated, it is done already: {said}");
    verb(&place, &["install", "--root", root]);
    assert!(verb(&place, &["uninstall", "--purge", "--root", root]).0 && !data.exists());
    fs::create_dir_all(&data).unwrap();
    let (well, said) = verb(&place, &["uninstall", "--purge", "--root", root]);
    assert!(well && !data.exists(), "who kept the data at first can let it go later: {said}");
}

#[test]
fn words_that_the_units_would_not_hear_of_are_refused() {
    let place = Place::new();
    let root = place.0.to_str().unwrap();
    for words in [["--port", "9443"], ["--name", "desk.example.org"], ["--set", "map_port=yes"], ["--data-dir", "/srv/desk"]] {
        let (well, said) = verb(&place, &["install", "--root", root, words[0], words[1]]);
        assert!(!well && said.contains("/etc/alongside/alongside.toml"), "{words:?}: {said}");
    }
    assert!(!place.0.join("usr").exists());
}

#[test]
fn for_one_house_only_the_units_get_their_drop_ins_and_lose_them_again() {
    let place = Place::new();
    let root = place.0.to_str().unwrap();
    let drop_in = place.0.join("etc/systemd/system/alongside.socket.d/lan-only.conf");
    assert!(verb(&place, &["install", "--lan-only", "--root", root]).0);
    assert!(fs::read_to_string(&drop_in).unwrap().contains("ListenDatagram=8443"));
    assert!(verb(&place, &["install", "--root", root]).0 && !drop_in.exists());
}

#[test]
fn what_a_package_brought_is_left_to_the_package_manager() {
    let place = Place::new();
    fs::create_dir_all(place.0.join("usr/bin")).unwrap();
    fs::write(place.0.join("usr/bin/alongside"), "").unwrap();
    let (well, said) = verb(&place, &["install", "--root", place.0.to_str().unwrap()]);
    assert!(!well && said.contains("package manager"), "{said}");
    let (well, said) = verb(&place, &["uninstall", "--purge", "--root", place.0.to_str().unwrap()]);
    assert!(!well && said.contains("package manager") && place.0.join("usr/bin/alongside").exists(), "{said}");
}
