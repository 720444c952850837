//! SRTP and SRTCP in place (RFC 3711, 7714): one packet sealed in the arena it leaves from, one opened in the buffer it came in.
//!
//! AES-GCM is done here over `rtc::crypto`, without a copy; AES-CM, which only old clients need, is `rtc::srtp`'s. The invariant
//! that GCM lives by: **an index of one SSRC is sealed once**. Whoever seals gives the whole 48-bit index, and the callers never
//! give one twice. State for an SSRC is made only after its first packet was authentic, and bounded. No MKI, no rekeying: a leg
//! lives far shorter than 2^31 packets of RTCP.

use rtc::crypto::{AeadAlgorithm, AeadCipher, BlockCipherAlgorithm, HmacAlgorithm, Mac, RTCCrypto};
use rtc::srtp::config::Config;
use rtc::srtp::context::Context;
use rtc::srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc::srtp::protection_profile::ProtectionProfile;

use super::rtp::Rtp;

const TAG: usize = 16;
/// SSRCs that one client may send with; the least recent one gives way.
const MOST_SSRCS: usize = 32;
/// How far behind the newest a packet may be, in packets.
const WINDOW: u64 = 128;

/// Both directions of one leg, from the keying material of its handshake.
pub fn contexts(profile: ProtectionProfile, material: &[u8], crypto: &dyn RTCCrypto) -> Option<(Protect, Unprotect)> {
    let mut config = Config { profile, ..Default::default() };
    config.set_session_keys_from_keying_material(material, false).ok()?;
    let keys = &config.keys;
    match profile {
        ProtectionProfile::AeadAes128Gcm | ProtectionProfile::AeadAes256Gcm => {
            let local = Gcm::new(profile, &keys.local_master_key, &keys.local_master_salt, crypto)?;
            let remote = Gcm::new(profile, &keys.remote_master_key, &keys.remote_master_salt, crypto)?;
            Some((Protect { cipher: Cipher::Gcm(local), rtcp_index: 0 }, Unprotect::new(Cipher::Gcm(remote))))
        }
        _ => {
            let (key, salt) = (&keys.local_master_key, &keys.local_master_salt);
            let local = Context::new(key, salt, profile, None, None, crypto).ok()?;
            let replay = (Some(srtp_replay_protection(WINDOW as usize)), Some(srtcp_replay_protection(WINDOW as usize)));
            let (key, salt) = (&keys.remote_master_key, &keys.remote_master_salt);
            let remote = Context::new(key, salt, profile, replay.0, replay.1, crypto).ok()?;
            let door = Door::new(profile, key, salt, crypto)?;
            let unprotect = Unprotect { door: Some(door), ..Unprotect::new(Cipher::Cm(Box::new(remote))) };
            Some((Protect { cipher: Cipher::Cm(Box::new(local)), rtcp_index: 0 }, unprotect))
        }
    }
}

enum Cipher {
    Gcm(Gcm),
    Cm(Box<Context>),
}

struct Gcm {
    rtp: Box<dyn AeadCipher>,
    rtcp: Box<dyn AeadCipher>,
    rtp_salt: [u8; 12],
    rtcp_salt: [u8; 12],
}

impl Gcm {
    fn new(profile: ProtectionProfile, key: &[u8], salt: &[u8], crypto: &dyn RTCCrypto) -> Option<Self> {
        let (aead, block) = match profile {
            ProtectionProfile::AeadAes128Gcm => (AeadAlgorithm::Aes128Gcm, BlockCipherAlgorithm::Aes128),
            _ => (AeadAlgorithm::Aes256Gcm, BlockCipherAlgorithm::Aes256),
        };
        let derive = |label, length| derived(crypto, (block, key, salt.get(..12)?), label, length);
        let cipher = |label| crypto.new_aead(aead, &derive(label, key.len())?).ok();
        Some(Self {
            rtp: cipher(0)?,
            rtcp: cipher(3)?,
            rtp_salt: derive(2, 12)?.try_into().ok()?,
            rtcp_salt: derive(5, 12)?.try_into().ok()?,
        })
    }

    /// RFC 7714 section 8.1: the salt crossed with SSRC and the 48-bit index.
    fn rtp_nonce(&self, ssrc: u32, index: u64) -> [u8; 12] {
        let mut nonce = self.rtp_salt;
        cross(&mut nonce[2..6], &ssrc.to_be_bytes());
        cross(&mut nonce[6..12], &index.to_be_bytes()[2..]);
        nonce
    }

