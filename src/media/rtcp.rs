//! RTCP (RFC 3550, 4585, 5104, 8888's older sibling "transport-cc"): reading compounds as items, writing ours.
//!
//! Reading copies nothing and stops at the first length that does not fit. Writing appends to a buffer that the caller seals.
//! Unknown packets are passed over.

/// What a compound holds, item by item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item<'a> {
    /// A sender's clocks: SSRC, NTP time, RTP time.
    Sender {
        ssrc: u32,
        ntp: u64,
        timestamp: u32,
    },
    Block(Block),
    /// Lost packets of `media`: pairs of number and bit mask.
    Nack {
        media: u32,
        pairs: &'a [u8],
    },
    /// A key frame is wanted (PLI or FIR).
    KeyFrame {
        media: u32,
    },
    /// Transport-wide feedback, from its base number on.
    Transport(&'a [u8]),
    /// The receiver's own estimate, in bits a second.
    Estimate(u64),
    Bye {
        ssrc: u32,
    },
}

/// One report block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Block {
    pub ssrc: u32,
    pub fraction: u8,
    pub lost: u32,
    pub highest: u32,
    pub jitter: u32,
    /// Middle of the NTP time of the last sender report, and the delay since, in 1/65536 s.
    pub last_report: u32,
    pub delay: u32,
}

const SENDER: u8 = 200;
const RECEIVER: u8 = 201;
const DESCRIPTION: u8 = 202;
const BYE: u8 = 203;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;

/// Calls `each` with every item of a compound.
pub fn read<'a>(mut bytes: &'a [u8], mut each: impl FnMut(Item<'a>)) {
    while let [first, kind, high, low, ..] = *bytes {
        let length = 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        let Some(packet) = bytes.get(..length).filter(|_| first >> 6 == 2) else { return };
        bytes = &bytes[length..];
        one(first & 0x1f, kind, &packet[4..], &mut each);
    }
}

fn one<'a>(count: u8, kind: u8, body: &'a [u8], each: &mut impl FnMut(Item<'a>)) {
    match kind {
        SENDER if body.len() >= 24 => {
            let ntp = u64::from(number(body, 4)) << 32 | u64::from(number(body, 8));
            each(Item::Sender { ssrc: number(body, 0), ntp, timestamp: number(body, 12) });
            blocks(count, &body[24..], each);
        }
        RECEIVER if body.len() >= 4 => blocks(count, &body[4..], each),
        BYE if body.len() >= 4 && count > 0 => each(Item::Bye { ssrc: number(body, 0) }),
        TRANSPORT_FEEDBACK if body.len() >= 8 => match count {
            1 => each(Item::Nack { media: number(body, 4), pairs: &body[8..] }),
            15 => each(Item::Transport(&body[8..])),
            _ => {}
        },
        PAYLOAD_FEEDBACK if body.len() >= 8 => match count {
            1 => each(Item::KeyFrame { media: number(body, 4) }),
            4 => body[8..].chunks_exact(8).for_each(|entry| each(Item::KeyFrame { media: number(entry, 0) })),
            15 if body.len() >= 16 && &body[8..12] == b"REMB" => {
                let word = number(body, 12);
                each(Item::Estimate(u64::from(word & 0x3_ffff) << (word >> 18 & 0x3f).min(40)));
            }
            _ => {}
        },
        _ => {}
    }
}

fn blocks<'a>(count: u8, body: &'a [u8], each: &mut impl FnMut(Item<'a>)) {
    for block in body.chunks_exact(24).take(usize::from(count)) {
        each(Item::Block(Block {
            ssrc: number(block, 0),
            fraction: block[4],
            lost: number(block, 4) & 0xff_ffff,
            highest: number(block, 8),
            jitter: number(block, 12),
            last_report: number(block, 16),
            delay: number(block, 20),
        }));
    }
}

