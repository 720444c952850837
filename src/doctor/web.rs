//! The web as a browser finds it: the page, a write that reaches the disk, the way from plain HTTP, both live lines, a proxy.

use super::client::{self, Secure};
use super::relay::{self, Pass};
use super::{Patient, listed};
use crate::domain::health::{Check, Finding};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

const PAGE: Check = Check::new("web.page", "The page");
const READY: Check = Check::new("web.ready", "What is saved stays");
const REDIRECT: Check = Check::new("web.redirect", "The way from http to https");
const SOCKET: Check = Check::new("web.socket", "The live line (WebSocket)");
const EVENTS: Check = Check::new("web.events", "The other live line (event stream)");
const PROXY: Check = Check::new("web.proxy", "What stands in front");
const ALL: [Check; 6] = [PAGE, READY, REDIRECT, SOCKET, EVENTS, PROXY];

const RESTART: &str = "systemctl restart alongside, then look at its log: journalctl -u alongside";

pub fn look(patient: &Patient) -> Vec<Finding> {
    if !patient.runs() {
        return ALL.map(|check| check.unseen("The server doesn't run.", None)).to_vec();
    }
    let doors = patient.doors();
    let Some(door) = doors.first().copied() else {
        return ALL.map(|check| check.unseen("The machine has no address to be called at.", None)).to_vec();
    };
    let pass = relay::pass(patient);
    vec![
        page(&doors),
        ready(door),
        redirect(door),
        live(SOCKET, pass.as_ref(), |pass| socket(door, pass)),
        live(EVENTS, pass.as_ref(), |pass| events(door, pass)),
        proxy(patient),
    ]
}

/// How a browser writes where it goes.
pub fn host(door: SocketAddr) -> String {
    if door.port() == 443 { door.ip().to_string() } else { door.to_string() }
}

pub fn line(door: SocketAddr) -> io::Result<Secure> {
    client::secure(door, &door.ip().to_string(), true)
}

fn page(doors: &[SocketAddr]) -> Finding {
    let opens = |door: &&SocketAddr| {
        let answer = line(**door).and_then(|mut line| client::ask(&mut line, &host(**door), "/healthz", None));
        answer.is_ok_and(|answer| answer.status == 200)
    };
    judge_doors(PAGE, doors, &doors.iter().filter(opens).copied().collect::<Vec<_>>(), "TCP", RESTART)
}

/// All addresses, some, or none.
pub fn judge_doors(check: Check, all: &[SocketAddr], open: &[SocketAddr], half: &str, fix: &str) -> Finding {
    let said = |doors: Vec<&SocketAddr>| listed(&doors.iter().map(|door| door.ip().to_string()).collect::<Vec<_>>());
    let closed: Vec<&SocketAddr> = all.iter().filter(|door| !open.contains(door)).collect();
    match (open.len(), closed.len()) {
        (0, _) => check.fail(format!("No answer at {}.", said(closed)), fix),
        (_, 0) => check.fine(format!("It answers at {}.", said(open.iter().collect()))),
        _ => check.warn(
            format!("It answers at {}, not at {}.", said(open.iter().collect()), said(closed.clone())),
            format!("Let {half} {} through in this machine's firewall, for those addresses too", closed[0].port()),
        ),
    }
}

fn ready(door: SocketAddr) -> Finding {
    match line(door).and_then(|mut line| client::ask(&mut line, &host(door), "/readyz", None)) {
        Ok(answer) if answer.status == 200 => READY.fine("A write reached the disk."),
        Ok(answer) => READY.fail(
            format!("The server can't save (it answers {}).", answer.status),
            "Look at data.room and data.directory above, then restart",
        ),
        Err(error) => READY.fail(format!("No answer: {error}."), RESTART),
    }
}

fn redirect(door: SocketAddr) -> Finding {
    let answer = client::plain(door).and_then(|mut line| client::ask(&mut line, &host(door), "/", None));
    match answer {
        Ok(answer)
            if (300..400).contains(&answer.status) && answer.header("location").is_some_and(|to| to.starts_with("https://")) =>
        {
            REDIRECT.fine("Who types http:// is led to https://.")
        }
        Ok(answer) => REDIRECT.warn(format!("Plain HTTP is answered with {} and leads nowhere.", answer.status), RESTART),
        Err(error) => REDIRECT.warn(format!("Plain HTTP is not answered: {error}."), RESTART),
    }
}

