//! Verbs find the running instance by its control socket, and the database where none is running.

use super::manager::{Manager, Place, alongside, verb};
use std::fs::Permissions;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;

fn setup_link(place: &Place) -> (bool, String) {
    verb(place, &["--data-dir", place.data().to_str().unwrap(), "setup-link"])
}

#[test]
fn a_verb_lets_the_running_instance_do_the_work() {
    let manager = Manager::new();
    let running = manager.start();
    manager.hears("READY=1");
    let control = manager.place.data().join("control");
    let socket = std::fs::metadata(&control).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.mode() & 0o777, 0o600);

    let (well, said) = setup_link(&manager.place);
    assert!(well && said.contains(&format!("https://localhost:{}/setup?t=", manager.port)), "{said}");
    let (well, said) =
        verb(&manager.place, &["--data-dir", manager.place.data().to_str().unwrap(), "member", "reset-link", "Nobody"]);
    assert!(!well && said.starts_with("alongside: "), "{said}");

    let (well, said) = verb(&manager.place, &["--data-dir", manager.place.data().to_str().unwrap(), "health"]);
    assert!(well && said.contains(&format!("serves port {}", manager.port)), "{said}");

    let (well, said) = verb(&manager.place, &["--data-dir", manager.place.data().to_str().unwrap(), "config", "show"]);
    assert!(well && said.contains("turn.shared_secret"), "{said}");

    let (well, said) = verb(&manager.place, &["--data-dir", manager.place.data().to_str().unwrap(), "log", "more"]);
    assert!(well && said.contains("more for an hour, then as much as before"), "{said}");

    // Said by hand: where it is, and that nonsense is refused and not fatal.
    for (line, answer) in [("\"place\"\n", "data_dir"), ("{\"burn\":1}\n", "refused"), (&*"x".repeat(100_000), "refused")] {
        let mut asking = UnixStream::connect(&control).unwrap();
        // Who says too much may find the line shut before the end.
        let _ = asking.write_all(line.as_bytes());
        let _ = asking.shutdown(std::net::Shutdown::Write);
        let mut said = String::new();
        let heard = BufReader::new(asking).read_line(&mut said);
        assert!(heard.is_err() || said.contains(answer), "{said}");
    }
    assert!(running.ends());
    assert!(!control.exists(), "the socket goes with the instance");
    let (well, said) = setup_link(&manager.place);
    assert!(well && said.contains("/setup?t="), "the database is there: {said}");
}

#[test]
fn who_stops_reading_a_verb_is_no_fault() {
    let place = Place::new();
    for words in [&["config", "reference"][..], &["doctor"], &["doctor", "--json"]] {
        let mut asked = alongside(&place);
        asked.arg("--data-dir").arg(place.data()).args(words);
        let mut asked = asked.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        drop(asked.stdout.take());
        let done = asked.wait_with_output().unwrap();
        assert!(done.stderr.is_empty() && done.status.code().is_some_and(|code| code < 3), "{words:?}: {done:?}");
    }
}

#[test]
fn a_port_that_was_picked_is_taken_again_where_it_is_free() {
    let manager = Manager::new();
    let (running, first) = manager.start_anywhere();
    assert!(running.ends());
    let (running, second) = manager.start_anywhere();
    assert_eq!(second, first);
    assert!(running.ends());
    let taken = std::net::TcpListener::bind(("0.0.0.0", first.parse().unwrap())).unwrap();
    let (running, third) = manager.start_anywhere();
    assert_ne!(third, first, "another has it: any other does");
    assert!(running.ends());
    drop(taken);
}

#[test]
fn without_an_instance_a_verb_says_what_to_do() {
    let place = Place::new();
    let (well, said) = setup_link(&place);
    assert!(!well && said.contains("No instance is running") && said.contains("--data-dir"), "{said}");
}

/// Somebody who is not root, as a command; the program itself may lie where only root can read it.
const OTHER: u32 = 4711;

