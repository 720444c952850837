//! PCP (RFC 6887) and its elder NAT-PMP (RFC 6886) as bytes: what is asked of port 5351 of the router, and what it answers.

use super::{Half, Way};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where routers listen.
pub const PORT: u16 = 5351;
/// No answer is longer (RFC 6887 section 7).
pub const LONGEST: usize = 1100;

const PCP: u8 = 2;
const MAP: u8 = 1;
const ANSWER: u8 = 0x80;
const UNSUPPORTED_VERSION: u16 = 1;

/// A way that was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    pub outside: u16,
    pub life_s: u32,
    /// PCP says it with each answer.
    pub address: Option<IpAddr>,
}

/// An answer that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum No {
    /// Not an answer to this question: another may come.
    Foreign,
    /// This router speaks the elder only.
    Elder,
    /// The router's code.
    Refused(u16),
}

/// Asks for a way by PCP; a life of 0 gives it back. `nonce` stays the same for one way.
pub fn map(way: Way, life_s: u32, own: Ipv4Addr, nonce: &[u8; 12]) -> Vec<u8> {
    let mut bytes = vec![PCP, MAP, 0, 0];
    bytes.extend(life_s.to_be_bytes());
    bytes.extend(own.to_ipv6_mapped().octets());
    bytes.extend(nonce);
    bytes.extend([protocol(way.half), 0, 0, 0]);
    bytes.extend(way.inside.to_be_bytes());
    bytes.extend(way.outside.to_be_bytes());
    bytes.extend(Ipv4Addr::UNSPECIFIED.to_ipv6_mapped().octets());
    bytes
}

/// Reads what came to [`map`].
///
/// # Errors
/// Why it is no grant.
pub fn mapped(bytes: &[u8], way: Way, nonce: &[u8; 12]) -> Result<Granted, No> {
    match bytes {
        [0, _, ..] if word(bytes, 2) == Some(UNSUPPORTED_VERSION) => return Err(No::Elder),
        [PCP, op, _, code, ..] if *op == ANSWER | MAP => {
            // A router that speaks no PCP of this version says so in its own.
            if *code != 0 && bytes.len() < 60 {
                return Err(No::Refused(u16::from(*code)));
            }
        }
        [version, op, _, 1, ..] if *version < PCP && op & ANSWER != 0 => return Err(No::Elder),
        _ => return Err(No::Foreign),
    }
    let ours = bytes.get(24..36) == Some(&nonce[..])
        && bytes.get(36) == Some(&protocol(way.half))
        && word(bytes, 40) == Some(way.inside);
    if !ours {
        return Err(No::Foreign);
    }
    if bytes[3] != 0 {
        return Err(No::Refused(u16::from(bytes[3])));
    }
    let address: [u8; 16] = bytes.get(44..60).and_then(|octets| octets.try_into().ok()).ok_or(No::Foreign)?;
    let (outside, life_s) = (word(bytes, 42).ok_or(No::Foreign)?, long(bytes, 4).ok_or(No::Foreign)?);
    Ok(Granted { outside, life_s, address: Some(IpAddr::V6(Ipv6Addr::from(address)).to_canonical()) })
}

/// Asks for the router's public address by NAT-PMP.
pub fn elder_address() -> Vec<u8> {
    vec![0, 0]
}

/// Reads what came to [`elder_address`].
///
/// # Errors
/// Why there is none.
pub fn elder_addressed(bytes: &[u8]) -> Result<Ipv4Addr, No> {
    elder_head(bytes, 0)?;
    let octets: [u8; 4] = bytes.get(8..12).and_then(|octets| octets.try_into().ok()).ok_or(No::Foreign)?;
    Ok(octets.into())
}

/// Asks for a way by NAT-PMP; a life of 0 gives it back.
pub fn elder_map(way: Way, life_s: u32) -> Vec<u8> {
    let outside = if life_s == 0 { 0 } else { way.outside };
    let mut bytes = vec![0, elder_op(way.half), 0, 0];
    bytes.extend(way.inside.to_be_bytes());
    bytes.extend(outside.to_be_bytes());
    bytes.extend(life_s.to_be_bytes());
    bytes
}

/// Reads what came to [`elder_map`].
///
/// # Errors
/// Why it is no grant.
pub fn elder_mapped(bytes: &[u8], way: Way) -> Result<Granted, No> {
    elder_head(bytes, elder_op(way.half))?;
    if word(bytes, 8) != Some(way.inside) {
        return Err(No::Foreign);
    }
    let (outside, life_s) = (word(bytes, 10).ok_or(No::Foreign)?, long(bytes, 12).ok_or(No::Foreign)?);
    Ok(Granted { outside, life_s, address: None })
}

