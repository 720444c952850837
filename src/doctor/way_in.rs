//! The way in from anywhere, as far as it can be seen from inside: where the name leads, whose address that is, whether a connection
//! there comes back to this very server, and the one proof there is: that a public authority came in.
//!
//! Nobody outside is asked. What can't be told from inside (a port that is not forwarded, or a router that doesn't lead its own network
//! back to itself) is said as both.

use super::{Patient, certificate, client, listed, outside, relay};
use crate::clock::Dice;
use crate::domain::health::{Check, Finding};
use crate::domain::way_in::{NO_WAY_FIX, Opening, is_carriers, is_public, no_way_by};
use crate::gateway::{self, Outcome};
use crate::port::addresses::Reach;
use crate::turn::credentials;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::thread;

const NAME: Check = Check::new("way_in.name", "The name");
const ADDRESS: Check = Check::new("way_in.address", "An address that the internet leads to");
const BACK: Check = Check::new("way_in.back", "Round by the outside and back");

const ROUTER: Check = Check::new("way_in.router", "The router");

/// Where the door is that this very server is known by.
pub const DOOR: &str = "/here/";
/// Addresses of a name that are tried.
const TRIED_MOST: usize = 3;
const WEB: u16 = 443;

/// What came of a connection to the public name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Back {
    Here,
    Another,
    Silent,
}

/// What was found, before it is judged.
#[derive(Clone, Debug)]
struct Look {
    name: String,
    /// Where the name leads.
    leads: Vec<IpAddr>,
    own: Vec<IpAddr>,
    /// A carrier's address of this machine, where it has no public one.
    carrier: Option<IpAddr>,
    port: u16,
    /// What came back, by port.
    back: Vec<(u16, Back)>,
    /// Whether a public authority has come in by this name.
    proven: bool,
    /// What became of asking the router.
    router: Option<Outcome>,
    /// What people inside can type instead.
    inside: Option<String>,
}

pub fn look(patient: &Patient) -> Vec<Finding> {
    let router = patient.config.maps.then(|| judge_router(gateway::kept(&patient.config.data_dir).as_ref(), patient.port));
    match (patient.config.opening, wanted(patient)) {
        (Opening::House, _) => outside::look(patient).into_iter().chain(router).collect(),
        (Opening::Anywhere, None) => [nameless()].into_iter().chain(router).collect(),
        (Opening::Anywhere, Some(name)) => {
            let look = seen(patient, name);
            // Where a name leads nowhere, nothing can come back.
            let back = (!look.leads.is_empty()).then(|| judge_back(&look));
            [Some(judge_name(&look)), judge_address(&look), router, back].into_iter().flatten().collect()
        }
    }
}

fn wanted(patient: &Patient) -> Option<String> {
    patient.config.acme.names.first().or(patient.config.names.first()).cloned()
}

fn nameless() -> Finding {
    NAME.fail(
        "People are to come from anywhere, but there is no name, and this machine has no public address of its own.",
        "Give it a name: Admin, Way in",
    )
}

fn seen(patient: &Patient, name: String) -> Look {
    let own = patient.own_addresses();
    let leads = leads_to(&name);
    let has_public = own.iter().any(|address| is_public(address.ip));
    let inside = own.iter().find(|address| matches!(address.reach, Reach::LanV4 | Reach::LanV6)).map(|address| {
        let host = address.url_host();
        if patient.port == WEB { format!("https://{host}") } else { format!("https://{host}:{}", patient.port) }
    });
    Look {
        back: comes_back(patient, &name, &leads),
        carrier: own.iter().find(|address| is_carriers(address.ip) && !has_public).map(|address| address.ip),
        own: own.iter().map(|address| address.ip).collect(),
        proven: certificate::came_in(patient),
        router: gateway::kept(&patient.config.data_dir),
        port: patient.port,
        inside,
        leads,
        name,
    }
}

