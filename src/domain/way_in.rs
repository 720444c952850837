//! Who comes to this house from where: from its own network only, or from anywhere, and then by which name.
//!
//! An address or a name that nobody outside can come by is refused where it is typed: no public authority would vouch for it.

use super::lan_name::LanName;
use super::refusal::Refusal;
use super::time::Timestamp;
use std::net::{IpAddr, Ipv4Addr};

/// Domains that are nobody's on the internet.
const PRIVATE_DOMAINS: [&str; 6] = ["localhost", "local", "lan", "home.arpa", "internal", "localdomain"];
const NAME_MOST: usize = 253;
const CONTACT_MOST: usize = 254;

/// From where people come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Opening {
    /// From the house's own network.
    #[default]
    House,
    /// From the internet.
    Anywhere,
}

impl Opening {
    pub const ALL: [Self; 2] = [Self::House, Self::Anywhere];

    pub fn word(self) -> &'static str {
        match self {
            Self::House => "house",
            Self::Anywhere => "anywhere",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|opening| opening.word() == word)
    }
}

/// What a keeper chose on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub opening: Opening,
    /// A name, or a public address; none means whatever public address the house has.
    pub name: Option<String>,
    /// Whom the authority may write to: an e-mail address.
    pub contact: Option<String>,
    /// The router is asked to let people through.
    pub maps: bool,
}

/// How it stands with the certificate that browsers everywhere believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The authority is being asked, or will be in a moment.
    Asking,
    /// It came, which nobody can have who is not reached by that name: the proof that the way from outside is open.
    Held { issuer: String },
    /// None came; the authority's own words, and when it is asked again.
    Refused { why: String, again_at: Timestamp, may_ask: bool },
}

/// What became of asking the router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mapping {
    Asking,
    /// It lets people through to the port, as long as it is asked again and again.
    Held {
        by: String,
        outside: IpAddr,
        port: u16,
        web: bool,
    },
    Refused {
        why: String,
    },
}

/// How it stands with the way in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What was chosen on a page.
    pub choice: Choice,
    /// The name or public address by which people come from anywhere; none while none is known.
    pub name: Option<String>,
    pub proof: Option<Proof>,
    /// None where the router is not asked.
    pub mapping: Option<Mapping>,
    /// Whole addresses that others in the house's own network type, the best first.
    pub addresses: Vec<String>,
    /// How it stands with the machine's name in that network.
    pub lan_name: LanName,
}

impl Choice {
    /// What was typed, cleaned. What belongs to the other answer is kept with it: who changes their mind need not type it again.
    ///
    /// # Errors
    /// `way_in_name` or `way_in_contact`, with what would be right.
    pub fn typed(opening: Opening, name: &str, contact: &str, maps: bool) -> Result<Self, Refusal> {
        let contact = contact.trim();
        let sound = contact.is_empty()
            || contact.len() <= CONTACT_MOST
                && contact.contains('@')
                && !contact.contains(|c: char| c.is_whitespace() || c.is_control());
        if !sound {
            return Err(Refusal::new("way_in_contact", "That is no e-mail address. It may also stay empty."));
        }
        let contact = (!contact.is_empty()).then(|| contact.to_owned());
        match name_cleaned(name) {
            Ok(name) => Ok(Self { opening, name, contact, maps }),
            // A name that is not asked for is no reason to stop.
            Err(_) if opening == Opening::House => Ok(Self { opening, name: None, contact, maps }),
            Err(refusal) => Err(refusal),
        }
    }
}

/// A host out of what people type or copy from a browser; none when nothing was typed.
fn name_cleaned(typed: &str) -> Result<Option<String>, Refusal> {
    let text = typed.trim().to_ascii_lowercase();
    let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(&text);
    let text = text.split('/').next().unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    let bare = text.trim_matches(['[', ']']);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return address_cleaned(ip).map(Some);
    }
    let host = match text.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host.trim_matches(['[', ']']),
        _ => bare,
    };
    let host = host.trim_end_matches('.');
    if let Ok(ip) = host.parse::<IpAddr>() {
        return address_cleaned(ip).map(Some);
    }
    if !is_name(host) {
        return Err(Refusal::new(
            "way_in_name",
            format!(
                "“{host}” is no name of the internet. One looks like desk.example.org: letters, figures and hyphens, with dots between."
            ),
        ));
    }
    if let Some(domain) = PRIVATE_DOMAINS.into_iter().find(|domain| is_within(host, domain)) {
        return Err(Refusal::new(
            "way_in_name",
            format!(
                "Names in .{domain} hold inside one network only. For people from anywhere it takes a name of the internet, or a public address."
            ),
        ));
    }
    Ok(Some(host.to_owned()))
}

