//! What else comes from outside: a proxy's first words, plain HTTP, a router's answers, lists of people, archives, what is typed.

use alongside::domain::way_in::{Choice, Opening};
use alongside::domain::{group, member, roll};
use alongside::gateway::{self, Half, Way, pcp, upnp};
use alongside::keep::{archive as tar, manifest::Manifest};
use alongside::port::{Spoken, Trusted, Unencrypted, answer_plain, spoken};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The longest header of the PROXY protocol that is taken, in bytes.
const PROXY_MOST: usize = 552;
/// The longest form, in bytes.
const FORM_MOST: usize = 256 * 1024;

/// The beginning of a connection from a believed proxy, and the header by which it says for whom it asks.
pub fn proxy(bytes: &[u8]) {
    let mut decided = None;
    for end in 0..=bytes.len().min(PROXY_MOST + 8) {
        let read = spoken(&bytes[..end]);
        match read {
            Spoken::More(wanted) => assert!(wanted > end && wanted <= PROXY_MOST, "{wanted} bytes wanted after {end}"),
            Spoken::For(length, _) => assert!(length <= end),
            Spoken::Nothing | Spoken::Broken => {}
        }
        match decided {
            Some(before) => assert_eq!(read, before, "after {end} bytes"),
            None if !matches!(read, Spoken::More(_)) => decided = Some(read),
            None => {}
        }
    }
    let texts: Vec<String> = bytes.split(|byte| *byte == b'\n').map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    let trusted = Trusted::read(&texts[..1]).unwrap_or_default();
    let mut headers = http::HeaderMap::new();
    for line in &texts[1..] {
        if let Ok(value) = http::HeaderValue::from_str(line) {
            let _ = headers.try_append("x-forwarded-for", value);
        }
    }
    if let Some(client) = trusted.client(&headers) {
        assert!(!client.is_ipv4() || !trusted.contains(client) || texts.len() > 1);
        assert_eq!(client, client.to_canonical());
    }
}

/// The head of a plain request: what is answered is whole, and nothing of the request breaks out of its line.
pub fn plain_http(bytes: &[u8]) {
    let plain = Unencrypted::redirecting(|host| host.ends_with("local"), 8443)
        .showing(|path| (path == "/shown").then(|| ("text/plain", b"as it is".to_vec())));
    let locals: [SocketAddr; 2] = [([192, 168, 1, 5], 80).into(), (std::net::Ipv6Addr::LOCALHOST, 8443).into()];
    for local in locals {
        let reply = String::from_utf8(answer_plain(bytes, local, &plain)).expect("text");
        assert!(reply.len() <= 1024 + 2 * bytes.len());
        let (head, _) = reply.split_once("\r\n\r\n").expect("a head");
        assert!(head.split("\r\n").all(|line| line.bytes().all(|b| b == b' ' || b.is_ascii_graphic())), "{head:?}");
        assert!((4..=7).contains(&head.split("\r\n").count()), "{head:?}");
        let locations: Vec<&str> = head.split("\r\n").filter_map(|line| line.strip_prefix("Location: ")).collect();
        assert_eq!(locations.len(), usize::from(head.starts_with("HTTP/1.1 308 ")));
        let known = |rest: &str| ["192.168.1.5", "[::1]"].iter().any(|own| rest.starts_with(own)) || rest.contains("local");
        assert!(locations.iter().all(|to| to.strip_prefix("https://").is_some_and(known)), "{head:?}");
    }
}

/// What a router answers, whoever else in the network says it: nobody but the gateway itself is spoken to.
pub fn router(bytes: &[u8]) {
    const GATEWAY: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 1);
    const NONCE: [u8; 12] = *b"twelve bytes";
    for half in [Half::Tcp, Half::Udp] {
        let way = Way { half, inside: 8443, outside: 443 };
        if pcp::mapped(bytes, way, &NONCE).is_ok() {
            assert!(bytes.len() >= 60 && bytes[24..36] == NONCE);
        }
        let _ = pcp::elder_mapped(bytes, way);
    }
    let _ = pcp::elder_addressed(bytes);
    let text = String::from_utf8_lossy(bytes);
    let _ = (gateway::gateway_in(&text), upnp::addressed(&text), upnp::done(&text));
    let from = upnp::Place { at: SocketAddrV4::new(GATEWAY, 5000), path: "/root.xml".to_owned() };
    let place = upnp::found(&text, GATEWAY);
    for place in place.iter() {
        assert!(*place.at.ip() == GATEWAY && place.path.starts_with('/'));
        assert_eq!(upnp::get(place).matches("\r\n").count(), 4);
    }
    let Some(service) = upnp::described(&text, &from) else { return };
    assert_eq!(*service.place.at.ip(), GATEWAY);
    let way = Way { half: Half::Udp, inside: 8443, outside: 8443 };
    let asked = [upnp::add(&service, way, GATEWAY, 600), upnp::remove(&service, way), upnp::address(&service)];
    for question in asked {
        let (head, body) = question.split_once("\r\n\r\n").expect("a head and a body");
        assert_eq!(head.matches("\r\n").count(), 5, "{head:?}");
        assert!(head.ends_with(&format!("Content-Length: {}", body.len())));
    }
}

