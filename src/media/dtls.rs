//! The DTLS side of a leg (RFC 6347, 5764): passive, the offer's fingerprint verified, SRTP keys out.
//!
//! `rtc::dtls` does the handshake; its endpoint is keyed by one constant address, so that a change of the ICE path keeps it. The
//! library takes the client's first choice of SRTP profile, and browsers put the slow AES-CM first: so each handshake is begun
//! with the fastest profile alone and begun anew with the next when the ClientHello has no match. Datagrams before and after the
//! handshake are counted and bounded. Once the client has proved that it has our last flight, the association is put away as a few
//! hundred bytes, from which goodbyes are said and heard. No DTLS 1.3, no data channel: what a client says inside is dropped.

use bytes::BytesMut;
use ring::digest;
use rtc::crypto::RTCCryptoProvider;
use rtc::dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
use rtc::dtls::crypto::Certificate;
use rtc::dtls::endpoint::{Endpoint, EndpointEvent};
use rtc::dtls::extension::extension_use_srtp::SrtpProtectionProfile as Offered;
use rtc::dtls::state::State;
use rtc::shared::TransportProtocol;
use rtc::shared::error::Error;
use rtc::srtp::config::LABEL_EXTRACTOR_DTLS_SRTP;
use rtc::srtp::protection_profile::ProtectionProfile;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::srtp::{Protect, Unprotect, contexts};

/// Stands for the client in the library's table, whatever its address is.
const CLIENT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 1);
/// Datagrams that a handshake may take, repetitions included.
const MOST_DATAGRAMS: u32 = 120;
/// Datagrams of the first flight that are kept until a profile matches, and their bytes.
const MOST_HELLO: usize = 6;
const LONGEST_DATAGRAM: usize = 2048;
/// Pieces of handshake messages that a handshake may take. The library puts a message together by a call within a call for each
/// piece and counts no empty ones: some thousands of them would run off the end of the wire thread's stack.
const MOST_PIECES: usize = 400;
/// Heads of a record and of a piece in it, in bytes.
const RECORD: usize = 13;
const PIECE: usize = 12;
const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
const FLIGHT: Duration = Duration::from_millis(400);

/// Fastest first (DESIGN section 4).
const PROFILES: [&[Offered]; 3] = [
    &[Offered::Srtp_Aead_Aes_128_Gcm],
    &[Offered::Srtp_Aead_Aes_256_Gcm],
    &[Offered::Srtp_Aes128_Cm_Hmac_Sha1_80, Offered::Srtp_Aes128_Cm_Hmac_Sha1_32],
];

/// The certificate that all legs share, and where its keys are used.
pub struct Identity {
    pub fingerprint: [u8; 32],
    pub(super) provider: Arc<dyn RTCCryptoProvider>,
    pub(super) certificate: Certificate,
}

impl Identity {
    /// A fresh self-signed certificate. It lives as long as the process: clients are told its fingerprint at each join.
    pub fn generate() -> Result<Self, Error> {
        let provider = rtc::crypto::default_provider().map_err(|error| Error::Other(error.to_string()))?;
        let certificate = Certificate::generate_self_signed(vec!["alongside".to_owned()], provider.crypto())?;
        let der = certificate.certificate.first().ok_or(Error::ErrServerMustHaveCertificate)?;
        Ok(Self { fingerprint: sha256(der), provider, certificate })
    }

    fn config(&self, profiles: &[Offered], expected: [u8; 32]) -> Result<HandshakeConfig, Error> {
        ConfigBuilder::default()
            .with_crypto_provider(self.provider.clone())
            .with_certificates(vec![self.certificate.clone()])
            .with_srtp_protection_profiles(profiles.to_vec())
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            // No authority signs a browser's certificate; the fingerprint of the offer is what it must have.
            .with_insecure_skip_verify(true)
            .with_verify_peer_certificate(Some(Arc::new(move |chain: &[Vec<u8>], _: &_| {
                let matches = chain.first().is_some_and(|leaf| sha256(leaf) == expected);
                if matches { Ok(()) } else { Err(Error::Other("another certificate than the offer's".to_owned())) }
            })))
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .with_flight_interval(FLIGHT)
            .build(false, None)
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    digest
}

/// How many pieces of handshake messages a datagram may hold; in a sealed record it is as many as there is room for.
fn pieces(mut datagram: &[u8]) -> usize {
    let mut count = 0;
    while let Some((head, rest)) = datagram.split_first_chunk::<RECORD>() {
        let length = usize::from(u16::from_be_bytes([head[11], head[12]])).min(rest.len());
        let (mut record, next) = rest.split_at(length);
        datagram = next;
        if head[0] != HANDSHAKE {
            continue;
        }
        if head[3..5] != [0, 0] {
            count += record.len() / PIECE;
            continue;
        }
        while let Some([_, high, middle, low, ..]) = record.get(..PIECE) {
            count += 1;
            let length = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
            record = record.get(PIECE + length..).unwrap_or_default();
        }
    }
    count
}

/// What a datagram led to.
#[derive(Default)]
pub enum Progress {
    #[default]
    None,
    /// The handshake is complete and the fingerprint was the offer's.
    Keys(Box<(Protect, Unprotect)>),
    /// The client said goodbye, or can never be trusted.
    Closed,
}

/// One leg's association.
pub struct Dtls {
    endpoint: Option<Endpoint>,
    expected: [u8; 32],
    /// Which of [`PROFILES`] is being tried, and the first flight for the next one.
    attempt: usize,
    hello: Vec<BytesMut>,
    datagrams: u32,
    pieces: usize,
    complete: bool,
    /// The association, put away: its keys and where it counts on from.
    resting: Option<Vec<u8>>,
}

impl Dtls {
    pub fn new(expected: [u8; 32]) -> Self {
        Self { endpoint: None, expected, attempt: 0, hello: Vec::new(), datagrams: 0, pieces: 0, complete: false, resting: None }
    }

