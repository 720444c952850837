//! What was written (flags > environment > file) becomes what it means. Every key is optional; an unknown one is an error.

use serde::Deserialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The one port, where nothing else was said.
pub const PORT: u16 = 8443;
/// The file that holds the port once it was chosen.
const PORT_FILE: &str = "port";

/// What flags and environment said.
#[derive(Clone, Debug, Default)]
pub struct Written {
    pub data_dir: Option<PathBuf>,
    pub port: Option<u16>,
    pub config: Option<PathBuf>,
    pub names: Vec<String>,
    pub test_clock: bool,
}

/// What the file may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    port: Option<u16>,
    names: Vec<String>,
    listen: Vec<std::net::IpAddr>,
    turn: Turn,
}

/// The relay, for whoever wants another one than the house's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Turn {
    /// A file with the secret that this instance shares with a pool of relays.
    pub shared_secret_file: Option<PathBuf>,
    /// `turn:` and `turns:` addresses of that pool; none means the house's own relay.
    pub external: Vec<String>,
}

/// What it means.
#[derive(Clone, Debug)]
pub struct Config {
    pub data_dir: PathBuf,
    pub port: u16,
    /// Nobody asked for a port: the demo may take another when this one is in use.
    pub port_is_default: bool,
    /// Further host names of this machine.
    pub names: Vec<String>,
    /// Addresses to listen on; none means all.
    pub listen: Vec<std::net::IpAddr>,
    pub turn: Turn,
    /// A file that shifts the clock, in tests.
    pub test_clock: Option<PathBuf>,
}

impl Config {
    /// Puts together what was written.
    ///
    /// # Errors
    /// One sentence that says which key or file is wrong.
    pub fn meant(written: Written, env: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        let data_dir = written
            .data_dir
            .or_else(|| usual_data_dir(env))
            .ok_or("There is no home directory to keep the data in. Name one with --data-dir DIR.")?;
        let file = read_file(written.config, env, &data_dir)?;
        let chosen = written.port.or(file.port).or_else(|| remembered_port(&data_dir));
        let mut names = written.names;
        names.extend(file.names);
        for name in &names {
            let sound = name.len() <= 253
                && name.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
            if !sound {
                return Err(format!("{name:?} is no host name. Names have letters, figures and hyphens, with dots between."));
            }
        }
        if let Some(other) = file.turn.external.iter().find(|url| !url.starts_with("turn:") && !url.starts_with("turns:")) {
            return Err(format!("turn.external has {other:?}, which is no relay: write turn:host:port or turns:host:port."));
        }
        if !file.turn.external.is_empty() && file.turn.shared_secret_file.is_none() {
            return Err("turn.external needs turn.shared_secret_file: the secret that those relays know.".to_owned());
        }
        let test_clock = if written.test_clock { env("ALONGSIDE_TEST_CLOCK").map(PathBuf::from) } else { None };
        Ok(Self {
            data_dir,
            port: chosen.unwrap_or(PORT),
            port_is_default: chosen.is_none(),
            names,
            listen: file.listen,
            turn: file.turn,
            test_clock,
        })
    }

    /// Keeps a port that was chosen, so that the next start without one takes the same.
    pub fn remember_port(&self) {
        if self.port != 0 && !self.port_is_default {
            // Forgetting it costs a flag at the next start, no more.
            let _ = std::fs::write(self.data_dir.join(PORT_FILE), format!("{}\n", self.port));
        }
    }
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

fn read_file(named: Option<PathBuf>, env: &dyn Fn(&str) -> Option<OsString>, data_dir: &Path) -> Result<File, String> {
    let must = named.is_some();
    let usual = || env("CONFIGURATION_DIRECTORY").map_or_else(|| data_dir.to_owned(), PathBuf::from).join("alongside.toml");
    let path = named.unwrap_or_else(usual);
    match std::fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text)
            .map_err(|e| format!("The configuration {} cannot be read: {}.", path.display(), e.message().trim_end_matches('.'))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && !must => Ok(File::default()),
        Err(e) => Err(format!("The configuration {} cannot be read: {e}.", path.display())),
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
    fn an_unknown_key_is_an_error_that_names_it() {
        let dir = std::env::temp_dir().join(format!("alongside-config-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory");
        std::fs::write(dir.join("alongside.toml"), "prot = 8443\n").expect("a file");
        let written = Written { data_dir: Some(dir.clone()), ..Written::default() };
        let error = Config::meant(written.clone(), &env(&[])).expect_err("it is wrong");
        assert!(error.contains("prot"), "{error}");
        std::fs::write(dir.join("alongside.toml"), "port = 9000\n").expect("a file");
        assert_eq!(Config::meant(written.clone(), &env(&[])).expect("it is right").port, 9000);
        let flag = Written { port: Some(9001), ..written };
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
        let config = meant("[turn]\nexternal = [\"turn:a:3478\"]\nshared_secret_file = \"/etc/secret\"\n").expect("it is right");
        assert_eq!(config.turn.external, ["turn:a:3478"]);
        std::fs::remove_dir_all(dir).expect("gone");
    }
}
