//! What the first bytes say: which of the house's doors a connection or a datagram is meant for.
//!
//! Pure and total: every sequence of bytes has an answer, no state is kept, nothing is allocated. The order of the checks is
//! DESIGN's "One port": RFC 7983 for datagrams, RFC 8656 and RFC 4571 for streams. A well-formed header proves nothing about the
//! sender; whoever is behind the door checks that.

/// How many bytes of a stream decide at the latest.
pub const ENOUGH: usize = 10;

/// The number in every STUN header since RFC 5389.
pub const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];

/// The bytes with which every HTTP/2 connection starts (RFC 9113 section 3.4).
pub const HTTP2_PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const STUN_HEADER: usize = 20;
const USERNAME: u16 = 0x0006;
const BINDING: u16 = 0x001;

/// Where a TCP connection, plain or after TLS, belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The bytes so far fit more than one door.
    More,
    Tls,
    /// TURN over TCP, or over TLS once decrypted.
    Turn,
    /// ICE over TCP: STUN in RFC 4571 frames.
    Ice,
    /// All else is for the web, which answers what it does not understand.
    Http,
}

/// Where a datagram belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet {
    /// A STUN Binding request that names nobody: "which address do you see?"
    Binding,
    /// A Binding request with USERNAME, or a Binding answer or indication: ICE of a session.
    Ice,
    /// STUN with one of TURN's methods; these carry USERNAME too, so the method decides first.
    Turn,
    /// TURN's ChannelData.
    Channel,
    Dtls,
    /// SRTP or SRTCP.
    Srtp,
    /// Nothing that lives here.
    Unknown,
}

/// Says for which door the first bytes of a stream are.
pub fn stream(bytes: &[u8]) -> Stream {
    match bytes {
        [] => Stream::More,
        [0x16, ..] => Stream::Tls,
        // A STUN type starts with two zero bits, and a framed one with a length below 2048. No request starts so low.
        [0..=7, ..] if bytes.get(4..8) == Some(&MAGIC_COOKIE[..]) && bytes[0] < 4 => Stream::Turn,
        [0..=7, ..] if bytes.get(6..10) == Some(&MAGIC_COOKIE[..]) && bytes[2] < 4 => Stream::Ice,
        [0..=7, ..] if bytes.len() < ENOUGH => Stream::More,
        _ => Stream::Http,
    }
}

/// Whether these first bytes of a web connection are still only the beginning of HTTP/2's preface.
///
/// Whoever stops in the middle of it must meet a deadline: behind this point HTTP/1 and HTTP/2 have their own.
pub fn is_partial_preface(bytes: &[u8]) -> bool {
    bytes.len() < HTTP2_PREFACE.len() && HTTP2_PREFACE.starts_with(bytes)
}

/// Says for which door a datagram is.
pub fn packet(bytes: &[u8]) -> Packet {
    match bytes.first() {
        Some(0..=3) => stun(bytes),
        Some(20..=63) => Packet::Dtls,
        Some(64..=79) => Packet::Channel,
        Some(128..=191) => Packet::Srtp,
        _ => Packet::Unknown,
    }
}

fn stun(bytes: &[u8]) -> Packet {
    let Some(attributes) = attributes_of(bytes) else {
        return Packet::Unknown;
    };
    let kind = u16::from_be_bytes([bytes[0], bytes[1]]);
    // RFC 8489 section 5: the two class bits sit between the bits of the method.
    let method = (kind & 0x000f) | (kind & 0x00e0) >> 1 | (kind & 0x3e00) >> 2;
    let is_request = kind & 0x0110 == 0;
    match method {
        BINDING if !is_request || has_username(attributes) => Packet::Ice,
        BINDING => Packet::Binding,
        // Allocate, Refresh, Send, Data, CreatePermission, ChannelBind.
        3 | 4 | 6..=9 => Packet::Turn,
        _ => Packet::Unknown,
    }
}

/// The part behind a whole and honest STUN header: the cookie is right, and the length is exactly the datagram's.
fn attributes_of(bytes: &[u8]) -> Option<&[u8]> {
    let (header, attributes) = bytes.split_at_checked(STUN_HEADER)?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let honest = header[4..8] == MAGIC_COOKIE && length == attributes.len() && length.is_multiple_of(4);
    honest.then_some(attributes)
}

