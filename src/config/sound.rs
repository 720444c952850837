//! Whether what was written can be meant: each refusal names the key, the place where it was said, and what to write.
//!
//! Nothing is looked at but the words themselves; whether files are there and addresses free is seen by who uses them.

use super::File;
use super::layers::{Origin, Sheet};
use crate::domain::grid::STEPS;
use crate::domain::time::Zone;
use std::net::IpAddr;
use std::path::Path;

/// A secret of relays that is shorter could be guessed, in bytes.
const SECRET_LEAST: usize = 16;
/// Letters of a house's name.
const NAME_MOST: usize = 60;

/// Judges all that was said.
///
/// # Errors
/// One sentence about the first thing that is wrong.
pub fn judge(all: &File, sheet: &Sheet) -> Result<(), String> {
    let at = |key: &str| match sheet.origin(key).map(Origin::at) {
        Some(place) => format!("{key} {place}"),
        None => key.to_owned(),
    };
    names(&all.names, &at("names"))?;
    names(&all.acme.names, &at("acme.names"))?;
    addresses(&all.listen, &at("listen"))?;
    acme(all, &at)?;
    turn(all, &at)?;
    house(all, &at)?;
    for (key, said) in [("map_port", &all.map_port), ("lan_name", &all.lan_name)] {
        if let Some(other) = said.as_deref().filter(|said| !["yes", "no"].contains(said)) {
            return Err(format!("{} is {other:?}: write yes or no.", at(key)));
        }
    }
    if all.tls.certificate.is_some() != all.tls.key.is_some() {
        let said = if all.tls.key.is_some() { at("tls.key") } else { at("tls.certificate") };
        return Err(format!("{said} stands alone: tls.certificate and tls.key go together."));
    }
    let places = [
        ("backup.folder", &all.backup.folder),
        ("tls.certificate", &all.tls.certificate),
        ("tls.key", &all.tls.key),
        ("acme.ca_file", &all.acme.ca_file),
    ];
    for (key, place) in places {
        // A service starts in another directory than the person who tries it.
        let typed = sheet.origin(key) == Some(&Origin::Flag);
        if let Some(place) = place.as_deref().filter(|place| !typed && !place.is_absolute()) {
            return Err(format!("{} is {:?}: write the whole path, from / on.", at(key), Path::display(place).to_string()));
        }
    }
    Ok(())
}

fn names(names: &[String], at: &str) -> Result<(), String> {
    let sound = |name: &str| {
        let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        name.parse::<IpAddr>().is_ok() || name.len() <= 253 && name.split('.').all(part)
    };
    match names.iter().find(|name| !sound(name)) {
        Some(name) => Err(format!("{at} has {name:?}, which is no host name: letters, figures and hyphens, with dots between.")),
        None => Ok(()),
    }
}

fn addresses(listen: &[String], at: &str) -> Result<(), String> {
    match listen.iter().find(|text| text.parse::<IpAddr>().is_err()) {
        Some(text) => Err(format!("{at} has {text:?}, which is no address of a machine: write one such as 192.168.1.5, or ::1.")),
        None => Ok(()),
    }
}

fn acme(all: &File, at: &dyn Fn(&str) -> String) -> Result<(), String> {
    let directory = all.acme.directory.as_deref().unwrap_or("staging");
    if directory != "staging" && !directory.starts_with("https://") {
        return Err(format!("{} is {directory:?}: write staging, or the https address of a directory.", at("acme.directory")));
    }
    if let Some(contact) = all.acme.contact.as_ref().filter(|text| !text.contains('@') || text.contains(char::is_whitespace)) {
        return Err(format!("{} is {contact:?}, which is no e-mail address.", at("acme.contact")));
    }
    Ok(())
}

fn turn(all: &File, at: &dyn Fn(&str) -> String) -> Result<(), String> {
    let turn = &all.turn;
    if let Some(other) = turn.external.iter().find(|url| !url.starts_with("turn:") && !url.starts_with("turns:")) {
        return Err(format!(
            "{} has {other:?}, which is no relay: write turn:host:port or turns:host:port.",
            at("turn.external")
        ));
    }
    if !turn.external.is_empty() && turn.shared_secret.is_none() {
        return Err(format!("{} needs turn.shared_secret_file: the secret that those relays know.", at("turn.external")));
    }
    if turn.shared_secret.as_ref().is_some_and(|secret| secret.len() < SECRET_LEAST) {
        return Err(format!("{} could be guessed: at least {SECRET_LEAST} letters.", at("turn.shared_secret")));
    }
    Ok(())
}

fn house(all: &File, at: &dyn Fn(&str) -> String) -> Result<(), String> {
    let house = &all.house;
    if let Some(zone) = house.zone.as_deref().filter(|name| Zone::named(name).is_none()) {
        return Err(format!("{} has {zone:?}, which is no time zone: write one such as Europe/Lisbon.", at("house.zone")));
    }
    if let Some(step) = house.step.filter(|step| !STEPS.contains(step)) {
        return Err(format!("{} is {step}: sessions may start every 5, 15, 30 or 60 minutes.", at("house.step")));
    }
    if let Some(name) = house.name.as_deref().filter(|name| name.chars().count() > NAME_MOST) {
        return Err(format!("{} is {name:?}: give the place a name of up to {NAME_MOST} characters.", at("house.name")));
    }
    Ok(())
}
