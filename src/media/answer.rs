//! The one answer of a join: ICE-lite, passive, one bundle, our SSRCs in fixed slots.
//!
//! A function from what was agreed to text. It answers every line of the offer in the offer's order (RFC 3264), with the
//! client's own payload types and extension numbers, so that nothing is ever negotiated again. Codecs stand in the client's
//! order: the browser sends with the first. No trickling and no renegotiation; an ICE restart writes the same answer anew.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::offer::{Codec, CodecLine, Ids, Kind, Line};

/// An address at which the server can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub addr: SocketAddr,
    /// Over TCP (RFC 6544, passive) instead of UDP.
    pub tcp: bool,
}

/// What the whole answer shares.
pub struct Transport<'a> {
    pub ufrag: &'a str,
    pub pwd: &'a str,
    pub fingerprint: &'a [u8; 32],
    pub candidates: &'a [Candidate],
    /// Session number and version of the origin line.
    pub session: (u64, u64),
}

/// What one line of the answer says.
pub enum Reply<'a> {
    Refused,
    Agreed { codecs: &'a [CodecLine], ids: Ids, takes: bool, gives: Option<Gives<'a>> },
}

/// The stream of a downstream slot: it stays the same whoever is shown in it.
pub struct Gives<'a> {
    pub ssrc: u32,
    pub repair: Option<u32>,
    pub cname: &'a str,
}

/// At most this many bits a second of voice: with 60 ms in a packet and silence left out, a link of 60 kbit/s carries it.
const VOICE_BITRATE: u32 = 20_000;
const VOICE_PACKET_MS: u32 = 60;

pub fn write(transport: &Transport<'_>, lines: &[(&Line, Reply<'_>)]) -> String {
    let mut text = String::with_capacity(1024 + 600 * lines.len());
    let (session, version) = transport.session;
    let agreed = lines.iter().filter(|(_, reply)| matches!(reply, Reply::Agreed { .. }));
    let bundle: Vec<&str> = agreed.map(|(line, _)| line.mid.as_str()).collect();
    put(&mut text, format_args!("v=0\r\no=- {session} {version} IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"));
    put(&mut text, format_args!("a=ice-lite\r\na=group:BUNDLE {}\r\na=msid-semantic: WMS *\r\n", bundle.join(" ")));
    let mut first = true;
    for (line, reply) in lines {
        match reply {
            Reply::Refused => {
                put(&mut text, format_args!("m={} 0 {} {}\r\n", line.media, line.protocol, line.formats));
                put(&mut text, format_args!("c=IN IP4 0.0.0.0\r\na=mid:{}\r\na=inactive\r\n", line.mid));
            }
            Reply::Agreed { codecs, ids, takes, gives } => {
                agreed_line(&mut text, line, codecs, *ids, *takes, gives.as_ref());
                transport_lines(&mut text, transport, first);
                first = false;
            }
        }
    }
    text
}

fn agreed_line(text: &mut String, line: &Line, codecs: &[CodecLine], ids: Ids, takes: bool, gives: Option<&Gives<'_>>) {
    let numbers: Vec<String> = codecs
        .iter()
        .flat_map(|codec| [Some(codec.payload_type), codec.rtx])
        .flatten()
        .map(|number| number.to_string())
        .collect();
    put(text, format_args!("m={} 9 {} {}\r\n", line.media, line.protocol, numbers.join(" ")));
    put(text, format_args!("c=IN IP4 0.0.0.0\r\na=mid:{}\r\n", line.mid));
    let direction = match (takes, gives.is_some()) {
        (true, true) => "sendrecv",
        (true, false) => "recvonly",
        (false, true) => "sendonly",
        (false, false) => "inactive",
    };
    put(text, format_args!("a={direction}\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"));
    for codec in codecs {
        codec_lines(text, line.kind, codec, takes);
    }
    for (id, uri) in ids.list() {
        put(text, format_args!("a=extmap:{id} {uri}\r\n"));
    }
    if takes && !line.rids.is_empty() {
        for rid in &line.rids {
            put(text, format_args!("a=rid:{rid} recv\r\n"));
        }
        put(text, format_args!("a=simulcast:recv {}\r\n", line.rids.join(";")));
    }
    if let Some(Gives { ssrc, repair, cname }) = gives {
        put(text, format_args!("a=msid:{cname} {cname}\r\n"));
        if let Some(repair) = repair {
            put(text, format_args!("a=ssrc-group:FID {ssrc} {repair}\r\n"));
        }
        for ssrc in std::iter::once(ssrc).chain(repair) {
            put(text, format_args!("a=ssrc:{ssrc} cname:{cname}\r\na=ssrc:{ssrc} msid:{cname} {cname}\r\n"));
        }
    }
}

fn codec_lines(text: &mut String, kind: Kind, line: &CodecLine, takes: bool) {
    let number = line.payload_type;
    let name = match line.codec {
        Codec::Opus => "opus/48000/2",
        Codec::Vp8 => "VP8/90000",
        Codec::Vp9 { .. } => "VP9/90000",
        Codec::H264 { .. } => "H264/90000",
        Codec::Av1 => "AV1/90000",
    };
    put(text, format_args!("a=rtpmap:{number} {name}\r\n"));
    if line.codec == Codec::Opus {
        put(text, format_args!("a=fmtp:{number} minptime=10;useinbandfec=1;usedtx=1;maxaveragebitrate={VOICE_BITRATE}\r\n"));
        if takes {
            put(text, format_args!("a=ptime:{VOICE_PACKET_MS}\r\n"));
        }
    } else if !line.fmtp.is_empty() {
        put(text, format_args!("a=fmtp:{number} {}\r\n", line.fmtp));
    }
    let feedback = [
        (line.transport_cc, "transport-cc"),
        (line.remb && !line.transport_cc, "goog-remb"),
        (line.nack, "nack"),
        (line.pli && kind == Kind::Video, "nack pli"),
        (line.pli && kind == Kind::Video, "ccm fir"),
    ];
    for (_, what) in feedback.iter().filter(|(agreed, _)| *agreed) {
        put(text, format_args!("a=rtcp-fb:{number} {what}\r\n"));
    }
    if let Some(rtx) = line.rtx {
        put(text, format_args!("a=rtpmap:{rtx} rtx/90000\r\na=fmtp:{rtx} apt={number}\r\n"));
    }
}

fn transport_lines(text: &mut String, transport: &Transport<'_>, with_candidates: bool) {
    let hex: Vec<String> = transport.fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
    put(text, format_args!("a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n", transport.ufrag, transport.pwd));
    put(text, format_args!("a=fingerprint:sha-256 {}\r\na=setup:passive\r\n", hex.join(":")));
    if !with_candidates {
        return;
    }
    for (n, candidate) in transport.candidates.iter().enumerate() {
        let (ip, port) = (candidate.addr.ip(), candidate.addr.port());
        // RFC 8445 section 5.1.2: host candidates, UDP before TCP, in the order given.
        let local = 65_535 - n.min(1000) as u32;
        let (protocol, preference, tail) = if candidate.tcp { ("tcp", 90, " tcptype passive") } else { ("udp", 126, "") };
        let priority = (preference << 24) | (local << 8) | 255;
        put(text, format_args!("a=candidate:{} 1 {protocol} {priority} {ip} {port} typ host{tail}\r\n", n + 1));
    }
    put(text, format_args!("a=end-of-candidates\r\n"));
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(what);
}
