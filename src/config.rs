//! What was written (flags > environment > credentials > file > page) becomes what it means. Every key is optional.
//!
//! [`keys`] is the list of all there is, [`layers`] who said what, [`reference`] what people read about it. A value keeps where
//! it came from, so that `config show` and the admin's page can tell.

pub mod keys;
pub mod layers;
pub mod listing;
pub mod reference;
mod sound;

use crate::domain::pins::{Pinned, Pins, Said};
use crate::domain::time::Zone;
use crate::domain::way_in::{Choice, Opening};
use keys::KEYS;
use layers::{Origin, Sheet};
use serde::Deserialize;
use std::ffi::OsString;
use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The one port, where nothing else was said.
pub const PORT: u16 = 8443;
/// A longer file is no configuration, in bytes.
const FILE_MOST: u64 = 1 << 20;
/// The file that holds the port once it was chosen.
const PORT_FILE: &str = "port";
/// Where the packages' service keeps its data.
const SERVICE_DATA_DIR: &str = "/var/lib/alongside";
/// Where the data is, and the configuration, for whoever says it by the environment.
pub const DATA_DIR_VARIABLE: &str = "ALONGSIDE_DATA_DIR";
pub const FILE_VARIABLE: &str = "ALONGSIDE_CONFIG";

/// What flags said.
#[derive(Clone, Debug, Default)]
pub struct Written {
    pub data_dir: Option<PathBuf>,
    pub config: Option<PathBuf>,
    /// Keys and their values.
    pub said: Vec<(String, String)>,
    pub test_clock: bool,
}

/// What all layers together say, before it is judged. [`KEYS`] has a row for each field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    port: Option<u16>,
    names: Vec<String>,
    listen: Vec<String>,
    turn: Turn,
    house: House,
    metrics_token: Option<String>,
    backup: Backup,
    tls: OwnFiles,
    acme: Acme,
    map_port: Option<String>,
    lan_name: Option<String>,
    proxy: Proxy,
}

/// What may be fixed of the house.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct House {
    name: Option<String>,
    zone: Option<String>,
    step: Option<i64>,
}

/// A certificate from elsewhere: both files, or neither.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnFiles {
    /// The certificate and what leads from it to its authority, as text (PEM).
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

/// A certificate by ACME, for whoever wants one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Acme {
    /// Names and public addresses; none means no such certificate.
    pub names: Vec<String>,
    pub contact: Option<String>,
    /// The address of a directory, or `staging`.
    pub directory: Option<String>,
    pub ca_file: Option<PathBuf>,
}

/// A proxy in front, for whoever has one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Proxy {
    /// Addresses or networks of proxies that say truly for whom they ask (`10.0.0.5`, `10.0.0.0/24`).
    pub trusted: Vec<String>,
    /// Where plain HTTP is taken from a proxy: a loopback address with a port, or the path of a socket.
    pub listen: Option<String>,
}

/// Where nightly backups go, and what locks them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// A folder, best on another disk; none means `backups` in the data directory.
    pub folder: Option<PathBuf>,
    /// What locks them; without one they are not locked.
    pub passphrase: Option<String>,
}

/// The relay, for whoever wants another one than the house's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Turn {
    /// The secret that this instance shares with a pool of relays.
    pub shared_secret: Option<String>,
    /// `turn:` and `turns:` addresses of that pool; none means the house's own relay.
    pub external: Vec<String>,
}

/// What it means.
#[derive(Clone, Debug)]
pub struct Config {
    /// From the root of the file system.
    pub data_dir: PathBuf,
    /// Whether it has to be named to every verb: it is neither the usual one nor the service's.
    pub named: bool,
    /// Where the configuration file is, or would be.
    pub file: PathBuf,
    pub port: u16,
    /// Nobody asked for a port: the demo may take another when this one is in use.
    pub port_is_default: bool,
    /// Further host names of this machine.
    pub names: Vec<String>,
    /// Addresses to listen on; none means all.
    pub listen: Vec<std::net::IpAddr>,
    pub turn: Turn,
    /// What the pages cannot change.
    pub pins: Pins,
    /// Who said what.
    pub sheet: Sheet,
    /// What `/metrics` asks for; without it that page answers the machine itself only.
    pub metrics_token: Option<String>,
    pub backup: Backup,
    pub tls: OwnFiles,
    pub acme: Acme,
    /// From where people come, as far as that is known.
    pub opening: Opening,
    /// The router is asked to let people through.
    pub maps: bool,
    /// The name that leads here in the machine's own network, while one does.
    pub lan_name: Option<String>,
    pub proxy: Proxy,
    /// A file that shifts the clock, in tests.
    pub test_clock: Option<PathBuf>,
}

