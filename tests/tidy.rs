//! The house is tidy: imports keep to the table, files say what they are for and stay small, names say something,
//! SQL, clocks and dice stand where they belong, and no page carries what the content security policy refuses.
//!
//! The checks read text and are instant. Each rule has tests of its own that show it a fault.

#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/lex.rs"]
mod lex;
#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/served.rs"]
mod served;

use lex::Source;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Own what can fail and may ask how long something took.
const DRIVERS: &[&str] = &[
    "src/live/hub",
    "src/port/",
    "src/switchboard/",
    "src/app",
    "src/scheduler",
    "src/doctor/",
    "src/capacity/",
    "src/cli",
    "src/store/writer",
];

#[test]
fn every_module_uses_only_what_the_table_of_imports_lets_it() {
    let crates = imports::crates_of(&read("Cargo.toml"));
    none(house().iter().flat_map(|(file, text)| imports::faults(imports::TABLE, file, &Source::new(text), &crates)));
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    none(code().iter().flat_map(|(file, text)| rules::opening(file, text)));
}

#[test]
fn no_file_is_longer_than_one_idea() {
    none(code().iter().flat_map(|(file, text)| rules::size(file, text)));
}

#[test]
fn no_note_to_oneself_is_left_in_a_file() {
    let mut all = code();
    all.extend(files("", &["md", "toml", "sh", "json", "service", "svg"]));
    none(all.iter().filter(|(file, _)| !file.contains("package-lock")).flat_map(|(file, text)| rules::left_over(file, text)));
}

#[test]
fn every_name_says_what_the_thing_is() {
    none(house().iter().flat_map(|(file, text)| rules::names(file, &Source::new(text).code)));
    none(files("web", &["js"]).iter().flat_map(|(file, text)| rules::names(file, text)));
}

#[test]
fn sql_stands_in_the_store_only() {
    none(house().iter().flat_map(|(file, text)| rules::sql(file, &Source::new(text))));
}

#[test]
fn real_time_and_real_dice_come_in_by_one_door() {
    none(house().iter().flat_map(|(file, text)| rules::clocks(file, &Source::new(text), DRIVERS)));
}

#[test]
fn no_test_sleeps_or_is_ignored() {
    let mut all = rust("src");
    all.extend(rust("tests"));
    none(all.iter().flat_map(|(file, text)| rules::waiting_tests(file, text)));
}

#[test]
fn no_page_carries_a_script_a_style_or_a_handler() {
    none(house().iter().flat_map(|(file, text)| rules::markup(file, &Source::new(text))));
}

#[test]
fn nothing_in_the_web_folder_names_another_host() {
    none(files("web", &["js", "css", "svg", "html", "json"]).iter().flat_map(|(file, text)| rules::web(file, text)));
}

#[test]
fn every_stylesheet_and_module_is_used_and_everything_asked_for_is_there() {
    let strings =
        |(file, text): (String, String)| Source::new(&text).strings.into_iter().map(move |(_, text)| (file.clone(), text));
    let pages: Vec<_> = rust("src").into_iter().flat_map(strings).collect();
    let web: BTreeMap<_, _> =
        files("web", &[]).into_iter().map(|(file, text)| (file.trim_start_matches("web/").to_string(), text)).collect();
    none(served::faults(&pages, &web));
}

#[test]
fn the_lock_file_names_no_host() {
    let lock = read("tests/e2e/package-lock.json");
    let hosts = lock.lines().enumerate().filter(|(_, line)| line.contains("://"));
    none(hosts.map(|(n, line)| format!("tests/e2e/package-lock.json:{}: {}: leave `resolved` out", n + 1, line.trim())));
}

#[test]
fn the_table_and_the_drivers_speak_of_places_that_are_there() {
    let there = |module: &str| rust("src").iter().any(|(file, _)| imports::module_of(file).starts_with(module));
    none(
        imports::TABLE
            .iter()
            .filter(|row| !there(row.place))
            .map(|row| format!("the table of imports has a row for `{}`, which is not there", row.place)),
    );
    let present = |place: &&&str| rust("src").iter().any(|(file, _)| file.starts_with(**place));
    none(DRIVERS.iter().filter(|place| !present(place)).map(|place| format!("`{place}` is named as a driver and is not there")));
}

fn none(faults: impl IntoIterator<Item = String>) {
    let faults: Vec<String> = faults.into_iter().collect();
    assert!(faults.is_empty(), "{} to put right:\n  {}", faults.len(), faults.join("\n  "));
}

/// All code of the repository.
fn code() -> Vec<(String, String)> {
    let mut all = rust("src");
    all.extend(rust("tests"));
    all.extend(files("web", &["js", "css"]));
    all.extend(files("tests", &["mjs", "js"]));
    all
}

/// The code of the house itself: what is there for tests only is not asked how it imports.
fn house() -> Vec<(String, String)> {
    let all = rust("src");
    let tests: Vec<String> = all.iter().flat_map(|(file, text)| imports::only_for_tests(file, text)).collect();
    all.into_iter().filter(|(file, _)| !tests.contains(file)).collect()
}

fn rust(folder: &str) -> Vec<(String, String)> {
    files(folder, &["rs"])
}

/// Path and text of the files below a folder, with these extensions (none: all; text is empty where it is no text).
fn files(folder: &str, extensions: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    let name = |path: &PathBuf| path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let mut all: Vec<_> = found.iter().map(|path| (name(path), path)).collect();
    all.retain(|(name, _)| extensions.is_empty() || extensions.contains(&rules::extension(name)));
    all.sort();
    all.into_iter().map(|(name, path)| (name, fs::read_to_string(path).unwrap_or_default())).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    const MADE: &[&str] = &["node_modules", "artefacts", "test-results", "results"];
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_string();
        if name.starts_with('.') || name.starts_with("target") || MADE.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|fault| panic!("{file}: {fault}"))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
