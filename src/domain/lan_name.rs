//! The name by which devices in the house's own network find this machine, without anybody keeping a list of names: `desk.local`.
//!
//! Who answers to it is found out by asking the network; what that means is decided here.

use std::net::IpAddr;

/// Where such names end (RFC 6762 section 3).
const DOMAIN: &str = ".local";
/// What container programs call a machine that nobody has named.
const CONTAINER_DIGITS: usize = 12;

/// How it stands with the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LanName {
    /// Nobody wants it.
    #[default]
    Off,
    /// The machine has no name that people could say, or is in no private network.
    None,
    /// The network is being asked who has it.
    Asking { name: String },
    /// This server answers to it.
    Answers { name: String },
    /// Another machine has the name that this one would have; this server answers to the next one.
    Instead { wanted: String, name: String },
    /// Something else on this machine answers to it: the system's own name service, or another server.
    System { name: String },
    /// It can't be answered to; why, as a sentence.
    Unable { name: String, why: String },
}

impl LanName {
    /// The name that leads here, where one does.
    pub fn leads_here(&self) -> Option<&str> {
        match self {
            Self::Answers { name } | Self::Instead { name, .. } | Self::System { name } => Some(name),
            Self::Off | Self::None | Self::Asking { .. } | Self::Unable { .. } => None,
        }
    }
}

/// The name that a machine of this name would have; none for names that nobody chose.
pub fn wished(machine: &str) -> Option<String> {
    let label = machine.split('.').next().unwrap_or_default();
    let sound = (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-');
    let given = label.len() == CONTAINER_DIGITS && label.bytes().all(|b| b.is_ascii_hexdigit());
    (sound && !given && label != "localhost").then(|| format!("{}{DOMAIN}", label.to_ascii_lowercase()))
}

/// Who answered when the network was asked for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    Nobody,
    /// It leads to this machine already.
    ThisMachine,
    Another(IpAddr),
}

/// Judges the addresses that came back.
pub fn owner(answered: &[IpAddr], own: &[IpAddr]) -> Owner {
    match (answered.iter().any(|ip| own.contains(&ip.to_canonical())), answered.first()) {
        (true, _) => Owner::ThisMachine,
        (false, Some(ip)) => Owner::Another(*ip),
        (false, None) => Owner::Nobody,
    }
}

/// What is answered to, told by the name that was wished for.
pub fn answering(wanted: String, name: String) -> LanName {
    if wanted == name { LanName::Answers { name } } else { LanName::Instead { wanted, name } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_found_by_the_first_word_of_its_name() {
        assert_eq!(wished("Desk").as_deref(), Some("desk.local"));
        assert_eq!(wished("desk.example.org").as_deref(), Some("desk.local"));
        for none in ["", "localhost", "localhost.localdomain", "-a", "two words", "3f2a1bc09d4e"] {
            assert_eq!(wished(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_name_that_leads_here_already_is_left_to_who_answers() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let own = [ip("192.168.1.5"), ip("fd00::5")];
        assert_eq!(owner(&[ip("fd00::5"), ip("10.0.0.1")], &own), Owner::ThisMachine);
        assert_eq!(owner(&[ip("192.168.1.9")], &own), Owner::Another(ip("192.168.1.9")));
        assert_eq!(owner(&[], &own), Owner::Nobody);
    }

    #[test]
    fn only_a_name_that_is_answered_to_leads_here() {
        let (desk, next) = ("desk.local".to_owned(), "desk-2.local".to_owned());
        assert_eq!(answering(desk.clone(), next.clone()).leads_here(), Some("desk-2.local"));
        assert_eq!(answering(desk.clone(), desk.clone()), LanName::Answers { name: desk.clone() });
        assert_eq!(LanName::Asking { name: desk.clone() }.leads_here(), None);
        assert_eq!(LanName::System { name: desk }.leads_here(), Some("desk.local"));
    }
}
