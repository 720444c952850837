//! Puts the wire thread together: the relay's secret, the addresses it is known by, the SFU behind it.

use super::media_ways::{self, MediaDoors};
use crate::clock::{Clock, Dice};
use crate::config::Config;
use crate::media::{self, Identity, Sfu};
use crate::port::addresses::{self, Address, Reach};
use crate::switchboard::{self, Handle, Switchboard};
use crate::turn::{self, Aliases};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, UdpSocket};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What minter and relay share, in the data directory, unless the configuration says another.
const SECRET: &str = "turn-secret";
/// A secret that is shorter could be guessed, in bytes.
const SHORTEST: usize = 16;

/// The running wire, the way to speak to it, and what it tells.
pub struct Started {
    pub switchboard: Switchboard,
    pub handle: Handle,
    pub events: mpsc::Receiver<media::Event>,
    /// What credentials are minted with ([`turn::credentials::mint`]).
    pub secret: Vec<u8>,
}

/// Starts the wire thread on these sockets.
///
/// # Errors
/// One sentence.
pub fn start(config: &Config, udp: Vec<UdpSocket>, doors: MediaDoors, clock: &Clock) -> Result<Started, String> {
    let secret = secret(config)?;
    let found = addresses::of_machine().unwrap_or_default();
    let turn = turn::Settings::new(secret.clone(), aliases(&found), Dice.bytes(), u64::from_ne_bytes(Dice.bytes()));
    let settings = switchboard::Settings { udp, clock: clock.clone(), turn };
    let identity = Arc::new(Identity::generate().map_err(|e| format!("No certificate for calls could be made: {e}."))?);
    let dice = Box::new(|bytes: &mut [u8]| Dice.fill(bytes));
    let started = switchboard::start(settings, move |now| Sfu::new(identity, now, dice));
    let (switchboard, handle, events) = started.map_err(|e| format!("The machine gives no thread for calls: {e}."))?;
    // The queue of a thread that has just started has room.
    let _ = handle.set_sfu_addresses(media_ways::own(&found, doors));
    Ok(Started { switchboard, handle, events, secret })
}

/// Which of the machine's addresses relayed candidates are shown with: in each family the one that reaches farthest.
pub(super) fn aliases(found: &[Address]) -> Aliases {
    const FARTHEST: [Reach; 6] = [Reach::PublicV4, Reach::PublicV6, Reach::LanV4, Reach::LanV6, Reach::Carrier, Reach::LinkLocal];
    let mut aliases = Aliases::DUMMY;
    for reach in FARTHEST.iter().rev() {
        match found.iter().find(|address| address.reach == *reach).map(|address| address.ip) {
            Some(IpAddr::V4(ip)) => aliases.v4 = ip,
            Some(IpAddr::V6(ip)) => aliases.v6 = ip,
            None => {}
        }
    }
    aliases
}

/// The secret of the configuration, else the house's own, which is made at the first start.
fn secret(config: &Config) -> Result<Vec<u8>, String> {
    if let Some(secret) = &config.turn.shared_secret {
        return sound("turn.shared_secret", secret);
    }
    let path = config.data_dir.join(SECRET);
    if let Some(text) = read(&path)? {
        return sound(&path.display().to_string(), &text);
    }
    let secret = Dice.word::<32>();
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let written = made.and_then(|mut file| file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|e| format!("{} cannot be written: {e}.", path.display()))?;
    Ok(secret.into_bytes())
}

fn read(path: &Path) -> Result<Option<String>, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(format!("{} cannot be read: {e}.", path.display())),
    }
}

fn sound(place: &str, text: &str) -> Result<Vec<u8>, String> {
    let secret = text.trim();
    if secret.len() < SHORTEST {
        return Err(format!("{place} holds no secret of at least {SHORTEST} letters."));
    }
    Ok(secret.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Written;
    use std::net::Ipv4Addr;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("alongside-wire-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a directory");
        folder
    }

    fn config(folder: &Path) -> Config {
        Config::meant(Written { data_dir: Some(folder.to_owned()), ..Written::default() }, &|_| None).expect("it means something")
    }

    #[test]
    fn the_secret_is_made_once_and_for_the_owner_only() {
        let folder = folder("made");
        let config = config(&folder);
        let made = secret(&config).expect("made");
        assert_eq!(secret(&config).expect("read"), made);
        assert!(made.len() >= 32);
        let mode = std::fs::metadata(folder.join(SECRET)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_dir_all(folder).expect("gone");
    }

    #[test]
    fn a_secret_that_is_said_must_be_long_enough() {
        let folder = folder("named");
        let mut config = config(&folder);
        config.turn.shared_secret = Some("short".to_owned());
        assert!(secret(&config).expect_err("too short").contains("turn.shared_secret"));
        config.turn.shared_secret = Some("shared with the pool of relays".to_owned());
        assert_eq!(secret(&config).expect("read"), b"shared with the pool of relays");
        std::fs::remove_dir_all(folder).expect("gone");
    }

    #[test]
    fn relayed_candidates_show_the_address_that_reaches_farthest_and_never_loopback() {
        let address = |reach, ip: &str| Address { reach, ip: ip.parse().expect("an address") };
        let lan = address(Reach::LanV4, "192.168.1.5");
        let public = address(Reach::PublicV4, "203.0.113.5");
        let six = address(Reach::LanV6, "fd00::5");
        let own = address(Reach::Loopback, "127.0.0.1");
        assert_eq!(aliases(&[own]), Aliases::DUMMY);
        assert_eq!(aliases(&[lan, own]), Aliases { v4: Ipv4Addr::new(192, 168, 1, 5), ..Aliases::DUMMY });
        let all = aliases(&[lan, public, six, own]);
        assert_eq!((all.v4.to_string(), all.v6.to_string()), ("203.0.113.5".to_owned(), "fd00::5".to_owned()));
    }
}
