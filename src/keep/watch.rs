//! Looks after the disk while the server runs: is the file still there, is there room, has a trouble passed.
//!
//! A trouble that passes by itself (room was made, a disk came back) is noticed within seconds and without a restart. What it
//! finds is for the operator: the log, `/readyz` and the admin's pages. It never ends a call.

use super::reserve;
use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::store::{Ailment, Store, StoreError, copy};
use crate::sys;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// How often it looks.
const LOOK: Duration = Duration::from_secs(5);
/// A write that has not reached the disk by then is a trouble.
const LIMIT: Duration = Duration::from_secs(8);
/// The database is looked through this long after the start, when the first wave of pages has come back.
const FIRST_LOOK_THROUGH: u32 = 6;
/// For so many seconds a look at the disk is good for everybody who asks.
const ANSWER_S: i64 = 5;
/// Less room than this is said aloud, in bytes: enough for weeks of a small instance.
const LOW: u64 = 200 << 20;

/// What the watch knows.
pub struct Watch {
    store: Store,
    dir: PathBuf,
    low: AtomicBool,
    free: AtomicU64,
    doubted: AtomicBool,
    /// When a write last reached the disk because somebody asked, in Unix seconds.
    answered_s: AtomicI64,
}

impl Watch {
    pub fn over(store: &Store, dir: &Path) -> Arc<Self> {
        let (low, free, doubted) = (AtomicBool::new(false), AtomicU64::new(u64::MAX), AtomicBool::new(false));
        let (store, dir, answered_s) = (store.clone(), dir.to_owned(), AtomicI64::new(i64::MIN));
        Arc::new(Self { store, dir, low, free, doubted, answered_s })
    }

    /// Whether a booking could be saved. Who asks often is answered from memory: each look is a write, and cards wear out.
    ///
    /// # Errors
    /// What ails the disk.
    pub async fn ready(&self, now: Timestamp, limit: Duration) -> Result<(), Ailment> {
        let age = now.0.saturating_sub(self.answered_s.load(Relaxed));
        if self.store.ailment().is_none() && (0..ANSWER_S).contains(&age) {
            return Ok(());
        }
        let probed = self.store.probe(now, limit).await;
        if let Some(ailment) = self.store.ailment() {
            return Err(ailment);
        }
        probed.map_err(|error| error.ailment().unwrap_or(Ailment::Failing))?;
        self.answered_s.store(now.0, Relaxed);
        Ok(())
    }

    /// Whether the clock is not believed; told by the scheduler, which asks [`super::steady`].
    pub fn doubt_clock(&self, doubted: bool) {
        self.doubted.store(doubted, Relaxed);
    }

    pub fn clock_is_doubted(&self) -> bool {
        self.doubted.load(Relaxed)
    }

    /// Free bytes on the disk of the data directory, as far as known.
    pub fn free(&self) -> Option<u64> {
        Some(self.free.load(Relaxed)).filter(|free| *free != u64::MAX)
    }

    /// What the admin should know, a sentence each; none when all is well.
    pub fn sentences(&self) -> Vec<String> {
        let mut said = Vec::new();
        if let Some(ailment) = self.store.ailment() {
            said.push(format!("{} {}", ailment.told(), ailment.remedy()));
        } else if self.low.load(Relaxed) {
            let mib = self.free().unwrap_or(0) >> 20;
            said.push(format!("Only {mib} MiB are left on the disk. Make some room before it is full; nothing is lost yet."));
        }
        if self.clock_is_doubted() {
            said.push(
                "The machine's clock has jumped by more than a day. Until it has been steady for a quarter of an hour nobody is \
                 marked as absent and nothing is deleted. If the time is wrong, set it right (timedatectl)."
                    .to_owned(),
            );
        }
        said
    }

    /// Watches until its task is dropped.
    pub async fn run(self: Arc<Self>, clock: Clock) {
        let mut rounds = 0_u32;
        loop {
            let watch = self.clone();
            let _ = tokio::task::spawn_blocking(move || watch.look()).await;
            if self.store.look().is_ok() && self.store.ailment().is_some_and(|ailment| ailment != Ailment::Damaged) {
                // The trouble itself was said when it began; the store says when it is over.
                let _ = self.store.probe(clock.now(), LIMIT).await;
            }
            rounds += 1;
            if rounds == FIRST_LOOK_THROUGH {
                let watch = self.clone();
                let _ = tokio::task::spawn_blocking(move || watch.look_through()).await;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The room on the disk; the reserve is laid down anew when there is enough.
    fn look(&self) {
        let Ok(sys::disk::Room { free, .. }) = sys::disk::room(&self.dir) else { return };
        self.free.store(free, Relaxed);
        let low = free < LOW;
        if low && !self.low.swap(true, Relaxed) {
            tracing::warn!(free_mib = free >> 20, "The disk is nearly full. Make room before nothing can be saved any more.");
        } else if free > LOW + LOW / 4 && self.low.swap(false, Relaxed) {
            tracing::info!(free_mib = free >> 20, "There is room on the disk again.");
        }
        let _ = reserve::lay_down(&self.dir);
    }

    /// Looks the database through; what is damaged is noted before anybody stumbles over it.
    pub(super) fn look_through(&self) {
        match copy::look_quickly(self.store.path()) {
            Err(error @ StoreError::Damaged { .. }) => self.store.note(&error),
            Err(error) => tracing::debug!(%error, "The database could not be looked through."),
            Ok(()) => {}
        }
    }
}
