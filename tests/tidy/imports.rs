//! The table of imports of the house's design, as data, and the check that every file keeps to it.
//!
//! A row says for a part of `src/` which other parts and which crates it may name. The longest row that fits a file is
//! its row; a file that fits none is a fault as well. Whoever needs another line in the table changes the design first.

use crate::lex::{Path, Source};

/// What one part of the house may use, and why no more.
pub struct Row {
    /// Module path below `src/`, as a prefix: `live::hub`.
    pub place: &'static str,
    /// Parts of the house it may name besides itself, as prefixes; `*` is everything.
    pub uses: &'static [&'static str],
    /// Crates it may name besides `std`, with blanks between; `*` is every one.
    pub crates: &'static str,
    /// Parts, crates or `std` items it never names, although a prefix above would let it.
    pub never: &'static [&'static str],
    pub because: &'static str,
}

/// What a machine or a rule must not touch in `std`: sockets, clocks, threads, files, the environment.
const OUTSIDE: &[&str] = &[
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::net::UdpSocket",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::thread",
    "std::fs",
    "std::env",
    "std::process",
];

/// The same for machines that are told `Instant`s: they may name the type, and `real_time_and_real_dice_come_in_by_one_door` sees
/// to it that they never ask for the present one.
const OUTSIDE_BUT_THE_TYPE_OF_TIME: &[&str] = &[
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::net::UdpSocket",
    "std::time::SystemTime",
    "std::thread",
    "std::fs",
    "std::env",
    "std::process",
];

/// Drivers of `live` share one row but for their place.
const DRIVER_USES: &[&str] = &["domain", "live", "clock", "actions", "store"];
const DRIVER_CRATES: &str = "tokio tokio_util futures_util serde_json tracing bytes";
const DRIVER_WHY: &str = "a driver owns its machine, the clock and the store's handle; it speaks to people through actions";

