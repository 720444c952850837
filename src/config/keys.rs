//! Every key there is, as data: one row each. The file, the environment, `--set`, `config show` and the reference are made of it.
//!
//! A key is optional, and there are at most 25: what a keeper has to decide belongs on a page, and what nobody has to decide is
//! decided. A test keeps that number.

/// What a key's value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number,
    Text,
    /// A list of texts; in the environment with commas or blanks between.
    Words,
    /// A text that is never shown. `KEY_file` names a file that holds it, and so does a systemd credential `alongside.KEY`.
    Secret,
}

/// One key.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// With a dot where the file has a table: `turn.external`.
    pub name: &'static str,
    pub kind: Kind,
    /// What holds when nobody says anything, in words.
    pub default: &'static str,
    pub says: &'static str,
    /// Whether the admin's page has it too; then what is written here wins, and the page shows it read-only.
    pub on_page: bool,
}

const fn key(name: &'static str, kind: Kind, default: &'static str, says: &'static str) -> Key {
    Key { name, kind, default, says, on_page: false }
}

const fn on_page(name: &'static str, kind: Kind, default: &'static str, says: &'static str) -> Key {
    Key { on_page: true, ..key(name, kind, default, says) }
}

/// The table.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("port", Kind::Number, "8443, or what a socket unit hands over",
        "The one port, TCP and UDP; 0 takes a free one and says which. A number that was chosen is remembered."),
    key("names", Kind::Words, "the machine's own name",
        "Further host names, or public addresses, under which people reach this machine. They are in the certificate, and plain HTTP is redirected to them."),
    key("listen", Kind::Words, "every address",
        "Addresses of this machine to listen on."),
    key("turn.external", Kind::Words, "the built-in relay",
        "`turn:` and `turns:` addresses of a pool of relays to use instead of the built-in one."),
    key("turn.shared_secret", Kind::Secret, "made at the first start",
        "What this instance shares with its relays; at least 16 letters. Needed with `turn.external`."),
    key("tls.certificate", Kind::Text, "the instance's own authority",
        "A certificate from elsewhere as text (PEM), with what leads to its authority; goes with `tls.key`. A renewed file is taken over by itself."),
    key("tls.key", Kind::Text, "the instance's own authority",
        "The private key of that certificate (PEM). The packages' service has a user of its own, whom a group lets in: `chgrp ssl-cert` and `chmod g+r` the key, `g+rx` the folders above it, and `SupplementaryGroups=ssl-cert` in the `[Service]` of `systemctl edit alongside.service`."),
    on_page("acme.names", Kind::Words, "none: the instance's own authority",
        "Names and public addresses to get a certificate for by ACME; with it you agree to that authority's terms. It looks at port 443, which has to lead here, or at port 80."),
    on_page("acme.contact", Kind::Text, "nobody",
        "Whom that authority may write to: an e-mail address."),
    key("acme.directory", Kind::Text, "Let's Encrypt",
        "Another ACME authority's directory, or `staging` for Let's Encrypt's rehearsals."),
    key("acme.ca_file", Kind::Text, "the public roots in the program",
        "Whom to believe that it is that authority: its root certificates as text (PEM)."),
    on_page("map_port", Kind::Text, "no",
        "`yes` asks the router (by PCP, NAT-PMP or UPnP) to let people from anywhere through to the one port, for as long as the server runs."),
    on_page("lan_name", Kind::Text, "yes",
        "`no` keeps the server from answering to the machine's name in its own network, such as `desk.local` (mDNS)."),
    key("proxy.trusted", Kind::Words, "nobody",
        "Addresses or networks of proxies that say truly for whom they ask, such as `10.0.0.0/24`."),
    key("proxy.listen", Kind::Text, "nowhere",
        "Where plain HTTP is taken from a proxy on this machine: a loopback address with a port, or the path of a socket."),
    key("backup.folder", Kind::Text, "`backups` in the data directory",
        "Where nightly backups go; best on another disk."),
    key("backup.passphrase", Kind::Secret, "none: backups are not locked",
        "What locks backups. Keep it elsewhere as well: nobody opens them without it."),
    key("metrics_token", Kind::Secret, "none: `/metrics` answers this machine only, as `localhost`",
        "What `/metrics` asks for as a bearer token. Behind a proxy it answers nobody without one."),
    on_page("house.name", Kind::Text, "asked at the setup",
        "The name of the place."),
    on_page("house.zone", Kind::Text, "asked at the setup",
        "The clock that focus hours follow, such as `Europe/Lisbon`."),
    on_page("house.step", Kind::Number, "15",
        "Minutes between starts: 5, 15, 30 or 60."),
];