fn leads_to(name: &str) -> Vec<IpAddr> {
    let bare = name.trim_matches(['[', ']']);
    let found = bare
        .parse()
        .map(|ip: IpAddr| vec![ip])
        .or_else(|_| (bare, WEB).to_socket_addrs().map(|all| all.map(|a| a.ip()).collect()));
    let mut found: Vec<IpAddr> = found.unwrap_or_default().into_iter().map(|ip: IpAddr| ip.to_canonical()).collect();
    found.dedup();
    found
}

/// Goes there by the ports that people and authorities come by, all at once.
fn comes_back(patient: &Patient, name: &str, leads: &[IpAddr]) -> Vec<(u16, Back)> {
    let mut ports = vec![WEB, patient.port];
    ports.dedup();
    let Ok(secret) = relay::secret(patient) else { return Vec::new() };
    let secret = &secret;
    thread::scope(|scope| {
        let tries: Vec<_> = ports
            .iter()
            .flat_map(|port| leads.iter().take(TRIED_MOST).map(move |ip| SocketAddr::new(*ip, *port)))
            .map(|to| (to.port(), scope.spawn(move || comes_here(to, name, secret))))
            .collect();
        let found: Vec<(u16, Back)> = tries
            .into_iter()
            .map(|(port, tried)| (port, tried.join().ok().and_then(Result::ok).unwrap_or(Back::Silent)))
            .collect();
        ports.iter().map(|port| (*port, best(found.iter().filter(|(of, _)| of == port).map(|(_, back)| *back)))).collect()
    })
}

fn best(mut all: impl Iterator<Item = Back> + Clone) -> Back {
    match (all.clone().any(|back| back == Back::Here), all.any(|back| back == Back::Another)) {
        (true, _) => Back::Here,
        (_, true) => Back::Another,
        _ => Back::Silent,
    }
}

/// Asks with a word that was never asked before; only this very server knows what to say to it.
fn comes_here(to: SocketAddr, name: &str, secret: &[u8]) -> io::Result<Back> {
    let word = Dice.word::<16>();
    let mut line = client::secure(to, name.trim_matches(['[', ']']), true)?;
    let host = if to.port() == WEB { name.to_owned() } else { format!("{name}:{}", to.port()) };
    let answer = client::ask(&mut line, &host, &format!("{DOOR}{word}"), None)?;
    let ours = String::from_utf8_lossy(&answer.body).trim() == credentials::seal(secret, &word);
    Ok(if ours { Back::Here } else { Back::Another })
}

fn said(ips: &[IpAddr]) -> String {
    listed(&ips.iter().map(IpAddr::to_string).collect::<Vec<_>>())
}

fn judge_name(look: &Look) -> Finding {
    let (name, leads) = (&look.name, &look.leads);
    if name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return NAME.fine(format!("People come by the address {name} itself."));
    }
    let record =
        format!("Where {name} is kept (its DNS): an A record with this house's public address, which the router's page shows");
    if leads.is_empty() {
        return NAME.fail(format!("{name} leads nowhere yet."), record);
    }
    if leads.iter().any(|ip| look.own.contains(ip) && is_public(*ip)) {
        return NAME.fine(format!("{name} leads to {}, this machine's own address.", said(leads)));
    }
    if leads.iter().all(|ip| !is_public(*ip)) {
        return NAME.fail(format!("{name} leads to {}, which holds inside one network only.", said(leads)), record);
    }
    let routers = look.router.as_ref().and_then(|outcome| outcome.as_ref().ok()).map(|held| held.outside);
    if let Some(ip) = routers.filter(|ip| leads.contains(ip)) {
        return NAME.fine(format!("{name} leads to {ip}, the router's address on the internet."));
    }
    if look.back.iter().any(|(_, back)| *back == Back::Here) {
        return NAME.fine(format!("{name} leads to {}, and from there back to this house.", said(leads)));
    }
    if let Some(ip) = routers.filter(|ip| is_public(*ip)) {
        return NAME.warn(
            format!("{name} leads to {}, and the router's address on the internet is {ip}.", said(leads)),
            format!("Where {name} is kept (its DNS): let its A record say {ip}, and have the router tell when that changes (dynamic DNS)"),
        );
    }
    NAME.unseen(
        format!("{name} leads to {}. Whether that is this house's own public address can't be seen from inside.", said(leads)),
        "Compare it with the public address that the router's page shows".to_owned(),
    )
}

