//! A browser's offer (RFC 8829, 8866), read as far as the SFU needs it.
//!
//! An offer comes from outside: its length, its lines and every list in it are bounded before they are kept, and whatever is
//! not understood is left out rather than refused. What makes a call impossible (no credentials, no SHA-256 fingerprint, a line
//! without a name or outside the bundle) is a [`JoinError`]. No trickled candidates: an ICE-lite side learns addresses from checks.

use std::fmt;

/// An offer is not longer, in bytes.
const LONGEST: usize = 128 * 1024;
/// Media lines that one offer may have.
const MOST_LINES: usize = 48;
/// Payload types that are kept of one line.
const MOST_CODECS: usize = 40;

/// Why somebody cannot join, in words for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinError {
    Malformed(&'static str),
    Unsupported(&'static str),
    /// The room or the server has no place left.
    Full,
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "the offer is malformed: {what}"),
            Self::Unsupported(what) => write!(f, "the offer asks for what is not supported: {what}"),
            Self::Full => write!(f, "no place left"),
        }
    }
}

impl std::error::Error for JoinError {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Audio,
    Video,
    Other,
}

/// What a payload type stands for, as far as two ends must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Opus,
    Vp8,
    Vp9 {
        profile: u8,
    },
    /// Packetization mode and the first two bytes of `profile-level-id`.
    H264 {
        mode: u8,
        profile: u16,
    },
    Av1,
}

impl Codec {
    pub fn clock_rate(self) -> u32 {
        if self == Self::Opus { 48_000 } else { 90_000 }
    }
}

/// One codec of a line, with the payload type of its retransmissions.
#[derive(Clone, Debug, PartialEq)]
pub struct CodecLine {
    pub payload_type: u8,
    pub codec: Codec,
    pub rtx: Option<u8>,
    pub fmtp: String,
    pub nack: bool,
    pub pli: bool,
    pub transport_cc: bool,
    pub remb: bool,
}

/// Numbers of the header extensions that one line agreed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    pub mid: Option<u8>,
    pub rid: Option<u8>,
    pub repaired: Option<u8>,
    pub level: Option<u8>,
    pub transport: Option<u8>,
    pub time: Option<u8>,
    pub rotation: Option<u8>,
}

pub const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
pub const RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
pub const REPAIRED: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
pub const LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
pub const TRANSPORT: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
pub const TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
pub const ROTATION: &str = "urn:3gpp:video-orientation";

impl Ids {
    fn place(&mut self, uri: &str) -> Option<&mut Option<u8>> {
        Some(match uri {
            MID => &mut self.mid,
            RID => &mut self.rid,
            REPAIRED => &mut self.repaired,
            LEVEL => &mut self.level,
            TRANSPORT => &mut self.transport,
            TIME => &mut self.time,
            ROTATION => &mut self.rotation,
            _ => return None,
        })
    }

    /// The agreed numbers with their names, in a fixed order.
    pub fn list(&self) -> impl Iterator<Item = (u8, &'static str)> {
        let all = [
            (self.mid, MID),
            (self.rid, RID),
            (self.repaired, REPAIRED),
            (self.level, LEVEL),
            (self.transport, TRANSPORT),
            (self.time, TIME),
            (self.rotation, ROTATION),
        ];
        all.into_iter().filter_map(|(id, uri)| Some((id?, uri)))
    }
}

/// One media line.
#[derive(Clone, Debug)]
pub struct Line {
    pub kind: Kind,
    /// As written, for the answer: the media, the protocol, and the formats of a line that is refused.
    pub media: String,
    pub protocol: String,
    pub formats: String,
    pub mid: String,
    pub sends: bool,
    pub receives: bool,
    pub rejected: bool,
    pub codecs: Vec<CodecLine>,
    pub ids: Ids,
    /// Names of the simulcast layers that the client sends, as listed.
    pub rids: Vec<String>,
    /// Announced SSRCs, each with that of its retransmissions.
    pub ssrcs: Vec<(u32, Option<u32>)>,
}

/// What a join needs to know of an offer.
#[derive(Clone, Debug)]
pub struct Offer {
    pub ufrag: String,
    pub pwd: String,
    /// SHA-256 of the client's certificate.
    pub fingerprint: [u8; 32],
    /// The identity of the peer connection: the session number of the origin line.
    pub session: String,
    pub lines: Vec<Line>,
}

impl Offer {
    pub fn parse(text: &str) -> Result<Self, JoinError> {
        if text.len() > LONGEST {
            return Err(JoinError::Malformed("too long"));
        }
        let mut reader = Reader::default();
        for line in text.split('\n') {
            let line = line.trim_end_matches('\r');
            if let Some((kind, value)) = line.split_once('=') {
                reader.line(kind, value)?;
            }
        }
        reader.finish()
    }
}