fn has_username(mut attributes: &[u8]) -> bool {
    while let [k0, k1, l0, l1, rest @ ..] = attributes {
        if u16::from_be_bytes([*k0, *k1]) == USERNAME {
            return true;
        }
        let length = usize::from(u16::from_be_bytes([*l0, *l1])).next_multiple_of(4);
        attributes = rest.get(length..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stun_message(kind: u16, attributes: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_be_bytes().to_vec();
        bytes.extend((attributes.len() as u16).to_be_bytes());
        bytes.extend(MAGIC_COOKIE);
        bytes.extend([7; 12]);
        bytes.extend(attributes);
        bytes
    }

    #[test]
    fn a_stream_is_told_by_its_first_ten_bytes() {
        let framed = [&[0, 28][..], &stun_message(0x0001, &[])].concat();
        assert_eq!(stream(&[0x16, 3, 1]), Stream::Tls);
        assert_eq!(stream(&stun_message(0x0003, &[])), Stream::Turn);
        assert_eq!(stream(&framed), Stream::Ice);
        assert_eq!(stream(b"GET / HTTP/1.1"), Stream::Http);
        assert_eq!(stream(b"\r\nGET /"), Stream::Http);
        assert_eq!(stream(&[0; 10]), Stream::Http);
    }

    #[test]
    fn a_stream_waits_only_while_more_than_one_door_fits() {
        let turn = stun_message(0x0003, &[]);
        let framed = [&[0, 28][..], &turn].concat();
        assert!((0..8).all(|n| stream(&turn[..n]) == Stream::More));
        assert!((0..10).all(|n| stream(&framed[..n]) == Stream::More));
        assert_eq!(stream(b"G"), Stream::Http);
        assert_eq!((stream(&turn[..8]), stream(&framed[..10])), (Stream::Turn, Stream::Ice));
    }

    #[test]
    fn half_a_preface_is_not_yet_http2() {
        assert!((0..24).all(|n| is_partial_preface(&HTTP2_PREFACE[..n])));
        assert!(!is_partial_preface(HTTP2_PREFACE));
        assert!(!is_partial_preface(b"PRINT /"));
        assert!(!is_partial_preface(b"GET / HTTP/1.1\r\n"));
    }

    #[test]
    fn a_datagram_is_told_by_its_first_byte() {
        assert_eq!(packet(&[22, 254, 253]), Packet::Dtls);
        assert_eq!(packet(&[0x40, 0, 0, 4]), Packet::Channel);
        assert_eq!(packet(&[0x80, 96]), Packet::Srtp);
        for other in [&[][..], &[4], &[19], &[80], &[127], &[192], &[255]] {
            assert_eq!(packet(other), Packet::Unknown);
        }
    }

    #[test]
    fn stun_goes_by_method_first_and_then_by_username() {
        let username = [0, 6, 0, 3, b'a', b':', b'b', 0];
        assert_eq!(packet(&stun_message(0x0001, &[])), Packet::Binding);
        assert_eq!(packet(&stun_message(0x0001, &[0x80, 0x22, 0, 2, b'x', b'y', 0, 0])), Packet::Binding);
        assert_eq!(packet(&stun_message(0x0001, &username)), Packet::Ice);
        assert_eq!(packet(&stun_message(0x0101, &[])), Packet::Ice);
        assert_eq!(packet(&stun_message(0x0011, &[])), Packet::Ice);
        for turn in [0x0003, 0x0004, 0x0016, 0x0008, 0x0009] {
            assert_eq!(packet(&stun_message(turn, &username)), Packet::Turn);
        }
        assert_eq!(packet(&stun_message(0x0002, &[])), Packet::Unknown);
    }

    #[test]
    fn stun_with_a_dishonest_header_is_nobodys() {
        let honest = stun_message(0x0001, &[0x80, 0x22, 0, 0]);
        assert_eq!(packet(&honest), Packet::Binding);
        assert!((0..honest.len()).all(|n| packet(&honest[..n]) == Packet::Unknown));
        for (at, value) in [(3, 5), (3, 0), (2, 1), (4, 0), (7, 0)] {
            let mut bytes = honest.clone();
            bytes[at] = value;
            assert_eq!(packet(&bytes), Packet::Unknown, "byte {at}");
        }
        assert_eq!(packet(&[&honest[..], &[0]].concat()), Packet::Unknown);
    }
}