impl Config {
    /// A verb as it is typed for this instance.
    pub fn verb(&self, words: &str) -> String {
        if !self.named {
            return format!("alongside {words}");
        }
        let dir = self.data_dir.display().to_string();
        let plain = dir.chars().all(|c| c.is_alphanumeric() || "/._-+".contains(c));
        let dir = if plain { dir } else { format!("'{}'", dir.replace('\'', r"'\''")) };
        format!("alongside --data-dir {dir} {words}")
    }

    /// Puts together what was written.
    ///
    /// # Errors
    /// One sentence that says which key or file is wrong.
    pub fn meant(written: Written, env: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        let said = |variable: &str| env(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
        let data_dir = written.data_dir.or_else(|| said(DATA_DIR_VARIABLE)).or_else(|| usual_data_dir(env));
        // Without a home, as in the scripts of package managers, it is where a service keeps its data.
        let data_dir = data_dir.unwrap_or_else(|| PathBuf::from(SERVICE_DATA_DIR));
        let data_dir = std::path::absolute(&data_dir).unwrap_or(data_dir);
        let named = usual_data_dir(env).as_ref() != Some(&data_dir) && data_dir != Path::new(SERVICE_DATA_DIR);
        let (file, text) = read_file(written.config.or_else(|| said(FILE_VARIABLE)), env, &data_dir)?;
        let mut sheet = Sheet::read(&written.said, env, text.as_deref().map(|text| (file.as_path(), text)))?;
        if let Some(port) = remembered_port(&data_dir) {
            sheet.remember("port", toml::Value::Integer(port.into()));
        }
        let all: File = serde::Deserialize::deserialize(toml::Value::Table(sheet.table()))
            .map_err(|e: toml::de::Error| format!("The configuration means nothing: {}.", e.message().trim_end_matches('.')))?;
        sound::judge(&all, &sheet)?;
        Ok(Self {
            pins: pins(&all, &sheet),
            maps: all.map_port.as_deref() == Some("yes"),
            opening: if all.acme.names.is_empty() { Opening::House } else { Opening::Anywhere },
            data_dir,
            named,
            file,
            port: all.port.unwrap_or(PORT),
            port_is_default: all.port.is_none(),
            names: together(all.names, &all.acme.names),
            // They were judged: whatever is no address has been refused.
            listen: all.listen.iter().filter_map(|text| text.parse().ok()).collect(),
            turn: all.turn,
            metrics_token: all.metrics_token,
            backup: all.backup,
            tls: all.tls,
            acme: all.acme,
            lan_name: None,
            proxy: all.proxy,
            sheet,
            test_clock: if written.test_clock { env("ALONGSIDE_TEST_CLOCK").map(PathBuf::from) } else { None },
        })
    }

    /// The same with what a page chose, wherever nothing was written; `outside` is the public address of a house that has no name.
    #[must_use]
    pub fn with_choice(mut self, choice: &Choice, outside: Option<IpAddr>) -> Self {
        if self.pins.acme_contact.is_none() {
            self.acme.contact.clone_from(&choice.contact);
        }
        if self.pins.map_port.is_none() {
            self.maps = choice.maps && (choice.opening == Opening::Anywhere || self.pins.acme_names.is_some());
        }
        if self.pins.acme_names.is_some() {
            return self;
        }
        self.opening = choice.opening;
        let name = choice.name.clone().or_else(|| outside.map(|ip| ip.to_string()));
        if let (Opening::Anywhere, Some(name)) = (choice.opening, name) {
            self.names = together(self.names, std::slice::from_ref(&name));
            if self.pins.vouched_elsewhere.is_none() {
                self.acme.names = vec![name];
            }
        }
        self
    }

    /// The port that was taken the last time, wherever it was chosen.
    pub fn last_port(&self) -> Option<u16> {
        remembered_port(&self.data_dir).filter(|port| *port != 0)
    }

    /// Keeps a port that was chosen, so that the next start without one takes the same.
    pub fn remember_port(&self) {
        if self.port != 0 && !self.port_is_default {
            // Forgetting it costs a flag at the next start, no more.
            let _ = std::fs::write(self.data_dir.join(PORT_FILE), format!("{}\n", self.port));
        }
    }
}

/// The names that people use are all names: the house's own authority vouches for them until another does.
fn together(mut names: Vec<String>, more: &[String]) -> Vec<String> {
    let new: Vec<String> = more.iter().filter(|name| !names.contains(name)).cloned().collect();
    names.extend(new);
    names
}

/// What is fixed of the house, with the places, and the list of all that was said.
fn pins(all: &File, sheet: &Sheet) -> Pins {
    let house = &all.house;
    let place = |key: &str| sheet.origin(key).map(Origin::to_string).unwrap_or_default();
    let zone = house.zone.as_deref().and_then(Zone::named).map(|value| Pinned { value, place: place("house.zone") });
    let said = KEYS.iter().filter_map(|key| Some(Said { key: key.name, value: sheet.shown(key)?, place: place(key.name) }));
    let files = all.tls.certificate.as_ref().map(|_| ("a certificate from files", "tls.certificate"));
    let listens = all.proxy.listen.as_ref().map(|_| ("a proxy in front", "proxy.listen"));
    let trusts = (!all.proxy.trusted.is_empty()).then_some(("a proxy in front", "proxy.trusted"));
    Pins {
        acme_names: sheet.origin("acme.names").map(|_| Pinned { value: all.acme.names.clone(), place: place("acme.names") }),
        map_port: all.map_port.as_ref().map(|said| Pinned { value: said == "yes", place: place("map_port") }),
        lan_name: all.lan_name.as_ref().map(|said| Pinned { value: said == "yes", place: place("lan_name") }),
        acme_contact: all.acme.contact.clone().map(|value| Pinned { value, place: place("acme.contact") }),
        vouched_elsewhere: files.or(listens).or(trusts).map(|(value, key)| Pinned { value, place: place(key) }),
        name: house.name.clone().map(|value| Pinned { value, place: place("house.name") }),
        zone,
        step: house.step.map(|value| Pinned { value, place: place("house.step") }),
        said: said.collect(),
    }
}

/// Where the service of this machine keeps its data, for verbs of whoever may read it, while it is stopped: not where this user has
/// a house of their own.
pub fn stopped_service(env: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    unless_at_home(usual_data_dir(env).as_deref(), Path::new(SERVICE_DATA_DIR))
}

fn unless_at_home(own: Option<&Path>, service: &Path) -> Option<PathBuf> {
    let at_home = own.is_some_and(|dir| dir.join("alongside.db").exists());
    (!at_home && std::fs::read_dir(service).is_ok()).then(|| service.to_owned())
}

fn usual_data_dir(env: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| env(name).filter(|v| !v.is_empty());
    if let Some(state) = set("STATE_DIRECTORY") {
        // systemd gives a list; the first is ours.
        let state = state.to_string_lossy().split(':').next().map(PathBuf::from);
        return state;
    }
    let base = set("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    Some(base.or_else(|| set("HOME").map(|home| Path::new(&home).join(".local/share")))?.join("alongside"))
}

/// The configuration file's path, and its text if it is there.
fn read_file(
    named: Option<PathBuf>,
    env: &dyn Fn(&str) -> Option<OsString>,
    data_dir: &Path,
) -> Result<(PathBuf, Option<String>), String> {
    let must = named.is_some();
    let usual = || env("CONFIGURATION_DIRECTORY").map_or_else(|| data_dir.to_owned(), PathBuf::from).join("alongside.toml");
    let path = named.unwrap_or_else(usual);
    match text_of(&path) {
        Ok(text) => Ok((path, Some(text))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && !must => Ok((path, None)),
        // Nobody spoke of a configuration: it is the place for the data that cannot be entered.
        Err(e) if !must && path.starts_with(data_dir) && path.symlink_metadata().is_err() => Err(no_place(data_dir, &e)),
        Err(e) => Err(format!("The configuration {} cannot be read: {e}.", path.display())),
    }
}

/// A file's text; what is longer than any configuration is not read to its end.
fn text_of(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(FILE_MOST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_MOST { Err(std::io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
}

fn no_place(dir: &Path, why: &std::io::Error) -> String {
    let dir = dir.display();
    match why.kind() {
        std::io::ErrorKind::NotADirectory => {
            format!("{dir} cannot hold the data, because it is, or lies below, a file. Name a directory with --data-dir DIR.")
        }
        std::io::ErrorKind::PermissionDenied => format!(
            "The data directory {dir} belongs to another user, and this one may not enter it. Do this as root or as that user, give it to \
             this one (chown -R USER {dir}), or name another with --data-dir DIR."
        ),
        _ => format!("The data directory {dir} cannot be read: {why}. Name another with --data-dir DIR."),
    }
}

fn remembered_port(data_dir: &Path) -> Option<u16> {
    std::fs::read_to_string(data_dir.join(PORT_FILE)).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
    }

    #[test]
    fn with_no_configuration_at_all_everything_has_a_place() {
        let config = Config::meant(Written::default(), &env(&[("HOME", "/home/ana")])).expect("it means something");
        assert_eq!(config.data_dir, Path::new("/home/ana/.local/share/alongside"));
        assert_eq!(config.port, 8443);
    }

    #[test]
    fn the_state_directory_comes_before_the_home() {
        let config = Config::meant(Written::default(), &env(&[("HOME", "/root"), ("STATE_DIRECTORY", "/var/lib/alongside")]))
            .expect("a place");
        assert_eq!(config.data_dir, Path::new("/var/lib/alongside"));
    }

    #[test]
    fn without_a_home_the_place_is_a_services() {
        let config = Config::meant(Written::default(), &env(&[])).expect("a place");
        assert_eq!(config.data_dir, Path::new("/var/lib/alongside"));
    }

    #[test]
    fn a_verb_names_the_data_directory_where_it_is_not_the_usual_one() {
        let verb = |dir: Option<&str>| {
            let written = Written { data_dir: dir.map(PathBuf::from), ..Written::default() };
            Config::meant(written, &env(&[("HOME", "/home/ana")])).expect("it is right").verb("doctor")
        };
        assert_eq!(verb(None), "alongside doctor");
        assert_eq!(verb(Some("/home/ana/.local/share/alongside")), "alongside doctor");
        assert_eq!(verb(Some("/var/lib/alongside")), "alongside doctor");
        assert_eq!(verb(Some("/srv/desk")), "alongside --data-dir /srv/desk doctor");
        assert_eq!(verb(Some("/srv/Ana's desk")), r"alongside --data-dir '/srv/Ana'\''s desk' doctor");
        let here = std::env::current_dir().expect("somewhere");
        assert_eq!(verb(Some("desk")), format!("alongside --data-dir {} doctor", here.join("desk").display()));
    }

    #[test]
    fn verbs_find_a_stopped_service_unless_there_is_a_house_of_ones_own() {
        let dir = std::env::temp_dir().join(format!("alongside-stopped-{}", std::process::id()));
        let (own, service) = (dir.join("own"), dir.join("service"));
        assert_eq!(unless_at_home(Some(&own), &service), None, "no service was ever here");
        std::fs::create_dir_all(&service).expect("a directory");
        std::fs::create_dir_all(&own).expect("a directory");
        assert_eq!(unless_at_home(Some(&own), &service), Some(service.clone()));
        assert_eq!(unless_at_home(None, &service), Some(service.clone()));
        std::fs::write(own.join("alongside.db"), "").expect("a file");
        assert_eq!(unless_at_home(Some(&own), &service), None);
        std::fs::remove_dir_all(dir).expect("gone");
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let dir = std::env::temp_dir().join(format!("alongside-config-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory");
        std::fs::write(dir.join("alongside.toml"), "prot = 8443\n").expect("a file");
        let written = Written { data_dir: Some(dir.clone()), ..Written::default() };
        let error = Config::meant(written.clone(), &env(&[])).expect_err("it is wrong");
        assert!(error.contains("prot"), "{error}");
        std::fs::write(dir.join("alongside.toml"), "port = 9000\n").expect("a file");
        assert_eq!(Config::meant(written.clone(), &env(&[])).expect("it is right").port, 9000);
        let flag = Written { said: vec![("port".to_owned(), "9001".to_owned())], ..written };
        assert_eq!(Config::meant(flag, &env(&[])).expect("it is right").port, 9001);
        std::fs::remove_dir_all(dir).expect("gone");
    }

    #[test]
    fn relays_elsewhere_need_an_address_and_a_secret() {
        let dir = std::env::temp_dir().join(format!("alongside-config-turn-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory");
        let meant = |text: &str| {
            std::fs::write(dir.join("alongside.toml"), text).expect("a file");
            Config::meant(Written { data_dir: Some(dir.clone()), ..Written::default() }, &env(&[]))
        };
        assert!(meant("[turn]\nexternal = [\"https://a\"]\n").expect_err("no relay").contains("turn.external"));
        assert!(meant("[turn]\nexternal = [\"turn:a:3478\"]\n").expect_err("no secret").contains("shared_secret_file"));
        let config = meant("[turn]\nexternal = [\"turn:a:3478\"]\nshared_secret = \"three old spoons\"\n").expect("it is right");
        assert_eq!(config.turn.external, ["turn:a:3478"]);
        std::fs::remove_dir_all(dir).expect("gone");
    }

    #[test]
    fn what_is_fixed_of_the_house_says_where() {
        let said = |key: &str, value: &str| {
            Config::meant(
                Written {
                    data_dir: Some("/nowhere".into()),
                    said: vec![(key.to_owned(), value.to_owned())],
                    ..Written::default()
                },
                &env(&[("ALONGSIDE_HOUSE_NAME", "The Reading Room")]),
            )
        };
        let pins = said("house.zone", "Europe/Lisbon").expect("sound").pins;
        assert_eq!(pins.zone.expect("fixed").place, "the command line");
        assert_eq!(pins.name.expect("fixed").place, "the environment (ALONGSIDE_HOUSE_NAME)");
        assert_eq!(pins.said.iter().map(|said| said.key).collect::<Vec<_>>(), ["house.name", "house.zone"]);
        assert!(said("house.zone", "Mars/Crater").expect_err("no zone").contains("Mars/Crater"));
        assert!(said("house.step", "7").expect_err("no step").contains("15"));
    }

    #[test]
    fn what_a_page_chose_holds_where_nothing_was_written() {
        let meant = |said: &[(&str, &str)]| {
            let said = said.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            Config::meant(Written { data_dir: Some("/nowhere".into()), said, ..Written::default() }, &env(&[])).expect("sound")
        };
        let choice = Choice::typed(Opening::Anywhere, "desk.example.org", "ana@example.org", true).expect("sound");
        let chosen = meant(&[]).with_choice(&choice, None);
        assert_eq!((chosen.opening, chosen.acme.names.as_slice()), (Opening::Anywhere, &["desk.example.org".to_owned()][..]));
        assert!(
            chosen.names.contains(&"desk.example.org".to_owned()) && chosen.acme.contact.as_deref() == Some("ana@example.org")
        );
        let pinned =
            meant(&[("acme.names", "other.example.org"), ("acme.contact", "ben@example.org")]).with_choice(&choice, None);
        assert_eq!(pinned.acme.names, ["other.example.org"]);
        assert_eq!(pinned.acme.contact.as_deref(), Some("ben@example.org"));
        let behind = meant(&[("proxy.trusted", "10.0.0.7")]).with_choice(&choice, None);
        assert!(
            behind.acme.names.is_empty() && behind.names.contains(&"desk.example.org".to_owned()),
            "the proxy has the certificate"
        );
        let nameless = Choice { name: None, ..choice };
        let outside = "203.0.114.5".parse().ok();
        assert_eq!(meant(&[]).with_choice(&nameless, outside).acme.names, ["203.0.114.5"]);
        assert!(meant(&[]).with_choice(&nameless, None).acme.names.is_empty(), "nothing is known to ask for");
    }

    #[test]
    fn every_key_of_the_list_is_understood() {
        for key in KEYS {
            let value = match key.kind {
                keys::Kind::Number => "15",
                keys::Kind::Text => "UTC",
                keys::Kind::Words => "",
                keys::Kind::Secret => "three old spoons",
            };
            let said = vec![(key.name.to_owned(), value.to_owned())];
            let config = Config::meant(Written { data_dir: Some("/nowhere".into()), said, ..Written::default() }, &env(&[]));
            let understood = match &config {
                Ok(_) => true,
                // One of two that go together was understood when the other is asked for; a yes or no when it is asked to be one.
                Err(sentence) if key.name.starts_with("acme.") || ["map_port", "lan_name"].contains(&key.name) => {
                    sentence.contains(key.name)
                }
                Err(sentence) => key.name.starts_with("tls.") && sentence.contains("go together"),
            };
            assert!(understood, "{}: {:?}", key.name, config.err());
        }
    }
}