fn as_other(place: &Place, args: &[&str]) -> Option<(Option<i32>, String)> {
    let mut stranger = alongside(place);
    let done = stranger.uid(OTHER).current_dir("/").arg("--data-dir").arg(place.data()).args(args).output().ok()?;
    Some((done.status.code(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned()))
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Another user of the machine is shut out by the socket's mode, and by its own name where the mode is opened.
#[test]
fn another_user_is_refused() {
    let manager = Manager::new();
    if !is_root() {
        // Only root can be somebody else.
        return;
    }
    let running = manager.start();
    manager.hears("READY=1");
    let (data, control) = (manager.place.data(), manager.place.data().join("control"));
    for (folder, socket) in [(0o700, 0o600), (0o755, 0o600), (0o755, 0o666)] {
        std::fs::set_permissions(&data, Permissions::from_mode(folder)).unwrap();
        std::fs::set_permissions(&control, Permissions::from_mode(socket)).unwrap();
        for words in [&["setup-link"][..], &["admin", "recover"], &["log", "more"], &["health"]] {
            let Some((code, said)) = as_other(&manager.place, words) else { return };
            let why = if folder == 0o700 { "may not enter it. Do this as root" } else { "Only root and the user" };
            assert!(code == Some(1) && said.contains(why), "{words:?}: {said}");
        }
    }
    assert!(running.ends());
}

/// Most of what the doctor looks at is shut to others: it must not take that for a fault and send them to a backup.
#[test]
fn the_doctor_tells_another_user_nothing_but_who_may_look() {
    let manager = Manager::new();
    if !is_root() {
        return;
    }
    let running = manager.start();
    manager.hears("READY=1");
    let Some((code, said)) = as_other(&manager.place, &["doctor", "--json", "--fix"]) else { return };
    assert!(code == Some(2) && said.contains("may not enter it. Do this as root"), "{said}");
    std::fs::set_permissions(manager.place.data(), Permissions::from_mode(0o755)).unwrap();
    let Some((code, said)) = as_other(&manager.place, &["doctor", "--json", "--fix"]) else { return };
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    let found = report["findings"].as_array().unwrap();
    assert_eq!((code, found.len(), found[0]["id"].as_str()), (Some(2), 1, Some("data.directory")), "{said}");
    assert!(found[0]["fix"].as_str().unwrap().starts_with("sudo alongside --data-dir /"), "{said}");
    assert_eq!(report["mended"].as_array().unwrap().len(), 0);
    assert!(running.ends());
}

/// A service that can't start has a user of its own; whoever has the machine comes in all the same, and leaves nothing that is shut to it.
#[test]
fn root_makes_a_link_on_the_files_of_a_stopped_service_and_they_stay_the_services() {
    let manager = Manager::new();
    if !is_root() {
        return;
    }
    let running = manager.start();
    manager.hears("READY=1");
    assert!(running.ends());
    let data = manager.place.data();
    let all = || std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    for path in all().iter().chain([&data]) {
        std::os::unix::fs::chown(path, Some(OTHER), Some(OTHER)).unwrap();
    }
    let (well, said) = setup_link(&manager.place);
    assert!(well && said.contains("/setup?t="), "{said}");
    let (well, said) = verb(&manager.place, &["--data-dir", data.to_str().unwrap(), "admin", "recover"]);
    assert!(!well && said.contains("alongside setup-link"), "nobody is here yet: {said}");
    for path in all() {
        assert_eq!(std::fs::metadata(&path).unwrap().uid(), OTHER, "{}", path.display());
    }
    if let Some((code, said)) = as_other(&manager.place, &["setup-link"]) {
        assert_eq!(code, Some(0), "{said}");
    }
    std::os::unix::fs::chown(data.join("alongside.db"), Some(OTHER + 1), None).unwrap();
    if let Some((_, said)) = as_other(&manager.place, &["setup-link"]) {
        assert!(said.contains("belongs to another user"), "{said}");
    }
}

/// Everything a server says until it is ready and ends, its log going to a file; `journal` is what the variable says of that file.
fn logged(journal: impl Fn(u64, u64) -> String, wanted: Option<&str>) -> String {
    let manager = Manager::new();
    let path = manager.place.0.join("log");
    let file = std::fs::File::create(&path).unwrap();
    let about = file.metadata().unwrap();
    let mut server = alongside(&manager.place);
    server.args(["serve", "--port", "0", "--data-dir"]).arg(manager.place.data()).env("ALONGSIDE_LAN_NAME", "no");
    server.env("JOURNAL_STREAM", journal(about.dev(), about.ino()));
    server.envs(wanted.map(|wanted| ("ALONGSIDE_LOG", wanted)));
    manager.runs(&mut server, file);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_journal_is_told_by_priority_and_everything_else_in_json() {
    let journal = logged(|dev, ino| format!("{dev}:{ino}"), Some("loud"));
    assert!(
        journal.lines().count() > 0 && journal.lines().all(|line| line.starts_with('<') && line.as_bytes()[2] == b'>'),
        "{journal}"
    );
    assert!(journal.contains("<4>ALONGSIDE_LOG is \"loud\": write error, warn"), "{journal}");
    let json = logged(|dev, ino| format!("{dev}:{}", ino + 1), Some("loud"));
    assert!(json.lines().count() > 0, "something is said");
    json.lines().for_each(|line| drop(serde_json::from_str::<serde_json::Value>(line).unwrap()));
}
