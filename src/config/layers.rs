//! Who said what: flags over environment over credentials over the file. Each value keeps where it came from.
//!
//! What is not a key is an error that names the nearest one, and so is a value of the wrong kind; both name the place.

use super::keys::{self, FILE, KEYS, Key, Kind};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Where a value was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Flag,
    Variable(String),
    Credential(PathBuf),
    File(PathBuf),
    /// Chosen at an earlier start.
    Remembered,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("the command line"),
            Self::Variable(name) => write!(f, "the environment ({name})"),
            Self::Credential(path) => write!(f, "the credential {}", path.display()),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Remembered => f.write_str("an earlier start"),
        }
    }
}

impl Origin {
    /// The place as a sentence goes on: "port in alongside.toml", "port on the command line".
    pub fn at(&self) -> String {
        match self {
            Self::Flag => "on the command line".to_owned(),
            Self::Credential(path) => format!("in the credential {}", path.display()),
            Self::Remembered => "from an earlier start".to_owned(),
            Self::Variable(_) | Self::File(_) => format!("in {self}"),
        }
    }
}

/// A longer file holds no secret, in bytes.
const SECRET_MOST: u64 = 64 << 10;

/// What was said for each key, by whoever comes first.
#[derive(Clone, Debug, Default)]
pub struct Sheet(BTreeMap<&'static str, (Value, Origin)>);

impl Sheet {
    /// Reads all places. `said` is what flags say, as `KEY=VALUE`; `file` is the configuration file's path and text.
    ///
    /// # Errors
    /// One sentence that names the place and the key.
    pub fn read(
        said: &[(String, String)],
        env: &dyn Fn(&str) -> Option<OsString>,
        file: Option<(&Path, &str)>,
    ) -> Result<Self, String> {
        let mut sheet = Self::default();
        sheet.flags(said)?;
        sheet.environment(env)?;
        sheet.credentials(env)?;
        if let Some((path, text)) = file {
            sheet.file(path, text)?;
        }
        Ok(sheet)
    }

    fn flags(&mut self, said: &[(String, String)]) -> Result<(), String> {
        let mut table = BTreeMap::new();
        for (name, text) in said {
            let kind = keys::named(name).map_or(Kind::Text, |key| key.kind);
            let value = of_text(kind, text);
            match table.get_mut(name.as_str()) {
                // A list may be said word by word.
                Some(Value::Array(all)) => all.extend(value.as_array().cloned().unwrap_or_default()),
                _ => drop(table.insert(name.as_str(), value)),
            }
        }
        table.into_iter().try_for_each(|(name, value)| self.put(name, value, &Origin::Flag))
    }

    fn environment(&mut self, env: &dyn Fn(&str) -> Option<OsString>) -> Result<(), String> {
        for key in KEYS {
            let files = (key.kind == Kind::Secret).then(|| format!("{}{FILE}", key.name));
            for name in [Some(key.name.to_owned()), files].into_iter().flatten() {
                let variable = keys::variable(&name);
                let Some(text) = env(&variable).filter(|text| !text.is_empty()) else { continue };
                let text = text.into_string().map_err(|_| format!("{variable} is no text."))?;
                let kind = if name == key.name { key.kind } else { Kind::Text };
                self.put(&name, of_text(kind, &text), &Origin::Variable(variable))?;
            }
        }
        Ok(())
    }

    fn credentials(&mut self, env: &dyn Fn(&str) -> Option<OsString>) -> Result<(), String> {
        let Some(folder) = env("CREDENTIALS_DIRECTORY").map(PathBuf::from) else { return Ok(()) };
        for key in KEYS.iter().filter(|key| key.kind == Kind::Secret) {
            let path = folder.join(format!("alongside.{}", key.name));
            if path.exists() && !self.0.contains_key(key.name) {
                let secret = secret_in(&path).map_err(|why| format!("The credential {} {why}.", path.display()))?;
                self.0.insert(key.name, (Value::String(secret), Origin::Credential(path)));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, text: &str) -> Result<(), String> {
        let table: Table = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
            format!("The configuration {} cannot be read, in line {line}: {}.", path.display(), e.message().trim_end_matches('.'))
        })?;
        let mut flat = Vec::new();
        flatten("", table, &mut flat);
        let origin = Origin::File(path.to_owned());
        let has = |name: &str| flat.iter().any(|(other, _)| other == name);
        if let Some(twice) = KEYS.iter().find(|key| has(key.name) && has(&format!("{}{FILE}", key.name))) {
            let name = twice.name;
            return Err(format!("{origin} has both {name} and {name}{FILE}: keep one of them."));
        }
        flat.into_iter().try_for_each(|(name, value)| self.put(&name, value, &origin))
    }

    /// Takes a value in, unless somebody who comes first has said one.
    fn put(&mut self, name: &str, value: Value, origin: &Origin) -> Result<(), String> {
        if let Some(key) = keys::secret_of(name) {
            let path = value.as_str().ok_or_else(|| format!("{name} {} must be the path of a file, in quotes.", origin.at()))?;
            if !self.0.contains_key(key.name) {
                let secret = secret_in(Path::new(path)).map_err(|why| format!("{name} names {path}, which {why}."))?;
                self.0.insert(key.name, (Value::String(secret), origin.clone()));
            }
            return Ok(());
        }
        let Some(key) = keys::named(name) else {
            return Err(format!("There is no key {name:?} ({}). Did you mean `{}`?", origin.at(), keys::nearest(name)));
        };
        if !fits(key, &value) {
            return Err(format!("{name} {} must be {}.", origin.at(), form_of(key.kind)));
        }
        if value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Err(format!("{name} {} is empty: leave it out, or write what it is to be.", origin.at()));
        }
        self.0.entry(key.name).or_insert_with(|| (value, origin.clone()));
        Ok(())
    }

    /// Notes a value that an earlier start has chosen, unless one was said.
    pub fn remember(&mut self, name: &'static str, value: Value) {
        self.0.entry(name).or_insert((value, Origin::Remembered));
    }

    /// Where a key's value was said.
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.0.get(name).map(|(_, origin)| origin)
    }

    /// A key's value; a secret is masked.
    pub fn masked(&self, key: &Key) -> Option<Value> {
        let (value, _) = self.0.get(key.name)?;
        Some(if key.kind == Kind::Secret { Value::String("(secret)".to_owned()) } else { value.clone() })
    }

    /// The same as people write it.
    pub fn shown(&self, key: &Key) -> Option<String> {
        let value = self.masked(key)?;
        Some(if key.kind == Kind::Secret { value.as_str().unwrap_or_default().to_owned() } else { written(&value) })
    }

    /// The values as the tables of a configuration file.
    pub fn table(&self) -> Table {
        let mut all = Table::new();
        for (name, (value, _)) in &self.0 {
            let (place, last) = match name.split_once('.') {
                Some((table, last)) => (all.entry(table).or_insert_with(|| Value::Table(Table::new())), last),
                None => {
                    all.insert((*name).to_owned(), value.clone());
                    continue;
                }
            };
            if let Value::Table(inner) = place {
                inner.insert(last.to_owned(), value.clone());
            }
        }
        all
    }
}