/// The numbers that a list of NACK pairs asks for.
pub fn nacked(pairs: &[u8]) -> impl Iterator<Item = u16> {
    pairs.chunks_exact(4).flat_map(|pair| {
        let (first, mask) = (u16::from_be_bytes([pair[0], pair[1]]), u16::from_be_bytes([pair[2], pair[3]]));
        std::iter::once(first).chain((0..16).filter(move |bit| mask & 1 << bit != 0).map(move |bit| first.wrapping_add(bit + 1)))
    })
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// Appends a packet whose body `write` appends, and sets its length.
pub fn packet(buffer: &mut Vec<u8>, count: u8, kind: u8, write: impl FnOnce(&mut Vec<u8>)) {
    let start = buffer.len();
    buffer.extend_from_slice(&[0x80 | count, kind, 0, 0]);
    write(buffer);
    while !(buffer.len() - start).is_multiple_of(4) {
        buffer.push(0);
    }
    let words = ((buffer.len() - start) / 4 - 1) as u16;
    buffer[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
}

pub fn write_sender_report(buffer: &mut Vec<u8>, ssrc: u32, ntp: u64, timestamp: u32, packets: u32, octets: u32) {
    packet(buffer, 0, SENDER, |body| {
        body.extend_from_slice(&ssrc.to_be_bytes());
        body.extend_from_slice(&ntp.to_be_bytes());
        for value in [timestamp, packets, octets] {
            body.extend_from_slice(&value.to_be_bytes());
        }
    });
}

pub fn write_receiver_report(buffer: &mut Vec<u8>, ssrc: u32, blocks: &[Block]) {
    let blocks = &blocks[..blocks.len().min(31)];
    packet(buffer, blocks.len() as u8, RECEIVER, |body| {
        body.extend_from_slice(&ssrc.to_be_bytes());
        for block in blocks {
            let loss = u32::from(block.fraction) << 24 | block.lost & 0xff_ffff;
            for value in [block.ssrc, loss, block.highest, block.jitter, block.last_report, block.delay] {
                body.extend_from_slice(&value.to_be_bytes());
            }
        }
    });
}

/// The canonical name that every compound should carry (RFC 3550 section 6.5).
pub fn write_description(buffer: &mut Vec<u8>, ssrc: u32, cname: &str) {
    packet(buffer, 1, DESCRIPTION, |body| {
        body.extend_from_slice(&ssrc.to_be_bytes());
        body.extend_from_slice(&[1, cname.len().min(255) as u8]);
        body.extend_from_slice(&cname.as_bytes()[..cname.len().min(255)]);
        body.push(0);
    });
}

pub fn write_key_frame_request(buffer: &mut Vec<u8>, ssrc: u32, media: u32) {
    packet(buffer, 1, PAYLOAD_FEEDBACK, |body| {
        body.extend_from_slice(&ssrc.to_be_bytes());
        body.extend_from_slice(&media.to_be_bytes());
    });
}

/// Appends a NACK for these numbers, which are in rising order.
pub fn write_nack(buffer: &mut Vec<u8>, ssrc: u32, media: u32, sequences: &[u16]) {
    packet(buffer, 1, TRANSPORT_FEEDBACK, |body| {
        body.extend_from_slice(&ssrc.to_be_bytes());
        body.extend_from_slice(&media.to_be_bytes());
        let mut rest = sequences;
        while let Some((&first, after)) = rest.split_first() {
            let mut mask = 0u16;
            rest = after;
            while let Some((&next, after)) = rest.split_first() {
                let bit = next.wrapping_sub(first).wrapping_sub(1);
                if bit > 15 {
                    break;
                }
                mask |= 1 << bit;
                rest = after;
            }
            body.extend_from_slice(&first.to_be_bytes());
            body.extend_from_slice(&mask.to_be_bytes());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read() {
        let mut buffer = Vec::new();
        let block = Block { ssrc: 1, fraction: 2, lost: 3, highest: 4, jitter: 5, last_report: 6, delay: 7 };
        write_sender_report(&mut buffer, 11, 0x1234_5678_9abc_def0, 12, 13, 14);
        write_receiver_report(&mut buffer, 15, &[block]);
        write_description(&mut buffer, 15, "name");
        write_key_frame_request(&mut buffer, 15, 16);
        write_nack(&mut buffer, 15, 17, &[65_535, 0, 14, 40, 41]);
        let mut items = Vec::new();
        let mut numbers = Vec::new();
        read(&buffer, |item| match item {
            Item::Nack { media, pairs } => numbers = std::iter::once(media as u16).chain(nacked(pairs)).collect(),
            other => items.push(format!("{other:?}")),
        });
        let expected = [
            Item::Sender { ssrc: 11, ntp: 0x1234_5678_9abc_def0, timestamp: 12 },
            Item::Block(block),
            Item::KeyFrame { media: 16 },
        ];
        assert_eq!(items, expected.map(|item| format!("{item:?}")));
        assert_eq!(numbers, [17, 65_535, 0, 14, 40, 41]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..120), kind in 199u8..208, count in 0u8..32) {
            if bytes.len() >= 4 {
                bytes[0] = 0x80 | count;
                bytes[1] = kind;
                bytes[2] = 0;
                bytes[3] %= 32;
            }
            let mut items = 0;
            read(&bytes, |item| {
                items += 1;
                if let Item::Nack { pairs, .. } = item {
                    items += nacked(pairs).count();
                }
            });
            prop_assert!(items <= bytes.len() * 5);
        }
    }
}
