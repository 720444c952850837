//! How many calls this machine carries at once, and whether one more may come.
//!
//! A call between two browsers costs the server nothing and is always allowed. What goes through the server costs packets, and
//! how many of them a second of one processor carries was measured ([`Capacity`]). **Nothing that runs is ever ended here**: the
//! rule only says no to what would come on top, and until when.

use super::refusal::Refusal;
use super::time::{Timestamp, Zone};
use serde::{Deserialize, Serialize};

/// Packets a second of a voice, of a large picture and of one of many small ones.
const VOICE: u32 = 50;
const PICTURE: u32 = 130;
const SMALL_PICTURE: u32 = 60;
/// Up to so many in a room everybody's picture is large.
const LARGE_FOR: u32 = 4;
/// Voices that one person is given at once, and pictures.
const VOICES_MOST: u32 = 4;
const PICTURES_MOST: u32 = 15;

/// Packets that one second of one processor carries, and how many processors there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// From one browser to the other, by the relay.
    pub relayed: u32,
    /// Given out to the people of a room.
    pub given: u32,
    pub processors: u32,
}

/// A call that is under way, or would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    pub way: Way,
    /// When it is over at the latest; a room has no end.
    pub ends: Option<Timestamp>,
}

/// Which way a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From browser to browser.
    Direct,
    /// Of two, by the relay.
    Relayed,
    /// Through the media engine, with so many people.
    Server(u32),
}

/// There is no room for one more call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// From when on there is, by what is known; `None` where only somebody's leaving helps.
    pub until: Option<Timestamp>,
}

impl Capacity {
    /// What a machine of so many processors surely carries, where nobody has measured.
    pub fn careful(processors: u32) -> Self {
        let steps = processors.clamp(1, 4);
        Self { relayed: 30_000 * steps, given: 20_000 * steps, processors }
    }

    /// The share of one processor's time that calls may take: they are carried by one thread, and pages need some time, too.
    pub fn share(self) -> f64 {
        if self.processors > 1 { 0.7 } else { 0.5 }
    }

    /// What a call costs, as a share of all that may be carried.
    pub fn cost(self, way: Way) -> f64 {
        let seconds = match way {
            Way::Direct => 0.0,
            Way::Relayed => f64::from(2 * (VOICE + PICTURE)) / f64::from(self.relayed.max(1)),
            Way::Server(people) => {
                let others = people.saturating_sub(1);
                let picture = if people <= LARGE_FOR { PICTURE } else { SMALL_PICTURE };
                let given = others.min(VOICES_MOST) * VOICE + others.min(PICTURES_MOST) * picture;
                let taken = VOICE + PICTURE;
                f64::from(people) * f64::from(given + taken) / f64::from(self.given.max(1))
            }
        };
        seconds / self.share()
    }

    /// Calls of two by the relay that may go on at once, if there is nothing else.
    pub fn relayed_calls(self) -> u32 {
        whole(1.0 / self.cost(Way::Relayed))
    }

    /// People in rooms of `of` that may be there at once, if there is nothing else.
    pub fn people_in_rooms(self, of: u32) -> u32 {
        whole(1.0 / self.cost(Way::Server(of))) * of
    }
}

/// Whole ones; what misses one by a hair is one.
fn whole(count: f64) -> u32 {
    (count + 1e-6) as u32
}

/// What is under way takes that share of all that may be carried, by what calls usually cost.
pub fn promised(capacity: Capacity, calls: &[Call]) -> f64 {
    calls.iter().map(|call| capacity.cost(call.way)).sum()
}

/// Whether a call may grow from what it is to what it would be, beside all the others.
///
/// `measured` is the share that calls really took in the last minute: what they take beyond the usual is not there for the next.
///
/// # Errors
/// There is no room, and until when.
pub fn admit(capacity: Capacity, others: &[Call], before: Way, after: Way, measured: f64) -> Result<(), Full> {
    let (now, then) = (capacity.cost(before), capacity.cost(after));
    if then <= now {
        return Ok(());
    }
    let usual = promised(capacity, others) + now;
    let beyond = if usual > 0.0 { (measured - usual).max(0.0) } else { 0.0 };
    let mut load = usual - now + then;
    // A whole made of parts may be a hair larger than one.
    let fits = |load: f64| load + beyond <= 1.0 + 1e-9;
    if fits(load) {
        return Ok(());
    }
    let mut ending: Vec<(Timestamp, f64)> =
        others.iter().filter_map(|call| Some((call.ends?, capacity.cost(call.way)))).filter(|(_, cost)| *cost > 0.0).collect();
    ending.sort_by_key(|(at, _)| *at);
    for (at, cost) in ending {
        load -= cost;
        if fits(load) {
            return Err(Full { until: Some(at) });
        }
    }
    Err(Full { until: None })
}

