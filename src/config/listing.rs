//! What holds, key by key, and where it was said: what `config show` prints.

use super::Config;
use super::keys::KEYS;

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
