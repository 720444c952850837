//! Plain HTTP on the port: sends a browser to the same place over TLS, and everybody else away with a sentence. A few things that are
//! no secret and are needed before there is TLS are shown as they are: [`Unencrypted`] knows which.
//!
//! The request's head is read by hand, at most [`LONGEST_HEAD`] bytes, and nothing of it reaches the answer that is not checked
//! character by character. Only a Host that is one of ours is believed; any other is sent to the address it connected to.

use std::fmt::Write;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest head that is read, in bytes.
pub const LONGEST_HEAD: usize = 8 * 1024;

/// What a client sends on after our answer is read away up to this many bytes, so that closing does not destroy the answer.
const LEFTOVER: usize = 64 * 1024;

/// Plain HTTP's own number.
const PLAIN_PORT: u16 = 80;

/// Something that is shown as it is: its kind and its bytes.
pub type Shown = (&'static str, Vec<u8>);

/// What is shown for a path.
type Show = Box<dyn Fn(&str) -> Option<Shown> + Send + Sync>;

/// What plain HTTP does: where it may send, and what it may show.
pub struct Unencrypted {
    known_host: Box<dyn Fn(&str) -> bool + Send + Sync>,
    shown: Show,
    /// Where the web is, for whoever came by port 80.
    port: u16,
}

impl Unencrypted {
    /// Sends to hosts that are known (lower case, no port, no brackets), and from port 80 to `port`.
    pub fn redirecting(known_host: impl Fn(&str) -> bool + Send + Sync + 'static, port: u16) -> Self {
        Self { known_host: Box::new(known_host), shown: Box::new(|_| None), port }
    }

    /// Sends nobody anywhere but to the address they came to.
    pub fn nowhere() -> Self {
        Self::redirecting(|_| false, 0)
    }

    /// Shows what this has for a path.
    pub fn showing(self, shown: impl Fn(&str) -> Option<Shown> + Send + Sync + 'static) -> Self {
        Self { shown: Box::new(shown), ..self }
    }

    fn port_beside(&self, local: SocketAddr) -> Option<u16> {
        (local.port() == PLAIN_PORT && self.port != 0).then_some(self.port)
    }
}

/// Reads a head that begins with `first`, answers it, and lets the client close. The caller sets the deadline.
pub async fn serve<S>(mut stream: S, first: &[u8], local: SocketAddr, plain: &Unencrypted) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut head = first.to_vec();
    while !has_ended(&head) && head.len() < LONGEST_HEAD {
        if (&mut stream).take((LONGEST_HEAD - head.len()) as u64).read_buf(&mut head).await? == 0 {
            break;
        }
    }
    stream.write_all(&answer(&head, local, plain)).await?;
    stream.shutdown().await?;
    let mut leftover = [0; 1024];
    let mut budget = LEFTOVER;
    while budget > 0 {
        match stream.read(&mut leftover).await? {
            0 => break,
            n => budget = budget.saturating_sub(n),
        }
    }
    Ok(())
}

fn has_ended(head: &[u8]) -> bool {
    end_of(head).is_some()
}

/// Where the empty line begins that ends a head.
fn end_of(head: &[u8]) -> Option<usize> {
    head.windows(4).position(|four| four == b"\r\n\r\n")
}

/// The whole answer to a request head, as it goes over the wire.
pub fn answer(head: &[u8], local: SocketAddr, plain: &Unencrypted) -> Vec<u8> {
    match reply(head, local, plain) {
        Ok(Reply::Go(location)) => format!(
            "HTTP/1.1 308 Permanent Redirect\r\nLocation: {location}\r\nCache-Control: no-store\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        .into_bytes(),
        Ok(Reply::Show((kind, body), wanted)) => {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\
                 Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            [head.into_bytes(), if wanted { body } else { Vec::new() }].concat()
        }
        Err(sentence) => format!(
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{sentence}",
            sentence.len()
        )
        .into_bytes(),
    }
}

/// What a request gets.
enum Reply {
    Go(String),
    /// And whether the body is wanted.
    Show(Shown, bool),
}

/// What the request gets, or the sentence that refuses it.
fn reply(head: &[u8], local: SocketAddr, plain: &Unencrypted) -> Result<Reply, &'static str> {
    const NOT_HTTP: &str = "This is not an HTTP request that can be understood.\n";
    let end = end_of(head).ok_or("The request's head is incomplete or too long.\n")?;
    let text = str::from_utf8(&head[..end]).map_err(|_| NOT_HTTP)?;
    let mut lines = text.trim_start_matches("\r\n").split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version), None) = (words.next(), words.next(), words.next(), words.next()) else {
        return Err(NOT_HTTP);
    };
    if !version.starts_with("HTTP/1.") {
        return Err(NOT_HTTP);
    }
    if method != "GET" && method != "HEAD" {
        return Err("This server speaks HTTPS: send the request again with https:// at the front of the address.\n");
    }
    let is_path = target.starts_with('/') && target.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b));
    if !is_path {
        return Err("The requested path has characters that no address has.\n");
    }
    let authority = host_header(lines)?;
    let path = target.split('?').next().unwrap_or_default();
    if let Some(shown) = (plain.shown)(path) {
        return Ok(Reply::Show(shown, method == "GET"));
    }
    let mut location = String::from("https://");
    let known = authority.filter(|authority| (plain.known_host)(&authority.host));
    let mut authority = known.unwrap_or_else(|| Authority::of(local));
    authority.port = plain.port_beside(local).or(authority.port);
    push_authority(&mut location, &authority, local.port());
    location.push_str(target);
    Ok(Reply::Go(location))
}

