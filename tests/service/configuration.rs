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

/// Every key with three sound values: what the file says, what the environment says, what the command line says.
const EVERY_KEY: &[(&str, [&str; 3])] = &[
    ("port", ["9001", "9002", "9003"]),
    ("names", ["one.example.org", "two.example.org", "three.example.org"]),
    ("listen", ["127.0.0.1", "::1", "127.0.0.2"]),
    ("turn.external", ["turn:one:3478", "turn:two:3478", "turn:three:3478"]),
    ("turn.shared_secret", ["the first of the secrets", "the second of the secrets", "the third of the secrets"]),
    ("tls.certificate", ["/one.pem", "/two.pem", "/three.pem"]),
    ("tls.key", ["/one.key", "/two.key", "/three.key"]),
    ("acme.names", ["one.example.org", "two.example.org", "three.example.org"]),
    ("acme.contact", ["one@example.org", "two@example.org", "three@example.org"]),
    ("acme.directory", ["staging", "https://two.example.org/d", "https://three.example.org/d"]),
    ("acme.ca_file", ["/one.pem", "/two.pem", "/three.pem"]),
    ("map_port", ["yes", "no", "yes"]),
    ("lan_name", ["no", "yes", "no"]),
    ("proxy.trusted", ["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
    ("proxy.listen", ["127.0.0.1:81", "127.0.0.1:82", "127.0.0.1:83"]),
    ("backup.folder", ["/one", "/two", "/three"]),
    ("backup.passphrase", ["first", "second", "third"]),
    ("metrics_token", ["first", "second", "third"]),
    ("house.name", ["One", "Two", "Three"]),
    ("house.zone", ["UTC", "Europe/Lisbon", "Asia/Tokyo"]),
    ("house.step", ["15", "30", "60"]),
];

/// `config show --json` with these layers; the file has what the other keys need to be sound.
fn shown(place: &Place, layers: &[(&str, &str, &str)]) -> serde_json::Value {
    let data = place.data();
    let mut command = alongside(place);
    command.env_remove("ALONGSIDE_LAN_NAME").env_remove("ALONGSIDE_PORT");
    command.args(["--data-dir", data.to_str().unwrap()]);
    for (layer, key, value) in layers {
        match *layer {
            "flag" => drop(command.args(["--set", &format!("{key}={value}")])),
            "environment" => drop(command.env(alongside::config::keys::variable(key), value)),
            _ => drop(command.env("CREDENTIALS_DIRECTORY", value)),
        }
    }
    let done = command.args(["config", "show", "--json"]).output().unwrap();
    assert!(done.status.success(), "{layers:?}: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

#[test]
fn of_every_key_the_command_line_wins_over_the_environment_and_that_over_the_file() {
    assert!(EVERY_KEY.iter().map(|(key, _)| *key).eq(alongside::config::keys::KEYS.iter().map(|key| key.name)));
    let written = |key: &str, value: &str| {
        let list = ["names", "listen", "turn.external", "acme.names", "proxy.trusted"].contains(&key);
        let plain = value.parse::<u16>().is_ok();
        if plain {
            format!("{key} = {value}\n")
        } else {
            format!("{key} = {}\n", if list { format!("[{value:?}]") } else { format!("{value:?}") })
        }
    };
    let file: String = EVERY_KEY.iter().map(|(key, values)| written(key, values[0])).collect();
    let place = with_file(&file);
    let line = |all: &serde_json::Value, key: &str| {
        all["keys"].as_array().unwrap().iter().find(|line| line["key"] == key).unwrap().clone()
    };
    let of_file = shown(&place, &[]);
    for (key, [in_file, in_environment, on_line]) in EVERY_KEY {
        let held = |all: &serde_json::Value, value: &str| {
            let line = line(all, key);
            let text = match &line["value"] {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Array(all) => all[0].as_str().unwrap().to_owned(),
                other => other.to_string(),
            };
            let secret = ["turn.shared_secret", "backup.passphrase", "metrics_token"].contains(key);
            assert_eq!(text, if secret { "(secret)" } else { value }, "{key}");
            line["origin"].as_str().unwrap().to_owned()
        };
        assert!(held(&of_file, in_file).ends_with("alongside.toml"));
        let environment = ("environment", *key, *in_environment);
        assert!(held(&shown(&place, &[environment]), in_environment).starts_with("the environment (ALONGSIDE_"));
        assert_eq!(held(&shown(&place, &[environment, ("flag", key, on_line)]), on_line), "the command line");
    }
    let credentials = place.data().join("credentials");
    std::fs::create_dir_all(&credentials).unwrap();
    std::fs::write(credentials.join("alongside.metrics_token"), "fourth\n").unwrap();
    let folder = ("credential", "", credentials.to_str().unwrap());
    assert!(line(&shown(&place, &[folder]), "metrics_token")["origin"].as_str().unwrap().starts_with("the credential"));
    let over = shown(&place, &[folder, ("environment", "metrics_token", "fifth")]);
    assert_eq!(line(&over, "metrics_token")["origin"], "the environment (ALONGSIDE_METRICS_TOKEN)");
}

#[test]
fn check_names_the_key_and_the_place_of_whatever_a_start_would_stumble_over() {
    for (text, wanted) in [
        ("listen = [\"127.0.0.1\", \"foo\"]\n", "listen in FILE has \"foo\", which is no address"),
        ("names = [\"a b\"]\n", "names in FILE has \"a b\", which is no host name"),
        ("house.step = 7\n", "house.step in FILE is 7"),
        ("house.zone = \"Mars\"\n", "house.zone in FILE has \"Mars\""),
        ("house = 5\n", "Did you mean `house.name`?"),
        ("proxy.trusted = [\"x\"]\n", "proxy.trusted has \"x\""),
        ("proxy.listen = \"0.0.0.0:80\"\n", "proxy.listen has 0.0.0.0:80, which others can reach"),
        ("tls.certificate = \"/nowhere.pem\"\ntls.key = \"/nowhere.key\"\n", "/nowhere.pem"),
        ("tls.key = \"/nowhere.key\"\n", "tls.key in FILE stands alone"),
        ("acme.ca_file = \"/nowhere.pem\"\n", "acme.ca_file /nowhere.pem"),
        ("acme.contact = \"ana\"\n", "acme.contact in FILE is \"ana\""),
        ("turn.shared_secret = \"short\"\n", "turn.shared_secret in FILE could be guessed"),
        ("metrics_token = \"\"\n", "metrics_token in FILE is empty"),
        ("backup.folder = \"backups\"\n", "backup.folder in FILE is \"backups\": write the whole path"),
        ("backup.folder = \"/etc/passwd\"\n", "backup.folder names /etc/passwd, which is no folder"),
        ("port = 1\nport = 2\n", "FILE cannot be read, in line 2: duplicate key"),
    ] {
        let place = with_file(text);
        let file = place.data().join("alongside.toml").display().to_string();
        let (well, said) = config(&place, &["check"]);
        assert!(!well && said.contains(&wanted.replace("FILE", &file)), "{text}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "one sentence: {said}");
    }
    // What editors of other systems write is as good.
    let (well, said) = config(&with_file("\u{feff}port = 9000\r\n[house]\r\nstep = 30\r\n"), &["check"]);
    assert!(well && said.starts_with("Sound: "), "{said}");
    let place = with_file("");
    std::fs::write(place.data().join("alongside.toml"), [0xff, 0xfe, b'x']).unwrap();
    let (well, said) = config(&place, &["check"]);
    assert!(!well && said.contains("The configuration") && said.contains("UTF-8"), "{said}");
}

#[test]
fn a_slip_in_a_variable_is_an_error_too() {
    let place = with_file("");
    let done = alongside(&place).args(["config", "check"]).env("ALONGSIDE_PROT", "443").output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(!done.status.success() && said.contains("Did you mean `ALONGSIDE_PORT`?"), "{said}");
    assert!(alongside(&place).args(["config", "check"]).env("ALONGSIDE_SERVICE_HOST", "10.0.0.1").status().unwrap().success());
}

#[test]
fn who_stops_reading_has_what_they_wanted() {
    let place = with_file("");
    let mut running =
        alongside(&place).args(["config", "reference"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(running.stdout.take());
    let done = running.wait_with_output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
}