/// A list of people, out of any spreadsheet.
pub fn people_list(bytes: &[u8]) {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(FORM_MOST)]);
    let Ok(fields) = alongside::http::fields_of(&text) else { return };
    let most = 1 + text.matches(['\n', '\r']).count();
    assert!(fields.iter().all(|(line, _)| (1..=most).contains(line)), "{:?} of {most}", fields.last().map(|row| row.0));
    assert!(fields.is_sorted_by(|before, after| before.0 < after.0));
    let Ok(lines) = roll::read(&fields, jiff::civil::date(2026, 11, 22)) else { return };
    assert!((1..=roll::MOST).contains(&lines.len()));
    for line in lines {
        assert!(line.typed.chars().count() <= 80);
        if let Ok(person) = line.read {
            assert!((1..=member::NAME_CHARS).contains(&person.name.chars().count()));
        }
    }
}

/// What people type into the fields of forms, a line each.
pub fn typed(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for line in text.split('\n').take(32) {
        if let Ok(name) = member::name_cleaned(line) {
            assert_eq!(member::name_cleaned(&name).as_ref(), Ok(&name), "cleaned once is clean");
            let _ = member::name_key(&name);
        }
        if let Ok(Some(email)) = member::email_cleaned(line) {
            assert!(email.len() <= 254);
        }
        if let Ok(name) = group::name_cleaned(line) {
            assert_eq!(group::name_cleaned(&name), Ok(name));
        }
        if let Some(code) = roll::code_typed(line) {
            assert_eq!(roll::code_typed(&code), Some(code));
        }
        let _ = roll::last_day(line, jiff::civil::date(2026, 11, 22));
        if let Some(zone) = alongside::domain::time::Zone::named(line) {
            for at in [i64::MIN, -1, 0, 1_800_000_000, i64::MAX] {
                let _ = zone.wall(alongside::domain::time::Timestamp(at));
            }
        }
        for opening in [Opening::House, Opening::Anywhere] {
            if let Ok(Choice { name: Some(name), .. }) = Choice::typed(opening, line, "", true) {
                let again = Choice::typed(opening, &name, "", true).map(|choice| choice.name);
                assert_eq!(again, Ok(Some(name)), "cleaned once is clean");
            }
            let _ = Choice::typed(opening, "", line, false);
        }
    }
}

/// Where archives are unpacked to: memory, where the machine has a folder of it.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let above = if memory.is_dir() { memory } else { std::env::temp_dir() };
    above.join(format!("alongside-archive-{}", std::process::id()))
});

/// A backup that somebody brings. By the first byte: as it comes, compressed first, or compressed with the sums of its heads put
/// right, so that what lies behind them is reached.
pub fn archive(bytes: &[u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let Some((how, rest)) = bytes.split_first() else { return };
    let _ = Manifest::read(rest);
    let file = match how % 3 {
        0 => rest.to_vec(),
        1 => packed(rest),
        _ => packed(&with_sums(rest)),
    };
    let place = FOLDER.join(NEXT.fetch_add(1, Ordering::Relaxed).to_string());
    let into = place.join("deep").join("out");
    let unpacked = tar::unpack(&file[..], &into);
    let mut found = Vec::new();
    walk(&place, &mut found);
    assert!(found.iter().all(|path| path.starts_with(&into)), "{found:?}");
    if let Ok(manifest) = unpacked {
        assert_eq!(found.len(), manifest.files.len());
    }
    let _ = std::fs::remove_dir_all(&place);
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("in memory");
    packed.finish().expect("in memory")
}

/// Every block that looks like a head of ustar gets the sum that it should have.
fn with_sums(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for block in bytes.chunks_exact_mut(512).filter(|block| &block[257..262] == b"ustar") {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    }
    bytes
}

fn walk(folder: &std::path::Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) { walk(&path, found) } else { found.push(path) }
    }
}
