//! STUN and TURN as a browser uses them: over datagrams, a plain stream and TLS, each with a packet that truly passes.

use super::client;
use super::web::judge_doors;
use super::{Patient, listed};
use crate::clock::Dice;
use crate::domain::health::{Check, Finding};
use crate::domain::time::Timestamp;
use crate::live::ways::DOCTOR;
use crate::turn::client::{Client, Reply};
use crate::turn::credentials::{self, Credential, GOOD_FOR_S};
use crate::turn::framing::{self, Frame};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, ToSocketAddrs, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

const SECRET: Check = Check::new("turn.secret", "The relay's secret");
const STUN: Check = Check::new("stun.udp", "Finding one's own address (STUN)");
const UDP: Check = Check::new("turn.udp", "Calls by relay, UDP");
const TCP: Check = Check::new("turn.tcp", "Calls by relay, TCP");
const TLS: Check = Check::new("turn.tls", "Calls by relay, TLS");
const EXTERNAL: Check = Check::new("turn.external", "Relays elsewhere");

/// A datagram that is lost is said again after so long.
const AGAIN: [Duration; 3] = [Duration::from_millis(400), Duration::from_millis(800), Duration::from_millis(1200)];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Udp,
    Tcp,
    Tls,
}

/// What lets the doctor in: minted from the secret that only the instance and its keeper know.
pub struct Pass(Credential);

impl Pass {
    /// As the part of an address, or a form.
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("name", &self.0.username).append_pair("pass", &self.0.password).finish()
    }
}

/// A fresh pass, where the secret can be read.
pub fn pass(patient: &Patient) -> Option<Pass> {
    Some(Pass(mint(&secret(patient).ok()?, patient.now)))
}

/// As somebody of their own each time: what one may have at the relay is limited.
fn mint(secret: &[u8], now: Timestamp) -> Credential {
    credentials::mint(secret, now.0 + GOOD_FOR_S, DOCTOR, i64::from(u16::from_ne_bytes(Dice.bytes())))
}

/// Where the instance keeps the secret that it made itself.
fn secret_path(patient: &Patient) -> PathBuf {
    patient.config.data_dir.join("turn-secret")
}

pub fn secret(patient: &Patient) -> io::Result<Vec<u8>> {
    let text = patient.config.turn.shared_secret.clone().map_or_else(|| std::fs::read_to_string(secret_path(patient)), Ok)?;
    Ok(text.trim().as_bytes().to_vec())
}

pub fn look(patient: &Patient) -> Vec<Finding> {
    let read = secret(patient);
    let mut found = vec![judge_secret(patient, &read)];
    let checks = [STUN, UDP, TCP, TLS];
    let doors = patient.doors();
    match read {
        _ if !patient.runs() => found.extend(checks.map(|check| check.unseen("The server doesn't run.", None))),
        Err(_) => found.extend(checks.map(|check| check.unseen("Without the secret nobody is let in to try.", None))),
        Ok(_) if doors.is_empty() => found.extend(checks.map(|check| check.unseen("There is no address to call.", None))),
        Ok(secret) => {
            found.push(by_each(STUN, &doors, "UDP", |door| stun(door).map(drop)));
            for (check, way, half) in [(UDP, Way::Udp, "UDP"), (TCP, Way::Tcp, "TCP"), (TLS, Way::Tls, "TCP")] {
                found.push(by_each(check, &doors, half, |door| {
                    pass_a_packet(door, &door.ip().to_string(), way, &mint(&secret, patient.now))
                }));
            }
            found.push(external(patient, &secret));
        }
    }
    found
}

fn judge_secret(patient: &Patient, read: &io::Result<Vec<u8>>) -> Finding {
    let path = secret_path(patient);
    let shown = path.display();
    match read {
        Err(_) if !patient.has_begun() => SECRET.unseen("There is none yet: the first start makes one.", None),
        Err(error) => {
            SECRET.warn(format!("{shown} can't be read: {error}."), "If it is gone, systemctl restart alongside makes another")
        }
        // Whoever configured it was told of a short one at the start.
        Ok(_) if patient.config.turn.shared_secret.is_some() => SECRET.fine("It is configured and long enough."),
        Ok(secret) if secret.len() < 16 => SECRET.fail(
            format!("{shown} is so short that it could be guessed."),
            format!("openssl rand -base64 32 > {shown}, and restart"),
        ),
        Ok(_) if std::fs::metadata(&path).is_ok_and(|about| about.permissions().mode() & 0o007 != 0) => {
            SECRET.warn(format!("Everybody on this machine can read {shown}."), format!("chmod 600 {shown}"))
        }
        Ok(_) => SECRET.fine("It is there and long enough."),
    }
}

