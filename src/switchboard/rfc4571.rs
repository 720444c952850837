//! Where the frames of an ICE-TCP stream begin and end (RFC 4571): two bytes of length, then the packet.
//!
//! Pure and total.

/// No frame of a browser is longer.
const LONGEST: usize = 4096;

/// What the beginning of the bytes is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Frame {
    /// Not yet whole.
    More,
    /// The packet begins behind the two bytes; `step` leads to the next frame.
    Whole {
        step: usize,
    },
    Broken,
}

/// Finds the end of the first frame.
pub fn first(bytes: &[u8]) -> Frame {
    let Some(head) = bytes.first_chunk::<2>() else { return Frame::More };
    let step = 2 + usize::from(u16::from_be_bytes(*head));
    match () {
        () if step > LONGEST => Frame::Broken,
        () if bytes.len() < step => Frame::More,
        () => Frame::Whole { step },
    }
}

/// What comes in front of a packet on its way out; one that is too long for it is not sent.
pub fn head(packet: &[u8]) -> Option<[u8; 2]> {
    u16::try_from(packet.len()).ok().map(u16::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_frame_is_as_long_as_it_says() {
        assert_eq!(first(&[0]), Frame::More);
        assert_eq!(first(&[0, 2, 9]), Frame::More);
        assert_eq!(first(&[0, 2, 9, 9, 9]), Frame::Whole { step: 4 });
        assert_eq!(first(&[0, 0, 1]), Frame::Whole { step: 2 });
        assert_eq!(first(&[0xFF, 0xFF]), Frame::Broken);
    }

    #[test]
    fn no_bent_stream_makes_it_panic_or_stand_still() {
        let honest: Vec<u8> =
            (0..40usize).flat_map(|n| [&[0, (n * 7) as u8][..], &vec![n as u8; n * 7 % 256]].concat()).collect();
        let mut seed = 7u64;
        for _ in 0..5000 {
            let mut bytes = honest.clone();
            for _ in 0..3 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (seed >> 33) as usize % bytes.len();
                bytes[at] = (seed >> 20) as u8;
                bytes.truncate(bytes.len() - (seed >> 60) as usize);
            }
            let mut rest = &bytes[..];
            while let Frame::Whole { step } = first(rest) {
                rest = &rest[step..];
            }
        }
    }

    proptest! {
        #[test]
        fn frames_are_found_however_the_stream_is_cut(lengths in proptest::collection::vec(0usize..1500, 1..20), cut in 1usize..900) {
            let packets: Vec<Vec<u8>> = lengths.iter().map(|length| vec![*length as u8; *length]).collect();
            let whole: Vec<u8> = packets.iter().flat_map(|p| [&head(p).expect("a head")[..], p].concat()).collect();
            let (mut waiting, mut found) = (Vec::new(), Vec::new());
            for part in whole.chunks(cut) {
                waiting.extend_from_slice(part);
                while let Frame::Whole { step } = first(&waiting) {
                    found.push(waiting[2..step].to_vec());
                    waiting.drain(..step);
                }
            }
            prop_assert_eq!(found, packets);
        }

        #[test]
        fn no_bytes_make_it_panic_or_step_beyond_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            if let Frame::Whole { step } = first(&bytes) {
                prop_assert!((2..=bytes.len()).contains(&step));
            }
        }
    }
}