fn address_cleaned(ip: IpAddr) -> Result<String, Refusal> {
    match (is_public(ip), is_carriers(ip)) {
        (true, _) => Ok(ip.to_string()),
        (_, true) => Err(Refusal::new(
            "way_in_name",
            format!(
                "{ip} belongs to the provider's own network: nobody comes in by it from outside. Ask the provider for an address of your own."
            ),
        )),
        _ => Err(Refusal::new(
            "way_in_name",
            format!("{ip} holds inside one network only. From outside people come by the router's public address, or by a name."),
        )),
    }
}

fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let inside = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        matches!(label.len(), 1..=63) && inside && !label.starts_with('-') && !label.ends_with('-')
    };
    let last_is_word = host.rsplit('.').next().is_some_and(|last| !last.bytes().all(|b| b.is_ascii_digit()));
    host.len() <= NAME_MOST && host.contains('.') && host.split('.').all(is_label) && last_is_word
}

fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether an address can be somebody's on the internet.
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let special = matches!((a, b, c), (0 | 127 | 240..=255, _, _) | (192, 0, 0) | (198, 18..=19, _));
            !(special || ip.is_private() || ip.is_link_local() || ip.is_multicast() || is_carriers(ip.into()))
        }
        IpAddr::V6(ip) => ip.segments()[0] & 0xE000 == 0x2000,
    }
}

/// Whether an address is from the range of carriers and overlay networks, 100.64.0.0/10 (RFC 6598).
pub fn is_carriers(ip: IpAddr) -> bool {
    matches!(ip.to_canonical(), IpAddr::V4(ip) if ip & Ipv4Addr::new(255, 192, 0, 0) == Ipv4Addr::new(100, 64, 0, 0))
}

/// What it means when the router's own address outside is this one; none where the internet leads to it.
pub fn no_way_by(outside: IpAddr) -> Option<String> {
    if is_public(outside) {
        return None;
    }
    let whose = if is_carriers(outside) {
        "belongs to the provider's own network (carrier NAT)"
    } else {
        "belongs to another router in front of it"
    };
    Some(format!("The router's own address outside, {outside}, {whose}: the internet doesn't lead to it."))
}

/// What to do about that.
pub const NO_WAY_FIX: &str = "Ask the provider for a public address of your own, or have the other router lead to this one";

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(name: &str) -> Result<Option<String>, &'static str> {
        Choice::typed(Opening::Anywhere, name, "", false).map(|choice| choice.name).map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_name_is_taken_however_it_was_copied() {
        for text in ["desk.example.org", " Desk.Example.org. ", "https://desk.example.org:8443/setup?t=1", "desk.example.org:443"]
        {
            assert_eq!(typed(text), Ok(Some("desk.example.org".to_owned())), "{text}");
        }
        assert_eq!(typed("203.0.114.5:8443"), Ok(Some("203.0.114.5".to_owned())));
        assert_eq!(typed("https://[2a02:1::5]:8443/"), Ok(Some("2a02:1::5".to_owned())));
        assert_eq!(typed("  "), Ok(None), "the house's public address");
    }

    #[test]
    fn a_name_that_nobody_outside_can_come_by_is_refused() {
        for text in
            ["desk", "desk.local", "a.home.arpa", "desk example.org", "-a.org", "1.2.3", "192.168.1.5", "100.70.0.1", "::1"]
        {
            assert_eq!(typed(text), Err("way_in_name"), "{text}");
        }
        let house = Choice::typed(Opening::House, "desk.local", "", false).expect("nobody asks for it");
        assert_eq!((house.opening, house.name), (Opening::House, None));
    }

    #[test]
    fn whom_to_write_to_may_stay_empty_and_is_an_address_otherwise() {
        let contact = |text: &str| Choice::typed(Opening::Anywhere, "", text, false).map(|choice| choice.contact);
        assert_eq!(contact(""), Ok(None));
        assert_eq!(contact(" ana@example.org "), Ok(Some("ana@example.org".to_owned())));
        assert_eq!(contact("ana at home").expect_err("no address").code, "way_in_contact");
    }

    #[test]
    fn public_means_that_the_internet_could_lead_there() {
        let public = |ip: &str| is_public(ip.parse().expect("an address"));
        let said = |ip: &str| no_way_by(ip.parse().expect("an address"));
        assert!(said("8.8.8.8").is_none() && said("100.64.0.7").is_some_and(|said| said.contains("carrier NAT")));
        assert!(said("192.168.0.2").is_some_and(|said| said.contains("another router")));
        assert!(public("8.8.8.8") && public("2a00::1") && public("100.128.0.1") && public("172.32.0.1"));
        for ip in [
            "10.0.0.1",
            "100.64.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "127.0.0.1",
            "0.0.0.0",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(!public(ip), "{ip}");
        }
    }
}