/// The Host header's value, `None` where it is not a valid host. More than one, or none at all, is refused (RFC 9112 section 3.2).
fn host_header<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Option<Authority>, &'static str> {
    let mut hosts = lines.filter_map(|line| line.split_once(':')).filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    match (hosts.next(), hosts.next()) {
        (Some((_, value)), None) => Ok(Authority::parse(value.trim_matches([' ', '\t']))),
        _ => Err("The request must name exactly one Host.\n"),
    }
}

/// A host as URLs write it, without brackets, and the port that stood behind it.
struct Authority {
    host: String,
    port: Option<u16>,
}

impl Authority {
    fn of(address: SocketAddr) -> Self {
        Self { host: address.ip().to_canonical().to_string(), port: Some(address.port()) }
    }

    fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                (host.parse::<Ipv6Addr>().ok()?.to_string(), port)
            }
            None => {
                let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
                (valid_name(host)?, port)
            }
        };
        let port = match port {
            "" | ":" => None,
            port => Some(port.strip_prefix(':').filter(|p| p.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?),
        };
        Some(Self { host, port })
    }
}

/// A name or IPv4 address in lower case: labels of letters, digits, `-` and `_`, within DNS's lengths.
fn valid_name(host: &str) -> Option<String> {
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label =
        |label: &str| matches!(label.len(), 1..=63) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (name.len() <= 253 && name.split('.').all(is_label)).then(|| name.to_ascii_lowercase())
}