/// What ends the name of a key that names a file with a secret.
pub const FILE: &str = "_file";

/// The row of a key.
pub fn named(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The secret that `name` names a file for.
pub fn secret_of(name: &str) -> Option<&'static Key> {
    named(name.strip_suffix(FILE)?).filter(|key| key.kind == Kind::Secret)
}

/// The key that somebody who wrote `wrong` most likely meant.
pub fn nearest(wrong: &str) -> &'static str {
    // Whoever wrote only the table, or left it out, is led to a key of it.
    let part = |name: &'static str| name.split_once('.').map(|(table, last)| [table, last]);
    let parts = |name| part(name).into_iter().flatten().map(|part| distance(wrong, part) + 1).min();
    let far = |key: &&Key| parts(key.name).unwrap_or(usize::MAX).min(distance(wrong, key.name));
    KEYS.iter().min_by_key(far).map_or("port", |key| key.name)
}

/// The environment's variable for a key: `ALONGSIDE_TURN_EXTERNAL`.
pub fn variable(name: &str) -> String {
    format!("ALONGSIDE_{}", name.replace('.', "_").to_ascii_uppercase())
}

/// What else the environment may say that begins as the keys' variables do.
const BESIDE_KEYS: [&str; 4] = [super::DATA_DIR_VARIABLE, super::FILE_VARIABLE, "ALONGSIDE_LOG", "ALONGSIDE_TEST_CLOCK"];
/// So many slips of the pen lead from a variable to the one that was meant; what is farther off is somebody else's.
const SLIPS: usize = 2;

/// The variable that was most likely meant, if this one is none of ours and looks as if it were meant to be.
///
/// Not every stranger is an error: whatever starts programs puts names there of its own making (`ALONGSIDE_SERVICE_HOST`).
pub fn meant(variable: &str) -> Option<String> {
    let files = KEYS.iter().filter(|key| key.kind == Kind::Secret).map(|key| self::variable(key.name) + "_FILE");
    let mut known = KEYS.iter().map(|key| self::variable(key.name)).chain(files).chain(BESIDE_KEYS.map(str::to_owned));
    if !variable.starts_with("ALONGSIDE_") || known.clone().any(|name| name == variable) {
        return None;
    }
    known.find(|name| distance(variable, name) <= SLIPS)
}

/// How many letters must be put in, taken out or exchanged (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().take(64).enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let kept = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = kept.min(row[j] + 1).min(corner + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_at_most_25_keys_and_no_two_have_one_name() {
        // The data directory and the configuration file are said by flag or environment, and count as well.
        assert!(KEYS.len() + 2 <= 25);
        for (n, key) in KEYS.iter().enumerate() {
            assert!(KEYS[n + 1..].iter().all(|other| variable(other.name) != variable(key.name)), "{}", key.name);
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_led_to_the_right_key() {
        assert_eq!(nearest("prot"), "port");
        assert_eq!(nearest("turn.externals"), "turn.external");
        assert_eq!(nearest("external"), "turn.external");
        assert_eq!(nearest("hose.nmae"), "house.name");
        assert_eq!(nearest("house"), "house.name");
        assert_eq!(nearest("hause"), "house.name");
        assert_eq!(nearest(""), nearest(""));
    }

    #[test]
    fn a_slip_in_a_variable_is_seen_and_a_strangers_variable_is_let_be() {
        assert_eq!(meant("ALONGSIDE_PROT").as_deref(), Some("ALONGSIDE_PORT"));
        assert_eq!(meant("ALONGSIDE_HOUSE_NMAE").as_deref(), Some("ALONGSIDE_HOUSE_NAME"));
        assert_eq!(meant("ALONGSIDE_METRICS_TOKENFILE").as_deref(), Some("ALONGSIDE_METRICS_TOKEN_FILE"));
        assert_eq!(meant("ALONGSIDE_DATADIR").as_deref(), Some("ALONGSIDE_DATA_DIR"));
        for other in
            ["ALONGSIDE_PORT", "ALONGSIDE_LOG", "ALONGSIDE_SERVICE_HOST", "ALONGSIDE_PORT_8443_TCP", "ALONGSIDE_BIN", "PROT"]
        {
            assert_eq!(meant(other), None, "{other}");
        }
    }
}