/// How many more calls of that way there is room for at a time to come, beside those that are known to last until then.
///
/// # Errors
/// There is no room for one, and until when.
pub fn more_at(capacity: Capacity, calls: &[Call], way: Way, at: Timestamp, measured: f64) -> Result<usize, Full> {
    let lasting: Vec<Call> = calls.iter().copied().filter(|call| call.ends.is_none_or(|ends| ends > at)).collect();
    let usual = promised(capacity, &lasting);
    let beyond = if lasting.is_empty() { 0.0 } else { (measured - promised(capacity, calls)).max(0.0) };
    admit(capacity, &lasting, Way::Direct, way, usual + beyond)?;
    let cost = capacity.cost(way);
    Ok(if cost > 0.0 { whole((1.0 - usual - beyond) / cost).max(1) as usize } else { usize::MAX })
}

/// Who knows what the machine will carry: whoever decides who sits with whom asks before a call through the server is promised.
pub trait Carries: Send + Sync {
    /// How many more sessions of three there is room for at that time.
    ///
    /// # Errors
    /// There is no room for one, and until when.
    fn of_three(&self, at: Timestamp, now: Timestamp) -> Result<usize, Full>;
}

/// What the admin sees of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlook {
    pub capacity: Option<Capacity>,
    /// When it was measured, by which version, on which processor; `None` is a careful guess.
    pub measured: Option<(Timestamp, String, String)>,
    /// The share that calls really took in the last minute, and the one that they were promised.
    pub used: f64,
    pub promised: f64,
    /// The share of each minute of the last hour, the oldest first.
    pub hour: Vec<f64>,
    /// People in rooms and at tables of three.
    pub people: u32,
    /// Calls of two that go by the relay.
    pub relayed: u32,
}

impl Full {
    /// "until 10:50", or when nobody knows.
    fn until(self, zone: &Zone) -> String {
        match self.until.map(|at| zone.wall(at)) {
            Some(wall) => format!("until {}:{:02}", wall.hour(), wall.minute()),
            None => "until somebody leaves another room".to_owned(),
        }
    }

    /// For somebody at a room's door.
    pub fn at_the_door(self, zone: &Zone) -> Refusal {
        let until = self.until(zone);
        let sentence = format!(
            "This server is full {until}: it carries no more calls. Try the door again then, or book a session: two go from browser to browser."
        );
        Refusal::new("full", sentence)
    }

    /// For two who would take in a third.
    pub fn for_three(self, zone: &Zone) -> Refusal {
        let until = self.until(zone);
        let sentence = format!("No call of three {until}: the server is full. Two go on as they are; say yes again then.");
        Refusal::new("full", sentence)
    }

    /// For whoever would have been the third of two, and begins alone.
    pub fn for_a_third(self, zone: &Zone) -> String {
        let full = match self.until {
            Some(_) => format!("the server is full {}", self.until(zone)),
            None => "the server carries no more calls of three just now".to_owned(),
        };
        format!("No third chair for you: {full}. Your seat is kept, and we look on for you.")
    }