/// The same port that the client reached: the one it wrote; otherwise 80, which leads here too, but a server on 443 has the
/// address without a port.
fn push_authority(location: &mut String, authority: &Authority, local_port: u16) {
    let is_v6 = matches!(authority.host.parse(), Ok(IpAddr::V6(_)));
    let (open, close) = if is_v6 { ("[", "]") } else { ("", "") };
    let _ = write!(location, "{open}{}{close}", authority.host);
    match authority.port.unwrap_or(if local_port == 443 { 443 } else { 80 }) {
        443 => {}
        port => {
            let _ = write!(location, ":{port}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ask(head: &str) -> String {
        at("192.168.1.5:8443", head)
    }

    fn at(local: &str, head: &str) -> String {
        let known = |host: &str| matches!(host, "box.local" | "192.168.1.5" | "fd00::5");
        let shown = |path: &str| (path == "/shown").then(|| ("text/plain", b"as it is".to_vec()));
        let plain = Unencrypted::redirecting(known, 8443).showing(shown);
        String::from_utf8(answer(head.as_bytes(), local.parse().expect("an address"), &plain)).expect("text")
    }

    fn target(head: &str) -> String {
        let reply = ask(head);
        let (_, rest) = reply.split_once("Location: ").expect("a redirect");
        rest.split("\r\n").next().expect("a line").to_owned()
    }

    #[test]
    fn a_known_host_is_kept_with_the_port_that_was_reached() {
        for (host, there) in [
            ("box.local:8443", "https://box.local:8443/a?b=c"),
            ("BOX.local.:8443", "https://box.local:8443/a?b=c"),
            ("192.168.1.5:8443", "https://192.168.1.5:8443/a?b=c"),
            ("[fd00::5]:8443", "https://[fd00::5]:8443/a?b=c"),
            ("box.local", "https://box.local:80/a?b=c"),
            ("box.local:443", "https://box.local/a?b=c"),
        ] {
            assert_eq!(target(&format!("GET /a?b=c HTTP/1.1\r\nhOsT: {host} \r\nAccept: */*\r\n\r\n")), there);
        }
        assert_eq!(target("GET / HTTP/1.1\r\nHost: box.local:1\r\n\r\nHost: what comes later"), "https://box.local:1/");
        assert!(ask("HEAD / HTTP/1.0\r\nHost: box.local:8443\r\n\r\n").starts_with("HTTP/1.1 308 "));
    }

    #[test]
    fn port_80_leads_to_the_one_port() {
        for host in ["box.local", "box.local:80", "unknown.example"] {
            let reply = at("192.168.1.5:80", &format!("GET /a HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            let there = if host.starts_with("box") { "box.local" } else { "192.168.1.5" };
            assert!(reply.contains(&format!("Location: https://{there}:8443/a\r\n")), "{reply}");
        }
    }

    #[test]
    fn what_may_be_seen_by_everybody_is_shown_as_it_is() {
        let reply = ask("GET /shown?x=1 HTTP/1.1\r\nHost: anything.example\r\n\r\n");
        assert!(reply.starts_with("HTTP/1.1 200 ") && reply.ends_with("\r\n\r\nas it is"));
        let reply = ask("HEAD /shown HTTP/1.1\r\nHost: box.local\r\n\r\n");
        assert!(reply.contains("Content-Length: 8\r\n") && reply.ends_with("\r\n\r\n"));
        assert!(ask("GET /shown/more HTTP/1.1\r\nHost: box.local\r\n\r\n").starts_with("HTTP/1.1 308 "));
    }

    #[test]
    fn an_unknown_or_invalid_host_is_sent_to_the_address_it_connected_to() {
        for host in
            ["evil.example", "box.local@evil.example", "box.local:99999", "box.local:+1", "", "[::1", "a b", "..", "box.local/x"]
        {
            assert_eq!(target(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")), "https://192.168.1.5:8443/");
        }
        assert_eq!(target("GET //evil.example HTTP/1.1\r\nHost: x\r\n\r\n"), "https://192.168.1.5:8443//evil.example");
    }

    #[test]
    fn everything_else_is_refused_in_one_sentence() {
        for head in [
            "POST / HTTP/1.1\r\nHost: box.local\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: box.local\r\n",
            "GET /\r\n\r\n",
            "GET http://evil.example/ HTTP/1.1\r\nHost: box.local\r\n\r\n",
            "GET /\u{e9} HTTP/1.1\r\nHost: box.local\r\n\r\n",
            "GET /\tx HTTP/1.1\r\nHost: box.local\r\n\r\n",
            "\r\n\r\n",
            "",
        ] {
            let reply = ask(head);
            assert!(reply.starts_with("HTTP/1.1 400 ") && reply.contains("Connection: close\r\n"), "{head:?}");
        }
    }

    #[tokio::test]
    async fn a_head_in_pieces_is_answered_and_the_connection_is_closed() {
        let (mut client, server) = tokio::io::duplex(64);
        let known = Unencrypted::redirecting(|_| true, 0);
        let local = "192.168.1.5:8443".parse().expect("an address");
        let serving = serve(server, b"GE", local, &known);
        let asking = async {
            client.write_all(b"T /x HTTP/1.1\r\nHost: box").await.expect("write");
            client.write_all(b".local:8443\r\n\r\n").await.expect("write");
            let mut reply = String::new();
            client.read_to_string(&mut reply).await.expect("read");
            drop(client);
            reply
        };
        let (served, reply) = tokio::join!(serving, asking);
        served.expect("served");
        assert!(reply.contains("Location: https://box.local:8443/x\r\n"));
    }

    proptest! {
        #[test]
        fn no_head_makes_it_panic_or_break_out_of_a_header(host in "\\PC{0,40}|[\\x00-\\x7f]{0,40}", path in "[\\x00-\\x7f]{0,40}") {
            let known = Unencrypted::redirecting(|_| true, 0);
            let reply = answer(format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes(), "[::1]:1".parse().expect("an address"), &known);
            let reply = String::from_utf8(reply).expect("text");
            let (head, _) = reply.split_once("\r\n\r\n").expect("a head");
            prop_assert!(head.split("\r\n").count() == 5 || head.split("\r\n").count() == 4);
            prop_assert!(head.split("\r\n").all(|line| line.bytes().all(|b| b == b' ' || b.is_ascii_graphic())));
        }
    }
}