#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    Row { place: "domain", uses: &[], crates: "serde jiff", never: OUTSIDE,
        because: "the rules are pure: they are told the time and given the dice" },
    Row { place: "page", uses: &["domain", "page::files"], crates: "maud jiff serde_json form_urlencoded", never: OUTSIDE,
        because: "a page is a function from view values to markup" },
    Row { place: "page::files", uses: &["page"], crates: "rust_embed", never: OUTSIDE,
        because: "the files that pages name are part of the program, and say themselves what they lead to" },
    Row { place: "store", uses: &["domain"], crates: "rusqlite serde serde_json tokio tracing jiff", never: &["std::time::SystemTime"],
        because: "the store is SQLite and nothing else; `write` is told the time" },
    Row { place: "actions", uses: &["domain", "store"], crates: "rusqlite serde serde_json jiff tracing", never: OUTSIDE,
        because: "an action is load, decide, save, return effects; it knows no entrance and no time but the transaction's" },
    Row { place: "live", uses: &["domain", "live::ways"], crates: "serde serde_json", never: OUTSIDE,
        because: "a room is a machine: input and now go in, effects and the next deadline come out" },
    Row { place: "live::hub", uses: DRIVER_USES, crates: DRIVER_CRATES, never: &["rusqlite"], because: DRIVER_WHY },
    Row { place: "live::calendar", uses: DRIVER_USES, crates: DRIVER_CRATES, never: &["rusqlite"], because: DRIVER_WHY },
    Row { place: "live::door", uses: DRIVER_USES, crates: DRIVER_CRATES, never: &["rusqlite"], because: DRIVER_WHY },
    Row { place: "live::media::events", uses: &["live::media"], crates: "tokio", never: OUTSIDE,
        because: "events are handed on as they come" },
    Row { place: "live::rooms", uses: DRIVER_USES, crates: DRIVER_CRATES, never: &["rusqlite"], because: DRIVER_WHY },
    Row { place: "live::ways", uses: &["domain", "live", "turn::credentials"], crates: "", never: OUTSIDE,
        because: "what a page may use is minted from the secret, the time and for whom" },
    Row { place: "live::wire", uses: DRIVER_USES, crates: DRIVER_CRATES, never: &["rusqlite"], because: DRIVER_WHY },
    Row { place: "keep", uses: &["clock", "domain::time", "store", "sys"], crates: "tokio tracing ring argon2 flate2 serde serde_json jiff data_encoding",
        never: &["rusqlite", "std::time::SystemTime"], because: "what keeps the data directory safe knows files and the store's handle, and no rule" },
    Row { place: "keep::steady", uses: &[], crates: "", never: OUTSIDE, because: "whether a clock is believed is told by two clocks" },
    Row { place: "scheduler", uses: &["domain", "live", "clock", "actions", "store", "keep"], crates: DRIVER_CRATES, never: &["rusqlite"],
        because: "the scheduler asks the store what is due and does it by an action" },
    Row { place: "path", uses: &[], crates: "", never: OUTSIDE_BUT_THE_TYPE_OF_TIME, because: "which way a packet goes is a value" },
    Row { place: "source", uses: &[], crates: "", never: OUTSIDE, because: "who is counted is a value" },
    Row { place: "rate", uses: &["source"], crates: "", never: OUTSIDE_BUT_THE_TYPE_OF_TIME, because: "a limit is told the time" },
    Row { place: "turn", uses: &["path", "rate"], crates: "ring md5 data_encoding foldhash", never: OUTSIDE_BUT_THE_TYPE_OF_TIME,
        because: "the relay is a machine: bytes and the time go in, bytes come out" },
    Row { place: "media", uses: &["path"], crates: "rtc ring bytes", never: OUTSIDE_BUT_THE_TYPE_OF_TIME,
        because: "the SFU is a machine: packets and the time go in, packets come out" },
    Row { place: "switchboard", uses: &["path", "turn", "media", "port::sniff", "clock", "sys"],
        crates: "tokio rustls foldhash bytes libc tracing", never: &["std::time::SystemTime"],
        because: "the wire thread drives the machines; it knows no rule of the house" },
    Row { place: "gateway", uses: &["clock"], crates: "serde serde_json tracing", never: &["std::time::SystemTime", "std::time::Instant"],
        because: "a router is asked for numbers; it knows nothing of the house" },
    Row { place: "lan", uses: &["domain::lan_name", "port::addresses"], crates: "tokio tracing mdns_sd", never: &["std::time::SystemTime", "std::time::Instant"],
        because: "it answers to a name in its own network; it knows nothing of the house" },
    Row { place: "port", uses: &["source", "switchboard", "tls", "clock", "sys"],
        crates: "tokio tokio_util tokio_rustls rustls hyper hyper_util http http_body http_body_util bytes socket2 libc if_addrs rtc tracing tower_service warp futures_util",
        never: &[], because: "the port looks at first bytes and hands on; it knows no rule of the house" },
    Row { place: "tls", uses: &["clock", "sys"],
        crates: "tokio rustls tokio_rustls rcgen x509_parser ring tracing data_encoding jiff if_addrs serde serde_json instant_acme webpki_roots hyper hyper_util http http_body_util bytes",
        never: &["std::time::SystemTime"], because: "certificates need no rule of the house" },
    Row { place: "notify", uses: &["domain"], crates: "jiff", never: OUTSIDE,
        because: "what is sent out is made of view values, by whichever entrance it goes" },
    Row { place: "http", uses: &["domain", "actions", "page", "store", "live", "notify", "clock", "config", "keep", "password", "port::Peer", "source", "sys"],
        crates: "warp http hyper bytes tokio futures_util serde serde_json tracing maud flate2 qrcode csv data_encoding ring http_body http_body_util form_urlencoded jiff",
        never: &["rusqlite", "std::time::SystemTime"],
        because: "an entrance turns a request into an action and a view into an answer; SQL is the store's" },
    Row { place: "doctor", uses: &["domain", "capacity", "config", "clock", "gateway", "keep::backup", "lan", "password", "port", "store::checkup", "sys::disk", "tls", "turn", "live::ways"],
        crates: "webrtc rtc async_trait tokio rustls x509_parser bytes form_urlencoded serde_json jiff", never: &["rusqlite", "std::time::SystemTime"],
        because: "it calls the house from outside, as a client; the inside of the server is none of its business" },
    Row { place: "capacity", uses: &["domain", "clock", "switchboard", "turn", "media", "doctor::caller"],
        crates: "webrtc rtc async_trait tokio bytes serde serde_json", never: &["rusqlite", "std::time::SystemTime"],
        because: "a machine is measured by the real media path, on loopback, and by no rule of the house" },
    Row { place: "password", uses: &["clock", "domain"], crates: "argon2 tokio ring data_encoding", never: &[],
        because: "hashing knows passwords and no members" },
    Row { place: "clock", uses: &["domain"], crates: "ring tokio data_encoding tracing", never: &[],
        because: "the only doors to real time and real randomness open to everybody, so they lead nowhere else" },
    Row { place: "config", uses: &["domain"], crates: "serde toml clap", never: &[],
        because: "what was written becomes what it means, before anything is started" },
    Row { place: "sys", uses: &[], crates: "libc socket2", never: &[], because: "calls to the system know nothing of the house" },
    Row { place: "app", uses: &["*"], crates: "*", never: &["cli"], because: "only `main` uses the command line" },
    Row { place: "cli", uses: &["*"], crates: "*", never: &[], because: "" },
    Row { place: "main", uses: &["*"], crates: "*", never: &[], because: "" },
    Row { place: "lib", uses: &[], crates: "", never: &[], because: "the list of the modules does nothing itself" },
];

