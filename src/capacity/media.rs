//! The media engine's share: one speaks in packets as large as a picture's, and the others are given them.

use super::{Board, pace};
use crate::doctor::caller;
use crate::media::{Candidate, Join};
use async_trait::async_trait;
use bytes::Bytes;
use rtc::rtp_transceiver::RTCRtpTransceiverDirection;
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{self, Instant};
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_remote::TrackRemote;
use webrtc::peer_connection::{PeerConnection, PeerConnectionEventHandler, RTCPeerConnectionState, RTCSessionDescription};

/// Who listens to the one who speaks.
const LISTENERS: u32 = 6;
const BURST: usize = 10;
const SIZE: usize = 1_000;
const SSRC: u32 = 0x0BE7_C400;
const ROOM: u64 = 1;
const PATIENCE: Duration = Duration::from_secs(10);

/// Packets given out in a second of one processor.
pub(super) async fn measured(board: &Board, long: Duration) -> Result<u32, String> {
    let there = Arc::new(Semaphore::new(0));
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let voice = caller::voice(SSRC);
    let mut people = Vec::new();
    for n in 0..=LISTENERS {
        let connection = caller::connection(local, false, Arc::new(Ears(there.clone()))).await.map_err(told)?;
        let line = if n == 0 {
            let speaks = caller::one_way(RTCRtpTransceiverDirection::Sendonly);
            connection.add_transceiver_from_track(voice.clone(), speaks).await
        } else {
            let hears = caller::one_way(RTCRtpTransceiverDirection::Recvonly);
            connection.add_transceiver_from_kind(RtpCodecKind::Audio, hears).await
        };
        line.map_err(told)?;
        join(board, &connection, u64::from(n) + 1).await?;
        people.push(connection);
    }
    let all = time::timeout(PATIENCE, there.acquire_many(LISTENERS + 1)).await;
    let spoken = match all {
        Ok(_) => speak(board, &voice, long).await,
        Err(_) => Err("Nothing could be measured: the calls did not come about in time.".to_owned()),
    };
    for connection in people {
        let _ = connection.close().await;
    }
    spoken
}

async fn join(board: &Board, connection: &impl PeerConnection, participant: u64) -> Result<(), String> {
    let offer = connection.create_offer(None).await.map_err(told)?;
    let sdp = offer.sdp.clone();
    connection.set_local_description(offer).await.map_err(told)?;
    let door = board.door;
    let answered = board.handle.with_sfu(move |sfu, now, _| {
        sfu.join(
            now,
            Join {
                room: ROOM,
                participant,
                offer: &sdp,
                candidates: &[Candidate { addr: door, tcp: false }],
                screens: 0,
                echo: false,
            },
        )
    });
    let answer = answered.await.map_err(told)?.map_err(told)?;
    connection.set_remote_description(RTCSessionDescription::answer(answer).map_err(told)?).await.map_err(told)
}

async fn speak(board: &Board, voice: &Arc<dyn TrackLocal>, long: Duration) -> Result<u32, String> {
    let (mut sequence, words) = (0u16, Bytes::from(vec![7; SIZE]));
    let mut tick = time::interval(Duration::from_millis(10));
    // The first words find everybody's place.
    let (warm, mut before) = (Instant::now() + long / 4, None);
    let until = Instant::now() + long;
    while Instant::now() < until {
        tick.tick().await;
        for _ in 0..BURST {
            sequence = sequence.wrapping_add(1);
            voice.write_rtp(caller::packet(SSRC, sequence, words.clone())).await.map_err(told)?;
        }
        if before.is_none() && Instant::now() >= warm {
            before = Some(board.counts().await?);
        }
    }
    let after = board.counts().await?;
    pace(before.unwrap_or(after), after)
}

fn told(error: impl std::fmt::Display) -> String {
    format!("Nothing could be measured: {error}.")
}

/// Counts who is connected.
struct Ears(Arc<Semaphore>);

#[async_trait]
impl PeerConnectionEventHandler for Ears {
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        if state == RTCPeerConnectionState::Connected {
            self.0.add_permits(1);
        }
    }

    async fn on_track(&self, _track: Arc<dyn TrackRemote>) {}
}
