//! What holds, key by key, and where it was said: what `config show` prints, for people and for programs.

use super::Config;
use super::keys::KEYS;
use serde::Serialize;
use std::path::PathBuf;
use toml::Value;

/// All that holds, for programs.
#[derive(Debug, Serialize)]
pub struct Listing {
    data_directory: PathBuf,
    file: PathBuf,
    file_is_there: bool,
    keys: Vec<Line>,
}

/// One key.
#[derive(Debug, Serialize)]
struct Line {
    key: &'static str,
    /// None where nobody said one; a secret is masked.
    value: Option<Value>,
    /// Where it was said.
    origin: Option<String>,
    /// What holds when nobody says anything, in words.
    default: &'static str,
}

impl Listing {
    pub fn of(config: &Config) -> Self {
        let line = |key: &'static super::keys::Key| Line {
            key: key.name,
            value: config.sheet.masked(key),
            origin: config.sheet.origin(key.name).map(ToString::to_string),
            default: key.default,
        };
        Self {
            data_directory: config.data_dir.clone(),
            file: config.file.clone(),
            file_is_there: config.file.exists(),
            keys: KEYS.iter().map(line).collect(),
        }
    }
}

/// Every key, a line each.
pub fn listed(config: &Config) -> String {
    let mut lines = vec![
        ("data directory".to_owned(), config.data_dir.display().to_string(), String::new()),
        ("file".to_owned(), config.file.display().to_string(), if config.file.exists() { "" } else { "not there" }.to_owned()),
    ];
    lines.extend(KEYS.iter().map(|key| {
        let value = config.sheet.shown(key).unwrap_or_else(|| format!("({})", key.default));
        let place = config.sheet.origin(key.name).map_or_else(|| "by default".to_owned(), |origin| format!("from {origin}"));
        (key.name.to_owned(), value, place)
    }));
    let widest = |column: fn(&(String, String, String)) -> &str| lines.iter().map(|line| column(line).len()).max().unwrap_or(0);
    let (names, values) = (widest(|line| &line.0), widest(|line| &line.1));
    let line = |(name, value, place): &(String, String, String)| {
        format!("{name:names$}  {value:values$}  {place}").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}
