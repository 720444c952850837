//! How the store is doing: what ails it, and how much and how fast it writes.
//!
//! The writer notes every commit here, readers what they stumble over. A trouble is said once in the log when it begins and once
//! when it is over, not at each of a thousand failures. Counters only grow and hold no name.

use super::error::{Ailment, StoreError};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Upper ends of the classes of commit times, in microseconds; one more class is for all that took longer.
pub const COMMIT_CLASSES: [u64; 8] = [500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000];

/// The state of one store, shared by everybody who has a handle on it.
#[derive(Debug, Default)]
pub struct Health {
    ailment: Mutex<Option<Ailment>>,
    pub(super) waiting: AtomicUsize,
    commits: AtomicU64,
    writes: AtomicU64,
    failures: AtomicU64,
    commit_us: AtomicU64,
    classes: [AtomicU64; COMMIT_CLASSES.len() + 1],
}

/// The figures of a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub commits: u64,
    pub writes: u64,
    pub failures: u64,
    /// Time spent in commits, in microseconds.
    pub commit_us: u64,
    /// Commits by [`COMMIT_CLASSES`].
    pub classes: [u64; COMMIT_CLASSES.len() + 1],
    /// Jobs that wait for the writer.
    pub waiting: usize,
}

impl Health {
    fn state(&self) -> MutexGuard<'_, Option<Ailment>> {
        self.ailment.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What ails the store; `None` when all is well.
    pub fn ailment(&self) -> Option<Ailment> {
        *self.state()
    }

    pub fn figures(&self) -> Figures {
        Figures {
            commits: self.commits.load(Relaxed),
            writes: self.writes.load(Relaxed),
            failures: self.failures.load(Relaxed),
            commit_us: self.commit_us.load(Relaxed),
            classes: std::array::from_fn(|n| self.classes[n].load(Relaxed)),
            waiting: self.waiting.load(Relaxed),
        }
    }

    /// A commit reached the disk. A damaged file stays damaged although it takes writes, until somebody looks into it.
    pub(super) fn committed(&self, jobs: usize, took_us: u64) {
        self.commits.fetch_add(1, Relaxed);
        self.writes.fetch_add(jobs as u64, Relaxed);
        self.commit_us.fetch_add(took_us, Relaxed);
        let class = COMMIT_CLASSES.iter().position(|end| took_us <= *end).unwrap_or(COMMIT_CLASSES.len());
        self.classes[class].fetch_add(1, Relaxed);
        let mut state = self.state();
        if matches!(*state, Some(Ailment::Full | Ailment::ReadOnly | Ailment::Failing)) {
            *state = None;
            drop(state);
            tracing::info!("The disk takes writes again.");
        }
    }

    /// A commit did not reach the disk; nothing of it was acknowledged.
    pub(super) fn failed(&self, error: &StoreError) {
        self.failures.fetch_add(1, Relaxed);
        if self.note(error).is_none() {
            tracing::error!(%error, "A commit failed; what it held was not acknowledged.");
        }
    }

    /// Takes note of an error wherever it came up; answers what ails the store if that is the cause.
    pub fn note(&self, error: &StoreError) -> Option<Ailment> {
        let ailment = error.ailment()?;
        let mut state = self.state();
        // What needs a person is not covered up by what passes by itself.
        let worse = !matches!(*state, Some(Ailment::Damaged | Ailment::Away));
        if *state != Some(ailment) && worse {
            *state = Some(ailment);
            drop(state);
            tracing::error!(
                state = ailment.word(),
                %error,
                "{} {}",
                said(ailment),
                ailment.remedy()
            );
        }
        Some(ailment)
    }

    /// The file is where it belongs again, or was found sound.
    pub fn cured(&self, of: Ailment) {
        let mut state = self.state();
        if *state == Some(of) {
            *state = None;
            drop(state);
            tracing::info!(state = of.word(), "The trouble is over.");
        }
    }
}

/// What happened, and what is safe: of a damaged file nobody can say that all of it is.
fn said(ailment: Ailment) -> &'static str {
    match ailment {
        Ailment::Full => "Nothing can be saved: the disk is full. What was saved is safe, reading and calls go on.",
        Ailment::ReadOnly => "Nothing can be saved: the disk takes no changes. What was saved is safe, reading and calls go on.",
        Ailment::Damaged => "The database is damaged. What is whole of it can be read, and calls go on.",
        Ailment::Away => "Nothing can be saved: the database is no longer where it was. What was saved is safe, calls go on.",
        Ailment::Failing => "Nothing can be saved: the disk does not answer as it should. What was saved is safe, calls go on.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_ends_with_the_next_commit_but_damage_does_not() {
        let health = Health::default();
        health.failed(&StoreError::Slow);
        assert_eq!(health.ailment(), Some(Ailment::Failing));
        health.committed(3, 700);
        assert_eq!(health.ailment(), None);
        health.note(&StoreError::Damaged { path: "x".into(), why: "torn".into() });
        health.failed(&StoreError::Slow);
        health.committed(1, 2_000_000);
        assert_eq!(health.ailment(), Some(Ailment::Damaged));
        health.cured(Ailment::Damaged);
        assert_eq!(health.ailment(), None);
        let figures = health.figures();
        assert_eq!((figures.commits, figures.writes, figures.failures), (2, 4, 2));
        assert_eq!((figures.classes[1], figures.classes[8]), (1, 1));
    }
}
