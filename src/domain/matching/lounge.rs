//! Company for whoever is present and alone in a session under way: another lone person whatever the start and length, else
//! the free chair of a pair that agreed to trios. Nobody who has company is moved.
//!
//! Aims in order: most people in company, fewest sessions joined, most shared minutes, least disturbance (a session in its
//! first minutes, one that nobody joined yet), taste, tie. Fewer than five shared minutes are no company.

use super::blossom::{Graph, Matching, NONE};
use super::exact::Sets;
use super::pool::{Live, Lone, Pool};
use super::rule::Rule;
use super::table::Table;
use super::tiers::Tiers;
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::time::{MINUTE, Timestamp};
use std::collections::BTreeSet;

/// So many lone people are weighed in full; more are packed.
const EXACT: usize = 10;
/// More lone people than this wait for the next look, a few seconds later.
const MOST_LONE: usize = 2_000;
/// A session this young is hardly disturbed by somebody who joins.
const YOUNG_S: i64 = 5 * MINUTE;
const FUEL: u64 = 10_000_000;

/// What is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// People who were alone sit down together.
    Together { bookings: Vec<BookingId>, rule: Rule },
    /// One who was alone takes the free chair of a pair.
    Joins { booking: BookingId, session: SessionId, rule: Rule },
}

/// Finds company for the lone. The pool gives relations and rules; its wishes are not read.
pub fn rematch(pool: &Pool, alone: &[Lone], live: &[Live], now: Timestamp) -> Vec<Offer> {
    let mut lone: Vec<&Lone> = alone.iter().filter(|l| !l.stays_alone && l.ends_at.since(now) >= pool.rules.shared_s).collect();
    lone.sort_by_key(|l| (l.wish.booking, l.wish.member, l.ends_at));
    let mut seen: BTreeSet<MemberId> =
        live.iter().filter(|s| s.seats.len() > 1).flat_map(|s| s.seats.iter().map(|l| l.wish.member)).collect();
    lone.retain(|l| seen.insert(l.wish.member));
    lone.dedup_by_key(|l| l.wish.booking);
    lone.truncate(MOST_LONE);
    let mut sessions: Vec<&Live> = live.iter().filter(|s| s.seats.len() == 2).collect();
    sessions.sort_by_key(|s| s.session);
    sessions.dedup_by_key(|s| s.session);
    let table = Table::of(
        lone.iter().map(|l| &l.wish).chain(sessions.iter().flat_map(|s| s.seats.iter().map(|l| &l.wish))).collect(),
        pool,
    );
    let number = |l: &Lone| table.number(l.wish.booking).unwrap_or_default();
    let lounge = Lounge {
        people: lone.iter().map(|l| number(l)).collect(),
        ends: lone.iter().map(|l| l.ends_at).collect(),
        chairs: sessions.iter().map(|s| Chair::of(s, [number(&s.seats[0]), number(&s.seats[1])], now)).collect(),
        table: &table,
        now,
    };
    lounge.offers()
}

/// The third chair of a pair under way.
struct Chair {
    session: SessionId,
    pair: [usize; 2],
    ends: [Timestamp; 2],
    young: bool,
    untouched: bool,
}

impl Chair {
    fn of(live: &Live, pair: [usize; 2], now: Timestamp) -> Self {
        Self {
            session: live.session,
            pair,
            ends: [live.seats[0].ends_at, live.seats[1].ends_at],
            young: now.since(live.start) < YOUNG_S,
            untouched: live.joins == 0,
        }
    }
}

struct Lounge<'a, 'b> {
    table: &'a Table<'b>,
    /// The lone, as numbers of the table, and their ends. Places in these lists name them below.
    people: Vec<usize>,
    ends: Vec<Timestamp>,
    chairs: Vec<Chair>,
    now: Timestamp,
}