/// Tries every address at once.
fn by_each(check: Check, doors: &[SocketAddr], half: &str, call: impl Fn(SocketAddr) -> io::Result<()> + Sync) -> Finding {
    let open: Vec<SocketAddr> = thread::scope(|scope| {
        let calls: Vec<_> = doors.iter().map(|door| (*door, scope.spawn(|| call(*door)))).collect();
        calls.into_iter().filter_map(|(door, call)| matches!(call.join(), Ok(Ok(()))).then_some(door)).collect()
    });
    let port = doors.first().map_or(0, SocketAddr::port);
    judge_doors(
        check,
        doors,
        &open,
        half,
        &format!("Let {half} {port} through in this machine's firewall: sudo ufw allow {port}"),
    )
}

/// A line to a relay.
enum Line {
    Datagrams(UdpSocket),
    Stream { socket: Box<dyn Both>, waiting: Vec<u8> },
}

trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

impl Line {
    fn open(to: SocketAddr, name: &str, way: Way) -> io::Result<Self> {
        let stream = |socket| Self::Stream { socket, waiting: Vec::new() };
        Ok(match way {
            Way::Udp => {
                let any: SocketAddr = if to.is_ipv4() { ([0; 4], 0).into() } else { ([0u16; 8], 0).into() };
                let socket = UdpSocket::bind(any)?;
                socket.connect(to)?;
                Self::Datagrams(socket)
            }
            Way::Tcp => stream(Box::new(client::plain(to)?)),
            Way::Tls => stream(Box::new(client::secure(to, name, false)?)),
        })
    }

    fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Datagrams(socket) => socket.send(bytes).map(drop),
            Self::Stream { socket, .. } => socket.write_all(bytes).and_then(|()| socket.flush()),
        }
    }

    fn hear(&mut self, patience: Duration) -> io::Result<Vec<u8>> {
        match self {
            Self::Datagrams(socket) => {
                socket.set_read_timeout(Some(patience))?;
                let mut bytes = vec![0; 2048];
                let got = socket.recv(&mut bytes)?;
                bytes.truncate(got);
                Ok(bytes)
            }
            Self::Stream { socket, waiting } => loop {
                match framing::first(waiting) {
                    Frame::Whole { length, step } => {
                        let frame = waiting[..length].to_vec();
                        waiting.drain(..step);
                        return Ok(frame);
                    }
                    Frame::Broken => return Err(io::Error::other("no relay answers there")),
                    Frame::More => {}
                }
                let mut chunk = [0; 2048];
                match socket.read(&mut chunk)? {
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    got => waiting.extend_from_slice(&chunk[..got]),
                }
            },
        }
    }

    /// Says something until it is answered. A stream says it once: its own patience is the limit.
    fn ask<T>(&mut self, bytes: &[u8], mut read: impl FnMut(&[u8]) -> Option<T>) -> io::Result<T> {
        let tries = if matches!(self, Self::Datagrams(_)) { &AGAIN[..] } else { &AGAIN[..1] };
        for patience in tries {
            self.say(bytes)?;
            for _ in 0..8 {
                match self.hear(*patience) {
                    Ok(reply) => {
                        if let Some(meant) = read(&reply) {
                            return Ok(meant);
                        }
                    }
                    Err(error) if is_silence(&error) => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Err(io::ErrorKind::TimedOut.into())
    }
}

fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn seed() -> u64 {
    u64::from_ne_bytes(Dice.bytes())
}

/// Asks which address is seen.
fn stun(door: SocketAddr) -> io::Result<SocketAddr> {
    let mut client = Client::new(Credential { username: String::new(), password: String::new() }, seed());
    let question = client.binding();
    Line::open(door, "", Way::Udp)?.ask(&question, |reply| match client.read(reply)? {
        Reply::Granted { mapped, .. } => mapped,
        _ => None,
    })
}

/// A client with an allocation, and the address that others reach it by.
struct Relayed {
    line: Line,
    client: Client,
    address: SocketAddr,
}

impl Relayed {
    fn open(door: SocketAddr, name: &str, way: Way, credential: &Credential) -> io::Result<Self> {
        let mut line = Line::open(door, name, way)?;
        let mut client = Client::new(credential.clone(), seed());
        for _ in 0..2 {
            let request = client.allocate(None);
            let granted = line.ask(&request, |reply| match client.read(reply)? {
                Reply::Granted { addresses, .. } => Some(Ok(addresses.first().copied())),
                Reply::Refused { code, .. } => Some(Err(code)),
                _ => None,
            })?;
            match granted {
                Ok(Some(address)) => return Ok(Self { line, client, address }),
                Err(401 | 438) => {}
                _ => return Err(io::Error::other("the relay refuses")),
            }
        }
        Err(io::Error::other("the relay refuses the credential"))
    }

    fn let_in(&mut self, peer: SocketAddr) -> io::Result<()> {
        let (request, client) = (self.client.create_permission(&[peer]), &mut self.client);
        self.line.ask(&request, |reply| matches!(client.read(reply)?, Reply::Granted { .. }).then_some(()))
    }

    fn end(&mut self) {
        let goodbye = self.client.refresh(0);
        let _ = self.line.say(&goodbye);
    }
}

/// Two clients meet at the relay, and a packet passes from one to the other.
fn pass_a_packet(door: SocketAddr, name: &str, way: Way, credential: &Credential) -> io::Result<()> {
    let mut one = Relayed::open(door, name, way, credential)?;
    let mut other = Relayed::open(door, name, way, credential)?;
    one.let_in(other.address)?;
    other.let_in(one.address)?;
    let packet = one.client.send(other.address, b"is anybody there?");
    let mut passed = Err(io::ErrorKind::TimedOut.into());
    for patience in AGAIN {
        one.line.say(&packet)?;
        if let Ok(bytes) = other.line.hear(patience)
            && matches!(other.client.read(&bytes), Some(Reply::Data { payload: b"is anybody there?", .. }))
        {
            passed = Ok(());
            break;
        }
    }
    one.end();
    other.end();
    passed
}

/// Each relay that the configuration names, tried with the credential that browsers would get.
fn external(patient: &Patient, secret: &[u8]) -> Finding {
    let all = &patient.config.turn.external;
    if all.is_empty() {
        return EXTERNAL.fine("None; the house's own relay is used.");
    }
    let tried = |url: &String| (url.clone(), try_external(url, &mint(secret, patient.machine_now)).err().map(|e| e.to_string()));
    judge_external(&all.iter().take(8).map(tried).collect::<Vec<_>>())
}

fn try_external(url: &str, credential: &Credential) -> io::Result<()> {
    let (host, port, way) = parse(url).ok_or_else(|| io::Error::other("it is no address of a relay"))?;
    let door = (host.as_str(), port).to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
    Relayed::open(door, &host, way, credential).map(|mut relayed| relayed.end())
}

/// `turn:host:3478?transport=udp`, `turns:[::1]`
fn parse(url: &str) -> Option<(String, u16, Way)> {
    let (scheme, rest) = url.split_once(':')?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (way, usual) = match (scheme, query) {
        ("turns", _) => (Way::Tls, 5349),
        ("turn", "transport=tcp") => (Way::Tcp, 3478),
        ("turn", _) => (Way::Udp, 3478),
        _ => return None,
    };
    let (host, port) = match place.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((six, port)) => (six, port.strip_prefix(':')),
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Some(usual), |port| port.parse().ok())?;
    (!host.is_empty()).then(|| (host.to_owned(), port, way))
}

fn judge_external(tried: &[(String, Option<String>)]) -> Finding {
    let bad: Vec<String> = tried.iter().filter_map(|(url, why)| why.as_ref().map(|why| format!("{url} ({why})"))).collect();
    let fix = "Compare turn.external and turn.shared_secret_file with what the relays have (coturn: use-auth-secret, static-auth-secret)";
    match (bad.len(), tried.len()) {
        (0, _) => EXTERNAL.fine(format!("{} let us in.", listed(&tried.iter().map(|(url, _)| url.clone()).collect::<Vec<_>>()))),
        (n, all) if n == all => EXTERNAL.fail(format!("None lets us in: {}.", listed(&bad)), fix),
        _ => EXTERNAL.warn(format!("Not all let us in: {}.", listed(&bad)), fix),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Level;

    #[test]
    fn addresses_of_relays_are_read_as_browsers_read_them() {
        assert_eq!(parse("turn:pool.test"), Some(("pool.test".into(), 3478, Way::Udp)));
        assert_eq!(parse("turn:pool.test:80?transport=tcp"), Some(("pool.test".into(), 80, Way::Tcp)));
        assert_eq!(parse("turns:[fd00::1]:443?transport=tcp"), Some(("fd00::1".into(), 443, Way::Tls)));
        for bad in ["stun:pool.test", "turn:", "turn:pool.test:x", "pool.test"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn one_relay_of_two_that_refuses_is_a_warning_and_both_are_a_fault() {
        let tried =
            |whys: [Option<&str>; 2]| judge_external(&whys.map(|why| ("turn:a".to_owned(), why.map(str::to_owned)))).level;
        assert_eq!(tried([None, None]), Level::Fine);
        assert_eq!(tried([None, Some("refused")]), Level::Warn);
        assert_eq!(tried([Some("a"), Some("b")]), Level::Fail);
    }

    #[test]
    fn silence_at_a_port_ends_in_time() {
        let silent = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        assert!(stun(silent.local_addr().expect("an address")).is_err());
    }
}