/// `src/live/hub.rs` → `live::hub`; `src/live/mod.rs` → `live`.
pub fn module_of(file: &str) -> String {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    path.trim_end_matches("/mod").replace('/', "::")
}

/// The names of `[dependencies]`, as code spells them.
pub fn crates_of(cargo_toml: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in cargo_toml.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
        } else if let Some((name, _)) = line.split_once('=').filter(|(name, _)| inside && !name.starts_with('#')) {
            names.push(name.trim().trim_end_matches(".workspace").replace('-', "_"));
        }
    }
    names
}

/// The files that exist for tests only: `#[cfg(test)] mod x;` in that file names them.
pub fn only_for_tests(file: &str, text: &str) -> Vec<String> {
    let folder = file.trim_end_matches(".rs").trim_end_matches("/mod");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let named = lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| pair[1].strip_suffix(';')?.strip_prefix("mod "));
    named.map(|name| format!("{folder}/{name}.rs")).collect()
}

/// What is wrong with the imports of one file.
pub fn faults(table: &[Row], file: &str, source: &Source, crates: &[String]) -> Vec<String> {
    let module = module_of(file);
    let Some(row) = row_of(table, &module) else {
        return vec![format!(
            "{file}: no row of the table of imports speaks of `{module}`: say what it may use, and why no more"
        )];
    };
    let paths = source.paths();
    let own = own_names(&paths, source);
    let mut faults = Vec::new();
    for path in &paths {
        let Some(target) = resolve(path, &module, crates, &own) else {
            continue;
        };
        if !allowed(row, &target) {
            let (place, because, name) = (row.place, row.because, target.name());
            faults.push(format!("{file}:{}: `{place}` may not use `{name}`: {because}", path.line));
        }
    }
    faults.dedup();
    faults
}

/// What a path leads to.
#[derive(Debug, PartialEq)]
enum Target {
    House(String),
    Crate(String),
    Std(String),
}

impl Target {
    fn name(&self) -> &str {
        match self {
            Self::House(name) | Self::Crate(name) | Self::Std(name) => name,
        }
    }
}

fn row_of<'a>(table: &'a [Row], module: &str) -> Option<&'a Row> {
    table.iter().filter(|row| within(module, row.place)).max_by_key(|row| row.place.len())
}

