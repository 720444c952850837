//! Nobody over: an exposed person becomes the third of a pair, or the place that a path can free instead does.
//!
//! Three ways, each adding one person and one trio: the free chair of an announced pair; a matched pair that forms a
//! triangle with a vertex that could be exposed; a triangle across two pairs whose other halves find each other anew.

use super::blossom::{Graph, Matching, NONE};
use super::packing::{Seats, by_priority};

/// Triangles across two pairs that are tried for one person.
const TRIES: usize = 400;

/// Somebody who joined a pair, as vertices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Third {
    pub third: usize,
    pub pair: [usize; 2],
}

/// Seats the exposed as thirds; pairs and thirds of a trio are closed from then on.
pub(super) fn absorb(seats: &Seats<'_>, matching: &mut Matching) -> Vec<Third> {
    let mut thirds = Vec::new();
    if !seats.table.rules.trios {
        return thirds;
    }
    for u in by_priority(seats, matching) {
        if !matching.is_exposed(u) {
            continue;
        }
        if let Some(third) = quick(seats, matching, u) {
            close(matching, &mut thirds, third);
            continue;
        }
        if let Some(found) = matching.search(seats, u, &[]) {
            matching.augment(found);
            continue;
        }
        let outer = matching.outer.clone();
        if let Some(chair) = outer.iter().find(|v| **v >= seats.people.len()) {
            matching.swap_in(*chair);
        } else if let Some(third) = beside_a_pair(seats, matching, u, &outer) {
            close(matching, &mut thirds, third);
        } else if let Some(third) = across_two_pairs(seats, matching, u, &outer) {
            close(matching, &mut thirds, third);
        }
    }
    thirds
}

fn close(matching: &mut Matching, thirds: &mut Vec<Third>, third: Third) {
    for v in [third.third, third.pair[0], third.pair[1]] {
        matching.closed[v] = true;
    }
    thirds.push(third);
}

/// A pair beside the exposed person itself, of the same length if there is one.
fn quick(seats: &Seats<'_>, matching: &mut Matching, u: usize) -> Option<Third> {
    pair_beside(seats, matching, u).map(|pair| Third { third: u, pair })
}

/// A freed vertex beside a pair that the way to it leaves together.
fn beside_a_pair(seats: &Seats<'_>, matching: &mut Matching, u: usize, outer: &[usize]) -> Option<Third> {
    let mate = matching.mate.clone();
    for v in outer {
        let Some(pair) = pair_beside(seats, matching, *v) else { continue };
        matching.swap_in(*v);
        if matching.mate[pair[0]] == pair[1] {
            return Some(Third { third: *v, pair });
        }
        matching.mate.clone_from(&mate);
        matching.search(seats, u, &[]);
    }
    None
}

/// An open pair, other than its own, that forms a triangle with this vertex.
fn pair_beside(seats: &Seats<'_>, matching: &mut Matching, v: usize) -> Option<[usize; 2]> {
    let people = seats.people.len();
    let n = *seats.people.get(v)?;
    let length = |w: usize| seats.table.wishes[seats.people[w]].length_s;
    let mut found = None;
    for a in seats.near(v).filter(|a| *a < people) {
        let b = matching.mate[a];
        if b == NONE || b >= people || a == v || b == v || matching.closed[a] || matching.closed[b] || matching.fuel == 0 {
            continue;
        }
        matching.fuel -= 1;
        if seats.table.may_trio(n, seats.people[a], seats.people[b]) {
            found = found.or(Some([a, b]));
            if length(a) == length(v) && length(b) == length(v) {
                return Some([a, b]);
            }
        }
    }
    found
}

/// A triangle of a freed vertex with two vertices of different pairs, whose mates can be matched again.
fn across_two_pairs(seats: &Seats<'_>, matching: &mut Matching, u: usize, outer: &[usize]) -> Option<Third> {
    let people = seats.people.len();
    let (mate, closed) = (matching.mate.clone(), matching.closed.clone());
    let mut tries = 0;
    let open = |w: usize, mate: &[usize]| w < people && !closed[w] && mate[w] < people;
    for v in outer.iter().copied().filter(|v| *v < people) {
        // The tree of u is grown anew for each vertex, since a try walks on the same tables.
        if matching.search(seats, u, &[]).is_some() {
            return None;
        }
        matching.swap_in(v);
        let freed = matching.mate.clone();
        let near: Vec<usize> = seats.near(v).filter(|a| *a != v && open(*a, &freed) && seats.joined(v, *a)).collect();
        for (at, a) in near.iter().enumerate() {
            for b in &near[at + 1..] {
                let [x, y, z] = [v, *a, *b].map(|w| seats.people[w]);
                if !seats.table.may_trio(x, y, z) {
                    continue;
                }
                if freed[*a] == *b {
                    return Some(Third { third: v, pair: [*a, *b] });
                }
                tries += 1;
                if tries > TRIES || matching.fuel == 0 {
                    (matching.mate, matching.closed) = (mate, closed);
                    return None;
                }
                let (left, right) = (freed[*a], freed[*b]);
                for w in [v, *a, *b] {
                    matching.closed[w] = true;
                }
                (matching.mate[left], matching.mate[right]) = (NONE, NONE);
                if matching.search(seats, left, &[right]) == Some(right) {
                    matching.augment(right);
                    matching.join(*a, *b);
                    return Some(Third { third: v, pair: [*a, *b] });
                }
                matching.mate.clone_from(&freed);
                matching.closed.clone_from(&closed);
            }
        }
        matching.mate.clone_from(&mate);
    }
    None
}