    /// For a pair that reaches each other by no other way.
    pub fn for_a_pair(self, zone: &Zone) -> String {
        let until = self.until(zone);
        format!(
            "Your networks need the server's relay, which is full {until}. Goals, timer and chat work; the call is tried again by itself."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Capacity = Capacity { relayed: 3_600, given: 20_000, processors: 2 };

    fn relayed(ends: i64) -> Call {
        Call { way: Way::Relayed, ends: Some(Timestamp(ends)) }
    }

    #[test]
    fn a_direct_pair_is_always_allowed() {
        let nothing = Capacity { relayed: 1, given: 1, processors: 1 };
        assert_eq!(admit(nothing, &[relayed(5); 100], Way::Direct, Way::Direct, 9.0), Ok(()));
        assert_eq!(promised(nothing, &[Call { way: Way::Direct, ends: None }; 1000]), 0.0);
    }

    #[test]
    fn a_full_house_says_when_enough_has_ended() {
        // Each takes a seventh.
        let calls: Vec<Call> = [30, 10, 20, 50, 40, 60, 70].map(relayed).to_vec();
        assert_eq!(admit(SMALL, &calls[..6], Way::Direct, Way::Relayed, 0.0), Ok(()));
        assert_eq!(admit(SMALL, &calls, Way::Direct, Way::Relayed, 0.0), Err(Full { until: Some(Timestamp(10)) }));
        let three = admit(SMALL, &calls, Way::Direct, Way::Server(3), 0.0);
        assert_eq!(three, Err(Full { until: Some(Timestamp(10)) }), "a table of three costs a tenth");
    }

    #[test]
    fn rooms_have_no_end_and_a_call_that_stays_as_it_is_goes_on() {
        let rooms = [Call { way: Way::Server(8), ends: None }; 3];
        assert!(promised(SMALL, &rooms) > 0.8);
        assert_eq!(admit(SMALL, &rooms, Way::Server(8), Way::Server(9), 0.0), Err(Full { until: None }));
        assert_eq!(admit(SMALL, &rooms, Way::Server(9), Way::Server(9), 5.0), Ok(()));
        assert_eq!(admit(SMALL, &rooms, Way::Server(9), Way::Server(4), 5.0), Ok(()));
    }

    #[test]
    fn where_calls_cost_more_than_usual_there_is_room_for_fewer() {
        let calls = [relayed(10), relayed(20)];
        assert_eq!(admit(SMALL, &calls, Way::Direct, Way::Relayed, 0.8), Ok(()));
        assert_eq!(admit(SMALL, &calls, Way::Direct, Way::Relayed, 0.2), Ok(()));
        let dearer = admit(SMALL, &calls, Way::Direct, Way::Relayed, 0.9);
        assert_eq!(dearer, Err(Full { until: Some(Timestamp(10)) }));
        assert_eq!(admit(SMALL, &[], Way::Direct, Way::Relayed, 3.0), Ok(()), "nobody's load is not the next one's");
    }

    #[test]
    fn what_is_over_by_then_makes_room_for_those_who_begin_then() {
        // Each takes a seventh, and a table of three a tenth.
        let calls: Vec<Call> = [30, 30, 30, 50, 50, 50, 70].map(relayed).to_vec();
        let more = |at, measured| more_at(SMALL, &calls, Way::Server(3), Timestamp(at), measured);
        let table = SMALL.cost(Way::Server(3));
        assert_eq!(more(10, 0.0), Err(Full { until: Some(Timestamp(30)) }));
        for (at, lasting) in [(30, 4.0), (50, 1.0), (70, 0.0)] {
            let left = 1.0 - lasting * SMALL.cost(Way::Relayed);
            assert_eq!(more(at, 0.0), Ok((left / table) as usize), "at {at}");
        }
        assert_eq!(more(30, 1.4), Err(Full { until: Some(Timestamp(50)) }), "calls cost more than usual");
        assert_eq!(
            more_at(SMALL, &[], Way::Direct, Timestamp(0), 3.0),
            Ok(usize::MAX),
            "a call from browser to browser costs nothing"
        );
        let rooms = [Call { way: Way::Server(8), ends: None }; 4];
        assert_eq!(more_at(SMALL, &rooms, Way::Server(3), Timestamp(90), 0.0), Err(Full { until: None }), "a room has no end");
    }

    #[test]
    fn a_room_costs_more_with_each_who_comes_and_more_processors_promise_more() {
        let costs: Vec<f64> = (2..=16).map(|n| SMALL.cost(Way::Server(n))).filter(|cost| *cost > 0.0).collect();
        assert!(costs[1] > costs[0] && costs[14] > costs[8]);
        let people = [1, 2, 4, 64].map(|n| Capacity::careful(n).people_in_rooms(4));
        assert!(people[0] >= 4 && people[0] < people[1] && people[1] < people[2] && people[2] == people[3], "{people:?}");
    }

    #[test]
    fn the_sentence_tells_the_time_of_the_person_and_what_to_do() {
        let full = Full { until: Some(Timestamp(1_795_344_600)) };
        let zone = Zone::or_utc("Europe/Berlin");
        assert!(full.at_the_door(&zone).sentence.contains("until 11:50"), "{}", full.at_the_door(&zone).sentence);
        assert!(full.for_three(&Zone::utc()).sentence.contains("until 10:50"));
        let said = full.for_a_third(&zone);
        assert_eq!(said, "No third chair for you: the server is full until 11:50. Your seat is kept, and we look on for you.");
        assert!(Full { until: None }.for_a_third(&zone).contains("no more calls of three just now"));
        assert!(Full { until: None }.for_a_pair(&zone).contains("until somebody leaves"));
    }
}