fn within(module: &str, place: &str) -> bool {
    place == "*" || module.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Names that the file binds to parts of the house: they shadow a crate of the same name.
fn own_names(paths: &[Path], source: &Source) -> Vec<String> {
    let inner = |path: &&Path| matches!(path.parts[0].as_str(), "crate" | "self" | "super");
    let mut names = source.modules();
    names.extend(paths.iter().filter(inner).filter_map(|path| path.bound.clone()));
    names
}

fn resolve(path: &Path, module: &str, crates: &[String], own: &[String]) -> Option<Target> {
    let mut parts = path.parts.as_slice();
    let mut here: Vec<&str> = module.split("::").collect();
    let first = parts[0].as_str();
    match first {
        "crate" => here.clear(),
        "self" => {}
        "super" => {
            while parts.first().is_some_and(|part| part == "super") {
                here.pop();
                parts = &parts[1..];
            }
            return Some(Target::House(joined(&here, parts)));
        }
        "std" | "core" | "alloc" => {
            return Some(Target::Std(parts.join("::").replacen(first, "std", 1)));
        }
        name if own.iter().any(|o| o == name) => return None,
        name if crates.iter().any(|c| c == name) => return Some(Target::Crate(parts.join("::"))),
        _ => return None,
    }
    Some(Target::House(joined(&here, &parts[1..])))
}

fn joined(here: &[&str], parts: &[String]) -> String {
    here.iter().copied().chain(parts.iter().map(String::as_str)).collect::<Vec<_>>().join("::")
}

fn allowed(row: &Row, target: &Target) -> bool {
    let name = target.name();
    if row.never.iter().any(|never| within(name, never)) {
        return false;
    }
    match target {
        Target::Std(_) => true,
        Target::Crate(name) => row.crates.split(' ').any(|c| within(name, c)),
        // What stands in the root itself (a const, a macro) belongs to everybody.
        Target::House(name) => {
            let in_root = !name.contains("::") && !TABLE.iter().any(|r| within(name, r.place));
            in_root || own_place(row, name) || row.uses.iter().any(|place| within(name, place))
        }
    }
}

/// A part may use itself, but not a driver inside it that has a row of its own.
fn own_place(row: &Row, name: &str) -> bool {
    let deeper = TABLE.iter().any(|r| r.place.len() > row.place.len() && within(r.place, row.place) && within(name, r.place));
    name.is_empty() || (within(name, row.place) && !deeper)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, text: &str) -> Vec<String> {
        let crates =
            crates_of("[dependencies]\ntokio = \"1\"\nhttp = \"1\"\nrusqlite = \"0\"\nserde = \"1\"\n[lints]\nall = 1\n");
        faults(TABLE, file, &Source::new(text), &crates)
    }

    #[test]
    fn the_rules_may_not_name_the_store_a_driver_or_a_clock() {
        assert_eq!(check("src/domain/a.rs", "use crate::store::Store;").len(), 1);
        assert_eq!(check("src/domain/a.rs", "fn f() { tokio::spawn(g()); }").len(), 1);
        assert_eq!(check("src/domain/a.rs", "use std::time::{Duration, Instant};").len(), 1);
        assert_eq!(check("src/domain/a.rs", "use super::id::MemberId;\nuse serde::Serialize;"), Vec::<String>::new());
    }

    #[test]
    fn the_way_round_by_super_is_seen() {
        let found = check("src/domain/a.rs", "use super::super::http::routes;");
        assert!(found[0].contains("`domain` may not use `http::routes`"), "{found:?}");
    }

    #[test]
    fn a_machine_may_not_name_its_driver_but_the_driver_may_name_the_machine() {
        assert_eq!(check("src/live/room.rs", "use super::hub::Hub;").len(), 1);
        assert_eq!(check("src/live/hub.rs", "use super::room::Room;\nuse tokio::sync::mpsc;"), Vec::<String>::new());
        assert_eq!(check("src/live/hub.rs", "use rusqlite::Connection;").len(), 1);
    }

    #[test]
    fn an_entrance_may_not_name_sql_or_the_command_line() {
        assert_eq!(check("src/http/a.rs", "use rusqlite::params;").len(), 1);
        assert_eq!(check("src/http/a.rs", "use crate::cli::Options;").len(), 1);
    }

    #[test]
    fn a_part_of_the_house_with_a_crates_name_is_not_that_crate() {
        assert_eq!(check("src/domain/a.rs", "mod http;\nfn f() { http::g() }"), Vec::<String>::new());
        assert_eq!(check("src/domain/a.rs", "fn f() { http::g() }").len(), 1);
    }

    #[test]
    fn a_place_without_a_row_is_a_fault() {
        assert!(check("src/shed/a.rs", "")[0].contains("no row"));
    }

    #[test]
    fn a_module_for_tests_is_known_by_who_declares_it() {
        assert_eq!(only_for_tests("src/live/room.rs", "mod a;\n#[cfg(test)]\nmod any_order;\n"), ["src/live/room/any_order.rs"]);
        assert_eq!(only_for_tests("src/tls/mod.rs", "#[cfg(test)]\nmod tests;\n"), ["src/tls/tests.rs"]);
        assert!(only_for_tests("src/a.rs", "#[cfg(test)]\nmod tests {\n}\n").is_empty());
    }

    #[test]
    fn no_two_rows_speak_of_one_place() {
        for (n, row) in TABLE.iter().enumerate() {
            assert!(TABLE[n + 1..].iter().all(|other| other.place != row.place), "{}", row.place);
        }
    }
}
