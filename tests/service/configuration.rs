//! `config` as a keeper types it.

use super::manager::{Place, alongside, verb};
use std::process::Stdio;

fn with_file(text: &str) -> Place {
    let place = Place::new();
    std::fs::create_dir_all(place.data()).unwrap();
    std::fs::write(place.data().join("alongside.toml"), text).unwrap();
    place
}

fn config(place: &Place, words: &[&str]) -> (bool, String) {
    let data = place.data();
    let mut line = vec!["--data-dir", data.to_str().unwrap(), "config"];
    line.extend(words);
    verb(place, &line)
}

#[test]
fn a_verb_whose_reader_goes_away_ends_without_a_word() {
    let place = Place::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let verb = alongside(&place).args(["config", "reference"]).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let done = verb.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&done.stderr), "", "{:?}", done.status);
}

#[test]
fn check_is_content_with_nothing_and_names_what_is_wrong() {
    let place = with_file("");
    let (well, said) = config(&place, &["check"]);
    assert!(well && said.starts_with("Sound: nothing is written"), "{said}");
    let place = with_file("prot = 443\n");
    let (well, said) = config(&place, &["check"]);
    assert!(!well && said.contains("Did you mean `port`?") && said.contains("alongside.toml"), "{said}");
    assert!(!place.data().join("alongside.db").exists(), "nothing is changed");
}

#[test]
fn show_tells_what_holds_and_where_it_was_said_and_masks_secrets() {
    let place = with_file("port = 1\nnames = [\"desk.example.org\"]\n[turn]\nshared_secret = \"three old spoons\"\n");
    let data = place.data();
    let mut command = alongside(&place);
    command.args(["--port", "9000", "--data-dir", data.to_str().unwrap(), "config", "show"]);
    let done = command.env("ALONGSIDE_HOUSE_STEP", "30").output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let line = |key: &str| said.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
    assert!(line("port").contains("9000") && line("port").ends_with("from the command line"), "{said}");
    assert!(line("names").contains("desk.example.org") && line("names").contains("alongside.toml"));
    assert!(line("house.step").contains("30") && line("house.step").contains("ALONGSIDE_HOUSE_STEP"));
    assert!(line("listen").ends_with("by default"));
    assert!(line("turn.shared_secret").contains("(secret)") && !said.contains("three old spoons"));
}
