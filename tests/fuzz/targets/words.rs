//! Parsers by themselves: what they read of any bytes is whole, bounded, and lies within the bytes.

use super::machines;
use alongside::media::offer::Offer;
use alongside::media::{rtcp as rtcp_words, rtp as rtp_words, transport};
use alongside::port::sniff as port;
use alongside::switchboard::rfc4571;
use alongside::turn::codec::{self, Attributes, HEADER};
use alongside::turn::framing;
use alongside::turn::message::{Fault, Message, NAMED};

/// Which door a stream or a datagram is for: once decided, further bytes change nothing.
pub fn sniff(bytes: &[u8]) {
    let _ = port::packet(bytes);
    let _ = port::is_partial_preface(bytes);
    let mut decided = None;
    for end in 0..=bytes.len().min(32) {
        let door = port::stream(&bytes[..end]);
        match decided {
            Some(before) => assert_eq!(door, before),
            None if door != port::Stream::More => decided = Some(door),
            None => assert!(end < port::ENOUGH, "a stream may not stay undecided"),
        }
    }
}

/// A STUN or TURN message: attributes lie within it, and a refusal of it stays small.
pub fn turn_message(bytes: &[u8]) {
    let _ = framing::first(bytes);
    let Some(message) = Message::read(bytes) else { return };
    let mut total = 0;
    for (_, value) in message.attributes() {
        total += value.len() + 4;
        let _ = (codec::xor_address(value, &message.transaction), codec::number(value), codec::Family::read(value));
    }
    assert!(HEADER + total <= bytes.len());
    let (count, _) = message.unknown(&[codec::USERNAME, codec::REALM]);
    assert!(count <= NAMED);
    let _ = message.is_by(&[0; 16]);
    let mut reply = Vec::new();
    message.refuse(&mut reply, Fault::BadRequest, Some(&[7; 16]), |_| {});
    assert!(reply.len() <= 120, "a refusal of {} bytes", reply.len());
    assert!(Message::read(&reply).is_some());
    let _ = Attributes::new(bytes).count();
}

/// Frames of a TURN stream, however it is cut: they lie within it, and it goes on or ends.
pub fn turn_stream(bytes: &[u8]) {
    frames(bytes, |rest| match framing::first(rest) {
        framing::Frame::Whole { length, step } => {
            assert!(0 < length && length <= step && step <= rest.len() && step <= framing::LONGEST);
            Some(step)
        }
        _ => None,
    });
}

/// The same of an ICE stream (RFC 4571).
pub fn ice_stream(bytes: &[u8]) {
    frames(bytes, |rest| match rfc4571::first(rest) {
        rfc4571::Frame::Whole { step } => {
            assert!(2 <= step && step <= rest.len());
            assert_eq!(rfc4571::head(&rest[2..step]), rest.first_chunk::<2>().copied());
            Some(step)
        }
        _ => None,
    });
}

/// Walks a stream frame by frame, whole and in parts: both find the same.
fn frames(bytes: &[u8], first: impl Fn(&[u8]) -> Option<usize>) {
    let mut whole = Vec::new();
    let mut rest = bytes;
    while let Some(step) = first(rest) {
        whole.push(step);
        rest = &rest[step..];
    }
    let (mut waiting, mut found) = (Vec::new(), Vec::new());
    for part in bytes.chunks(7) {
        waiting.extend_from_slice(part);
        while let Some(step) = first(&waiting) {
            found.push(step);
            waiting.drain(..step);
        }
    }
    assert_eq!(found, whole);
}

/// An offer: refused, or answered line by line with bounded text.
pub fn offer(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let read = Offer::parse(&text);
    let answer = machines::answer(&text);
    if let Some(answer) = answer {
        assert!(read.is_ok());
        assert!(answer.len() <= 4096 + 16 * text.len(), "{} bytes answer {}", answer.len(), text.len());
        let lines = |sdp: &str| sdp.lines().filter(|line| line.starts_with("m=")).count();
        assert_eq!(lines(&answer), lines(&text));
    }
}

/// An RTP packet: header, extensions and padding lie within it.
pub fn rtp(bytes: &[u8]) {
    let Some(packet) = rtp_words::Rtp::parse(bytes) else { return };
    assert!(packet.header_len <= bytes.len());
    for (_, value) in packet.extensions(bytes) {
        assert!(value.len() <= 255);
    }
    if let Some(end) = rtp_words::unpadded(bytes, &packet, bytes.len()) {
        assert!(packet.header_len <= end && end <= bytes.len());
    }
}

/// A compound of RTCP packets: the items in it are no more than its bytes could hold.
pub fn rtcp(bytes: &[u8]) {
    let (mut items, mut numbers) = (0, 0);
    rtcp_words::read(bytes, |item| {
        items += 1;
        match item {
            rtcp_words::Item::Nack { pairs, .. } => numbers += rtcp_words::nacked(pairs).count(),
            rtcp_words::Item::Transport(body) => transport::read(body, |_, _| numbers += 1),
            _ => {}
        }
    });
    assert!(items <= bytes.len() && numbers <= 70_000 * (1 + bytes.len() / 8));
}
