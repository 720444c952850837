//! For how long a router is asked to let people through, and when it is asked again. Told what was granted; has no clock.

/// What is asked for, in seconds.
pub const ASKED_S: u32 = 1200;
/// A changed public address is noticed by the next answer: it is asked this often at least, in seconds.
const LOOK_S: u32 = 300;
/// No router is asked more often than this, whatever it grants.
const SHORTEST_S: u32 = 30;
/// After refusals in a row.
const PAUSES_S: [u32; 4] = [30, 120, 600, 1800];

/// In how many seconds to ask again for what was granted for so long: at half its life at the latest. 0 means for ever.
pub fn again_s(life_s: u32) -> u32 {
    let half = if life_s == 0 { LOOK_S } else { life_s / 2 };
    half.clamp(SHORTEST_S, LOOK_S)
}

/// In how many seconds to try again after so many refusals in a row.
pub fn pause_s(failures: u32) -> u32 {
    PAUSES_S[(failures.max(1) as usize - 1).min(PAUSES_S.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_renewed_at_half_its_life_and_the_address_is_looked_at_meanwhile() {
        assert_eq!([0, 20, 120, 600, 7200].map(again_s), [300, 30, 60, 300, 300]);
        assert!(again_s(ASKED_S) <= ASKED_S / 2);
    }

    #[test]
    fn a_router_that_refuses_is_asked_less_and_less() {
        let pauses: Vec<u32> = (1..8).map(pause_s).collect();
        assert!(pauses.is_sorted() && pauses[0] == 30 && pauses[6] == 1800);
    }
}