impl Lounge<'_, '_> {
    fn offers(&self) -> Vec<Offer> {
        let places: Vec<usize> = (0..self.people.len()).collect();
        let (groups, joins) = if places.len() <= EXACT { self.weigh(&places) } else { self.pack(&places) };
        let id = |v: &usize| self.table.wishes[self.people[*v]].booking;
        let mut offers: Vec<Offer> = groups
            .iter()
            .map(|group| Offer::Together { bookings: group.iter().map(id).collect(), rule: Rule::BothAlone })
            .collect();
        offers.extend(joins.iter().map(|(v, c)| Offer::Joins {
            booking: id(v),
            session: self.chairs[*c].session,
            rule: Rule::FreeChair,
        }));
        offers
    }

    fn left(&self, end: Timestamp) -> i64 {
        end.since(self.now).clamp(0, 86_400)
    }

    /// What it is worth that these lone people sit together.
    fn together(&self, group: &[usize]) -> Option<Tiers> {
        let meet = |a: usize, b: usize| self.table.may_meet(self.people[a], self.people[b]);
        let all = |[a, b, c]: [usize; 3]| meet(a, b) && meet(a, c) && meet(b, c);
        let may = match *group {
            [a, b] => meet(a, b),
            [a, b, c] => {
                self.table.rules.lone_trios
                    && all([a, b, c])
                    && self.table.consents(&[self.people[a], self.people[b], self.people[c]])
            }
            _ => false,
        };
        may.then(|| {
            let mut left: Vec<i64> = group.iter().map(|v| self.left(self.ends[*v])).collect();
            left.sort_unstable();
            // The one who stays longest is in company until the one before last leaves.
            let seconds = left.iter().sum::<i64>() - left[left.len() - 1] + left[left.len() - 2];
            let mut worth = Tiers {
                company: group.len() as i64,
                minutes: seconds / 60,
                calm: -i64::from(group.len() == 3),
                ..Tiers::default()
            };
            for (at, a) in group.iter().enumerate() {
                for b in &group[at + 1..] {
                    worth.taste += self.table.points(self.people[*a], self.people[*b]);
                    worth.tie += self.table.tie(self.people[*a], self.people[*b]);
                }
            }
            worth
        })
    }

    /// What it is worth that this one takes that chair.
    fn joined(&self, v: usize, c: usize) -> Option<Tiers> {
        let (own, chair) = (self.people[v], &self.chairs[c]);
        let [a, b] = chair.pair;
        let left = chair.ends.map(|end| self.left(end).min(self.left(self.ends[v])));
        let enough = left.iter().all(|s| *s >= self.table.rules.shared_s);
        let may = enough
            && self.table.consents(&[own, a, b])
            && self.table.may_meet(own, a)
            && self.table.may_meet(own, b)
            && self.table.may_meet(a, b);
        may.then(|| Tiers {
            company: 1,
            kept: -1,
            minutes: left[0].max(left[1]) / 60,
            calm: 2 * i64::from(chair.young) + i64::from(chair.untouched),
            taste: self.table.points(own, a) + self.table.points(own, b),
            tie: self.table.tie(own, a),
            ..Tiers::default()
        })
    }

