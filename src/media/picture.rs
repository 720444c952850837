//! What a forwarder must know of a video payload: does a key frame begin here, how wide is it, and where are its numbers.
//!
//! VP8 (RFC 7741) and VP9 (RFC 9628) count pictures in every packet, and a receiver minds when the count jumps back: the numbers
//! are rewritten when the layer behind a slot changes. H264 (RFC 6184) and AV1 carry none. Payloads are never decoded further.

use super::offer::Codec;

/// Where the picture numbers of a payload lie.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Offset of the picture id, and whether it has 15 bits.
    picture: Option<(usize, bool)>,
    /// Offset of TL0PICIDX.
    base_layer: Option<usize>,
}

/// How far the numbers that leave are ahead of those that came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shift {
    pub picture: u16,
    pub base_layer: u8,
}

/// Whether a key frame begins with this payload.
pub fn begins_key_frame(codec: Codec, payload: &[u8]) -> bool {
    match codec {
        Codec::Opus => false,
        Codec::Vp8 => vp8_frame(payload).is_some_and(|frame| frame[0] & 1 == 0),
        // Not predicted from another picture, beginning of a frame, lowest spatial layer.
        Codec::Vp9 { .. } => payload.first().is_some_and(|first| first & 0x40 == 0 && first & 0x08 != 0 && vp9_lowest(payload)),
        Codec::H264 { .. } => h264_key(payload),
        // N: the first packet of a coded video sequence.
        Codec::Av1 => payload.first().is_some_and(|first| first & 0x08 != 0),
    }
}

/// The width of a VP8 key frame, in pixels.
pub fn width(codec: Codec, payload: &[u8]) -> Option<u16> {
    if codec != Codec::Vp8 {
        return None;
    }
    let frame = vp8_frame(payload).filter(|frame| frame[0] & 1 == 0)?;
    (frame.get(3..6)? == [0x9d, 0x01, 0x2a]).then_some(())?;
    Some(u16::from_le_bytes([*frame.get(6)?, *frame.get(7)?]) & 0x3fff)
}

/// Where the numbers lie.
pub fn numbers(codec: Codec, payload: &[u8]) -> Numbers {
    match codec {
        Codec::Vp8 => vp8_numbers(payload).unwrap_or_default(),
        Codec::Vp9 { .. } => vp9_numbers(payload).unwrap_or_default(),
        _ => Numbers::default(),
    }
}

impl Numbers {
    /// Picture id and TL0PICIDX as they stand.
    pub fn read(&self, payload: &[u8]) -> (Option<u16>, Option<u8>) {
        let picture = self.picture.and_then(|(at, long)| {
            let first = u16::from(*payload.get(at)? & 0x7f);
            if long { Some(first << 8 | u16::from(*payload.get(at + 1)?)) } else { Some(first) }
        });
        (picture, self.base_layer.and_then(|at| payload.get(at).copied()))
    }

    /// Writes the numbers moved on by `shift`, in place.
    pub fn write(&self, payload: &mut [u8], shift: Shift) {
        let (picture, base_layer) = self.read(payload);
        if let (Some((at, long)), Some(number)) = (self.picture, picture) {
            let number = number.wrapping_add(shift.picture);
            if long {
                payload[at] = 0x80 | (number >> 8) as u8 & 0x7f;
                payload[at + 1] = number as u8;
            } else {
                payload[at] = number as u8 & 0x7f;
            }
        }
        if let (Some(at), Some(number)) = (self.base_layer, base_layer) {
            payload[at] = number.wrapping_add(shift.base_layer);
        }
    }
}

/// The frame's own bytes, if the payload begins one.
fn vp8_frame(payload: &[u8]) -> Option<&[u8]> {
    let first = *payload.first()?;
    // Start of the first partition.
    if first & 0x10 == 0 || first & 0x07 != 0 {
        return None;
    }
    payload.get(vp8_descriptor(payload)?..).filter(|frame| !frame.is_empty())
}

fn vp8_descriptor(payload: &[u8]) -> Option<usize> {
    if payload.first()? & 0x80 == 0 {
        return Some(1);
    }
    let flags = *payload.get(1)?;
    let mut at = 2;
    if flags & 0x80 != 0 {
        at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
    }
    at += usize::from(flags & 0x40 != 0);
    at += usize::from(flags & 0x30 != 0);
    Some(at)
}

fn vp8_numbers(payload: &[u8]) -> Option<Numbers> {
    let mut numbers = Numbers::default();
    if payload.first()? & 0x80 == 0 {
        return Some(numbers);
    }
    let flags = *payload.get(1)?;
    let mut at = 2;
    if flags & 0x80 != 0 {
        let long = payload.get(at)? & 0x80 != 0;
        numbers.picture = Some((at, long));
        at += if long { 2 } else { 1 };
    }
    if flags & 0x40 != 0 {
        payload.get(at)?;
        numbers.base_layer = Some(at);
    }
    payload.get(at - 1)?;
    Some(numbers)
}