fn elder_head(bytes: &[u8], op: u8) -> Result<(), No> {
    match (bytes, word(bytes, 2)) {
        ([0, answered, ..], Some(0)) if *answered == ANSWER | op => Ok(()),
        ([0, answered, ..], Some(code)) if *answered == ANSWER | op => Err(No::Refused(code)),
        _ => Err(No::Foreign),
    }
}

/// A router's code in words.
pub fn said(code: u16, elder: bool) -> &'static str {
    match (code, elder) {
        (2, _) => "it is told to let nobody through (not authorized)",
        (8, false) | (4, true) => "it has no room for another",
        (3, true) => "it has no address from its provider",
        (7, false) => "it has no address from its provider, or is not well",
        (11, false) => "another device has that number",
        _ => "it refuses, and doesn't say why",
    }
}

fn protocol(half: Half) -> u8 {
    match half {
        Half::Tcp => 6,
        Half::Udp => 17,
    }
}

fn elder_op(half: Half) -> u8 {
    match half {
        Half::Udp => 1,
        Half::Tcp => 2,
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAY: Way = Way { half: Half::Udp, inside: 8443, outside: 443 };
    const NONCE: [u8; 12] = *b"twelve bytes";

    /// An answer of a router that grants it.
    fn answer(code: u8) -> Vec<u8> {
        let mut bytes = map(WAY, 600, Ipv4Addr::new(192, 168, 1, 5), &NONCE);
        bytes[1] |= ANSWER;
        bytes[3] = code;
        bytes[44..60].copy_from_slice(&Ipv4Addr::new(203, 0, 113, 2).to_ipv6_mapped().octets());
        bytes
    }

    #[test]
    fn a_question_of_pcp_is_laid_out_as_the_rfc_says() {
        let bytes = map(WAY, 600, Ipv4Addr::new(192, 168, 1, 5), &NONCE);
        assert_eq!(bytes.len(), 60);
        assert_eq!((&bytes[..8], &bytes[18..24]), (&[2, 1, 0, 0, 0, 0, 2, 88][..], &[255, 255, 192, 168, 1, 5][..]));
        assert_eq!((&bytes[24..36], bytes[36]), (&NONCE[..], 17));
        assert_eq!(&bytes[40..44], &[0x20, 0xFB, 0x01, 0xBB]);
    }

    #[test]
    fn a_grant_is_read_and_anything_else_is_told_apart() {
        let granted = Granted { outside: 443, life_s: 600, address: Some(Ipv4Addr::new(203, 0, 113, 2).into()) };
        assert_eq!(mapped(&answer(0), WAY, &NONCE), Ok(granted));
        assert_eq!(mapped(&answer(2), WAY, &NONCE), Err(No::Refused(2)));
        assert_eq!(mapped(&answer(0), WAY, b"other  bytes"), Err(No::Foreign));
        assert_eq!(mapped(&answer(0), Way { half: Half::Tcp, ..WAY }, &NONCE), Err(No::Foreign));
        assert_eq!(mapped(&[0, 128, 0, 1, 0, 0, 0, 9], WAY, &NONCE), Err(No::Elder), "a router of NAT-PMP");
    }

    #[test]
    fn nat_pmp_is_asked_and_read() {
        assert_eq!(elder_map(WAY, 600), [0, 1, 0, 0, 0x20, 0xFB, 0x01, 0xBB, 0, 0, 2, 88]);
        assert_eq!(elder_map(WAY, 0)[6..], [0; 6], "given back");
        let granted = [0, 129, 0, 0, 0, 0, 0, 9, 0x20, 0xFB, 0x01, 0xBB, 0, 0, 2, 88];
        assert_eq!(elder_mapped(&granted, WAY), Ok(Granted { outside: 443, life_s: 600, address: None }));
        assert_eq!(elder_mapped(&[0, 129, 0, 2], WAY), Err(No::Refused(2)));
        assert_eq!(elder_addressed(&[0, 128, 0, 0, 0, 0, 0, 9, 203, 0, 113, 2]), Ok(Ipv4Addr::new(203, 0, 113, 2)));
        assert_eq!(elder_addressed(&[0, 128, 0, 3]), Err(No::Refused(3)));
    }

    #[test]
    fn no_cut_or_twisted_answer_is_a_panic() {
        let whole = answer(0);
        for length in 0..whole.len() {
            let _ =
                (mapped(&whole[..length], WAY, &NONCE), elder_mapped(&whole[..length], WAY), elder_addressed(&whole[..length]));
            assert!(mapped(&whole[..length], WAY, &NONCE).is_err());
        }
    }
}