/// A text from outside a file as a value of that kind; what does not fit stays a text and is refused.
fn of_text(kind: Kind, text: &str) -> Value {
    let string = || Value::String(text.to_owned());
    match kind {
        Kind::Number => text.trim().parse().map_or_else(|_| string(), Value::Integer),
        Kind::Words => {
            let words = text.split([',', ' ']).filter(|word| !word.is_empty());
            Value::Array(words.map(|word| Value::String(word.to_owned())).collect())
        }
        Kind::Text | Kind::Secret => string(),
    }
}

/// No key takes a larger one: they are ports and minutes.
const NUMBER_MOST: i64 = 65_535;

fn fits(key: &Key, value: &Value) -> bool {
    match key.kind {
        Kind::Number => value.as_integer().is_some_and(|number| (0..=NUMBER_MOST).contains(&number)),
        Kind::Text | Kind::Secret => value.is_str(),
        Kind::Words => value.as_array().is_some_and(|all| all.iter().all(Value::is_str)),
    }
}

/// What a value of that kind looks like, for a sentence.
pub fn form_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "a whole number, not below 0 and not above 65535",
        Kind::Text | Kind::Secret => "a text in quotes",
        Kind::Words => "a list of texts in quotes",
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Integer(number) => number.to_string(),
        Value::Array(all) => format!("[{}]", all.iter().map(written).collect::<Vec<_>>().join(", ")),
        _ => String::new(),
    }
}

fn flatten(before: &str, table: Table, into: &mut Vec<(String, Value)>) {
    for (name, value) in table {
        let name = if before.is_empty() { name } else { format!("{before}.{name}") };
        match value {
            Value::Table(inner) => flatten(&name, inner, into),
            value => into.push((name, value)),
        }
    }
}