#[derive(Default)]
struct Reader {
    session: String,
    ufrag: Option<String>,
    pwd: Option<String>,
    fingerprint: Option<[u8; 32]>,
    setup: Option<String>,
    lines: Vec<Line>,
    /// Formats, `rtpmap`, `fmtp` and feedback of the line being read.
    formats: Vec<Format>,
}

#[derive(Default)]
struct Format {
    payload_type: u8,
    name: String,
    rate: String,
    fmtp: String,
    nack: bool,
    pli: bool,
    transport_cc: bool,
    remb: bool,
}

impl Reader {
    fn line(&mut self, kind: &str, value: &str) -> Result<(), JoinError> {
        match kind {
            "o" => self.session = value.split(' ').nth(1).unwrap_or_default().chars().take(64).collect(),
            "m" => self.media(value)?,
            "a" => {
                let (name, value) = value.split_once(':').unwrap_or((value, ""));
                self.transport(name, value)?;
                if let Some(line) = self.lines.last_mut() {
                    media_attribute(line, &mut self.formats, name, value);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn media(&mut self, value: &str) -> Result<(), JoinError> {
        self.close_line();
        if self.lines.len() == MOST_LINES {
            return Err(JoinError::Malformed("too many media lines"));
        }
        let mut parts = value.splitn(4, ' ');
        let (Some(kind), Some(port), Some(protocol), Some(formats)) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JoinError::Malformed("a media line"));
        };
        let numbers = formats.split(' ').filter_map(|number| number.parse().ok()).filter(|number: &u8| *number < 128);
        self.formats = numbers.take(MOST_CODECS).map(|payload_type| Format { payload_type, ..Format::default() }).collect();
        let known = if protocol.ends_with("TLS/RTP/SAVPF") { kind } else { "" };
        self.lines.push(Line {
            kind: match known {
                "audio" => Kind::Audio,
                "video" => Kind::Video,
                _ => Kind::Other,
            },
            media: token(kind, 16),
            protocol: token(protocol, 32),
            formats: printable(formats, 200),
            mid: String::new(),
            sends: true,
            receives: true,
            rejected: port == "0",
            codecs: Vec::new(),
            ids: Ids::default(),
            rids: Vec::new(),
            ssrcs: Vec::new(),
        });
        Ok(())
    }

    /// Attributes of the one transport, wherever they stand; the first of each counts, as all are bundled.
    fn transport(&mut self, name: &str, value: &str) -> Result<(), JoinError> {
        match name {
            "ice-ufrag" if self.ufrag.is_none() && (4..=256).contains(&value.len()) => self.ufrag = Some(value.to_owned()),
            "ice-pwd" if self.pwd.is_none() && (22..=256).contains(&value.len()) => self.pwd = Some(value.to_owned()),
            "setup" if self.setup.is_none() => self.setup = Some(value.to_owned()),
            "fingerprint" if self.fingerprint.is_none() => {
                let Some((hash, hex)) = value.split_once(' ') else { return Err(JoinError::Malformed("a fingerprint")) };
                if hash.eq_ignore_ascii_case("sha-256") {
                    self.fingerprint = Some(fingerprint(hex).ok_or(JoinError::Malformed("a fingerprint"))?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Turns the formats of the line just read into codecs.
    fn close_line(&mut self) {
        let Some(line) = self.lines.last_mut() else { return };
        let formats = std::mem::take(&mut self.formats);
        for format in &formats {
            let Some(codec) = codec_of(line.kind, format) else { continue };
            let apt = format!("apt={}", format.payload_type);
            let repairs = |other: &&Format| {
                other.name.eq_ignore_ascii_case("rtx") && parameters(&other.fmtp).any(|parameter| parameter == apt)
            };
            line.codecs.push(CodecLine {
                payload_type: format.payload_type,
                codec,
                rtx: formats.iter().find(repairs).map(|other| other.payload_type),
                fmtp: format.fmtp.clone(),
                nack: format.nack,
                pli: format.pli,
                transport_cc: format.transport_cc,
                remb: format.remb,
            });
        }
    }

    fn finish(mut self) -> Result<Offer, JoinError> {
        self.close_line();
        if self.lines.is_empty() {
            return Err(JoinError::Malformed("no media line"));
        }
        if self.setup.as_deref() == Some("passive") {
            return Err(JoinError::Unsupported("a client that only listens for DTLS"));
        }
        let mut mids: Vec<&str> = self.lines.iter().map(|line| line.mid.as_str()).collect();
        mids.sort_unstable();
        if mids.windows(2).any(|pair| pair[0] == pair[1]) || mids[0].is_empty() {
            return Err(JoinError::Malformed("media lines need names of their own"));
        }
        Ok(Offer {
            ufrag: self.ufrag.ok_or(JoinError::Malformed("no ice-ufrag"))?,
            pwd: self.pwd.ok_or(JoinError::Malformed("no ice-pwd"))?,
            fingerprint: self.fingerprint.ok_or(JoinError::Unsupported("no SHA-256 fingerprint"))?,
            session: self.session,
            lines: self.lines,
        })
    }
}

fn media_attribute(line: &mut Line, formats: &mut [Format], name: &str, value: &str) {
    match name {
        "mid" => line.mid = token(value, 32),
        // RFC 9143: port 0 with this is no refusal.
        "bundle-only" => line.rejected = false,
        "sendonly" => line.receives = false,
        "recvonly" => line.sends = false,
        "inactive" => (line.sends, line.receives) = (false, false),
        "extmap" => {
            let mut parts = value.split(' ');
            let id = parts.next().and_then(|id| id.split('/').next()?.parse().ok()).filter(|id| (1..=14).contains(id));
            if let (Some(id), Some(place)) = (id, parts.next().and_then(|uri| line.ids.place(uri))) {
                place.get_or_insert(id);
            }
        }
        "rid" if line.rids.len() < 3 => {
            let mut parts = value.split(' ');
            if let (Some(rid), Some("send")) = (parts.next(), parts.next()) {
                line.rids.push(token(rid, 16));
            }
        }
        "ssrc" => {
            if let Some(ssrc) = value.split(' ').next().and_then(|number| number.parse().ok()) {
                let known = line.ssrcs.iter().any(|(own, repair)| *own == ssrc || *repair == Some(ssrc));
                if !known && line.ssrcs.len() < 6 {
                    line.ssrcs.push((ssrc, None));
                }
            }
        }
        "ssrc-group" => {
            let mut parts = value.split(' ');
            if parts.next() == Some("FID")
                && let (Some(Ok(own)), Some(Ok(repair))) = (parts.next().map(str::parse), parts.next().map(str::parse))
            {
                line.ssrcs.retain(|(ssrc, _)| *ssrc != own && *ssrc != repair);
                if line.ssrcs.len() < 6 {
                    line.ssrcs.push((own, Some(repair)));
                }
            }
        }
        "rtpmap" | "fmtp" | "rtcp-fb" => format_attribute(formats, name, value),
        _ => {}
    }
}

fn format_attribute(formats: &mut [Format], name: &str, value: &str) {
    let Some((number, value)) = value.split_once(' ') else { return };
    let wanted = number.parse::<u8>().ok();
    for format in formats.iter_mut().filter(|format| number == "*" || Some(format.payload_type) == wanted) {
        match (name, value) {
            ("rtpmap", _) => {
                let mut parts = value.split('/');
                format.name = token(parts.next().unwrap_or_default(), 16);
                format.rate = token(parts.next().unwrap_or_default(), 8);
            }
            ("fmtp", _) => format.fmtp = printable(value, 200),
            ("rtcp-fb", "nack") => format.nack = true,
            ("rtcp-fb", "nack pli") => format.pli = true,
            ("rtcp-fb", "transport-cc") => format.transport_cc = true,
            ("rtcp-fb", "goog-remb") => format.remb = true,
            _ => {}
        }
    }
}

fn codec_of(kind: Kind, format: &Format) -> Option<Codec> {
    let parameter = |name: &str| {
        parameters(&format.fmtp).find_map(|parameter| {
            let (own, value) = parameter.split_once('=')?;
            own.eq_ignore_ascii_case(name).then_some(value)
        })
    };
    match (kind, format.name.to_ascii_lowercase().as_str(), format.rate.as_str()) {
        (Kind::Audio, "opus", "48000") => Some(Codec::Opus),
        (Kind::Video, "vp8", "90000") => Some(Codec::Vp8),
        (Kind::Video, "vp9", "90000") => {
            Some(Codec::Vp9 { profile: parameter("profile-id").and_then(|id| id.parse().ok()).unwrap_or(0) })
        }
        (Kind::Video, "h264", "90000") => Some(Codec::H264 {
            mode: parameter("packetization-mode").and_then(|mode| mode.parse().ok()).unwrap_or(0),
            profile: parameter("profile-level-id").and_then(|id| u16::from_str_radix(id.get(..4)?, 16).ok()).unwrap_or(0x420a),
        }),
        (Kind::Video, "av1", "90000") => Some(Codec::Av1),
        _ => None,
    }
}

fn parameters(fmtp: &str) -> impl Iterator<Item = &str> {
    fmtp.split(';').map(str::trim)
}

fn fingerprint(hex: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    let mut parts = hex.trim().split(':');
    for byte in &mut digest {
        let part = parts.next().filter(|part| part.len() == 2)?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(digest)
}

/// A name that may be written back: letters, digits and a few marks.
fn token(text: &str, longest: usize) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.~+/".contains(*c)).take(longest).collect()
}

fn printable(text: &str, longest: usize) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(longest).collect()
}