    /// RFC 7714 section 9.1.
    fn rtcp_nonce(&self, ssrc: u32, index: u32) -> [u8; 12] {
        let mut nonce = self.rtcp_salt;
        cross(&mut nonce[2..6], &ssrc.to_be_bytes());
        cross(&mut nonce[8..12], &index.to_be_bytes());
        nonce
    }
}

/// The key derivation of RFC 3711 section 4.3, key derivation rate 0: AES in counter mode over salt and label.
fn derived(
    crypto: &dyn RTCCrypto,
    (block, key, salt): (BlockCipherAlgorithm, &[u8], &[u8]),
    label: u8,
    length: usize,
) -> Option<Vec<u8>> {
    let mut derived = Vec::with_capacity(length + 15);
    for count in 0..length.div_ceil(16) {
        let mut input = [0u8; 16];
        input.get_mut(..salt.len())?.copy_from_slice(salt);
        input[7] ^= label;
        input[15] = count as u8;
        crypto.block_encrypt(block, key, &mut input).ok()?;
        derived.extend_from_slice(&input);
    }
    derived.truncate(length);
    Some(derived)
}

/// Lets only those SSRCs to AES-CM's context that have shown an authentic packet: it keeps state for every one that it is asked about,
/// before it knows whether the packet is forged, and lets none of it go.
struct Door {
    rtp: Box<dyn Mac>,
    rtcp: Box<dyn Mac>,
    /// Lengths of both tags.
    tags: (usize, usize),
    known_rtp: Vec<u32>,
    known_rtcp: Vec<u32>,
}

impl Door {
    fn new(profile: ProtectionProfile, key: &[u8], salt: &[u8], crypto: &dyn RTCCrypto) -> Option<Self> {
        let mac = |label| {
            let key = derived(crypto, (BlockCipherAlgorithm::Aes128, key, salt), label, profile.auth_key_len())?;
            crypto.new_hmac(HmacAlgorithm::Sha1, &key).ok()
        };
        let tags = (profile.rtp_auth_tag_len(), profile.rtcp_auth_tag_len());
        Some(Self { rtp: mac(1)?, rtcp: mac(4)?, tags, known_rtp: Vec::new(), known_rtcp: Vec::new() })
    }

    fn lets_rtp(&mut self, bytes: &[u8], ssrc: u32) -> bool {
        // The count of rollovers, which is signed with the packet, is 0 for the first one of an SSRC.
        lets(&mut self.known_rtp, ssrc, || is_authentic(self.rtp.as_mut(), bytes, &[0; 4], self.tags.0))
    }

    fn lets_rtcp(&mut self, bytes: &[u8]) -> bool {
        lets(&mut self.known_rtcp, number(bytes, 4), || is_authentic(self.rtcp.as_mut(), bytes, &[], self.tags.1))
    }
}

fn lets(known: &mut Vec<u32>, ssrc: u32, is_authentic: impl FnOnce() -> bool) -> bool {
    let old = known.contains(&ssrc);
    let fresh = !old && known.len() < MOST_SSRCS && is_authentic();
    if fresh {
        known.push(ssrc);
    }
    old || fresh
}

fn is_authentic(mac: &mut dyn Mac, bytes: &[u8], behind: &[u8], tag: usize) -> bool {
    let Some((signed, given)) = bytes.len().checked_sub(tag).map(|end| bytes.split_at(end)) else { return false };
    let mut right = [0; 20];
    mac.sign(&[signed, behind], &mut right).is_ok() && right.iter().zip(given).fold(0, |odd, (a, b)| odd | (a ^ b)) == 0
}

fn cross(target: &mut [u8], with: &[u8]) {
    target.iter_mut().zip(with).for_each(|(byte, other)| *byte ^= other);
}

/// What leaves.
pub struct Protect {
    cipher: Cipher,
    rtcp_index: u32,
}

