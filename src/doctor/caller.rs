//! A finished WebRTC client that calls with one voice: for the examination, and for measuring what a machine carries.
//!
//! It knows nothing of who answers. What it says is the caller's; deliberately absent are pictures, of which the server sees
//! no more than packets either.

use bytes::Bytes;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::ice::network_type::NetworkType;
use rtc::media_stream::MediaStreamTrack;
use rtc::rtp;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use std::net::SocketAddr;
use std::sync::Arc;
use webrtc::error::Error;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder, Registry,
    SettingEngineBuilder, register_default_interceptors,
};

const OPUS: u8 = 111;

/// A connection from this address, by datagrams or by streams, that tells these ears what it sees.
///
/// # Errors
/// The client cannot be made here.
pub async fn connection(
    local: SocketAddr,
    tcp: bool,
    ears: Arc<dyn PeerConnectionEventHandler>,
) -> Result<impl PeerConnection + use<>, Error> {
    let mut engine = MediaEngine::default();
    engine.register_default_codecs()?;
    let registry = register_default_interceptors(Registry::new(), &mut engine)?;
    let network = match (tcp, local.is_ipv4()) {
        (false, true) => NetworkType::Udp4,
        (false, false) => NetworkType::Udp6,
        (true, true) => NetworkType::Tcp4,
        (true, false) => NetworkType::Tcp6,
    };
    // Names of the local network are nobody's here, and asking for them fails where there is no multicast.
    let settings = SettingEngineBuilder::new()
        .with_network_types(vec![network])
        .with_include_loopback_candidate(true)
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .build();
    let builder = PeerConnectionBuilder::new()
        .with_configuration(RTCConfigurationBuilder::new().build())
        .with_media_engine(engine)
        .with_interceptor_registry(registry)
        .with_setting_engine(settings)
        .with_handler(ears);
    let (udp, streams) = if tcp { (vec![], vec![local]) } else { (vec![local], vec![]) };
    builder.with_udp_addrs(udp).with_tcp_addrs(streams).build().await
}

/// A line that goes one way.
pub fn one_way(direction: RTCRtpTransceiverDirection) -> Option<RTCRtpTransceiverInit> {
    Some(RTCRtpTransceiverInit { direction, streams: vec![], send_encodings: vec![] })
}

/// A voice to speak with.
pub fn voice(ssrc: u32) -> Arc<dyn TrackLocal> {
    let codec = RTCRtpCodec { mime_type: "audio/opus".to_owned(), clock_rate: 48_000, channels: 2, ..Default::default() };
    let coding = RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() };
    let encoding = RTCRtpEncodingParameters { rtp_coding_parameters: coding, codec, ..Default::default() };
    let name = || "caller".to_owned();
    Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(name(), name(), name(), RtpCodecKind::Audio, vec![encoding])))
}

/// One packet of a voice.
pub fn packet(ssrc: u32, sequence: u16, payload: Bytes) -> rtp::Packet {
    let header = rtp::Header {
        version: 2,
        payload_type: OPUS,
        sequence_number: sequence,
        timestamp: u32::from(sequence) * 960,
        ssrc,
        ..Default::default()
    };
    rtp::Packet { header, payload }
}