/// Says something only where the address is of no use.
fn judge_address(look: &Look) -> Option<Finding> {
    let ip = look.carrier.or_else(|| look.leads.iter().copied().find(|ip| is_carriers(*ip)))?;
    Some(ADDRESS.warn(
        format!("{ip} belongs to the provider's own network (carrier NAT): the internet doesn't lead to it, and no forwarding in the router helps."),
        "Ask the provider for a public address of your own; or let people in by IPv6, or by an overlay network",
    ))
}

fn judge_router(outcome: Option<&Outcome>, port: u16) -> Finding {
    match outcome {
        None => ROUTER.unseen("It has not answered yet.", None),
        Some(Ok(held)) if is_public(held.outside) => {
            let web =
                if held.web { "" } else { " TCP 443, where a public authority looks, is not among it: forward that by hand." };
            ROUTER.fine(format!(
                "By {} it lets TCP and UDP {} of {} through to this machine, and is asked again by itself.{web}",
                held.by, held.port, held.outside
            ))
        }
        Some(Ok(held)) => ROUTER.warn(no_way_by(held.outside).unwrap_or_default(), NO_WAY_FIX),
        Some(Err(refused)) => match refused.outside.and_then(no_way_by) {
            Some(said) => ROUTER.warn(said, NO_WAY_FIX),
            None => ROUTER.warn(
                refused.why.clone(),
                format!("Switch UPnP or PCP on in the router, or forward TCP and UDP {port} there to this machine by hand"),
            ),
        },
    }
}