impl Protect {
    /// Seals the RTP packet that begins at `start` of the arena and ends at its end. `index` is rollover count and sequence
    /// number. On failure the arena is as before the packet.
    pub fn seal_rtp(&mut self, arena: &mut Vec<u8>, start: usize, header_len: usize, ssrc: u32, index: u64) {
        let sealed = match &mut self.cipher {
            Cipher::Gcm(gcm) => {
                let nonce = gcm.rtp_nonce(ssrc, index);
                let mut tag = [0; TAG];
                let (header, payload) = arena[start..].split_at_mut(header_len);
                let sealed = gcm.rtp.seal_in_place(&nonce, header, payload, &mut tag).is_ok();
                arena.extend_from_slice(&tag);
                sealed
            }
            Cipher::Cm(context) => replace(arena, start, context.encrypt_rtp(&arena[start..]).ok()),
        };
        if !sealed {
            arena.truncate(start);
        }
    }

    /// Seals the RTCP packet that begins at `start` of the arena and ends at its end.
    pub fn seal_rtcp(&mut self, arena: &mut Vec<u8>, start: usize) {
        if arena.len() < start + 8 {
            arena.truncate(start);
            return;
        }
        let sealed = match &mut self.cipher {
            Cipher::Gcm(gcm) => {
                self.rtcp_index = (self.rtcp_index + 1) & 0x7fff_ffff;
                let word = (self.rtcp_index | 0x8000_0000).to_be_bytes();
                let (header, payload) = arena[start..].split_at_mut(8);
                let nonce = gcm.rtcp_nonce(number(header, 4), self.rtcp_index);
                let mut aad = [0; 12];
                aad[..8].copy_from_slice(header);
                aad[8..].copy_from_slice(&word);
                let mut tag = [0; TAG];
                let sealed = gcm.rtcp.seal_in_place(&nonce, &aad, payload, &mut tag).is_ok();
                arena.extend_from_slice(&tag);
                arena.extend_from_slice(&word);
                sealed
            }
            Cipher::Cm(context) => replace(arena, start, context.encrypt_rtcp(&arena[start..]).ok()),
        };
        if !sealed {
            arena.truncate(start);
        }
    }
}

fn replace(arena: &mut Vec<u8>, start: usize, sealed: Option<bytes::BytesMut>) -> bool {
    let Some(sealed) = sealed else { return false };
    arena.truncate(start);
    arena.extend_from_slice(&sealed);
    true
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// What has come of one SSRC: the newest index and which of the ones before it.
struct Seen {
    ssrc: u32,
    newest: u64,
    before: u128,
}

/// What comes in.
pub struct Unprotect {
    cipher: Cipher,
    /// With AES-CM only.
    door: Option<Door>,
    rtp: Vec<Seen>,
    rtcp: Vec<Seen>,
}

impl Unprotect {
    fn new(cipher: Cipher) -> Self {
        Self { cipher, door: None, rtp: Vec::new(), rtcp: Vec::new() }
    }

    /// Opens an RTP packet in place: the end of its plaintext, or nothing for a forged, repeated or too old one.
    pub fn open_rtp(&mut self, bytes: &mut [u8], rtp: &Rtp) -> Option<usize> {
        let gcm = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm,
            Cipher::Cm(context) => {
                if !self.door.as_mut().is_some_and(|door| door.lets_rtp(bytes, rtp.ssrc)) {
                    return None;
                }
                let plain = context.decrypt_rtp(bytes).ok()?;
                bytes.get_mut(..plain.len())?.copy_from_slice(&plain);
                return Some(plain.len());
            }
        };
        let end = bytes.len().checked_sub(TAG).filter(|end| *end >= rtp.header_len)?;
        let index = index_of(&self.rtp, rtp.ssrc, rtp.sequence)?;
        let (packet, tag) = bytes.split_at_mut(end);
        let (header, payload) = packet.split_at_mut(rtp.header_len);
        gcm.rtp.open_in_place(&gcm.rtp_nonce(rtp.ssrc, index), header, payload, tag).ok()?;
        accept(&mut self.rtp, rtp.ssrc, index);
        Some(end)
    }

    /// Opens an RTCP packet in place: the end of its plaintext.
    pub fn open_rtcp(&mut self, bytes: &mut [u8]) -> Option<usize> {
        let gcm = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm,
            Cipher::Cm(context) => {
                if !self.door.as_mut().is_some_and(|door| door.lets_rtcp(bytes)) {
                    return None;
                }
                let plain = context.decrypt_rtcp(bytes).ok()?;
                bytes.get_mut(..plain.len())?.copy_from_slice(&plain);
                return Some(plain.len());
            }
        };
        let end = bytes.len().checked_sub(TAG + 4).filter(|end| *end >= 8)?;
        let word = number(bytes, end + TAG);
        let (index, ssrc) = (word & 0x7fff_ffff, number(bytes, 4));
        if word & 0x8000_0000 == 0 || !fresh(&self.rtcp, ssrc, u64::from(index)) {
            return None;
        }
        let mut aad = [0; 12];
        aad[..8].copy_from_slice(&bytes[..8]);
        aad[8..].copy_from_slice(&word.to_be_bytes());
        let (packet, tag) = bytes.split_at_mut(end);
        gcm.rtcp.open_in_place(&gcm.rtcp_nonce(ssrc, index), &aad, &mut packet[8..], &tag[..TAG]).ok()?;
        accept(&mut self.rtcp, ssrc, u64::from(index));
        Some(end)
    }
}

