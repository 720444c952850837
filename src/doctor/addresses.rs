//! Where the machine can be reached, as far as it knows itself: addresses, names, the port's number, its own firewall.

use super::{Patient, listed};
use crate::domain::health::{Check, Finding};
use crate::domain::lan_name::{self, Owner};
use crate::lan;
use crate::port::addresses::{self as own, Address, Reach};
use std::fs;
use std::net::{IpAddr, ToSocketAddrs};
use std::path::Path;

const OWN: Check = Check::new("address.own", "Addresses");
const SIX: Check = Check::new("address.ipv6", "IPv6");
const CARRIER: Check = Check::new("address.carrier", "An address of its own");
const NUMBER: Check = Check::new("port.number", "The port's number");
const NAMES: Check = Check::new("names.lead_here", "Names");
const LAN_NAME: Check = Check::new("names.lan", "The name in its own network");
const FIREWALL: Check = Check::new("firewall.local", "This machine's firewall");

pub fn look(patient: &Patient) -> Vec<Finding> {
    let own = patient.own_addresses();
    vec![
        judge_own(&own),
        judge_six(&own),
        judge_carrier(&own),
        judge_number(patient.port, &own),
        names(patient, &own),
        lan_name(patient, &own),
        firewall(patient.port),
    ]
}

fn is_public(address: &Address) -> bool {
    matches!(address.reach, Reach::PublicV4 | Reach::PublicV6)
}

fn judge_own(own: &[Address]) -> Finding {
    let useful: Vec<&Address> = own.iter().filter(|address| address.reach != Reach::Loopback).collect();
    if useful.is_empty() {
        return OWN.fail(
            "Only this very machine can reach it: it has no address in any network, or listens on none of them.",
            "Connect the machine to the network, and leave `listen` out of alongside.toml",
        );
    }
    let said =
        |public: bool| listed(&useful.iter().filter(|a| is_public(a) == public).map(|a| a.ip.to_string()).collect::<Vec<_>>());
    OWN.fine(format!("In this network: {}. On the internet: {}.", said(false), said(true)))
}

fn judge_six(own: &[Address]) -> Finding {
    let six = own.iter().filter(|a| a.ip.is_ipv6() && a.reach != Reach::Loopback).count();
    SIX.fine(match six {
        0 => "None here; everything goes by IPv4.".to_owned(),
        1 => "One address, and the server listens on it.".to_owned(),
        _ => format!("{six} addresses, and the server listens on them."),
    })
}

fn judge_carrier(own: &[Address]) -> Finding {
    let carrier = own.iter().find(|address| address.reach == Reach::Carrier);
    match carrier {
        Some(address) if !own.iter().any(is_public) => CARRIER.unseen(
            format!(
                "{} is from a range that carriers and overlay networks use: nobody else reaches it from outside.",
                address.ip
            ),
            "Ask the provider for an address of your own, or use IPv6 or an overlay network".to_owned(),
        ),
        _ => CARRIER.fine("Nothing speaks of a carrier in between."),
    }
}

/// Browsers refuse calls to low numbers at private addresses, and to most low numbers anywhere.
fn judge_number(port: u16, own: &[Address]) -> Finding {
    let private = own.iter().any(|a| !is_public(a) && a.reach != Reach::Loopback);
    let public = own.iter().any(is_public);
    match port {
        443 | 80 if private && !public => NUMBER.warn(
            format!("Browsers refuse calls to {port} at a private address; only relayed calls would work."),
            "port = 8443 in alongside.toml, and forward 443 of the router to it if you want",
        ),
        443 | 80 | 1024.. => NUMBER.fine(format!("{port}, which browsers take.")),
        _ => NUMBER.fail(format!("Browsers refuse calls to port {port}, wherever it is."), "port = 8443 in alongside.toml"),
    }
}

fn names(patient: &Patient, own: &[Address]) -> Finding {
    let all = &patient.config.names;
    if all.is_empty() {
        return NAMES.fine("None is configured; people come by address.");
    }
    let look_up = |name: &String| {
        let found = (name.as_str(), patient.port).to_socket_addrs().map(|all| all.map(|a| a.ip()).collect::<Vec<IpAddr>>());
        (name.clone(), found.unwrap_or_default())
    };
    judge_names(&all.iter().take(8).map(look_up).collect::<Vec<_>>(), own)
}

