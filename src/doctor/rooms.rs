//! A real call with the media engine, by a finished WebRTC client over its own sockets: once by datagrams, once by a stream.
//!
//! The client offers a voice, speaks, and must hear itself come back through the server. Deliberately absent: pictures; what
//! carries a voice carries them too.

use super::relay::{self, Pass};
use super::{Patient, caller, client, web};
use crate::domain::health::{Check, Finding};
use async_trait::async_trait;
use bytes::Bytes;
use rtc::rtp_transceiver::RTCRtpTransceiverDirection;
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionEventHandler, RTCIceCandidateInit, RTCPeerConnectionState, RTCSessionDescription,
};

const UDP: Check = Check::new("sfu.udp", "Rooms and three at a table, UDP");
const TCP: Check = Check::new("sfu.tcp", "Rooms and three at a table, TCP");

/// How long a call may take until it is heard.
const PATIENCE: Duration = Duration::from_secs(8);
/// What is said, and known again.
const WORDS: &[u8] = b"\xfcis anybody there?";
const SSRC: u32 = 0x0D0C_702A;

pub fn look(patient: &Patient) -> Vec<Finding> {
    let both = [(UDP, false), (TCP, true)];
    if !patient.runs() {
        return both.map(|(check, _)| check.unseen("The server doesn't run.", None)).to_vec();
    }
    let (Some(door), Some(pass)) = (patient.doors().into_iter().next(), relay::pass(patient)) else {
        return both
            .map(|(check, _)| check.unseen("Without an address and the relay's secret nobody is let in to try.", None))
            .to_vec();
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let Ok(runtime) = runtime else {
        return both.map(|(check, _)| check.unseen("The machine gives no thread to try it.", None)).to_vec();
    };
    let outcomes = runtime.block_on(async { tokio::join!(call(door, &pass, false), call(door, &pass, true)) });
    runtime.shutdown_timeout(Duration::from_secs(1));
    vec![judge(UDP, door, false, outcomes.0.as_ref()), judge(TCP, door, true, outcomes.1.as_ref())]
}

fn judge(check: Check, door: SocketAddr, tcp: bool, outcome: Result<&Duration, &Trouble>) -> Finding {
    let (half, port) = (if tcp { "TCP" } else { "UDP" }, door.port());
    match outcome {
        Ok(took) => check.fine(format!("A call at {} was heard back after {} ms.", door.ip(), took.as_millis())),
        Err(Trouble::NoWay) => check.unseen(format!("The server offers no call by {half} at {}.", door.ip()), None),
        Err(Trouble::Refused(why)) => check.fail(
            format!("The server takes no call: {why}."),
            "systemctl restart alongside, then look at its log: journalctl -u alongside",
        ),
        Err(Trouble::Client(why)) => check.unseen(format!("The call could not be tried: {why}."), None),
        Err(Trouble::Silent(stage)) => check.fail(
            format!("A call at {} came to nothing: {stage}.", door.ip()),
            format!("Let {half} {port} through in this machine's firewall: sudo ufw allow {port}"),
        ),
    }
}

/// How a call came to nothing.
#[derive(Debug)]
enum Trouble {
    /// The answer names no such way.
    NoWay,
    Refused(String),
    Client(String),
    Silent(&'static str),
}

impl From<webrtc::error::Error> for Trouble {
    fn from(error: webrtc::error::Error) -> Self {
        Self::Client(error.to_string())
    }
}

#[derive(PartialEq, Eq, Debug)]
enum Event {
    Connected,
    Heard,
}

/// Tells on what the connection sees.
struct Ears(mpsc::Sender<Event>);

#[async_trait]
impl PeerConnectionEventHandler for Ears {
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        if state == RTCPeerConnectionState::Connected {
            let _ = self.0.try_send(Event::Connected);
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let tell = self.0.clone();
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event
                    && packet.payload.starts_with(WORDS)
                {
                    let _ = tell.try_send(Event::Heard);
                    return;
                }
            }
        });
    }
}

/// Calls, speaks until it is heard, and says how long that took from the moment of the answer.
async fn call(door: SocketAddr, pass: &Pass, tcp: bool) -> Result<Duration, Trouble> {
    let (tell, mut told) = mpsc::channel(16);
    let local = SocketAddr::new(own_end(door).ok_or_else(|| Trouble::Client("no own address leads there".to_owned()))?, 0);
    let connection = caller::connection(local, tcp, Arc::new(Ears(tell))).await?;
    let outcome = time::timeout(PATIENCE, talk(&connection, door, pass, tcp, &mut told)).await;
    let _ = connection.close().await;
    outcome.unwrap_or(Err(Trouble::Silent("it takes too long")))
}

