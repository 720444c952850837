//! Edmonds' maximum matching on a graph that is asked edge by edge, grown one alternating tree at a time.
//!
//! A search either finds an exposed vertex to augment to, or leaves the tree's outer vertices: each of them could be
//! exposed in the root's place (`swap_in`). Bounded by fuel: an edge looked at costs one, and without any nothing is found.

/// No vertex.
pub(super) const NONE: usize = usize::MAX;
/// So many exposed vertices are tried first from each outer vertex, before the tree grows.
const TRIED_FIRST: usize = 64;

/// What the search walks on.
pub(super) trait Graph {
    fn len(&self) -> usize;
    fn joined(&self, a: usize, b: usize) -> bool;
    /// Vertices that may be joined to this one: all that are, and few others.
    fn near(&self, a: usize) -> impl Iterator<Item = usize>;
}

/// A matching and the tree of the last search.
pub(super) struct Matching {
    pub mate: Vec<usize>,
    /// Vertices that are not walked on.
    pub closed: Vec<bool>,
    /// Outer vertices of the last search, the root first.
    pub outer: Vec<usize>,
    pub fuel: u64,
    parent: Vec<usize>,
    base: Vec<usize>,
    is_outer: Vec<bool>,
    tree: Vec<usize>,
    mark: Vec<u32>,
    round: u32,
}

impl Matching {
    pub fn new(size: usize, fuel: u64) -> Self {
        Self {
            mate: vec![NONE; size],
            closed: vec![false; size],
            outer: Vec::new(),
            fuel,
            parent: vec![NONE; size],
            base: (0..size).collect(),
            is_outer: vec![false; size],
            tree: Vec::new(),
            mark: vec![0; size],
            round: 0,
        }
    }

    pub fn is_exposed(&self, v: usize) -> bool {
        self.mate[v] == NONE
    }

    pub fn join(&mut self, a: usize, b: usize) {
        (self.mate[a], self.mate[b]) = (b, a);
    }

    /// Grows the alternating tree of an exposed root. Answers an exposed vertex that an augmenting path leads to.
    pub fn search(&mut self, graph: &impl Graph, root: usize, exposed: &[usize]) -> Option<usize> {
        self.clear();
        self.take_outer(root);
        self.tree.push(root);
        let first = if exposed.len() <= TRIED_FIRST { exposed } else { &[] };
        let mut next = 0;
        while let Some(v) = self.outer.get(next).copied() {
            next += 1;
            for w in first.iter().copied().chain(graph.near(v)) {
                if self.fuel == 0 {
                    return None;
                }
                self.fuel -= 1;
                if w == v || self.closed[w] || self.base[v] == self.base[w] || self.mate[v] == w || !graph.joined(v, w) {
                    continue;
                }
                if w == root || self.is_outer[w] {
                    self.contract(v, w);
                } else if self.parent[w] == NONE {
                    self.parent[w] = v;
                    self.tree.push(w);
                    if self.mate[w] == NONE {
                        return Some(w);
                    }
                    let mate = self.mate[w];
                    self.tree.push(mate);
                    self.take_outer(mate);
                }
            }
        }
        None
    }

    /// Matches the found vertex and everything on the path to the root anew.
    pub fn augment(&mut self, found: usize) {
        let mut v = found;
        while v != NONE {
            let parent = self.parent[v];
            let next = self.mate[parent];
            self.join(v, parent);
            v = next;
        }
    }

    /// Exposes an outer vertex of the last search and covers the root instead.
    pub fn swap_in(&mut self, outer: usize) {
        let mate = self.mate[outer];
        if mate != NONE {
            self.mate[outer] = NONE;
            self.augment(mate);
        }
    }

    /// Takes the tree of the last search out of the graph: no later search can gain from a tree that found nothing.
    pub fn close_tree(&mut self) {
        for v in &self.tree {
            self.closed[*v] = true;
        }
    }

    fn take_outer(&mut self, v: usize) {
        if !self.is_outer[v] {
            self.is_outer[v] = true;
            self.outer.push(v);
        }
    }

    fn clear(&mut self) {
        for v in self.tree.drain(..) {
            self.parent[v] = NONE;
            self.base[v] = v;
            self.is_outer[v] = false;
        }
        self.outer.clear();
    }

    /// Two outer vertices are joined: the odd cycle through them becomes one outer vertex.
    fn contract(&mut self, a: usize, b: usize) {
        let top = self.common(a, b);
        self.round += 1;
        let round = self.round;
        self.hang(a, top, b, round);
        self.hang(b, top, a, round);
        for n in 0..self.tree.len() {
            let v = self.tree[n];
            if self.mark[self.base[v]] == round {
                self.base[v] = top;
                self.take_outer(v);
            }
        }
    }

    /// The base where the ways of two outer vertices to the root meet.
    fn common(&mut self, a: usize, b: usize) -> usize {
        self.round += 1;
        let mut v = a;
        loop {
            v = self.base[v];
            self.mark[v] = self.round;
            match self.mate[v] {
                NONE => break,
                mate => v = self.parent[mate],
            }
        }
        let mut v = b;
        loop {
            v = self.base[v];
            if self.mark[v] == self.round {
                return v;
            }
            v = self.parent[self.mate[v]];
        }
    }

    fn hang(&mut self, from: usize, top: usize, child: usize, round: u32) {
        let (mut v, mut child) = (from, child);
        while self.base[v] != top {
            let mate = self.mate[v];
            self.mark[self.base[v]] = round;
            self.mark[self.base[mate]] = round;
            self.parent[v] = child;
            child = mate;
            v = self.parent[mate];
        }
    }
}
