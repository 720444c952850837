//! `backup`, `backup list`, `backup verify` and `restore`: for people at a terminal and for programs that carry backups elsewhere.
//!
//! Making one and trying one out work beside a running server. Bringing one back needs the house to itself.

use super::say;
use crate::app;
use crate::clock::Clock;
use crate::config::Config;
use crate::keep::backup::{self, Backups, CONFIGURATION, Made};
use crate::keep::restore;
use clap::{Args, Subcommand};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// What `backup` is given.
#[derive(Debug, Args)]
pub struct BackupLine {
    #[command(subcommand)]
    act: Option<BackupAct>,
    /// A folder to put it in, or - for the standard output [default: the folder of the nightly backups]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    #[command(flatten)]
    secret: Secret,
}

/// Where a passphrase comes from.
#[derive(Debug, Args)]
pub struct Secret {
    /// A file with the passphrase that locks backups [default: the configuration's]
    #[arg(long, value_name = "FILE", global = true)]
    passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum BackupAct {
    /// Lists the backups that are there
    List,
    /// Unpacks a backup in a place of its own and looks all of it through
    Verify {
        /// The backup [default: the newest]
        file: Option<PathBuf>,
    },
}

/// What `restore` is given.
#[derive(Debug, Args)]
pub struct RestoreLine {
    /// The backup, or a copy from before an upgrade
    file: PathBuf,
    #[command(flatten)]
    secret: Secret,
}

impl Secret {
    fn of(&self, config: &Config) -> Result<Option<String>, String> {
        let named = self.passphrase_file.as_deref().map(|file| secret_of("--passphrase-file", file)).transpose()?;
        Ok(named.or_else(|| config.backup.passphrase.clone()))
    }
}

/// Makes, lists or tries backups.
///
/// # Errors
/// One sentence.
pub fn backup(config: &Config, line: &BackupLine) -> Result<(), String> {
    let passphrase = line.secret.of(config)?;
    let all = app::backups(config, passphrase.clone());
    match &line.act {
        None => make(config, line.to.as_deref(), all, passphrase),
        Some(BackupAct::List) => {
            all.list().iter().for_each(|made| say(&said(made, &all.folder)));
            Ok(())
        }
        Some(BackupAct::Verify { file }) => {
            let newest = || all.newest(Clock::system().now().0).map(|made| all.folder.join(&made.name));
            let file = file.clone().or_else(newest).ok_or("There is no backup yet. Make one with: alongside backup")?;
            let (manifest, found) = backup::try_out(&file, &std::env::temp_dir(), passphrase.as_deref())
                .map_err(|sentence| format!("{} cannot be brought back: {sentence}", file.display()))?;
            say(&format!(
                "{} can be brought back: made by version {}, {}, {}, {}.",
                file.display(),
                manifest.version,
                counted(manifest.files.len() as i64, "file"),
                counted(found.members, "member"),
                counted(found.bookings, "booking")
            ));
            Ok(())
        }
    }
}

fn make(config: &Config, to: Option<&Path>, all: Backups, passphrase: Option<String>) -> Result<(), String> {
    if !config.data_dir.join(crate::keep::manifest::DATABASE).exists() {
        return Err(format!("There is no instance in {}. Name its directory with --data-dir DIR.", config.data_dir.display()));
    }
    let now_s = Clock::system().now().0;
    match to {
        Some(to) if to == Path::new("-") => {
            let out = std::io::stdout();
            if out.is_terminal() {
                return Err("A backup is no text: send it on, for instance alongside backup --to - > house.tar.gz".to_owned());
            }
            let (mut out, left_out) = all.write_to(out.lock(), now_s)?;
            tell_of(&left_out);
            out.flush().map_err(|e| format!("The backup could not be written: {e}."))
        }
        Some(to) => {
            let there = Backups::of(&config.data_dir, Some(to), passphrase, Some(config.file.clone()));
            let made = there.make_once(now_s)?;
            say(&said(&made, to));
            tell_of(&made.left_out);
            Ok(())
        }
        None => {
            let made = all.make(now_s)?;
            say(&said(&made, &all.folder));
            tell_of(&made.left_out);
            Ok(())
        }
    }
}

/// What somebody may miss one day is said while it is there.
fn tell_of(left_out: &[String]) {
    left_out.iter().for_each(|what| eprintln!("alongside: Not in the backup: {what}."));
}

/// A secret that a file holds: its text without the end of the line.
fn secret_of(key: &str, path: &Path) -> Result<String, String> {
    let text =
        std::fs::read_to_string(path).map_err(|e| format!("{key} names {}, which cannot be read: {e}.", path.display()))?;
    let secret = text.trim();
    if secret.is_empty() { Err(format!("{key} names {}, which is empty.", path.display())) } else { Ok(secret.to_owned()) }
}

fn said(made: &Made, folder: &Path) -> String {
    let locked = if made.locked { ", locked" } else { "" };
    format!("{}  {} KiB{locked}", folder.join(&made.name).display(), made.bytes.div_ceil(1024))
}

/// Brings a backup back.
///
/// # Errors
/// One sentence; then everything is as it was.
pub fn restore(config: &Config, line: &RestoreLine) -> Result<(), String> {
    let passphrase = line.secret.of(config)?;
    let file = std::path::absolute(&line.file).map_err(|e| e.to_string())?;
    let data = &config.data_dir;
    let restored = app::alone(config, || restore::restore(&file, data, passphrase.as_deref(), &app::stamp()))??;
    let found = restored.found;
    let name =
        if found.name.is_empty() { "An instance that was not set up yet".to_owned() } else { format!("“{}”", found.name) };
    let (members, bookings) = (counted(found.members, "member"), counted(found.bookings, "booking"));
    say(&format!("{name} is back in {}: {members}, {bookings}.", data.display()));
    if let Some(kept) = restored.kept {
        say(&format!("What was there before is kept in {}.", kept.display()));
    }
    let came = data.join(CONFIGURATION);
    if came.exists() && std::fs::read(&came).ok() != std::fs::read(&config.file).ok() {
        say(&format!(
            "Its configuration lay elsewhere and came along as {}. It holds again as {}.",
            came.display(),
            config.file.display()
        ));
    }
    say("Start the server to open it.");
    Ok(())
}

/// So many of them, in words.
fn counted(n: i64, one: &str) -> String {
    format!("{n} {one}{}", if n == 1 { "" } else { "s" })
}
