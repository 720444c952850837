//! A call with itself before anybody comes: whether the media engine works on this machine is known at the start, and not by the
//! first who join.
//!
//! A throw-away engine is joined by a client of bare components, over no socket: offer, check, handshake, a few packets that come
//! back. Nothing of it stays but that the first join, too, finds the program in memory.

use bytes::BytesMut;
use rtc::crypto::RTCCryptoProvider;
use rtc::dtls::config::{ConfigBuilder, ExtendedMasterSecretType};
use rtc::dtls::endpoint::{Endpoint, EndpointEvent};
use rtc::dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc::shared::TransportProtocol;
use rtc::srtp::config::LABEL_EXTRACTOR_DTLS_SRTP;
use rtc::srtp::protection_profile::ProtectionProfile;
use rtc::stun::attributes::{ATTR_USE_CANDIDATE, ATTR_USERNAME, RawAttribute};
use rtc::stun::fingerprint::FINGERPRINT;
use rtc::stun::integrity::MessageIntegrity;
use rtc::stun::message::{BINDING_REQUEST, Message, TransactionId};
use rtc::stun::textattrs::Username;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::srtp::{Protect, contexts};
use super::{Candidate, Identity, Join, Sfu};
use crate::path::{Outbox, Path};

/// Documentation's own addresses: nothing leaves for them.
const SERVER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 9);
const CLIENT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)), 9);
/// A handshake takes three turns; more than this and it is let be.
const MOST_TURNS: usize = 8;
const PACKETS: u64 = 8;
const SSRC: u32 = 7;
const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n\
    a=ice-ufrag:self\r\na=ice-pwd:a password for a rehearsal\r\na=setup:actpass\r\n\
    a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 transport-cc\r\n\
    a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=ssrc-group:FID 7 8\r\na=ssrc:7 cname:self\r\na=ssrc:8 cname:self\r\n";

/// Whether all packets that were sent came back.
pub fn calls_itself(now: Instant) -> bool {
    echoed(now) == Some(PACKETS as usize)
}

/// How many packets came back of those that were sent; nothing where it got no further than the handshake.
fn echoed(now: Instant) -> Option<usize> {
    let identity = Arc::new(Identity::generate().ok()?);
    let own = Identity::generate().ok()?;
    let provider = identity.provider.clone();
    let mut sfu = Sfu::new(identity, now, Box::new(|bytes| bytes.fill(7)));
    let path = Path::Udp { socket: 0, local: None, interface: 0, remote: CLIENT };
    let print: Vec<String> = own.fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
    let offer = format!("{OFFER}a=fingerprint:sha-256 {}\r\n", print.join(":"));
    let candidates = [Candidate { addr: SERVER, tcp: false }];
    let join = Join { room: 1, participant: 1, offer: &offer, candidates: &candidates, screens: 0, echo: true };
    let answer = sfu.join(now, join).ok()?;
    let mut out = Outbox::new();
    sfu.handle(now, path, &mut check(&answer, &provider)?, &mut out);
    let mut protect = shaken(&mut sfu, now, path, own, &mut out)?;
    out.clear();
    let mut arena = Vec::new();
    for index in 0..PACKETS {
        arena.clear();
        arena.extend_from_slice(&[0x80, 96, 0, index as u8, 0, 0, 0, 1]);
        arena.extend_from_slice(&SSRC.to_be_bytes());
        // The head of a VP8 key frame of 320 by 180, and nothing in it.
        arena.extend_from_slice(&[0x10, 0, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xb4, 0]);
        protect.seal_rtp(&mut arena, 0, 12, SSRC, index);
        sfu.handle(now, path, &mut arena, &mut out);
    }
    let back = out.len();
    sfu.handle_timeout(now + Duration::from_secs(1), &mut out);
    sfu.leave(now, 1, &mut out);
    Some(back)
}

/// A check with the credentials of the answer.
fn check(answer: &str, provider: &Arc<dyn RTCCryptoProvider>) -> Option<Vec<u8>> {
    let value = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name));
    let (ufrag, pwd) = (value("a=ice-ufrag:")?, value("a=ice-pwd:")?);
    let mut message = Message::new();
    message
        .build(&[
            Box::new(BINDING_REQUEST),
            Box::new(TransactionId([7; 12])),
            Box::new(Username::new(ATTR_USERNAME, format!("{ufrag}:self"))),
            Box::new(RawAttribute { typ: ATTR_USE_CANDIDATE, length: 0, value: Vec::new() }),
            Box::new(MessageIntegrity::new_short_term_integrity_with_provider(pwd.to_owned(), provider.crypto())),
            Box::new(FINGERPRINT),
        ])
        .ok()?;
    Some(message.raw)
}

/// Shakes hands, and gives what the client seals with.
fn shaken(sfu: &mut Sfu, now: Instant, path: Path, own: Identity, out: &mut Outbox) -> Option<Protect> {
    let provider = own.provider.clone();
    let config = ConfigBuilder::default()
        .with_crypto_provider(provider.clone())
        .with_certificates(vec![own.certificate])
        .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
        .with_insecure_skip_verify(true)
        .with_server_name("self".to_owned())
        .with_extended_master_secret(ExtendedMasterSecretType::Require)
        .build(true, None)
        .ok()?;
    let mut endpoint = Endpoint::new(SERVER, TransportProtocol::UDP, None);
    endpoint.connect(now, SERVER, Arc::new(config), None).ok()?;
    for _ in 0..MOST_TURNS {
        out.clear();
        while let Some(mut transmit) = endpoint.poll_transmit() {
            sfu.handle(now, path, &mut transmit.message, out);
        }
        let mut complete = false;
        for (_, bytes) in out.iter() {
            let events = endpoint.read(now, SERVER, None, BytesMut::from(bytes)).ok()?;
            complete |= events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete));
        }
        if complete {
            let profile = ProtectionProfile::AeadAes128Gcm;
            let (key, salt) = (profile.key_len(), profile.salt_len());
            let state = endpoint.get_connection_state(SERVER)?;
            let material = state.export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], 2 * (key + salt)).ok()?;
            let material: &[u8] = material.as_ref();
            // The client's keys stand first; in the other order they are those of our side.
            let (keys, salts) = material.split_at(2 * key);
            let turned = [&keys[key..], &keys[..key], &salts[salt..], &salts[..salt]].concat();
            return contexts(profile, &turned, provider.crypto()).map(|(protect, _)| protect);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_comes_back() {
        assert_eq!(echoed(Instant::now()), Some(PACKETS as usize));
        assert!(calls_itself(Instant::now()));
    }
}