fn judge_names(found: &[(String, Vec<IpAddr>)], own: &[Address]) -> Finding {
    let nowhere = found.iter().find(|(_, ips)| ips.is_empty());
    if let Some((name, _)) = nowhere {
        return NAMES.fail(
            format!("{name} leads nowhere from here."),
            format!("Give {name} an A (and AAAA) record with this machine's address, in the DNS or the router"),
        );
    }
    let is_own = |ip: &IpAddr| own.iter().any(|a| a.ip == ip.to_canonical());
    let elsewhere = found.iter().find(|(_, ips)| !ips.iter().any(is_own));
    if let Some((name, ips)) = elsewhere {
        let ips: Vec<String> = ips.iter().map(IpAddr::to_string).collect();
        return NAMES.unseen(
            format!(
                "{name} leads to {}, which is not this machine: right if a router or proxy there passes it on.",
                listed(&ips)
            ),
            "Open /check in a browser that comes by this name".to_owned(),
        );
    }
    NAMES.fine(format!("{} lead here.", listed(&found.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())))
}

/// Asks the network itself, as other devices do.
fn lan_name(patient: &Patient, own: &[Address]) -> Finding {
    if patient.config.pins.lan_name.as_ref().is_some_and(|pin| !pin.value) {
        return LAN_NAME.fine("It answers to no name, as it was told; people come by address.");
    }
    let wanted = own::machine_name().as_deref().and_then(lan_name::wished);
    let held = lan::kept(&patient.config.data_dir).filter(|_| patient.runs());
    let Some(name) = held.clone().or_else(|| wanted.clone()) else {
        return LAN_NAME.fine("The machine has no name that people could say; they come by address.");
    };
    match lan::ask(&name) {
        Ok(answered) => {
            let ips: Vec<IpAddr> = own.iter().map(|address| address.ip).collect();
            judge_lan_name((&name, wanted.as_deref()), held.is_some(), &lan_name::owner(&answered, &ips), lan::system())
        }
        Err(why) => LAN_NAME.unseen(format!("The network could not be asked for {name}: {why}."), None),
    }
}

/// `holds`: whether this server, or the system below it, says that it answers; `system` is the name service of that.
fn judge_lan_name((name, wanted): (&str, Option<&str>), holds: bool, owner: &Owner, system: Option<&str>) -> Finding {
    match owner {
        Owner::ThisMachine if wanted.is_some_and(|wanted| wanted != name) => LAN_NAME.warn(
            format!("It is found as {name}, because another machine in this network is called {}.", wanted.unwrap_or_default()),
            "Give this machine a name of its own: hostnamectl set-hostname NAME",
        ),
        Owner::ThisMachine => LAN_NAME.fine(match system {
            Some(system) => format!("{name} leads here. {system} of this machine takes part, too, and tells the same."),
            None => format!("{name} leads here."),
        }),
        Owner::Another(ip) => LAN_NAME.warn(
            format!("{name} leads to {ip}, which is not this machine."),
            "Give this machine a name of its own: hostnamectl set-hostname NAME",
        ),
        Owner::Nobody if holds => LAN_NAME.warn(
            format!("This server says that it answers to {name}, and nothing comes back when the network is asked."),
            "Let UDP 5353 through this machine's firewall, inside its own network",
        ),
        Owner::Nobody => LAN_NAME.fine(format!("Nobody answers to {name}; people come by address.")),
    }
}

fn firewall(port: u16) -> Finding {
    let read = |path: &str| fs::read_to_string(path).ok();
    let ufw = read("/etc/ufw/ufw.conf").is_some_and(|text| text.lines().any(|line| line.trim() == "ENABLED=yes"));
    let rules = ["/etc/ufw/user.rules", "/etc/ufw/user6.rules"].iter().filter_map(|path| read(path)).collect::<String>();
    let firewalld = Path::new("/run/firewalld.pid").exists() || Path::new("/run/firewalld").exists();
    judge_firewall(port, ufw.then_some(rules.as_str()), firewalld)
}