    /// Takes a datagram; `send` is given each one that is to leave.
    pub fn handle(&mut self, now: Instant, bytes: &[u8], identity: &Identity, mut send: impl FnMut(&[u8])) -> Progress {
        self.datagrams += 1;
        if self.datagrams > MOST_DATAGRAMS || bytes.len() > LONGEST_DATAGRAM {
            return Progress::None;
        }
        if self.resting.is_some() && (bytes.first() != Some(&ALERT) || !self.wakes(now, identity)) {
            return Progress::None;
        }
        self.pieces = self.pieces.saturating_add(pieces(bytes));
        if self.pieces > MOST_PIECES {
            return Progress::None;
        }
        if !self.complete && self.hello.len() < MOST_HELLO {
            self.hello.push(BytesMut::from(bytes));
        }
        let mut read = self.read(now, BytesMut::from(bytes), identity);
        while matches!(read, Err(Error::ErrServerNoMatchingSrtpProfile)) && self.attempt + 1 < PROFILES.len() {
            self.attempt += 1;
            self.endpoint = None;
            read = Ok(Vec::new());
            for datagram in self.hello.clone() {
                read = self.read(now, datagram, identity);
            }
        }
        let (events, failed) = match read {
            Ok(events) => (events, false),
            Err(_) => (Vec::new(), true),
        };
        self.flush(&mut send);
        let mut progress = Progress::None;
        for event in events {
            match event {
                EndpointEvent::HandshakeComplete => {
                    self.complete = true;
                    self.hello = Vec::new();
                    self.datagrams = MOST_DATAGRAMS / 2;
                    progress = self.keys(identity).map_or(Progress::Closed, |keys| Progress::Keys(Box::new(keys)));
                }
                EndpointEvent::PeerClosed => progress = Progress::Closed,
                _ => {}
            }
        }
        if self.resting.is_some() {
            self.rest();
        }
        // Garbage from the path is no reason to give up; a handshake that cannot go on simply times out.
        if failed && self.datagrams == MOST_DATAGRAMS && !self.complete { Progress::Closed } else { progress }
    }

    /// Repeats a lost flight when it is time.
    pub fn handle_timeout(&mut self, now: Instant, mut send: impl FnMut(&[u8])) {
        if let Some(endpoint) = &mut self.endpoint {
            let _ = endpoint.handle_timeout(CLIENT, now);
        }
        self.flush(&mut send);
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.endpoint.as_ref()?.poll_timeout(&CLIENT)
    }

    /// Says goodbye.
    pub fn close(&mut self, now: Instant, identity: &Identity, mut send: impl FnMut(&[u8])) {
        self.wakes(now, identity);
        if let Some(endpoint) = self.endpoint.as_mut().filter(|_| self.complete) {
            endpoint.stop(now, CLIENT);
        }
        self.flush(&mut send);
    }

    /// Puts the association away, now that the client has shown a packet under the agreed keys and so needs no flight of ours again.
    /// What the handshake leaves behind is twenty times as large.
    pub fn rest(&mut self) {
        let Some(endpoint) = self.endpoint.as_ref().filter(|_| self.complete) else { return };
        if let Some(resting) = endpoint.get_connection_state(CLIENT).and_then(|state| state.marshal_binary().ok()) {
            self.resting = Some(resting);
            self.endpoint = None;
        }
    }

