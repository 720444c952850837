//! Finished clients: `rtc`'s own peer connection gets along with the SFU.
//!
//! Its offer is its own, its ICE agent and its handshake too; what it is given must reach its application in the right track.

use alongside::media::{Event, Join, Sfu};
use alongside::path::Outbox;
use bytes::{Bytes, BytesMut};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::register_default_interceptors;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::message::RTCMessage;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::transport::{CandidateConfig, CandidateHostConfig, RTCIceCandidate};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind};
use rtc::rtp_transceiver::{RTCRtpSenderId, RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::client::vp8;
use super::world::{Dice, candidate, new_sfu, path};

struct Peer {
    who: u64,
    pc: RTCPeerConnection,
    senders: Vec<(RTCRtpSenderId, u32, u8)>,
    sequence: u16,
    /// Packets by track, and the first bytes of the last payload.
    heard: HashMap<String, (usize, Vec<u8>)>,
}

impl Peer {
    fn new(now: Instant, who: u64, watches: usize) -> Self {
        let mut media_engine = MediaEngine::default();
        media_engine.register_default_codecs().unwrap();
        let registry = register_default_interceptors(Default::default(), &mut media_engine).unwrap();
        let mut pc = RTCPeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::new().build())
            .with_media_engine(media_engine)
            .with_interceptor_registry(registry)
            .build(now)
            .unwrap();
        let mut senders = Vec::new();
        for (kind, mime, rate, payload_type) in
            [(RtpCodecKind::Audio, "audio/opus", 48_000, 111), (RtpCodecKind::Video, "video/VP8", 90_000, 96)]
        {
            let ssrc = who as u32 * 100 + u32::from(payload_type);
            let codec = RTCRtpCodec { mime_type: mime.to_owned(), clock_rate: rate, ..Default::default() };
            let coding = RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() };
            let encoding = RTCRtpEncodingParameters { rtp_coding_parameters: coding, codec, ..Default::default() };
            let name = format!("{who}{mime}");
            let track = MediaStreamTrack::new(name.clone(), name.clone(), name, kind, vec![encoding]);
            let init = RTCRtpTransceiverInit {
                direction: RTCRtpTransceiverDirection::Sendonly,
                streams: vec![],
                send_encodings: vec![],
            };
            let id = pc.add_transceiver_from_track(track, Some(init)).unwrap();
            let sender = pc.rtp_transceiver(id).unwrap().sender().unwrap();
            senders.push((sender, ssrc, payload_type));
        }
        for _ in 0..watches {
            pc.add_transceiver_from_kind(RtpCodecKind::Audio, None).unwrap();
            pc.add_transceiver_from_kind(RtpCodecKind::Video, None).unwrap();
        }
        Self { who, pc, senders, sequence: 0, heard: HashMap::new() }
    }

    fn address(&self) -> SocketAddr {
        path(self.who).remote()
    }

    fn join(&mut self, now: Instant, sfu: &mut Sfu) {
        let base_config = CandidateConfig {
            network: "udp".to_owned(),
            address: self.address().ip().to_string(),
            port: self.address().port(),
            component: 1,
            ..Default::default()
        };
        let own = CandidateHostConfig { base_config, ..Default::default() }.new_candidate_host().unwrap();
        let offer = self.pc.create_offer(None).unwrap();
        self.pc.set_local_description(now, offer.clone()).unwrap();
        self.pc.add_local_candidate(RTCIceCandidate::from(&own).to_json().unwrap()).unwrap();
        let join =
            Join { room: 1, participant: self.who, offer: &offer.sdp, candidates: &[candidate()], screens: 0, echo: false };
        let answer = sfu.join(now, join).unwrap();
        self.pc.set_remote_description(now, RTCSessionDescription::answer(answer).unwrap()).unwrap();
    }

    fn speak(&mut self, now: Instant, ms: u64) {
        self.sequence = self.sequence.wrapping_add(1);
        for (sender, ssrc, payload_type) in self.senders.clone() {
            let voice = payload_type == 111;
            let payload = if voice {
                vec![self.who as u8; 40]
            } else {
                vp8(self.sequence.is_multiple_of(20), self.sequence, 640, &[self.who as u8; 8], 800)
            };
            let header = rtc::rtp::Header {
                version: 2,
                marker: !voice,
                payload_type,
                sequence_number: self.sequence,
                timestamp: (ms * if voice { 48 } else { 90 }) as u32,
                ssrc,
                ..Default::default()
            };
            let _ =
                self.pc.rtp_sender(sender).unwrap().write_rtp(now, rtc::rtp::Packet { header, payload: Bytes::from(payload) });
        }
    }

    fn drain(&mut self) {
        while self.pc.poll_event().is_some() {}
        while let Some(message) = self.pc.poll_read() {
            if let RTCMessage::RtpPacket(track, packet) = message.message {
                let entry = self.heard.entry(track).or_default();
                entry.0 += 1;
                entry.1 = packet.payload.iter().copied().take(20).collect();
            }
        }
    }
}

fn run(sfu: &mut Sfu, peers: &mut [Peer], start: Instant, from_ms: u64, to_ms: u64, loss: f64) {
    let mut dice = Dice::new(9);
    let server = candidate().addr;
    for ms in (from_ms..to_ms).step_by(5) {
        let now = start + Duration::from_millis(ms);
        let mut out = Outbox::new();
        for peer in peers.iter_mut() {
            peer.pc.handle_timeout(now).unwrap();
            if ms % 40 == 0 {
                peer.speak(now, ms);
            }
            while let Some(transmit) = peer.pc.poll_write() {
                if dice.chance() >= loss {
                    sfu.handle(now, path(peer.who), &mut transmit.message.to_vec(), &mut out);
                }
            }
        }
        if sfu.poll_timeout().is_some_and(|at| at <= now) {
            sfu.handle_timeout(now, &mut out);
        }
        for (path, bytes) in out.iter() {
            let Some(peer) = peers.iter_mut().find(|peer| peer.address() == path.remote()) else { continue };
            if dice.chance() < loss {
                continue;
            }
            let transport = TransportContext {
                local_addr: peer.address(),
                peer_addr: server,
                transport_protocol: TransportProtocol::UDP,
                ecn: None,
            };
            let _ = peer.pc.handle_read(TaggedBytesMut { now, transport, message: BytesMut::from(bytes) });
        }
        peers.iter_mut().for_each(Peer::drain);
    }
}

#[test]
fn three_peer_connections_see_and_hear_each_other() {
    let start = Instant::now();
    let mut sfu = new_sfu(start, 40);
    let mut peers: Vec<Peer> = (1..=3).map(|who| Peer::new(start, who, 2)).collect();
    peers.iter_mut().for_each(|peer| peer.join(start, &mut sfu));
    run(&mut sfu, &mut peers, start, 0, 4000, 0.01);
    let mut connected = 0;
    while let Some(event) = sfu.poll_event() {
        connected += usize::from(matches!(event, Event::Connected { .. }));
    }
    assert_eq!(connected, 3);
    for peer in &peers {
        let mut seen: Vec<u8> =
            peer.heard.values().filter(|(count, _)| *count > 40).map(|(_, payload)| payload[19 % payload.len()]).collect();
        seen.sort_unstable();
        let others: Vec<u8> = (1..=3u8).filter(|who| u64::from(*who) != peer.who).flat_map(|who| [who, who]).collect();
        assert_eq!(seen, others, "a voice and a picture of each other one: {:?}", peer.heard);
    }
}