fn judge_firewall(port: u16, ufw: Option<&str>, firewalld: bool) -> Finding {
    if let Some(rules) = ufw {
        let open = |half: &str| {
            let mut tuples = rules.lines().filter_map(|line| line.strip_prefix("### tuple ### allow "));
            tuples.any(|t| t.starts_with(&format!("{half} {port} ")) || t.starts_with(&format!("any {port} ")))
        };
        return match (open("tcp"), open("udp")) {
            _ if rules.is_empty() => {
                FIREWALL.unseen("ufw is on; its rules can't be read by this user.", "sudo ufw status".to_owned())
            }
            (true, true) => FIREWALL.fine(format!("ufw is on and lets {port} through, TCP and UDP.")),
            (tcp, udp) => {
                let missing = if tcp {
                    "UDP"
                } else if udp {
                    "TCP"
                } else {
                    "TCP and UDP"
                };
                FIREWALL.fail(format!("ufw is on and has no rule for {missing} {port}."), format!("sudo ufw allow {port}"))
            }
        };
    }
    if firewalld {
        return FIREWALL.unseen(
            "firewalld is on; its rules can't be seen from here.",
            format!("sudo firewall-cmd --permanent --add-port={port}/tcp --add-port={port}/udp && sudo firewall-cmd --reload"),
        );
    }
    FIREWALL.unseen("Neither ufw nor firewalld is on; other rules can't be seen from here.", "sudo nft list ruleset".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Level;

    fn own(all: &[(Reach, &str)]) -> Vec<Address> {
        all.iter().map(|(reach, ip)| Address { reach: *reach, ip: ip.parse().expect("an address") }).collect()
    }

    #[test]
    fn the_trap_of_443_at_a_private_address_is_named_with_the_line_to_change() {
        let home = own(&[(Reach::LanV4, "192.168.1.5"), (Reach::Loopback, "127.0.0.1")]);
        let trap = judge_number(443, &home);
        assert!(trap.level == Level::Warn && trap.fix.expect("a fix").contains("port = 8443"));
        assert_eq!(judge_number(8443, &home).level, Level::Fine);
        assert_eq!(judge_number(443, &own(&[(Reach::PublicV4, "203.0.113.5")])).level, Level::Fine);
        assert_eq!(judge_number(700, &home).level, Level::Fail);
    }

    #[test]
    fn names_are_told_apart_by_where_they_lead() {
        let here = own(&[(Reach::LanV4, "192.168.1.5")]);
        let name = |ips: &[&str]| vec![("house.test".to_owned(), ips.iter().map(|ip| ip.parse().expect("an address")).collect())];
        assert_eq!(judge_names(&name(&["192.168.1.5"]), &here).level, Level::Fine);
        assert_eq!(judge_names(&name(&["203.0.113.9"]), &here).level, Level::Unseen);
        assert_eq!(judge_names(&name(&[]), &here).level, Level::Fail);
    }

    #[test]
    fn a_firewall_without_a_rule_for_one_half_is_a_fault_that_names_the_half() {
        let both = "### tuple ### allow any 8443 0.0.0.0/0 any 0.0.0.0/0 in\n";
        let tcp = "### tuple ### allow tcp 8443 0.0.0.0/0 any 0.0.0.0/0 in\n";
        assert_eq!(judge_firewall(8443, Some(both), false).level, Level::Fine);
        let half = judge_firewall(8443, Some(tcp), false);
        assert!(half.level == Level::Fail && half.said.contains("UDP 8443") && !half.said.contains("TCP"));
        assert_eq!(judge_firewall(8443, None, false).level, Level::Unseen);
    }

    #[test]
    fn a_name_that_another_machine_has_is_told_with_the_command_to_change_it() {
        let judged = |name: &str, holds, owner| judge_lan_name((name, Some("desk.local")), holds, &owner, None);
        assert_eq!(judged("desk.local", true, Owner::ThisMachine).level, Level::Fine);
        let beside = judge_lan_name(("desk.local", Some("desk.local")), true, &Owner::ThisMachine, Some("systemd-resolved"));
        assert!(beside.level == Level::Fine && beside.said.contains("systemd-resolved of this machine takes part"));
        let next = judged("desk-2.local", true, Owner::ThisMachine);
        assert!(next.level == Level::Warn && next.said.contains("called desk.local"));
        let other = judged("desk.local", false, Owner::Another("192.168.1.9".parse().expect("an address")));
        assert!(other.level == Level::Warn && other.fix.expect("a fix").contains("set-hostname"));
        assert_eq!(judged("desk.local", false, Owner::Nobody).level, Level::Fine, "nobody wants it");
        assert!(judged("desk.local", true, Owner::Nobody).fix.expect("a fix").contains("5353"));
    }

    #[test]
    fn a_machine_without_a_network_and_one_behind_a_carrier_are_told() {
        assert_eq!(judge_own(&own(&[(Reach::Loopback, "127.0.0.1")])).level, Level::Fail);
        let behind = own(&[(Reach::Carrier, "100.70.0.1")]);
        assert_eq!((judge_own(&behind).level, judge_carrier(&behind).level), (Level::Fine, Level::Unseen));
    }
}
