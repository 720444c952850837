//! A client made of the bare components: it writes its own offer, checks, shakes hands, and says exactly what it is told to.
//!
//! Where `rtc`'s peer connection shows that a finished client gets along, this one shows what is on the wire: each packet that
//! comes is kept in plain, nothing is repaired unless asked for, and forged or repeated packets can be sent.

use alongside::media::{rtcp, transport};
use bytes::BytesMut;
use rtc::dtls::config::{ConfigBuilder, ExtendedMasterSecretType};
use rtc::dtls::crypto::Certificate;
use rtc::dtls::endpoint::{Endpoint, EndpointEvent};
use rtc::dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc::shared::TransportProtocol;
use rtc::srtp::config::{Config, LABEL_EXTRACTOR_DTLS_SRTP};
use rtc::srtp::context::Context;
use rtc::srtp::protection_profile::ProtectionProfile;
use rtc::stun::attributes::{ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USE_CANDIDATE, ATTR_USERNAME, RawAttribute};
use rtc::stun::fingerprint::FINGERPRINT;
use rtc::stun::integrity::MessageIntegrity;
use rtc::stun::message::{BINDING_REQUEST, CLASS_SUCCESS_RESPONSE, Message, Setter, TransactionId};
use rtc::stun::textattrs::Username;
use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub const SERVER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 9)), 9);
pub const GCM: &[SrtpProtectionProfile] = &[
    SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
    SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm,
    SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
];
pub const CM: &[SrtpProtectionProfile] = &[SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80];

/// Extension numbers and payload types of every offer.
pub const MID: u8 = 4;
pub const TRANSPORT: u8 = 3;
pub const RID: u8 = 10;
pub const REPAIRED: u8 = 11;
pub const LEVEL: u8 = 1;
pub const OPUS: u8 = 111;
pub const VP8: u8 = 96;
pub const RTX: u8 = 97;

/// What a client offers.
#[derive(Clone)]
pub struct Shape {
    pub mic: bool,
    pub camera: bool,
    pub layers: &'static [&'static str],
    pub screen: bool,
    pub voices: usize,
    pub cameras: usize,
    pub screens: usize,
    pub transport_cc: bool,
    pub profiles: &'static [SrtpProtectionProfile],
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            mic: true,
            camera: true,
            layers: &[],
            screen: true,
            voices: 2,
            cameras: 2,
            screens: 1,
            transport_cc: true,
            profiles: GCM,
        }
    }
}

/// A packet as it came, in plain.
#[derive(Clone, Debug)]
pub struct Heard {
    pub at: Instant,
    pub mid: String,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub marker: bool,
    pub repeated: bool,
    pub payload: Vec<u8>,
}

/// What a client was asked for.
#[derive(Default, Debug)]
pub struct Asked {
    pub nacks: Vec<(u32, u16)>,
    pub key_frames: Vec<(Instant, u32)>,
    pub reports: usize,
    pub sender_reports: usize,
    pub told: usize,
}

/// A missing number, when it is next asked for, and how often it was.
type Gap = (u16, Instant, u8);

struct Sending {
    ssrc: u32,
    sequence: u16,
    rid: Option<String>,
    kept: VecDeque<(u16, Vec<u8>)>,
    repair: u32,
    repair_sequence: u16,
}

pub struct Client {
    pub shape: Shape,
    pub ufrag: String,
    pwd: String,
    server: Option<(String, String)>,
    fingerprint: String,
    /// Another fingerprint than the certificate's is offered.
    pub lies: bool,
    session: u64,
    pub endpoint: Endpoint,
    config: Arc<rtc::dtls::config::HandshakeConfig>,
    begun: bool,
    keys: Option<(Context, Context)>,
    pub out: VecDeque<Vec<u8>>,
    checked_at: Option<Instant>,
    answered: bool,
    /// Checks are left out: nobody holds the other end alive.
    pub mute: bool,
    /// SSRC to mid and whether it is for repetitions, of what the server sends.
    slots: HashMap<u32, (String, bool)>,
    sending: HashMap<(String, Option<String>), Sending>,
    transport_number: u16,
    pub heard: Vec<Heard>,
    pub asked: Asked,
    /// Missing packets are asked for, and what is asked for is repeated.
    pub repairs: bool,
    gaps: HashMap<u32, (u16, Vec<Gap>)>,
    pub sent_nacks: usize,
    pub sent_repeats: usize,
    inbox: transport::Inbox,
    told_at: Option<Instant>,
    started: Instant,
    ssrc: u32,
    random: u64,
    pub keep: bool,
    pub count: u64,
}

