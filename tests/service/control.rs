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

/// Another user of the machine is shut out by the socket's mode, and by its own name where the mode is opened.
#[test]
fn another_user_is_refused_and_root_is_not_let_spoil_anothers_files() {
    const OTHER: u32 = 4711;
    let manager = Manager::new();
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        // Only root can be somebody else.
        return;
    }
    let running = manager.start();
    manager.hears("READY=1");
    let (data, control) = (manager.place.data(), manager.place.data().join("control"));
    std::fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(&control, Permissions::from_mode(0o666)).unwrap();
    let mut stranger = alongside(&manager.place);
    stranger.uid(OTHER).args(["--data-dir", data.to_str().unwrap(), "setup-link"]);
    let done = stranger.output();
    // The program itself may lie where only root can read it.
    if let Ok(done) = done {
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success() && said.contains("Only root and the user"), "{said}");
    }
    assert!(running.ends());
    std::os::unix::fs::chown(data.join("alongside.db"), Some(OTHER), None).unwrap();
    let (well, said) = setup_link(&manager.place);
    assert!(!well && said.contains("belongs to another user"), "{said}");
}