fn vp9_lowest(payload: &[u8]) -> bool {
    let layered = payload[0] & 0x20 != 0;
    !layered || vp9_after_picture(payload).and_then(|at| payload.get(at)).is_some_and(|layer| layer >> 1 & 0x07 == 0)
}

fn vp9_after_picture(payload: &[u8]) -> Option<usize> {
    if payload.first()? & 0x80 == 0 {
        return Some(1);
    }
    Some(if payload.get(1)? & 0x80 != 0 { 3 } else { 2 })
}

fn vp9_numbers(payload: &[u8]) -> Option<Numbers> {
    let mut numbers = Numbers::default();
    let first = *payload.first()?;
    if first & 0x80 != 0 {
        let long = payload.get(1)? & 0x80 != 0;
        payload.get(if long { 2 } else { 1 })?;
        numbers.picture = Some((1, long));
    }
    let layered = first & 0x20 != 0;
    let flexible = first & 0x10 != 0;
    if layered && !flexible {
        let at = vp9_after_picture(payload)? + 1;
        payload.get(at)?;
        numbers.base_layer = Some(at);
    }
    Some(numbers)
}

fn h264_key(payload: &[u8]) -> bool {
    const PICTURE: u8 = 5;
    const PARAMETERS: u8 = 7;
    let key = |kind: u8| matches!(kind & 0x1f, PICTURE | PARAMETERS);
    match payload {
        // FU-A: only its beginning counts.
        [first, second, ..] if first & 0x1f == 28 => second & 0x80 != 0 && key(*second),
        // STAP-A: any of its units.
        [first, rest @ ..] if first & 0x1f == 24 => {
            let mut rest = rest;
            while let [high, low, kind, ..] = *rest {
                if key(kind) {
                    return true;
                }
                let length = 2 + usize::from(u16::from_be_bytes([high, low]));
                rest = rest.get(length..).unwrap_or_default();
            }
            false
        }
        [first, ..] => key(*first),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Codec; 4] = [Codec::Vp8, Codec::Vp9 { profile: 0 }, Codec::H264 { mode: 1, profile: 0x42e0 }, Codec::Av1];

    #[test]
    fn a_vp8_key_frame_is_known_with_its_width() {
        // X, I with 15 bits, L, T: then a key frame of 640 pixels.
        let key = [0x90, 0xe0, 0x81, 0x02, 0x07, 0x00, 0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01];
        assert!(begins_key_frame(Codec::Vp8, &key));
        assert_eq!(width(Codec::Vp8, &key), Some(640));
        let mut later = key;
        later[6] |= 1;
        assert!(!begins_key_frame(Codec::Vp8, &later));
        let mut payload = key;
        let numbers = numbers(Codec::Vp8, &payload);
        assert_eq!(numbers.read(&payload), (Some(0x0102), Some(7)));
        numbers.write(&mut payload, Shift { picture: 0x7eff, base_layer: 250 });
        assert_eq!(numbers.read(&payload), (Some(0x0001), Some(1)));
        assert_eq!(payload[6..], key[6..]);
    }

    #[test]
    fn key_frames_of_the_other_codecs_are_known() {
        let h264 = ALL[2];
        assert!(begins_key_frame(h264, &[0x67, 0x42]));
        assert!(begins_key_frame(h264, &[0x7c, 0x85]));
        assert!(!begins_key_frame(h264, &[0x7c, 0x45]));
        assert!(begins_key_frame(h264, &[0x78, 0, 2, 0x09, 0x10, 0, 2, 0x67, 0x42]));
        assert!(!begins_key_frame(h264, &[0x41, 0x9a]));
        assert!(begins_key_frame(Codec::Av1, &[0x18, 0x0a]) && !begins_key_frame(Codec::Av1, &[0x10, 0x0a]));
        let vp9 = ALL[1];
        assert!(begins_key_frame(vp9, &[0x8a, 0x81, 0x02, 0x00]));
        assert!(!begins_key_frame(vp9, &[0xca, 0x81, 0x02, 0x00]));
    }

    proptest! {
        #[test]
        fn no_payload_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..24), picture: u16, base_layer: u8) {
            for codec in ALL {
                let mut payload = bytes.clone();
                let _ = (begins_key_frame(codec, &payload), width(codec, &payload));
                let found = numbers(codec, &payload);
                found.write(&mut payload, Shift { picture, base_layer });
                prop_assert_eq!(payload.len(), bytes.len());
            }
        }
    }
}