    /// Takes up an association that was put away; whether there is one to speak by.
    fn wakes(&mut self, now: Instant, identity: &Identity) -> bool {
        if let (None, Some(resting)) = (&self.endpoint, &self.resting) {
            let mut state = State::new(identity.provider.clone(), false);
            let mut endpoint = Endpoint::new(CLIENT, TransportProtocol::UDP, None);
            // To the library whoever takes up a state is a client. Its keys and epochs are still those of the side that it was.
            let config = identity.config(PROFILES[self.attempt], self.expected).map(Arc::new);
            let woken =
                state.unmarshal_binary(resting).and(config).and_then(|config| endpoint.connect(now, CLIENT, config, Some(state)));
            self.endpoint = woken.is_ok().then_some(endpoint);
        }
        self.endpoint.is_some()
    }

    fn read(&mut self, now: Instant, datagram: BytesMut, identity: &Identity) -> Result<Vec<EndpointEvent>, Error> {
        let endpoint = match &mut self.endpoint {
            Some(endpoint) => endpoint,
            none => {
                let config = identity.config(PROFILES[self.attempt], self.expected)?;
                none.insert(Endpoint::new(CLIENT, TransportProtocol::UDP, Some(Arc::new(config))))
            }
        };
        endpoint.read(now, CLIENT, None, datagram)
    }

    fn flush(&mut self, send: &mut impl FnMut(&[u8])) {
        while let Some(transmit) = self.endpoint.as_mut().and_then(Endpoint::poll_transmit) {
            send(&transmit.message);
        }
    }

    fn keys(&self, identity: &Identity) -> Option<(Protect, Unprotect)> {
        let state = self.endpoint.as_ref()?.get_connection_state(CLIENT)?;
        let matches = state.peer_certificates.first().is_some_and(|leaf| sha256(leaf) == self.expected);
        let profile = match state.srtp_protection_profile() {
            Offered::Srtp_Aead_Aes_128_Gcm => ProtectionProfile::AeadAes128Gcm,
            Offered::Srtp_Aead_Aes_256_Gcm => ProtectionProfile::AeadAes256Gcm,
            Offered::Srtp_Aes128_Cm_Hmac_Sha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
            Offered::Srtp_Aes128_Cm_Hmac_Sha1_32 => ProtectionProfile::Aes128CmHmacSha1_32,
            _ => return None,
        };
        let length = 2 * (profile.key_len() + profile.salt_len());
        let material = state.export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], length).ok().filter(|_| matches)?;
        contexts(profile, material.as_ref(), identity.provider.crypto())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A datagram of one record, full of pieces that are empty and say of themselves that another follows.
    fn crumbs(number: u64, last: bool) -> Vec<u8> {
        let many = (LONGEST_DATAGRAM - RECORD) / PIECE;
        let mut pieces = Vec::new();
        for n in 0..many as u32 {
            // From the end to the beginning, so that nothing is put together before the last datagram.
            let at = 120 * many as u32 - number as u32 * many as u32 - n;
            let offset = if last && n + 1 == many as u32 { 0 } else { at };
            let length = if offset == 0 { at + 1 } else { 1 };
            pieces.extend_from_slice(&[1, 0, 0, 0, 0, 0]);
            pieces.extend_from_slice(&offset.to_be_bytes()[1..]);
            pieces.extend_from_slice(&length.to_be_bytes()[1..]);
        }
        let mut record = vec![HANDSHAKE, 0xfe, 0xfd, 0, 0];
        record.extend_from_slice(&number.to_be_bytes()[2..]);
        record.extend_from_slice(&(pieces.len() as u16).to_be_bytes());
        record.extend_from_slice(&pieces);
        record
    }

    #[test]
    fn a_handshake_in_thousands_of_crumbs_ends_no_stack() {
        let identity = Identity::generate().expect("a certificate");
        let mut dtls = Dtls::new([0; 32]);
        for number in 0..u64::from(MOST_DATAGRAMS) {
            let datagram = crumbs(number, number + 1 == u64::from(MOST_DATAGRAMS));
            assert!(datagram.len() <= LONGEST_DATAGRAM);
            dtls.handle(Instant::now(), &datagram, &identity, |_| {});
        }
        assert!(dtls.pieces > MOST_PIECES, "they were counted");
    }

    #[test]
    fn pieces_are_counted_in_every_record() {
        let many = (LONGEST_DATAGRAM - RECORD) / PIECE;
        assert_eq!(pieces(&crumbs(1, false)), many);
        let mut sealed = crumbs(1, false);
        sealed[4] = 1;
        assert_eq!(pieces(&sealed), many, "a sealed one may hold as many");
        assert_eq!(pieces(&[&crumbs(1, false)[..], &sealed].concat()), 2 * many);
        assert_eq!((pieces(&[]), pieces(&[HANDSHAKE; 12]), pieces(&[23; 400])), (0, 0, 0));
    }
}
