//! Where the frames of a TURN stream begin and end (RFC 8656 sections 12.5, RFC 8489 section 6.2.2).
//!
//! Pure and total. A stream that breaks the framing once is lost: nobody can tell where the next frame would begin.

use super::codec::{COOKIE, HEADER};

/// No frame that a browser sends is longer; a longer one is an attack on memory.
pub const LONGEST: usize = 8 * 1024;

/// What the beginning of the bytes is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Frame {
    /// Not yet whole.
    More,
    /// The frame's own length, and how far it is to the next one, padding included.
    Whole { length: usize, step: usize },
    /// No frame can begin like this.
    Broken,
}

/// Finds the end of the first frame.
pub fn first(bytes: &[u8]) -> Frame {
    let Some(head) = bytes.first_chunk::<4>() else {
        return if bytes.first().is_none_or(|first| is_beginning(*first)) { Frame::More } else { Frame::Broken };
    };
    let said = usize::from(u16::from_be_bytes([head[2], head[3]]));
    let (length, step) = match head[0] {
        0..=3 if said.is_multiple_of(4) => (HEADER + said, HEADER + said),
        64..=79 => (4 + said, (4 + said).next_multiple_of(4)),
        _ => return Frame::Broken,
    };
    let cookie = bytes.iter().skip(4).zip(COOKIE);
    let foreign = head[0] < 4 && cookie.into_iter().any(|(byte, right)| *byte != right);
    match () {
        () if foreign || step > LONGEST => Frame::Broken,
        () if bytes.len() < step => Frame::More,
        () => Frame::Whole { length, step },
    }
}

fn is_beginning(byte: u8) -> bool {
    matches!(byte, 0..=3 | 64..=79)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn channel(length: u16) -> Vec<u8> {
        let mut bytes = [&[0x40, 0][..], &length.to_be_bytes(), &vec![7; length.into()]].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    #[test]
    fn channel_data_is_padded_and_a_message_is_not() {
        assert_eq!(first(&channel(5)), Frame::Whole { length: 9, step: 12 });
        assert_eq!(first(&channel(5)[..11]), Frame::More);
        let message = [&[0, 3, 0, 4][..], &COOKIE, &[0; 12], &[0; 4]].concat();
        assert_eq!(first(&message), Frame::Whole { length: 24, step: 24 });
        assert_eq!(first(&message[..23]), Frame::More);
    }

    #[test]
    fn what_cannot_be_a_frame_is_broken_at_once() {
        for bytes in [&[4][..], b"GET ", &[0x50, 0, 0, 0], &[0, 3, 0, 3], &[0, 3, 0, 0, 0x22], &[0x40, 0, 0xFF, 0xFF], &[255]] {
            assert_eq!(first(bytes), Frame::Broken, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn frames_are_found_however_the_stream_is_cut(lengths in proptest::collection::vec(0u16..1200, 1..20), cut in 1usize..700) {
            let whole: Vec<u8> = lengths.iter().flat_map(|length| channel(*length)).collect();
            let (mut waiting, mut found) = (Vec::new(), Vec::new());
            for part in whole.chunks(cut) {
                waiting.extend_from_slice(part);
                while let Frame::Whole { length, step } = first(&waiting) {
                    found.push(length as u16 - 4);
                    waiting.drain(..step);
                }
            }
            prop_assert_eq!(found, lengths);
            prop_assert!(waiting.is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic_or_step_beyond_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            if let Frame::Whole { length, step } = first(&bytes) {
                prop_assert!(length <= step && step <= bytes.len());
            }
        }
    }
}