fn live(check: Check, pass: Option<&Pass>, open: impl Fn(&Pass) -> io::Result<bool>) -> Finding {
    let Some(pass) = pass else {
        return check.unseen("The relay's secret can't be read, and without it nobody is let in to try.", None);
    };
    match open(pass) {
        Ok(true) => check.fine("It opens, and something comes through."),
        Ok(false) => check.fail("It is refused.", "If a proxy stands in front: let it pass upgrades on, and buffer nothing"),
        Err(error) => {
            check.fail(format!("It breaks: {error}."), "If a proxy stands in front: let it pass upgrades on, and buffer nothing")
        }
    }
}

fn socket(door: SocketAddr, pass: &Pass) -> io::Result<bool> {
    let answer = client::open_socket(&mut line(door)?, &host(door), &format!("/check/live?{}", pass.query()))?;
    Ok(answer.status == 101)
}

fn events(door: SocketAddr, pass: &Pass) -> io::Result<bool> {
    client::first_event(&mut line(door)?, &host(door), &format!("/check/events?{}", pass.query()))
}

/// Whether names lead to another server's TLS, and whose address this server then sees.
fn proxy(patient: &Patient) -> Finding {
    let own = patient.doors().into_iter().next().and_then(|door| client::certificate(&line(door).ok()?));
    for name in patient.config.names.iter().take(4) {
        let ports = [443, patient.port];
        for (n, port) in ports.into_iter().enumerate().filter(|(n, port)| *n == 0 || *port != ports[0]) {
            let Some(door) = (name.as_str(), port).to_socket_addrs().ok().and_then(|mut all| all.next()) else { continue };
            let Ok(mut line) = client::secure(door, name, true) else { continue };
            if client::certificate(&line) == own {
                continue;
            }
            let me = line.sock.local_addr().map(|a| a.ip());
            let host = if n == 0 { name.clone() } else { format!("{name}:{port}") };
            let answer = client::ask(&mut line, &host, "/check/me", None);
            let seen = answer.ok().filter(|a| a.status == 200).and_then(|a| String::from_utf8(a.body).ok()?.trim().parse().ok());
            return judge_proxy(&host, me.ok(), seen);
        }
    }
    PROXY.fine("Nothing; people come straight to this server.")
}

fn judge_proxy(host: &str, me: Option<IpAddr>, seen: Option<IpAddr>) -> Finding {
    match seen {
        None => PROXY
            .unseen(format!("At {host} another server answers. Whether it passes people on to this one can't be told."), None),
        Some(seen) if me.map(|ip| ip.to_canonical()) == Some(seen.to_canonical()) => {
            PROXY.fine(format!("A proxy at {host}; it tells who comes."))
        }
        Some(seen) => PROXY.warn(
            format!(
                "A proxy at {host}; everybody who comes that way looks like {seen}, so one who guesses passwords slows down all."
            ),
            "If the proxy opens TLS: set proxy.trusted to its address and let it send X-Forwarded-For. If it passes TLS on unopened (SNI passthrough): \
             let it speak the PROXY protocol, with proxy.trusted too. packaging/proxy has both for nginx, HAProxy, Caddy and Traefik",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Level;

    #[test]
    fn all_some_and_no_addresses_that_answer_are_three_findings() {
        let door = |n: u8| SocketAddr::from(([10, 0, 0, n], 8443));
        let all = [door(1), door(2)];
        let level = |open: &[SocketAddr]| judge_doors(PAGE, &all, open, "TCP", "x").level;
        assert_eq!([level(&all), level(&all[..1]), level(&[])], [Level::Fine, Level::Warn, Level::Fail]);
        assert!(judge_doors(PAGE, &all, &all[..1], "TCP", "x").fix.expect("a fix").contains("TCP 8443"));
    }

    #[test]
    fn a_proxy_that_hides_who_comes_is_a_warning() {
        let ip = |text: &str| Some(text.parse().expect("an address"));
        assert_eq!(judge_proxy("h", ip("10.0.0.7"), ip("10.0.0.7")).level, Level::Fine);
        let hidden = judge_proxy("h", ip("10.0.0.7"), ip("127.0.0.1"));
        assert_eq!(hidden.level, Level::Warn);
        let fix = hidden.fix.expect("a fix");
        assert!(fix.contains("X-Forwarded-For") && fix.contains("PROXY protocol") && fix.contains("proxy.trusted"), "both ways");
        assert_eq!(judge_proxy("h", None, None).level, Level::Unseen);
    }
}
