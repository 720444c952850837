//! `install` and `uninstall`: for machines without a package manager that knows Alongside. The program copies itself and its units
//! to their places, and systemd does the rest.
//!
//! What a package has put in place is left to the package manager. Every step can be repeated; data is never touched but by
//! `uninstall --purge`. With `--root` nothing is started: for images, and for tests.

use super::say;
use crate::config::Written;
use clap::Args;
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the program goes; packages have theirs in `/usr/bin`.
const PROGRAM: &str = "/usr/local/bin/alongside";
const PACKAGED: &str = "/usr/bin/alongside";
const UNITS: &str = "/etc/systemd/system";
const SERVICE: &str = include_str!("../../systemd/alongside.service");
const SOCKET: &str = include_str!("../../systemd/alongside.socket");
const LAN_ONLY: [(&str, &str); 2] = [
    ("alongside.service.d/lan-only.conf", include_str!("../../systemd/lan-only/alongside.service.d/lan-only.conf")),
    ("alongside.socket.d/lan-only.conf", include_str!("../../systemd/lan-only/alongside.socket.d/lan-only.conf")),
];

#[derive(Debug, Args)]
pub struct Install {
    /// For one house only: port 8443, and nothing passes to or from the internet
    #[arg(long)]
    lan_only: bool,
    /// Puts everything below this directory, and starts nothing
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Uninstall {
    /// Takes the data away as well: everything that members trusted this machine with
    #[arg(long)]
    purge: bool,
    /// Removes what is below this directory, and ends nothing
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Refuses words that the units would not hear of.
///
/// # Errors
/// One sentence that says where they go.
pub fn goes_by_units(written: &Written) -> Result<(), String> {
    if written.data_dir.is_none() && written.config.is_none() && written.said.is_empty() {
        return Ok(());
    }
    Err("The service goes by its units and by /etc/alongside/alongside.toml: write names and other keys there (`alongside config \
         reference`), and change the port by `systemctl edit alongside.socket`."
        .to_owned())
}

/// Puts program and units in their places and starts them.
///
/// # Errors
/// One sentence: what could not be done, and what to do.
pub fn install(wish: &Install) -> Result<(), String> {
    let root = below(wish.root.as_deref())?;
    let own = std::env::current_exe().map_err(|e| format!("The program cannot find itself: {e}."))?;
    not_packaged(&own, &root)?;
    let program = at(&root, PROGRAM);
    if own != program {
        let bytes = fs::read(&own).map_err(|e| format!("{} cannot be read: {e}.", own.display()))?;
        put(&program, &bytes, 0o755)?;
    }
    let units = at(&root, UNITS);
    put(&units.join("alongside.service"), SERVICE.replace(PACKAGED, PROGRAM).as_bytes(), 0o644)?;
    put(&units.join("alongside.socket"), SOCKET.as_bytes(), 0o644)?;
    for (file, text) in LAN_ONLY {
        if wish.lan_only {
            put(&units.join(file), text.as_bytes(), 0o644)?;
        } else {
            remove(&units.join(file))?;
        }
    }
    if wish.root.is_some() {
        say(&format!(
            "Alongside is in {}. It is enabled by: systemctl enable alongside.socket alongside.service",
            root.display()
        ));
        return Ok(());
    }
    start()
}

/// Ends it and takes program and units away.
///
/// # Errors
/// One sentence.
pub fn uninstall(wish: &Uninstall) -> Result<(), String> {
    let root = below(wish.root.as_deref())?;
    let units = at(&root, UNITS);
    let data = ["/var/lib/private/alongside", "/var/lib/alongside", "/etc/alongside"].map(|place| at(&root, place));
    if !units.join("alongside.service").exists() && !at(&root, PROGRAM).exists() {
        if at(&root, PACKAGED).exists() {
            return Err("A package brought Alongside: its package manager removes it, and the data if it is told to.".to_owned());
        }
        if !(wish.purge && data.iter().any(|place| place.exists())) {
            say("`alongside install` has put nothing here; there is nothing to take away.");
            return Ok(());
        }
    }
    let booted = wish.root.is_none() && systemd_runs();
    if booted {
        // It may not be running, and then there is nothing to end.
        let _ = systemctl(&["--quiet", "disable", "--now", "alongside.socket", "alongside.service"]);
    }
    let files = ["alongside.service", "alongside.socket"].map(|unit| units.join(unit));
    let drop_ins = LAN_ONLY.map(|(file, _)| units.join(file));
    for file in files.iter().chain(&drop_ins).chain([&at(&root, PROGRAM)]) {
        remove(file)?;
    }
    for folder in drop_ins.iter().filter_map(|file| file.parent()) {
        // Somebody's own drop-ins may be in it, and they stay.
        let _ = fs::remove_dir(folder);
    }
    if booted {
        systemctl(&["daemon-reload"])?;
    }
    if wish.purge {
        data.iter().try_for_each(|place| remove(place))?;
        say("Alongside and its data are gone.");
    } else {
        say(&format!("Alongside is gone. Its data stays in {}; `install` finds it again.", data[0].display()));
    }
    Ok(())
}

/// The directory below which everything goes; without one this machine's own, which only root may change.
fn below(root: Option<&Path>) -> Result<PathBuf, String> {
    match root {
        Some(root) => Ok(root.to_owned()),
        None if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) => Ok(PathBuf::from("/")),
        None => Err("Installing a service is for root: run it with sudo.".to_owned()),
    }
}

fn not_packaged(own: &Path, root: &Path) -> Result<(), String> {
    if own == Path::new(PACKAGED) || at(root, PACKAGED).exists() {
        return Err(format!(
            "{PACKAGED} is there, so a package brought Alongside: install and upgrade it by the package manager."
        ));
    }
    Ok(())
}

fn start() -> Result<(), String> {
    if !systemd_runs() {
        return Err(format!("The files are in place, but no systemd runs here. Start it in your own way: {PROGRAM} serve"));
    }
    systemctl(&["daemon-reload"])?;
    systemctl(&["--quiet", "enable", "--now", "alongside.socket"])?;
    systemctl(&["--quiet", "enable", "alongside.service"])?;
    // A start anew where it ran: the socket stays, and nobody is refused.
    systemctl(&["restart", "alongside.service"])?;
    say("Alongside runs, and starts with the machine.\n");
    let linked = Command::new(PROGRAM).arg("setup-link").output();
    if let Some(done) = linked.ok().filter(|done| done.status.success()) {
        say(String::from_utf8_lossy(&done.stdout).trim_end());
    }
    Ok(())
}

fn systemd_runs() -> bool {
    Path::new("/run/systemd/system").exists()
}

fn systemctl(words: &[&str]) -> Result<(), String> {
    let done = Command::new("systemctl").args(words).status().map_err(|e| format!("systemctl cannot be run: {e}."))?;
    if done.success() { Ok(()) } else { Err(format!("`systemctl {}` did not go well; it says why above.", words.join(" "))) }
}

fn at(root: &Path, place: &str) -> PathBuf {
    root.join(place.trim_start_matches('/'))
}

/// Writes a file whole or not at all, beside the one that is there: a running program can be replaced, not written over.
fn put(path: &Path, bytes: &[u8], mode: u32) -> Result<(), String> {
    let wrong = |e: std::io::Error| format!("{} cannot be written: {e}.", path.display());
    let folder = path.parent().unwrap_or(Path::new("/"));
    let made = folder.join(format!(".alongside-{}", std::process::id()));
    // What everybody reads must not be shut by the mask that keeps the data private.
    let open = |path: &Path| fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path);
    fs::create_dir_all(folder).map_err(wrong)?;
    let mut file = open(&made).map_err(wrong)?;
    file.write_all(bytes).map_err(wrong)?;
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    file.set_permissions(permissions).map_err(wrong)?;
    file.sync_all().map_err(wrong)?;
    fs::rename(&made, path).map_err(wrong)
}

fn remove(path: &Path) -> Result<(), String> {
    let gone = if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match gone {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(format!("{} cannot be removed: {e}.", path.display())),
        _ => Ok(()),
    }
}
