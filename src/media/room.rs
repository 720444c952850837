//! Who is given whom: the slots of every member of a room, and who speaks.
//!
//! Pure arithmetic on lists. A slot keeps whom it shows as long as that one is there; wishes come first, then the free slots are
//! filled in the order in which people joined. When there are more voices than slots, the loudest have them, and the one who was
//! heard keeps the slot until another is clearly louder.

use std::time::{Duration, Instant};

use super::Key;

/// Members of one room, those who only watch included.
pub const MOST_MEMBERS: usize = 64;
/// How much louder another must be to take a slot or the floor, of 127.
const CLEARLY: f32 = 8.0;
/// Louder than this is speech.
const SPEECH: f32 = 72.0;
/// The floor is kept for so long after the last word.
const BREATH: Duration = Duration::from_millis(700);

/// One upstream that could stand in a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    pub leg: Key,
    pub upstream: u8,
    pub who: u64,
    pub loudness: f32,
}

impl Source {
    fn place(&self) -> (Key, u8) {
        (self.leg, self.upstream)
    }
}

/// One slot: who stands in it, and who is wished for.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    pub has: Option<(Key, u8)>,
    pub pinned: Option<u64>,
}

/// Who should stand in each of these slots.
pub fn seated(seats: &[Seat], sources: &[Source], by_loudness: bool) -> Vec<Option<Source>> {
    let mut wanted: Vec<&Source> = sources.iter().collect();
    if by_loudness && sources.len() > seats.len() {
        let holds = |source: &Source| seats.iter().any(|seat| seat.has == Some(source.place()));
        let rank = |source: &Source| source.loudness + if holds(source) { CLEARLY } else { 0.0 };
        wanted.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        wanted.truncate(seats.len());
    }
    let mut seated: Vec<Option<Source>> =
        seats.iter().map(|seat| seat.pinned.and_then(|who| sources.iter().find(|source| source.who == who)).copied()).collect();
    let free = |seated: &[Option<Source>], source: &Source| !seated.iter().flatten().any(|other| other.place() == source.place());
    for (n, seat) in seats.iter().enumerate() {
        let stays = wanted.iter().find(|source| seat.has == Some(source.place()));
        if let (None, Some(source)) = (seated[n], stays)
            && free(&seated, source)
        {
            seated[n] = Some(**source);
        }
    }
    for source in wanted {
        if free(&seated, source)
            && let Some(n) = (0..seats.len()).find(|n| seated[*n].is_none())
        {
            seated[n] = Some(*source);
        }
    }
    seated
}

#[derive(Default)]
pub struct Room {
    /// Indices of legs, in the order in which they joined.
    pub members: Vec<u32>,
    pub speaker: Option<u64>,
    spoke_at: Option<Instant>,
    pub due: Option<Instant>,
}

impl Room {
    /// Takes the loudness of everybody; whether the floor has changed hands.
    pub fn listen(&mut self, now: Instant, voices: &[Source]) -> bool {
        let own = voices.iter().find(|source| Some(source.who) == self.speaker).map_or(0.0, |source| source.loudness);
        if own > SPEECH {
            self.spoke_at = Some(now);
        }
        let loudest = voices.iter().filter(|source| source.loudness > SPEECH).max_by(|a, b| a.loudness.total_cmp(&b.loudness));
        let fell_silent = self.spoke_at.is_none_or(|at| now.saturating_duration_since(at) > BREATH);
        let next = match loudest {
            Some(source) if fell_silent || source.loudness > own + CLEARLY => Some(source.who),
            None if fell_silent => None,
            _ => self.speaker,
        };
        if next != self.speaker && next.is_some() {
            self.spoke_at = Some(now);
        }
        std::mem::replace(&mut self.speaker, next) != next
    }
}

/// Loudness after a packet whose level is so many dB below the loudest (RFC 6464): up at once, down slowly.
pub fn louder(before: f32, level: u8) -> f32 {
    let heard = f32::from(127 - (level & 0x7f));
    before + (heard - before) * if heard > before { 0.35 } else { 0.08 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(n: u32, loudness: f32) -> Source {
        Source { leg: Key { index: n, serial: n }, upstream: 0, who: u64::from(n), loudness }
    }

    fn seats(has: &[Option<u32>]) -> Vec<Seat> {
        has.iter().map(|n| Seat { has: n.map(|n| (Key { index: n, serial: n }, 0)), pinned: None }).collect()
    }

    fn who(seated: Vec<Option<Source>>) -> Vec<Option<u64>> {
        seated.into_iter().map(|source| source.map(|source| source.who)).collect()
    }

    #[test]
    fn whoever_has_a_slot_keeps_it_and_newcomers_take_the_free_ones() {
        let sources = [source(1, 0.0), source(2, 0.0), source(3, 0.0)];
        assert_eq!(who(seated(&seats(&[None, Some(3), Some(9), None]), &sources, false)), [Some(1), Some(3), Some(2), None]);
    }

    #[test]
    fn a_wish_moves_somebody_into_a_slot() {
        let mut seats = seats(&[Some(1), Some(2)]);
        seats[0].pinned = Some(3);
        let sources = [source(1, 0.0), source(2, 0.0), source(3, 0.0)];
        assert_eq!(who(seated(&seats, &sources, false)), [Some(3), Some(2)]);
        seats[0].pinned = Some(2);
        assert_eq!(who(seated(&seats, &sources, false)), [Some(2), Some(1)]);
    }

    #[test]
    fn the_loudest_are_heard_and_nobody_is_cut_off_for_a_whisper() {
        let sources = [source(1, 90.0), source(2, 70.0), source(3, 75.0)];
        assert_eq!(who(seated(&seats(&[Some(2), Some(1)]), &sources, true)), [Some(2), Some(1)]);
        let sources = [source(1, 90.0), source(2, 40.0), source(3, 75.0)];
        assert_eq!(who(seated(&seats(&[Some(2), Some(1)]), &sources, true)), [Some(3), Some(1)]);
    }

    #[test]
    fn the_floor_changes_hands_when_somebody_else_speaks_up() {
        let start = Instant::now();
        let mut room = Room::default();
        assert!(!room.listen(start, &[source(1, 30.0), source(2, 20.0)]));
        assert!(room.listen(start, &[source(1, 90.0), source(2, 80.0)]));
        assert_eq!(room.speaker, Some(1));
        assert!(!room.listen(start, &[source(1, 80.0), source(2, 85.0)]), "not clearly louder");
        assert!(!room.listen(start + Duration::from_millis(300), &[source(1, 60.0), source(2, 20.0)]), "a breath");
        assert!(room.listen(start + Duration::from_millis(1500), &[source(1, 60.0), source(2, 85.0)]));
        assert_eq!(room.speaker, Some(2));
        assert!(room.listen(start + Duration::from_millis(4000), &[source(1, 10.0), source(2, 10.0)]));
        assert_eq!(room.speaker, None);
    }
}
