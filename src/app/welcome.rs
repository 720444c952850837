//! What the terminal says at the start: every address, the link that sets the instance up, the fingerprint to compare.
#![allow(clippy::print_stdout)]

use super::origins;
use crate::actions::{Fault, demo, set_up};
use crate::clock::{Clock, Dice};
use crate::config::Config;
use crate::password::{hash_here, secret_hash};
use crate::store::Store;
use crate::tls::Tls;
use qrcode::QrCode;
use qrcode::render::unicode;
use std::fmt::Write;
use std::path::Path;

/// Prints where the instance can be opened, and by which link it is set up.
///
/// # Errors
/// One sentence of the store.
pub async fn print(config: &Config, store: &Store, clock: &Clock, tls: &Tls, port: u16, demo: bool) -> Result<(), String> {
    let mut text = format!("Alongside {} keeps its data in {}\n\n", env!("CARGO_PKG_VERSION"), config.data_dir.display());
    let origins = origins(config, port);
    if demo {
        demo_links(store, clock, port, &mut text).await?;
    } else if is_done(store).await? {
        text += "  Open it at one of these addresses:\n\n";
        origins.iter().for_each(|origin| text += &format!("    {origin}\n"));
    } else {
        setup_links(store, clock, &origins, &config.verb("setup-link"), &mut text).await?;
    }
    text.push('\n');
    vouching(config, tls, &origins, &mut text);
    let _ = write!(text, "Ready on port {port}");
    println!("{text}");
    Ok(())
}

/// Whether the house is set up. One whose database is damaged was: its pages say so, and the program stays to show them.
async fn is_done(store: &Store) -> Result<bool, String> {
    let read = store.read(set_up::is_done).await;
    match &read {
        Err(Fault::Store(error)) if error.ailment().is_some() => {
            store.note(error);
            Ok(true)
        }
        _ => read.map_err(|fault| fault.to_string()),
    }
}

/// Who vouches for it, what to compare, and where warnings end.
fn vouching(config: &Config, tls: &Tls, origins: &[String], text: &mut String) {
    let own: Vec<&String> = origins.iter().filter(|origin| !tls.is_known(host_of(origin))).collect();
    let Some(last) = own.last() else {
        let file = config.tls.certificate.as_deref().unwrap_or(Path::new("elsewhere"));
        let _ = writeln!(text, "  Browsers are shown the certificate from {}:", file.display());
        let _ = writeln!(text, "    SHA-256 {}\n", tls.leaf_fingerprint());
        return;
    };
    *text += "  The browser warns once: this machine made its certificate itself, so nobody else vouches for it yet.\n";
    let _ = writeln!(text, "  Compare the fingerprint, then go on:\n    SHA-256 {}\n", tls.leaf_fingerprint());
    let asked_for = |host: &str| config.acme.names.iter().any(|name| name == host.trim_matches(['[', ']']));
    let beyond = own.first().map(|origin| host_of(origin)).filter(|host| !tls.holds(host) && !asked_for(host));
    if let Some(host) = beyond {
        let _ = writeln!(text, "  By {host} the warning stays: this machine vouches for its own network only.");
        *text += "  For people from anywhere: the setup, or Admin, Way in, gets a certificate that every browser knows.\n\n";
    }
    let first = own.iter().find(|origin| tls.holds(host_of(origin))).unwrap_or(last);
    *text += "  To end the warnings for good, let each device trust this place, by the steps on this page:\n";
    let _ = writeln!(text, "    {first}/trust");
    let _ = writeln!(text, "  {}, SHA-256 {}\n", tls.authority_name(), tls.authority_fingerprint());
}

/// The host of an origin, without its port.
fn host_of(origin: &str) -> &str {
    let host = origin.trim_start_matches("https://");
    host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(host, _)| host)
}

async fn setup_links(store: &Store, clock: &Clock, origins: &[String], another: &str, text: &mut String) -> Result<(), String> {
    let secret = Dice.word::<16>();
    let link = secret_hash(&secret);
    store.write(clock.now(), move |tx| set_up::link(tx, &link)).await.map_err(|e: Fault| e.to_string())?;
    *text += "  It isn't set up yet. Open one of these links within 30 minutes; it works once.\n";
    let _ = writeln!(text, "  (Another one: {another})\n");
    for origin in origins {
        let _ = writeln!(text, "    {origin}/setup?t={secret}");
    }
    if let (true, Some(first)) = (crate::sys::is_terminal(), origins.first()) {
        let _ = writeln!(text, "\n{}", qr(&format!("{first}/setup?t={secret}")));
    }
    Ok(())
}

fn qr(link: &str) -> String {
    let Ok(code) = QrCode::new(link.as_bytes()) else { return String::new() };
    code.render::<unicode::Dense1x2>().dark_color(unicode::Dense1x2::Light).light_color(unicode::Dense1x2::Dark).build()
}

async fn demo_links(store: &Store, clock: &Clock, port: u16, text: &mut String) -> Result<(), String> {
    let (ana, ben) = (Dice.word::<16>(), Dice.word::<16>());
    let (links, zone) = ((secret_hash(&ana), secret_hash(&ben)), system_zone());
    let password = hash_here(&Dice.word::<32>(), Dice.bytes());
    let made = store.write(clock.now(), move |tx| demo::found(tx, &zone, &password, (&links.0, &links.1))).await;
    let made = made.map_err(|e: Fault| e.to_string())?;
    let zone = crate::domain::time::Zone::or_utc(&system_zone());
    let wall = zone.wall(made.start);
    let _ = writeln!(text, "  A throw-away house: everything is gone when it ends (Ctrl-C).");
    let _ = writeln!(
        text,
        "  A session of 25 minutes starts at {}:{:02}. Open these in two windows, side by side:\n",
        wall.hour(),
        wall.minute()
    );
    let _ = writeln!(text, "    Ana  https://localhost:{port}/enter/{ana}?next=/session/{}", made.first.1);
    // Another host name, so that the two logins live beside each other; muted, so that nothing howls.
    let _ = writeln!(text, "    Ben  https://127.0.0.1:{port}/enter/{ben}?next=/session/{}%3Fmuted%3D1", made.second.1);
    Ok(())
}

fn system_zone() -> String {
    jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Written;

    #[test]
    fn warnings_are_said_to_end_only_where_they_do() {
        let folder = std::env::temp_dir().join(format!("alongside-welcome-{}", Dice.word::<6>()));
        let tls = crate::tls::open(&folder, &[], &["10.0.0.7".parse().expect("an address")], 1_900_000_000).expect("TLS");
        let mut config = Config::meant(Written::default(), &|_| None).expect("sound");
        let origins = ["203.0.113.9", "10.0.0.7", "localhost"].map(|host| format!("https://{host}:8443"));
        let said = |config: &Config, origins: &[String]| {
            let mut text = String::new();
            vouching(config, &tls, origins, &mut text);
            text
        };
        let first = said(&config, &origins);
        assert!(first.contains("By 203.0.113.9 the warning stays") && first.contains("https://10.0.0.7:8443/trust"), "{first}");
        assert!(!said(&config, &origins[1..]).contains("the warning stays"));
        assert!(said(&config, &origins[2..]).contains(&tls.authority_fingerprint()), "also where nobody else comes yet");
        config.acme.names = vec!["203.0.113.9".to_owned()];
        assert!(!said(&config, &origins).contains("the warning stays"), "one that browsers know is on its way");
        std::fs::remove_dir_all(folder).expect("gone");
    }
}