    /// Every seating of a few lone people. A chair is at most for one; each needs to know only its best few.
    fn weigh(&self, places: &[usize]) -> (Vec<Vec<usize>>, Vec<(usize, usize)>) {
        let n = places.len();
        let mut wanted: Vec<usize> = Vec::new();
        for v in places {
            let mut of: Vec<(Tiers, usize)> = (0..self.chairs.len()).filter_map(|c| Some((self.joined(*v, c)?, c))).collect();
            of.sort_unstable_by(|a, b| b.cmp(a));
            wanted.extend(of.iter().take(n).map(|(_, c)| *c));
        }
        wanted.sort_unstable();
        wanted.dedup();
        // What the best seating of each set of people on the chairs seen so far is worth, and its last step in `steps`.
        let full = 1usize << n;
        let mut best: Vec<Option<(i128, usize)>> = vec![None; full];
        let mut steps: Vec<(usize, usize, usize)> = vec![(0, 0, 0)];
        best[0] = Some((0, 0));
        for c in wanted {
            let worths: Vec<Option<i128>> = places.iter().map(|v| self.joined(*v, c).map(|w| w.packed())).collect();
            for set in (1..full).rev() {
                for (v, worth) in worths.iter().enumerate().filter(|(v, _)| set >> v & 1 == 1) {
                    if let (Some(worth), Some((before, step))) = (worth, best[set & !(1 << v)])
                        && best[set].is_none_or(|(known, _)| before + worth > known)
                    {
                        best[set] = Some((before + worth, steps.len()));
                        steps.push((step, v, c));
                    }
                }
            }
        }
        let among = Sets::new(places, |group| self.together(group));
        let seated = (0..full).filter_map(|set| Some((best[set]?.0 + among.best[full - 1 - set], std::cmp::Reverse(set))));
        let set = seated.max().map_or(0, |(_, set)| set.0);
        let mut joins = Vec::new();
        let mut step = best[set].map_or(0, |(_, step)| step);
        while step != 0 {
            let (before, v, c) = steps[step];
            joins.push((places[v], c));
            step = before;
        }
        (among.groups(full - 1 - set), joins)
    }

    /// Many lone people: longest first, mended so that the most find company.
    fn pack(&self, places: &[usize]) -> (Vec<Vec<usize>>, Vec<(usize, usize)>) {
        let mut matching = Matching::new(self.people.len() + self.chairs.len(), FUEL);
        let mut order = places.to_vec();
        order.sort_by_key(|v| (std::cmp::Reverse(self.ends[*v]), *v));
        for (at, v) in order.iter().enumerate() {
            if matching.is_exposed(*v) {
                let fits = |w: &&usize| matching.is_exposed(**w) && self.together(&[*v, **w]).is_some();
                let near = order[at + 1..].iter().filter(fits).take(8);
                let found = near.max_by_key(|w| (self.left(self.ends[**w]), self.together(&[*v, **w]))).copied();
                if let Some(w) = found {
                    matching.join(*v, w);
                }
            }
        }
        for with_chairs in [false, true] {
            let seats = Walk { lounge: self, with_chairs };
            for root in &order {
                if !matching.is_exposed(*root) {
                    continue;
                }
                if let Some(found) = matching.search(&seats, *root, &[]) {
                    matching.augment(found);
                } else if let Some(chair) = matching.outer.iter().find(|v| **v >= self.people.len()).copied() {
                    matching.swap_in(chair);
                }
            }
        }
        let mut groups = Vec::new();
        let mut joins = Vec::new();
        for v in places {
            match matching.mate[*v] {
                NONE => {}
                mate if mate >= self.people.len() => joins.push((*v, mate - self.people.len())),
                mate if *v < mate => groups.push(vec![*v, mate]),
                _ => {}
            }
        }
        for v in places.iter().filter(|v| matching.is_exposed(**v)) {
            let third = |g: &&mut Vec<usize>| g.len() == 2 && self.together(&[g[0], g[1], *v]).is_some();
            if let Some(group) = groups.iter_mut().find(third) {
                group.push(*v);
            }
        }
        (groups, joins)
    }
}

/// The lone and the free chairs as a graph.
struct Walk<'a, 'b, 'c> {
    lounge: &'a Lounge<'b, 'c>,
    with_chairs: bool,
}

impl Graph for Walk<'_, '_, '_> {
    fn len(&self) -> usize {
        self.lounge.people.len() + self.lounge.chairs.len()
    }

    fn joined(&self, a: usize, b: usize) -> bool {
        let people = self.lounge.people.len();
        match (a < people, b < people) {
            (true, true) => self.lounge.together(&[a, b]).is_some(),
            (true, false) => self.lounge.joined(a, b - people).is_some(),
            (false, true) => self.lounge.joined(b, a - people).is_some(),
            (false, false) => false,
        }
    }

    fn near(&self, a: usize) -> impl Iterator<Item = usize> {
        let people = self.lounge.people.len();
        let chairs = if self.with_chairs && a < people { people..self.len() } else { 0..0 };
        (0..people).chain(chairs)
    }
}