/// The secret in a file, without the end of the line; else why there is none. An empty one would open what it is to shut.
fn secret_in(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(SECRET_MOST + 1).read_to_string(&mut text));
    read.map_err(|e| format!("cannot be read: {e}"))?;
    match text.trim() {
        "" => Err("is empty".to_owned()),
        _ if text.len() as u64 > SECRET_MOST => Err("is too long for a secret".to_owned()),
        secret => Ok(secret.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(said: &[(&str, &str)], env: &[(&str, &str)], file: &str) -> Result<Sheet, String> {
        let said: Vec<_> = said.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let env = |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        Sheet::read(&said, &env, Some((Path::new("/etc/a.toml"), file)))
    }

    fn shown(sheet: &Sheet, name: &str) -> String {
        let value = sheet.shown(keys::named(name).expect("a key")).unwrap_or_default();
        format!("{value} from {}", sheet.origin(name).map(ToString::to_string).unwrap_or_default())
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_file() {
        let file = "port = 1\nnames = [\"a\"]\n[house]\nstep = 30\n";
        let env = [("ALONGSIDE_PORT", "2"), ("ALONGSIDE_NAMES", "b, c")];
        let sheet = read(&[("port", "3")], &env, file).expect("sound");
        assert_eq!(shown(&sheet, "port"), "3 from the command line");
        assert_eq!(shown(&sheet, "names"), "[\"b\", \"c\"] from the environment (ALONGSIDE_NAMES)");
        assert_eq!(shown(&sheet, "house.step"), "30 from /etc/a.toml");
        assert_eq!(sheet.table()["house"]["step"].as_integer(), Some(30));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_the_nearest_one_wherever_it_stands() {
        assert!(read(&[], &[], "prot = 1\n").expect_err("wrong").contains("Did you mean `port`?"));
        assert!(read(&[], &[], "[trun]\nexternal = []\n").expect_err("wrong").contains("`turn.external`"));
        assert!(read(&[("hose.step", "5")], &[], "").expect_err("wrong").contains("`house.step`"));
        assert!(read(&[], &[], "names_file = \"x\"\n").expect_err("no secret").contains("names_file"));
    }

    #[test]
    fn a_value_of_the_wrong_kind_says_which_and_where() {
        let error = read(&[], &[], "port = \"8443\"\n").expect_err("wrong");
        assert_eq!(error, "port in /etc/a.toml must be a whole number, not below 0 and not above 65535.");
        assert!(read(&[], &[("ALONGSIDE_PORT", "many")], "").expect_err("wrong").contains("ALONGSIDE_PORT"));
        assert!(read(&[], &[], "names = \"a\"\n").expect_err("wrong").contains("a list of texts"));
        assert!(read(&[], &[], "port = \n").expect_err("no TOML").contains("/etc/a.toml cannot be read, in line 1"));
        assert!(read(&[], &[], "names = []\nport = 99999\n").expect_err("no port").contains("not above 65535"));
    }

    #[test]
    fn a_secret_is_said_by_file_or_credential_and_never_shown() {
        let folder = std::env::temp_dir().join(format!("alongside-layers-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("alongside.turn.shared_secret");
        std::fs::write(&path, "three old spoons\n").expect("written");
        let in_file = format!("[turn]\nshared_secret_file = {path:?}\n");
        let sheet = read(&[], &[], &in_file).expect("sound");
        assert_eq!(shown(&sheet, "turn.shared_secret"), "(secret) from /etc/a.toml");
        assert_eq!(sheet.table()["turn"]["shared_secret"].as_str(), Some("three old spoons"));

        let env = [("CREDENTIALS_DIRECTORY", folder.to_str().expect("text"))];
        let sheet = read(&[], &env, "[turn]\nshared_secret = \"another\"\n").expect("sound");
        assert!(shown(&sheet, "turn.shared_secret").starts_with("(secret) from the credential"));

        let both = format!("{in_file}shared_secret = \"another\"\n");
        assert!(read(&[], &[], &both).expect_err("twice").contains("keep one"));
        for (text, why) in [("", "is empty"), (" \r\n", "is empty"), (&*"x".repeat(70_000), "is too long")] {
            std::fs::write(folder.join("odd"), text).expect("written");
            let odd = format!("metrics_token_file = {:?}\n", folder.join("odd"));
            assert!(read(&[], &[], &odd).expect_err("no secret").contains(why));
        }
        assert!(
            read(&[], &[], "metrics_token = \"\"\n").expect_err("no token").contains("metrics_token in /etc/a.toml is empty")
        );
        assert!(read(&[], &[], "metrics_token_file = \"/dev/zero\"\n").expect_err("no end").contains("/dev/zero"));
        std::fs::write(folder.join("crlf"), "three old spoons\r\n").expect("written");
        let crlf = folder.join("crlf").display().to_string();
        let sheet = read(&[], &[("ALONGSIDE_TURN_SHARED_SECRET_FILE", &crlf)], "").expect("sound");
        assert_eq!(sheet.table()["turn"]["shared_secret"].as_str(), Some("three old spoons"));
        let gone = "[turn]\nshared_secret_file = \"/nowhere/at/all\"\n";
        assert!(read(&[], &[], gone).expect_err("not there").contains("turn.shared_secret_file names /nowhere"));
        std::fs::remove_dir_all(folder).expect("gone");
    }
}