impl Client {
    pub fn new(now: Instant, seed: u64, shape: Shape) -> Self {
        let provider = rtc::crypto::default_provider().unwrap();
        let certificate = Certificate::generate_self_signed(vec!["client".to_owned()], provider.crypto()).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, &certificate.certificate[0]);
        let hex: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        let config = ConfigBuilder::default()
            .with_crypto_provider(provider)
            .with_certificates(vec![certificate])
            .with_srtp_protection_profiles(shape.profiles.to_vec())
            .with_insecure_skip_verify(true)
            .with_server_name("sfu".to_owned())
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .with_flight_interval(Duration::from_millis(400))
            .build(true, None)
            .unwrap();
        let mut client = Self {
            shape,
            ufrag: format!("client{seed}"),
            pwd: format!("a password of the client {seed}"),
            server: None,
            fingerprint: hex.join(":"),
            lies: false,
            session: seed + 1000,
            endpoint: Endpoint::new(SERVER, TransportProtocol::UDP, None),
            config: Arc::new(config),
            begun: false,
            keys: None,
            out: VecDeque::new(),
            checked_at: None,
            answered: false,
            mute: false,
            slots: HashMap::new(),
            sending: HashMap::new(),
            transport_number: 0,
            heard: Vec::new(),
            asked: Asked::default(),
            repairs: true,
            gaps: HashMap::new(),
            sent_nacks: 0,
            sent_repeats: 0,
            inbox: transport::Inbox::default(),
            told_at: None,
            started: now,
            ssrc: 77,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            keep: true,
            count: 0,
        };
        client.ssrc = client.dice();
        client
    }

    fn dice(&mut self) -> u32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 16) as u32 | 1
    }

    pub fn connected(&self) -> bool {
        self.keys.is_some()
    }

    /// New credentials, as for an ICE restart.
    pub fn restart(&mut self) {
        self.ufrag.push('r');
        self.checked_at = None;
    }

    pub fn offer(&self) -> String {
        let shape = &self.shape;
        let mut lines: Vec<(String, &str, &str, bool)> = Vec::new();
        let mut add =
            |name: String, kind: &'static str, direction: &'static str, layered| lines.push((name, kind, direction, layered));
        if shape.mic {
            add("mic".into(), "audio", "sendonly", false);
        }
        if shape.camera {
            add("cam".into(), "video", "sendonly", !shape.layers.is_empty());
        }
        if shape.screen {
            add("scr".into(), "video", "sendonly", false);
        }
        (0..shape.voices).for_each(|n| add(format!("v{n}"), "audio", "recvonly", false));
        (0..shape.cameras).for_each(|n| add(format!("c{n}"), "video", "recvonly", false));
        (0..shape.screens).for_each(|n| add(format!("s{n}"), "video", "recvonly", false));
        let names: Vec<&str> = lines.iter().map(|line| line.0.as_str()).collect();
        let fingerprint = if self.lies { "AA".to_owned() + &self.fingerprint[2..] } else { self.fingerprint.clone() };
        let mut sdp =
            format!("v=0\r\no=- {} 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\n", self.session, names.join(" "));
        for (name, kind, direction, layered) in &lines {
            let audio = *kind == "audio";
            let numbers = if audio { "111" } else { "96 97" };
            let _ = write!(
                sdp,
                "m={kind} 9 UDP/TLS/RTP/SAVPF {numbers}\r\nc=IN IP4 0.0.0.0\r\na=mid:{name}\r\na={direction}\r\na=rtcp-mux\r\n"
            );
            let _ = write!(
                sdp,
                "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=fingerprint:sha-256 {fingerprint}\r\na=setup:actpass\r\n",
                self.ufrag, self.pwd
            );
            let _ = write!(sdp, "a=extmap:{MID} urn:ietf:params:rtp-hdrext:sdes:mid\r\n");
            if shape.transport_cc {
                let _ = write!(
                    sdp,
                    "a=extmap:{TRANSPORT} http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
                );
            }
            if audio {
                let _ = write!(
                    sdp,
                    "a=extmap:{LEVEL} urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n"
                );
            } else {
                let _ = write!(
                    sdp,
                    "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 transport-cc\r\n"
                );
                let _ = write!(sdp, "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n");
            }
            if *layered {
                let _ = write!(
                    sdp,
                    "a=extmap:{RID} urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\na=extmap:{REPAIRED} urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n"
                );
                for rid in shape.layers {
                    let _ = write!(sdp, "a=rid:{rid} send\r\n");
                }
                let _ = write!(sdp, "a=simulcast:send {}\r\n", shape.layers.join(";"));
            }
        }
        sdp
    }

    /// Takes the answer: credentials, and the SSRC of each slot.
    pub fn answer(&mut self, sdp: &str) {
        let value = |name: &str| sdp.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
        self.server = Some((value("a=ice-ufrag:"), value("a=ice-pwd:")));
        let (mut mid, mut repair) = (String::new(), 0);
        for line in sdp.lines() {
            if let Some(name) = line.strip_prefix("a=mid:") {
                mid = name.to_owned();
            } else if let Some(group) = line.strip_prefix("a=ssrc-group:FID ") {
                repair = group.split(' ').nth(1).unwrap().parse().unwrap();
            } else if let Some((ssrc, _)) = line.strip_prefix("a=ssrc:").and_then(|rest| rest.split_once(' ')) {
                let ssrc = ssrc.parse().unwrap();
                self.slots.insert(ssrc, (mid.clone(), ssrc == repair));
            }
        }
    }

    /// The SSRC that the server sends with in a slot.
    pub fn slot_ssrc(&self, mid: &str) -> u32 {
        *self.slots.iter().find(|(_, (own, repair))| own == mid && !repair).unwrap().0
    }

    pub fn tick(&mut self, now: Instant) {
        let pause = Duration::from_millis(if self.connected() { 2500 } else { 300 });
        if !self.mute && self.server.is_some() && self.checked_at.is_none_or(|at| now.duration_since(at) >= pause) {
            self.checked_at = Some(now);
            let check = self.check();
            self.out.push_back(check);
        }
        if self.begun {
            let _ = self.endpoint.handle_timeout(SERVER, now);
            self.flush();
        }
        if self.repairs {
            self.ask(now);
        }
        if self.shape.transport_cc
            && self.told_at.is_none_or(|at| now.duration_since(at) >= Duration::from_millis(50))
            && !self.inbox.is_empty()
        {
            self.told_at = Some(now);
            let (own, mut inbox) = (self.ssrc, std::mem::take(&mut self.inbox));
            let mut report = Vec::new();
            rtcp::packet(&mut report, 15, 205, |body| {
                body.extend_from_slice(&own.to_be_bytes());
                body.extend_from_slice(&[0, 0, 0, 1]);
                inbox.write(body);
            });
            self.inbox = inbox;
            self.seal(&report);
        }
    }

    fn ask(&mut self, now: Instant) {
        let mut wanted = Vec::new();
        for (ssrc, (_, missing)) in &mut self.gaps {
            missing.retain(|(.., tries)| *tries < 6);
            let due: Vec<u16> = missing
                .iter_mut()
                .filter(|(_, at, _)| *at <= now)
                .map(|entry| {
                    entry.1 = now + Duration::from_millis(80);
                    entry.2 += 1;
                    entry.0
                })
                .collect();
            if !due.is_empty() {
                wanted.push((*ssrc, due));
            }
        }
        for (ssrc, due) in wanted {
            self.sent_nacks += due.len();
            let mut nack = Vec::new();
            rtcp::write_nack(&mut nack, self.ssrc, ssrc, &due);
            self.seal(&nack);
        }
    }

    fn check(&mut self) -> Vec<u8> {
        let provider = rtc::crypto::default_provider().unwrap();
        let (ufrag, pwd) = self.server.clone().unwrap();
        let mut id = [0; 12];
        id.chunks_exact_mut(4).for_each(|four| four.copy_from_slice(&self.dice().to_be_bytes()));
        let parts: [Box<dyn Setter + '_>; 8] = [
            Box::new(BINDING_REQUEST),
            Box::new(TransactionId(id)),
            Box::new(Username::new(ATTR_USERNAME, format!("{ufrag}:{}", self.ufrag))),
            Box::new(RawAttribute { typ: ATTR_PRIORITY, length: 4, value: vec![0x6e, 0, 0x1e, 0xff] }),
            Box::new(RawAttribute { typ: ATTR_ICE_CONTROLLING, length: 8, value: self.session.to_be_bytes().to_vec() }),
            Box::new(RawAttribute { typ: ATTR_USE_CANDIDATE, length: 0, value: vec![] }),
            Box::new(MessageIntegrity::new_short_term_integrity_with_provider(pwd, provider.crypto())),
            Box::new(FINGERPRINT),
        ];
        let mut message = Message::new();
        message.build(&parts).unwrap();
        message.raw
    }

    pub fn handle(&mut self, now: Instant, bytes: &[u8]) {
        match bytes[0] {
            0..=3 => {
                let mut message = Message::new();
                message.unmarshal_binary(bytes).unwrap();
                if message.typ.class != CLASS_SUCCESS_RESPONSE {
                    return; // A full agent has indications and checks of its own.
                }
                self.answered = true;
                if !self.begun {
                    self.begun = true;
                    self.endpoint.connect(now, SERVER, self.config.clone(), None).unwrap();
                    self.flush();
                }
            }
            20..=63 => {
                let events = self.endpoint.read(now, SERVER, None, BytesMut::from(bytes)).unwrap_or_default();
                self.flush();
                if events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete)) {
                    self.keys = Some(self.contexts());
                }
            }
            _ if (192..=223).contains(&bytes[1]) => self.handle_rtcp(now, bytes),
            _ => self.handle_rtp(now, bytes),
        }
    }

    fn contexts(&self) -> (Context, Context) {
        let state = self.endpoint.get_connection_state(SERVER).unwrap();
        let profile = match state.srtp_protection_profile() {
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => ProtectionProfile::AeadAes128Gcm,
            SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm => ProtectionProfile::AeadAes256Gcm,
            _ => ProtectionProfile::Aes128CmHmacSha1_80,
        };
        assert!(self.shape.profiles.len() == 1 || matches!(profile, ProtectionProfile::AeadAes128Gcm), "the fastest is chosen");
        let mut config = Config { profile, ..Default::default() };
        let material = state.export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], config.keying_material_len()).unwrap();
        config.set_session_keys_from_keying_material(material.as_ref(), true).unwrap();
        let provider = rtc::crypto::default_provider().unwrap();
        let context = |key: &[u8], salt: &[u8]| Context::new(key, salt, profile, None, None, provider.crypto()).unwrap();
        let keys = &config.keys;
        (context(&keys.local_master_key, &keys.local_master_salt), context(&keys.remote_master_key, &keys.remote_master_salt))
    }

    fn flush(&mut self) {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            self.out.push_back(transmit.message.to_vec());
        }
    }

    fn handle_rtcp(&mut self, now: Instant, bytes: &[u8]) {
        let Some((_, incoming)) = &mut self.keys else { return };
        let Ok(plain) = incoming.decrypt_rtcp(bytes) else { return };
        let asked = &mut self.asked;
        let mut nacked = Vec::new();
        rtcp::read(&plain, |item| match item {
            rtcp::Item::Nack { media, pairs } => nacked.extend(rtcp::nacked(pairs).map(|sequence| (media, sequence))),
            rtcp::Item::KeyFrame { media } => asked.key_frames.push((now, media)),
            rtcp::Item::Block(_) => asked.reports += 1,
            rtcp::Item::Sender { .. } => asked.sender_reports += 1,
            rtcp::Item::Transport(_) => asked.told += 1,
            _ => {}
        });
        asked.nacks.extend_from_slice(&nacked);
        if self.repairs {
            for (media, sequence) in nacked {
                self.repeat(media, sequence);
            }
        }
    }

    fn repeat(&mut self, media: u32, sequence: u16) {
        let Some((key, sending)) = self.sending.iter_mut().find(|(_, sending)| sending.ssrc == media) else { return };
        let Some((_, packet)) = sending.kept.iter().find(|(kept, _)| *kept == sequence) else { return };
        let mid = key.0.clone();
        sending.repair_sequence = sending.repair_sequence.wrapping_add(1);
        let (number, ssrc, rid) = (sending.repair_sequence, sending.repair, sending.rid.clone());
        let packet = packet.clone();
        let mut body = sequence.to_be_bytes().to_vec();
        body.extend_from_slice(&packet[8..]);
        let timestamp = u32::from_be_bytes(packet[..4].try_into().unwrap());
        self.sent_repeats += 1;
        self.send((RTX, packet[4] != 0, number, timestamp, ssrc), &mid, rid.as_deref().map(|rid| (REPAIRED, rid)), None, &body);
    }

    fn handle_rtp(&mut self, now: Instant, bytes: &[u8]) {
        let Some((_, incoming)) = &mut self.keys else { return };
        let Ok(plain) = incoming.decrypt_rtp(bytes) else { panic!("a packet that the client cannot open") };
        let rtp = alongside::media::rtp::Rtp::parse(&plain).unwrap();
        for (id, value) in rtp.extensions(&plain) {
            if id == TRANSPORT {
                let at = now.duration_since(self.started).as_micros() as i64;
                self.inbox.arrive(at, u16::from_be_bytes([value[0], value[1]]));
            }
        }
        let end = alongside::media::rtp::unpadded(&plain, &rtp, plain.len()).unwrap();
        let (mid, repeated) = self.slots.get(&rtp.ssrc).cloned().unwrap_or_else(|| panic!("an unknown SSRC {}", rtp.ssrc));
        let mut payload = plain[rtp.header_len..end].to_vec();
        let (mut ssrc, mut sequence) = (rtp.ssrc, rtp.sequence);
        if repeated {
            if payload.len() < 2 {
                return;
            }
            sequence = u16::from_be_bytes([payload[0], payload[1]]);
            payload.drain(..2);
            ssrc = self.slot_ssrc(&mid);
        }
        let (newest, missing) = self.gaps.entry(ssrc).or_insert((sequence, Vec::new()));
        let ahead = sequence.wrapping_sub(*newest);
        if ahead < 0x8000 {
            let due = now + Duration::from_millis(15);
            missing.extend((1..ahead).map(|n| (newest.wrapping_add(n), due, 0)));
            *newest = sequence;
        }
        missing.retain(|(number, ..)| *number != sequence);
        self.count += 1;
        if self.keep {
            let head = (rtp.payload_type, rtp.timestamp, rtp.marker);
            self.heard.push(Heard {
                at: now,
                mid,
                payload_type: head.0,
                sequence,
                timestamp: head.1,
                marker: head.2,
                repeated,
                payload,
            });
        }
    }

    /// The SSRCs of one of the things that were offered: its own, and that of its repetitions.
    pub fn stream(&mut self, mid: &str, rid: Option<&str>) -> (u32, u32) {
        let key = (mid.to_owned(), rid.map(str::to_owned));
        if !self.sending.contains_key(&key) {
            let (ssrc, repair, sequence) = (self.dice(), self.dice(), self.dice() as u16);
            let fresh = Sending { ssrc, sequence, rid: key.1.clone(), kept: VecDeque::new(), repair, repair_sequence: 0 };
            self.sending.insert(key.clone(), fresh);
        }
        let sending = &self.sending[&key];
        (sending.ssrc, sending.repair)
    }

    /// Sends a packet of one of the things that were offered.
    pub fn send_media(&mut self, mid: &str, rid: Option<&str>, timestamp: u32, marker: bool, level: Option<u8>, payload: &[u8]) {
        self.stream(mid, rid);
        let sending = self.sending.get_mut(&(mid.to_owned(), rid.map(str::to_owned))).unwrap();
        sending.sequence = sending.sequence.wrapping_add(1);
        let (ssrc, sequence) = (sending.ssrc, sending.sequence);
        let mut kept = timestamp.to_be_bytes().to_vec();
        kept.extend_from_slice(&[u8::from(marker), 0, 0, 0]);
        kept.extend_from_slice(payload);
        sending.kept.push_back((sequence, kept));
        if sending.kept.len() > 600 {
            sending.kept.pop_front();
        }
        let number = if mid == "mic" { OPUS } else { VP8 };
        self.send((number, marker, sequence, timestamp, ssrc), mid, rid.map(|rid| (RID, rid)), level, payload);
    }

    fn send(&mut self, head: (u8, bool, u16, u32, u32), mid: &str, rid: Option<(u8, &str)>, level: Option<u8>, payload: &[u8]) {
        let (payload_type, marker, sequence, timestamp, ssrc) = head;
        let mut packet = vec![0x90, payload_type | u8::from(marker) << 7];
        packet.extend_from_slice(&sequence.to_be_bytes());
        packet.extend_from_slice(&timestamp.to_be_bytes());
        packet.extend_from_slice(&ssrc.to_be_bytes());
        let mut elements = vec![MID << 4 | (mid.len() as u8 - 1)];
        elements.extend_from_slice(mid.as_bytes());
        if let Some((id, rid)) = rid {
            elements.push(id << 4 | (rid.len() as u8 - 1));
            elements.extend_from_slice(rid.as_bytes());
        }
        if self.shape.transport_cc {
            self.transport_number = self.transport_number.wrapping_add(1);
            elements.push(TRANSPORT << 4 | 1);
            elements.extend_from_slice(&self.transport_number.to_be_bytes());
        }
        if let Some(level) = level {
            elements.extend_from_slice(&[LEVEL << 4, level]);
        }
        elements.resize(elements.len().div_ceil(4) * 4, 0);
        packet.extend_from_slice(&[0xbe, 0xde, 0, (elements.len() / 4) as u8]);
        packet.extend_from_slice(&elements);
        packet.extend_from_slice(payload);
        self.seal(&packet);
    }

    /// Seals a packet of any making, where it can be sealed at all: RTCP by its type, RTP else.
    pub fn seal(&mut self, plain: &[u8]) {
        let Some((outgoing, _)) = &mut self.keys else { return };
        let control = plain.get(1).is_some_and(|kind| (192..=223).contains(kind));
        let sealed = if control { outgoing.encrypt_rtcp(plain) } else { outgoing.encrypt_rtp(plain) };
        self.out.extend(sealed.map(|sealed| sealed.to_vec()));
    }

    /// Payloads that came in a slot, in the order of their numbers.
    pub fn in_order(&self, mid: &str) -> Vec<&Heard> {
        let mut heard: Vec<&Heard> = self.heard.iter().filter(|heard| heard.mid == mid && !heard.payload.is_empty()).collect();
        if let Some(first) = heard.first().map(|heard| heard.sequence) {
            heard.sort_by_key(|heard| heard.sequence.wrapping_sub(first.wrapping_sub(100)));
        }
        heard
    }
}

/// A VP8 payload: whose, of which layer, which picture; a key frame tells its width.
pub fn vp8(key: bool, picture: u16, width: u16, mark: &[u8], length: usize) -> Vec<u8> {
    let mut payload = vec![0x90, 0x80, 0x80 | (picture >> 8) as u8 & 0x7f, picture as u8];
    payload.extend_from_slice(&[u8::from(!key), 0, 0, 0x9d, 0x01, 0x2a]);
    payload.extend_from_slice(&width.to_le_bytes());
    payload.extend_from_slice(&[0, 0]);
    payload.extend_from_slice(mark);
    payload.resize(length.max(payload.len()), 0xee);
    payload
}

/// Where [`vp8`] puts its mark.
pub const MARK: usize = 14;
