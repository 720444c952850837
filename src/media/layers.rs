//! Who is seen how well: a subscriber's measured bandwidth shared out among its pictures.
//!
//! A pure function. Voice comes off the top. Then every picture that is wanted gets its lowest layer, in order of importance,
//! and what is left raises them in the same order up to the width of their tiles. A picture that not even its lowest layer fits
//! becomes a still one: a camera before nothing.

/// A layer that is coming in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    pub bitrate: u64,
    pub width: u16,
}

/// One picture that a subscriber could see. Wants stand in the order of importance.
#[derive(Clone, Copy, Debug)]
pub struct Want {
    /// Width of its tile, in pixels.
    pub width: u16,
    /// By rank, lowest first; a layer that is not sent is none.
    pub layers: [Option<Layer>; 3],
    /// The layer it has.
    pub has: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Off,
    /// A key frame of this layer every few seconds.
    Still(u8),
    Layer(u8),
}

/// A raise must leave this much of its cost over, in percent, so that layers do not flutter.
const MARGIN: u64 = 15;

/// The choices, and what all of them would like to have: the bits a second worth probing for.
pub fn share(budget: Option<u64>, wants: &[Want]) -> (Vec<Choice>, u64) {
    let mut left = budget.unwrap_or(u64::MAX);
    let mut choices: Vec<Choice> = Vec::with_capacity(wants.len());
    let mut wish = 0u64;
    for want in wants {
        let Some((rank, layer)) = lowest(want).filter(|_| want.width > 0) else {
            choices.push(Choice::Off);
            continue;
        };
        wish = wish.saturating_add(best(want).map_or(0, |(_, layer)| with_margin(layer.bitrate)));
        let cost = if want.has.is_some() { layer.bitrate } else { with_margin(layer.bitrate) };
        if cost <= left {
            left -= layer.bitrate;
            choices.push(Choice::Layer(rank));
        } else {
            choices.push(Choice::Still(rank));
        }
    }
    for round in 1..=2 {
        for (want, choice) in wants.iter().zip(&mut choices) {
            let Choice::Layer(rank) = *choice else { continue };
            let (Some(Some(own)), Some((top, _))) = (want.layers.get(usize::from(rank)), best(want)) else { continue };
            let next = (rank + 1..=top).find_map(|next| Some((next, want.layers[usize::from(next)]?)));
            let Some((next, layer)) = next.filter(|_| round == 1 || rank > 0) else { continue };
            let more = layer.bitrate.saturating_sub(own.bitrate);
            let held = want.has.is_some_and(|has| has >= next);
            if (if held { more } else { more + layer.bitrate * MARGIN / 100 }) <= left {
                left -= more;
                *choice = Choice::Layer(next);
            }
        }
    }
    (choices, wish)
}

fn with_margin(bitrate: u64) -> u64 {
    bitrate + bitrate * MARGIN / 100
}

fn lowest(want: &Want) -> Option<(u8, Layer)> {
    want.layers.iter().enumerate().find_map(|(rank, layer)| Some((rank as u8, (*layer)?)))
}

/// The narrowest layer that fills the tile, else the widest.
fn best(want: &Want) -> Option<(u8, Layer)> {
    let mut found = None;
    for (rank, layer) in want.layers.iter().enumerate() {
        if let Some(layer) = layer {
            found = Some((rank as u8, *layer));
            // A tile a little wider than the picture looks the same.
            if u32::from(layer.width) * 5 >= u32::from(want.width) * 4 {
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn want(width: u16) -> Want {
        let layer = |bitrate, width| Some(Layer { bitrate, width });
        Want { width, layers: [layer(150_000, 320), layer(500_000, 640), layer(1_500_000, 1280)], has: None }
    }

    #[test]
    fn the_width_of_the_tile_decides_when_there_is_room() {
        let wants = [want(0), want(200), want(700), want(1000), want(4000)];
        let (choices, wish) = share(None, &wants);
        assert_eq!(choices, [Choice::Off, Choice::Layer(0), Choice::Layer(1), Choice::Layer(2), Choice::Layer(2)]);
        assert_eq!(wish, (150_000 + 500_000 + 1_500_000 + 1_500_000) * 115 / 100);
    }

    #[test]
    fn everybody_is_seen_before_anybody_is_seen_well() {
        let wants = [want(1280), want(1280), want(1280)];
        assert_eq!(share(Some(600_000), &wants).0, [Choice::Layer(0); 3]);
        assert_eq!(share(Some(1_000_000), &wants).0, [Choice::Layer(1), Choice::Layer(0), Choice::Layer(0)]);
        assert_eq!(share(Some(320_000), &wants).0, [Choice::Layer(0), Choice::Still(0), Choice::Still(0)]);
        assert_eq!(share(Some(29_000), &wants).0, [Choice::Still(0); 3]);
    }

    #[test]
    fn what_is_had_is_kept_where_a_raise_would_not_be_made() {
        let mut wants = [want(1280)];
        assert_eq!(share(Some(1_600_000), &wants).0, [Choice::Layer(1)]);
        wants[0].has = Some(2);
        assert_eq!(share(Some(1_600_000), &wants).0, [Choice::Layer(2)]);
    }

    #[test]
    fn a_layer_that_is_not_sent_is_not_chosen() {
        let mut only = want(1280);
        only.layers[0] = None;
        only.layers[2] = None;
        assert_eq!(share(None, &[only]).0, [Choice::Layer(1)]);
        only.layers[1] = None;
        assert_eq!(share(None, &[only]).0, [Choice::Off]);
    }
}
