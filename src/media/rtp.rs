//! The RTP header (RFC 3550, 8285): reading where its parts lie, and writing ours.
//!
//! Nothing is copied: [`Rtp`] holds numbers and ranges. Every length is checked once, in [`Rtp::parse`]. Headers that leave
//! have no CSRC and one-byte extensions only, because the answers never agree to longer ones.

use super::offer::Ids;

/// The fixed part of a header, and where the rest lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rtp {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Fixed part, CSRCs and extensions, in bytes.
    pub header_len: usize,
    pub padded: bool,
    /// Profile of the extensions and the bytes they lie in.
    extension: (u16, usize, usize),
}

impl Rtp {
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < 12 || bytes[0] >> 6 != 2 {
            return None;
        }
        let mut header_len = 12 + 4 * usize::from(bytes[0] & 0x0f);
        let mut extension = (0, 0, 0);
        if bytes[0] & 0x10 != 0 {
            let head = bytes.get(header_len..header_len + 4)?;
            let start = header_len + 4;
            header_len = start + 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
            extension = (u16::from_be_bytes([head[0], head[1]]), start, header_len);
        }
        (header_len <= bytes.len()).then_some(Self {
            marker: bytes[1] & 0x80 != 0,
            payload_type: bytes[1] & 0x7f,
            sequence: u16::from_be_bytes([bytes[2], bytes[3]]),
            timestamp: u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]),
            ssrc: u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]),
            header_len,
            padded: bytes[0] & 0x20 != 0,
            extension,
        })
    }

    /// Every extension element, one-byte or two-byte form.
    pub fn extensions<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = (u8, &'a [u8])> {
        let (profile, start, end) = self.extension;
        let mut rest = bytes.get(start..end).unwrap_or_default();
        std::iter::from_fn(move || {
            while rest.first() == Some(&0) {
                rest = &rest[1..];
            }
            let (id, length, head) = match (profile, rest) {
                (0xbede, [first, ..]) if first >> 4 != 15 => (first >> 4, usize::from(first & 0x0f) + 1, 1),
                (profile, [id, length, ..]) if profile & 0xfff0 == 0x1000 => (*id, usize::from(*length), 2),
                _ => return None,
            };
            let value = rest.get(head..head + length)?;
            rest = &rest[head + length..];
            Some((id, value))
        })
    }
}

/// What a forwarded packet says beside its payload.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Notes {
    /// Loudness byte as the sender wrote it: voice flag and −dBov.
    pub level: Option<u8>,
    /// Orientation of the picture.
    pub rotation: Option<u8>,
}

/// Extensions of a packet that leaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extensions {
    pub transport: Option<u16>,
    /// 6.18 fixed point seconds.
    pub time: Option<u32>,
    pub notes: Notes,
}

/// The header fields of a packet that leaves.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

/// Appends a header; its length.
pub fn write_header(arena: &mut Vec<u8>, head: &Head, extensions: &Extensions, ids: &Ids) -> usize {
    let start = arena.len();
    arena.extend_from_slice(&[0x80, head.payload_type | u8::from(head.marker) << 7]);
    arena.extend_from_slice(&head.sequence.to_be_bytes());
    arena.extend_from_slice(&head.timestamp.to_be_bytes());
    arena.extend_from_slice(&head.ssrc.to_be_bytes());
    let mut elements = [0u8; 16];
    let mut length = 0;
    let mut element = |id: Option<u8>, value: &[u8]| {
        if let Some(id) = id {
            elements[length] = id << 4 | (value.len() as u8 - 1);
            elements[length + 1..length + 1 + value.len()].copy_from_slice(value);
            length += 1 + value.len();
        }
    };
    if let Some(number) = extensions.transport {
        element(ids.transport, &number.to_be_bytes());
    }
    if let Some(time) = extensions.time {
        element(ids.time, &time.to_be_bytes()[1..]);
    }
    if let Some(level) = extensions.notes.level {
        element(ids.level, &[level]);
    }
    if let Some(rotation) = extensions.notes.rotation {
        element(ids.rotation, &[rotation]);
    }
    if length > 0 {
        arena[start] |= 0x10;
        let words = length.div_ceil(4);
        arena.extend_from_slice(&[0xbe, 0xde, 0, words as u8]);
        arena.extend_from_slice(&elements[..4 * words]);
    }
    arena.len() - start
}

/// The end of the payload without padding, given the end with it.
pub fn unpadded(bytes: &[u8], rtp: &Rtp, end: usize) -> Option<usize> {
    if !rtp.padded {
        return Some(end);
    }
    let padding = usize::from(*bytes.get(end.checked_sub(1)?)?);
    end.checked_sub(padding).filter(|end| padding > 0 && *end >= rtp.header_len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read() {
        let ids = Ids { transport: Some(3), time: Some(5), level: Some(14), rotation: Some(1), ..Ids::default() };
        let head = Head { marker: true, payload_type: 111, sequence: 7, timestamp: 8, ssrc: 9 };
        let notes = Notes { level: Some(0x85), rotation: Some(2) };
        let extensions = Extensions { transport: Some(0x1234), time: Some(0x00ab_cdef), notes };
        let mut bytes = vec![];
        let length = write_header(&mut bytes, &head, &extensions, &ids);
        let rtp = Rtp::parse(&bytes).expect("a header");
        assert_eq!((rtp.header_len, rtp.marker, rtp.payload_type), (length, true, 111));
        let read: Vec<(u8, &[u8])> = rtp.extensions(&bytes).collect();
        assert_eq!(read, [(3, &[0x12, 0x34][..]), (5, &[0xab, 0xcd, 0xef]), (14, &[0x85]), (1, &[2])]);
        let mut plain = vec![];
        assert_eq!(write_header(&mut plain, &head, &extensions, &Ids::default()), 12);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(first) = bytes.first_mut() {
                *first = *first & 0x3f | 0x80;
            }
            if let Some(rtp) = Rtp::parse(&bytes) {
                prop_assert!(rtp.header_len <= bytes.len());
                prop_assert!(rtp.extensions(&bytes).count() <= bytes.len());
                let _ = unpadded(&bytes, &rtp, bytes.len());
            }
        }
    }
}