fn judge_back(look: &Look) -> Finding {
    let (name, port) = (&look.name, look.port);
    let of = |wanted: Back| -> Vec<String> {
        let place = |port: u16| if port == WEB { format!("https://{name}") } else { format!("https://{name}:{port}") };
        look.back.iter().filter(|(_, back)| *back == wanted).map(|(port, _)| place(*port)).collect()
    };
    let forward = if port == WEB {
        format!("Forward TCP and UDP {WEB} in the router to this machine")
    } else {
        format!("Forward TCP and UDP {port} in the router to this machine, and TCP {WEB} to its {port}")
    };
    let (here, another) = (of(Back::Here), of(Back::Another));
    if !here.is_empty() {
        return BACK.fine(format!(
            "{} leads back to this very server. That an authority comes in by it is the proof that others can.",
            listed(&here)
        ));
    }
    if !another.is_empty() {
        return BACK.warn(format!("At {} another server answers, not this one.", listed(&another)), forward);
    }
    if look.proven {
        let instead = look.inside.as_ref().map_or_else(String::new, |inside| format!("In the house people type {inside}; or "));
        return BACK.warn(
            format!("People outside are let in by {name}, but from inside nothing comes back: this router doesn't lead its own network round to itself (no hairpin)."),
            format!("{instead}Let the router's DNS give {name} this machine's own address"),
        );
    }
    if look.leads.iter().any(|ip| look.own.contains(ip)) {
        return BACK.fail(
            format!("{name} leads to this machine, and nothing answers there."),
            format!("Let TCP {port} through this machine's firewall, and leave `listen` out of alongside.toml"),
        );
    }
    BACK.unseen(
        format!("Nothing answers at {name} from inside. Either the port isn't forwarded, or the router doesn't lead its own network back to itself (no hairpin): from here both look alike."),
        forward,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Level;

    fn look(leads: &[&str], back: Back) -> Look {
        let ips = |all: &[&str]| all.iter().map(|ip| ip.parse().expect("an address")).collect();
        Look {
            name: "desk.example.org".to_owned(),
            leads: ips(leads),
            own: ips(&["192.168.1.5", "127.0.0.1"]),
            carrier: None,
            port: 8443,
            back: vec![(443, back), (8443, Back::Silent)],
            proven: false,
            router: None,
            inside: Some("https://192.168.1.5:8443".to_owned()),
        }
    }

    #[test]
    fn a_name_is_judged_by_where_it_leads() {
        assert_eq!(judge_name(&look(&[], Back::Silent)).level, Level::Fail);
        assert_eq!(judge_name(&look(&["192.168.1.5"], Back::Here)).level, Level::Fail, "only this network gets there");
        assert_eq!(judge_name(&look(&["203.0.114.5"], Back::Here)).level, Level::Fine);
        assert_eq!(judge_name(&look(&["203.0.114.5"], Back::Silent)).level, Level::Unseen);
        let own = Look { own: vec!["203.0.114.5".parse().expect("an address")], ..look(&["203.0.114.5"], Back::Silent) };
        assert_eq!(judge_name(&own).level, Level::Fine);
    }

    #[test]
    fn what_comes_back_is_told_from_another_server_and_from_silence() {
        let here = judge_back(&look(&["203.0.114.5"], Back::Here));
        assert!(here.level == Level::Fine && here.said.contains("https://desk.example.org leads back"), "{}", here.said);
        let other = judge_back(&look(&["203.0.114.5"], Back::Another));
        assert!(other.level == Level::Warn && other.fix.expect("a fix").contains("TCP and UDP 8443"));
        let silent = judge_back(&look(&["203.0.114.5"], Back::Silent));
        assert!(silent.level == Level::Unseen && silent.said.contains("hairpin"), "neither is claimed: {}", silent.said);
        let own = Look { own: vec!["203.0.114.5".parse().expect("an address")], ..look(&["203.0.114.5"], Back::Silent) };
        assert_eq!(judge_back(&own).level, Level::Fail);
    }

    #[test]
    fn a_missing_hairpin_is_known_by_an_authority_that_came_in_where_nobody_inside_can() {
        let proven = Look { proven: true, ..look(&["203.0.114.5"], Back::Silent) };
        let found = judge_back(&proven);
        assert!(found.level == Level::Warn && found.fix.expect("a fix").contains("https://192.168.1.5:8443"));
        let back = Look { proven: true, ..look(&["203.0.114.5"], Back::Here) };
        assert_eq!(judge_back(&back).level, Level::Fine);
    }

    #[test]
    fn what_the_router_says_of_itself_is_held_against_the_name_and_the_provider() {
        let held = |outside: &str| {
            let (by, outside) = (gateway::Tongue::Pcp, outside.parse().expect("an address"));
            Ok(gateway::Held { by, outside, port: 8443, web: false, life_s: 600 })
        };
        let named = |router: &str| judge_name(&Look { router: Some(held(router)), ..look(&["203.0.114.5"], Back::Silent) });
        assert_eq!(named("203.0.114.5").level, Level::Fine);
        let other = named("203.0.114.77");
        assert!(other.level == Level::Warn && other.fix.expect("a fix").contains("203.0.114.77"));
        assert_eq!(judge_router(Some(&held("203.0.114.5")), 8443).level, Level::Fine);
        let carrier = judge_router(Some(&held("100.70.0.1")), 8443);
        assert!(carrier.level == Level::Warn && carrier.said.contains("carrier NAT"));
        let refused = |outside: Option<&str>| {
            let outside = outside.and_then(|ip| ip.parse().ok());
            judge_router(Some(&Err(gateway::Refused { why: "No.".to_owned(), outside })), 8443)
        };
        assert!(refused(None).said == "No." && refused(Some("203.0.114.5")).said == "No.");
        assert!(
            refused(Some("100.64.0.7")).said.contains("carrier NAT") && refused(Some("10.0.0.2")).said.contains("another router")
        );
    }

    #[test]
    fn a_carriers_address_is_said_with_the_one_thing_to_do() {
        assert!(judge_address(&look(&["203.0.114.5"], Back::Silent)).is_none());
        let by_name = judge_address(&look(&["100.70.1.2"], Back::Silent)).expect("told");
        let own = Look { carrier: "100.64.0.9".parse().ok(), ..look(&["203.0.114.5"], Back::Silent) };
        let by_own = judge_address(&own).expect("told");
        assert!(by_name.said.contains("100.70.1.2") && by_own.said.contains("100.64.0.9"));
        assert!(by_own.level == Level::Warn && by_own.fix.expect("a fix").contains("provider"));
    }
}