async fn talk(
    connection: &impl PeerConnection,
    door: SocketAddr,
    pass: &Pass,
    tcp: bool,
    told: &mut mpsc::Receiver<Event>,
) -> Result<Duration, Trouble> {
    let voice = caller::voice(SSRC);
    connection.add_transceiver_from_track(voice.clone(), caller::one_way(RTCRtpTransceiverDirection::Sendonly)).await?;
    let ear = caller::one_way(RTCRtpTransceiverDirection::Recvonly);
    connection.add_transceiver_from_kind(RtpCodecKind::Audio, ear).await?;
    let offer = connection.create_offer(None).await?;
    let sdp = offer.sdp.clone();
    connection.set_local_description(offer).await?;
    let answer = tokio::task::block_in_place(|| ask(door, pass, &sdp))?;
    let (answer, ways) = apart(&answer, door.ip(), tcp);
    if ways.is_empty() {
        return Err(Trouble::NoWay);
    }
    let began = time::Instant::now();
    connection.set_remote_description(RTCSessionDescription::answer(answer)?).await?;
    // Told one by one: this client opens streams only for candidates that it is told of.
    for candidate in ways {
        connection.add_ice_candidate(RTCIceCandidateInit { candidate, sdp_mline_index: Some(0), ..Default::default() }).await?;
    }
    let (mut tick, mut sequence, mut connected) = (time::interval(Duration::from_millis(20)), 0u16, false);
    let until = began + PATIENCE - Duration::from_millis(500);
    while time::Instant::now() < until {
        tokio::select! {
            _ = tick.tick() => {
                sequence = sequence.wrapping_add(1);
                // Until the connection is there, nobody takes it.
                let _ = voice.write_rtp(caller::packet(SSRC, sequence, Bytes::from_static(WORDS))).await;
            }
            event = told.recv() => match event {
                Some(Event::Heard) => return Ok(began.elapsed()),
                Some(Event::Connected) => connected = true,
                None => break,
            },
        }
    }
    Err(Trouble::Silent(if connected { "the connection stands, and nothing comes back" } else { "no connection is made" }))
}

/// Our own end of the way to a door.
fn own_end(door: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = if door.is_ipv4() { ([0; 4], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(door).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Hands the offer in at the server's door.
fn ask(door: SocketAddr, pass: &Pass, sdp: &str) -> Result<String, Trouble> {
    let form = form_urlencoded::Serializer::new(pass.query() + "&").append_pair("sdp", sdp).finish();
    let refused = |error: std::io::Error| Trouble::Refused(error.to_string());
    let mut line = web::line(door).map_err(refused)?;
    let answer = client::ask(&mut line, &web::host(door), "/check/media", Some(&form)).map_err(refused)?;
    let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match said["sdp"].as_str() {
        Some(sdp) if answer.status == 200 => Ok(sdp.to_owned()),
        _ => Err(Trouble::Refused(said["sentence"].as_str().unwrap_or("no reason is given").trim_end_matches('.').to_owned())),
    }
}

/// The answer without any way, and the ways of one kind to one address.
fn apart(answer: &str, ip: IpAddr, tcp: bool) -> (String, Vec<String>) {
    let wanted = (if tcp { "tcp" } else { "udp" }, ip.to_string());
    let is_it = |line: &&str| {
        let mut words = line.split(' ').skip(2);
        words.next().is_some_and(|kind| kind.eq_ignore_ascii_case(wanted.0)) && words.nth(1) == Some(&wanted.1)
    };
    let is_way = |line: &&str| line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates");
    let ways =
        answer.lines().filter(is_way).filter(is_it).filter_map(|line| line.strip_prefix("a=")).map(str::to_owned).collect();
    (answer.lines().filter(|line| !is_way(line)).map(|line| format!("{line}\r\n")).collect(), ways)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Level;

    #[test]
    fn the_one_way_that_is_tried_is_told_apart_from_the_answer() {
        let answer = "v=0\r\na=candidate:1 1 udp 5 10.0.0.1 8443 typ host\r\na=candidate:2 1 tcp 4 10.0.0.1 8443 typ host tcptype passive\r\n\
                      a=candidate:3 1 udp 3 10.0.0.2 8443 typ host\r\na=end-of-candidates\r\n";
        let ip = "10.0.0.1".parse().expect("an address");
        let (rest, ways) = apart(answer, ip, false);
        assert_eq!((rest.as_str(), ways), ("v=0\r\n", vec!["candidate:1 1 udp 5 10.0.0.1 8443 typ host".to_owned()]));
        assert!(apart(answer, ip, true).1[0].ends_with("tcptype passive"));
        assert!(apart(answer, "10.0.0.2".parse().expect("an address"), true).1.is_empty());
    }

    #[test]
    fn closed_is_told_from_what_could_not_be_tried() {
        let door = SocketAddr::from(([10, 0, 0, 1], 8443));
        let level = |outcome: Result<&Duration, &Trouble>| judge(UDP, door, false, outcome).level;
        assert_eq!(level(Ok(&PATIENCE)), Level::Fine);
        assert_eq!(level(Err(&Trouble::Silent("x"))), Level::Fail);
        assert_eq!([level(Err(&Trouble::NoWay)), level(Err(&Trouble::Client("x".into())))], [Level::Unseen; 2]);
    }
}
