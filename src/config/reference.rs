//! The reference of the configuration, made from the list of keys: what a person reads cannot drift from what the program does.

use super::keys::{self, FILE, KEYS, Key, Kind};
use std::fmt::Write;

const OPENING: &str = "\
# Configuration

Everything is optional: without a word of configuration Alongside works. What is written holds in this order: the command line,
then the environment, then systemd credentials, then the file, then what an admin has set on a page. A page shows what is fixed
elsewhere, with the place.

The file is `alongside.toml` in `$CONFIGURATION_DIRECTORY` (`/etc/alongside` in the packages), else in the data directory, or
what `--config FILE` or `ALONGSIDE_CONFIG` names. The data directory is what `--data-dir DIR` or `ALONGSIDE_DATA_DIR` names, else
`$STATE_DIRECTORY`, else `~/.local/share/alongside`. On the command line every key is `--set KEY=VALUE`; a list is said word by
word, or with commas between.

A word that is no key is an error that names the nearest one. `alongside config check` tries a file, `alongside config show`
tells what holds and where it was said.
";

/// The whole reference, as Markdown.
pub fn markdown() -> String {
    let mut text = OPENING.to_owned();
    for key in KEYS {
        // A String takes whatever is written.
        let _ = write!(text, "\n## `{}`\n\n{}\n", key.name, key.says);
        if key.on_page {
            let page = if key.name.starts_with("house.") { "House" } else { "Way in" };
            let _ = writeln!(text, "Also on the page Admin, {page}; what is said here wins.");
        }
        let _ = write!(text, "\n{}\n", facts(key));
    }
    text
}

fn facts(key: &Key) -> String {
    let kind = match key.kind {
        Kind::Number => "a whole number",
        Kind::Text => "a text",
        Kind::Words => "a list of texts",
        Kind::Secret => "a secret",
    };
    let mut facts = format!("- {kind}; by default: {}\n- environment: `{}`", key.default, keys::variable(key.name));
    if key.kind == Kind::Secret {
        let (name, file) = (key.name, format!("{}{FILE}", key.name));
        let _ =
            write!(facts, "\n- from a file: `{file}`, `{}`; as a systemd credential: `alongside.{name}`", keys::variable(&file));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_told_with_its_variable() {
        let text = markdown();
        for key in KEYS {
            assert!(text.contains(&format!("## `{}`", key.name)) && text.contains(&keys::variable(key.name)));
        }
        assert!(text.contains("`turn.shared_secret_file`") && text.contains("`alongside.turn.shared_secret`"));
    }
}