/// The 48-bit index nearest to the newest one (RFC 3711 section 3.3.1), if it was not seen yet.
fn index_of(seen: &[Seen], ssrc: u32, sequence: u16) -> Option<u64> {
    let Some(state) = seen.iter().find(|seen| seen.ssrc == ssrc) else {
        return Some(u64::from(sequence));
    };
    let ahead = sequence.wrapping_sub(state.newest as u16) as i16;
    let index = state.newest.checked_add_signed(i64::from(ahead))?;
    fresh(seen, ssrc, index).then_some(index)
}

fn fresh(seen: &[Seen], ssrc: u32, index: u64) -> bool {
    let Some(state) = seen.iter().find(|seen| seen.ssrc == ssrc) else { return true };
    match state.newest.checked_sub(index) {
        None => true,
        Some(behind) => behind < WINDOW && state.before & (1 << behind) == 0,
    }
}

fn accept(seen: &mut Vec<Seen>, ssrc: u32, index: u64) {
    let Some(state) = seen.iter_mut().find(|seen| seen.ssrc == ssrc) else {
        if seen.len() == MOST_SSRCS {
            seen.remove(0);
        }
        seen.push(Seen { ssrc, newest: index, before: 1 });
        return;
    };
    if index > state.newest {
        let ahead = index - state.newest;
        state.before = if ahead < WINDOW { state.before << ahead } else { 0 } | 1;
        state.newest = index;
    } else {
        state.before |= 1 << (state.newest - index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc::crypto::default_provider;

    const PROFILES: [(ProtectionProfile, usize); 3] = [
        (ProtectionProfile::AeadAes128Gcm, 56),
        (ProtectionProfile::AeadAes256Gcm, 88),
        (ProtectionProfile::Aes128CmHmacSha1_80, 60),
    ];

    fn packet(sequence: u16) -> Vec<u8> {
        let mut bytes = vec![0x80, 96];
        bytes.extend_from_slice(&sequence.to_be_bytes());
        bytes.extend_from_slice(&[0, 0, 0, 9, 0, 0, 0, 7]);
        bytes.extend_from_slice(b"a picture");
        bytes
    }

    /// The library's own context on the client's side is the oracle.
    fn client(profile: ProtectionProfile, material: &[u8], sends: bool) -> Context {
        let mut config = Config { profile, ..Default::default() };
        config.set_session_keys_from_keying_material(material, true).expect("as built");
        let keys = config.keys;
        let (key, salt) = if sends {
            (keys.local_master_key, keys.local_master_salt)
        } else {
            (keys.remote_master_key, keys.remote_master_salt)
        };
        Context::new(&key, &salt, profile, None, None, default_provider().expect("as built").crypto()).expect("as built")
    }

    #[test]
    fn a_client_of_every_profile_reads_us_and_is_read() {
        for (profile, length) in PROFILES {
            let material: Vec<u8> = (0..length as u8).collect();
            let provider = default_provider().expect("as built");
            let (mut protect, mut unprotect) = contexts(profile, &material, provider.crypto()).expect("as built");
            let (mut reads, mut sends) = (client(profile, &material, false), client(profile, &material, true));
            for index in [65_534u64, 65_535, 65_536, 65_537] {
                let mut arena = b"before".to_vec();
                arena.extend_from_slice(&packet(index as u16));
                protect.seal_rtp(&mut arena, 6, 12, 7, index);
                assert_eq!(reads.decrypt_rtp(&arena[6..]).expect("as built"), packet(index as u16));

                let mut sealed = sends.encrypt_rtp(&packet(index as u16)).expect("as built");
                let rtp = Rtp::parse(&sealed).expect("as built");
                let end = unprotect.open_rtp(&mut sealed, &rtp).expect("as built");
                assert_eq!(&sealed[..end], packet(index as u16));
            }
            let report = [0x80, 201, 0, 2, 0, 0, 0, 7, 1, 2, 3, 4];
            let mut arena = b"before".to_vec();
            arena.extend_from_slice(&report);
            protect.seal_rtcp(&mut arena, 6);
            assert_eq!(reads.decrypt_rtcp(&arena[6..]).expect("as built"), report[..]);
            let mut sealed = sends.encrypt_rtcp(&report).expect("as built");
            let end = unprotect.open_rtcp(&mut sealed).expect("as built");
            assert_eq!(&sealed[..end], report);
        }
    }

    #[test]
    fn a_repeated_or_altered_packet_is_refused() {
        for (profile, length) in PROFILES {
            let material: Vec<u8> = (0..length as u8).collect();
            let provider = default_provider().expect("as built");
            let (_, mut unprotect) = contexts(profile, &material, provider.crypto()).expect("as built");
            let mut sends = client(profile, &material, true);
            let sealed: Vec<_> = (5..9).map(|n| sends.encrypt_rtp(&packet(n)).expect("as built")).collect();
            let mut open = |bytes: &[u8]| {
                let mut bytes = bytes.to_vec();
                Rtp::parse(&bytes).and_then(|rtp| unprotect.open_rtp(&mut bytes, &rtp))
            };
            let mut altered = sealed[0].to_vec();
            altered[14] ^= 1;
            assert_eq!(open(&altered), None);
            assert!(open(&sealed[3]).is_some() && open(&sealed[1]).is_some(), "order does not matter");
            assert_eq!((open(&sealed[3]), open(&sealed[1])), (None, None), "a copy does");
            assert!((0..sealed[2].len()).all(|n| open(&sealed[2][..n]).is_none()));
        }
    }
    #[test]
    fn forged_ssrcs_leave_no_trace_and_authentic_ones_are_bounded() {
        for (profile, length) in PROFILES {
            let material: Vec<u8> = (0..length as u8).collect();
            let provider = default_provider().expect("as built");
            let (_, mut unprotect) = contexts(profile, &material, provider.crypto()).expect("as built");
            let mut sends = client(profile, &material, true);
            let of = |ssrc: u32| [&packet(5)[..8], &ssrc.to_be_bytes(), b"a picture"].concat();
            let report = |ssrc: u32| [&[0x80, 201, 0, 1][..], &ssrc.to_be_bytes()].concat();
            for ssrc in 0..1000 {
                let mut forged = [of(ssrc), vec![7; 20]].concat();
                let rtp = Rtp::parse(&forged).expect("as built");
                assert_eq!(unprotect.open_rtp(&mut forged, &rtp), None);
                let mut forged = [report(ssrc), vec![0x80, 0, 0, 1], vec![7; 20]].concat();
                assert_eq!(unprotect.open_rtcp(&mut forged), None);
            }
            let known = |unprotect: &Unprotect| {
                let door = unprotect.door.as_ref().map_or(0, |door| door.known_rtp.len() + door.known_rtcp.len());
                door + unprotect.rtp.len() + unprotect.rtcp.len()
            };
            assert_eq!(known(&unprotect), 0);
            for ssrc in 0..100 {
                let mut sealed = sends.encrypt_rtp(&of(ssrc)).expect("as built");
                let rtp = Rtp::parse(&sealed).expect("as built");
                assert!(unprotect.open_rtp(&mut sealed, &rtp).is_some() || ssrc >= MOST_SSRCS as u32);
                let mut sealed = sends.encrypt_rtcp(&report(ssrc)).expect("as built");
                assert!(unprotect.open_rtcp(&mut sealed).is_some() || ssrc >= MOST_SSRCS as u32);
            }
            assert_eq!(known(&unprotect), 2 * MOST_SSRCS);
        }
    }
}
