//! How much the house holds of what is under way: forms, offers and messages that are still being sent to it, and what strangers have
//! asked for and not read yet.
//!
//! Whoever sends slowly, asks for much and reads nothing, or does so many times at once, has the server hold it. **Strangers together, members together, and
//! each of them alone, have a bound**, so that no number of connections fills the memory; what a stranger holds takes nothing
//! from members. Only what is really held is counted: whoever sends at once and is answered is hardly ever seen here.

use crate::domain::id::MemberId;
use crate::source::Source;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes that all strangers may have under way, and one of them: a school that joins at the stroke of the hour is one.
const STRANGERS: usize = 32 << 20;
const STRANGER: usize = 8 << 20;
/// The same of members.
const MEMBERS: usize = 64 << 20;
const MEMBER: usize = 4 << 20;
/// What a request costs while it waits for more of its body, beside what came of it.
pub const WAITING: usize = 4 << 10;
/// A body is here within this time.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    Stranger(Source),
    Member(MemberId),
}

impl Sender {
    /// How much one such sender, and all of them, may have under way.
    fn most(self) -> (usize, usize) {
        match self {
            Self::Stranger(_) => (STRANGER, STRANGERS),
            Self::Member(_) => (MEMBER, MEMBERS),
        }
    }
}

#[derive(Default)]
struct Counts {
    strangers: usize,
    members: usize,
    by_sender: HashMap<Sender, usize>,
}

impl Counts {
    fn all(&mut self, sender: Sender) -> &mut usize {
        match sender {
            Sender::Stranger(_) => &mut self.strangers,
            Sender::Member(_) => &mut self.members,
        }
    }
}

/// What is under way, of everybody. Cloning shares it.
#[derive(Clone, Default)]
pub struct Taking(Arc<Mutex<Counts>>);

impl Taking {
    /// A request's share, with nothing in it yet.
    pub fn share(&self, sender: Sender) -> Share {
        Share { taking: self.clone(), sender, bytes: 0 }
    }

    /// Bytes under way of strangers and of members.
    pub fn held(&self) -> (usize, usize) {
        let counts = self.open();
        (counts.strangers, counts.members)
    }

    fn open(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one request has under way; given back when dropped.
pub struct Share {
    taking: Taking,
    sender: Sender,
    bytes: usize,
}

impl Share {
    /// Takes so many bytes more; `false` where there is no room for them.
    #[must_use]
    pub fn grow(&mut self, by: usize) -> bool {
        let (one, all) = self.sender.most();
        let mut counts = self.taking.open();
        let own = counts.by_sender.get(&self.sender).copied().unwrap_or(0).saturating_add(by);
        let together = counts.all(self.sender).saturating_add(by);
        if own > one || together > all {
            return false;
        }
        counts.by_sender.insert(self.sender, own);
        *counts.all(self.sender) = together;
        self.bytes += by;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut counts = self.taking.open();
        *counts.all(self.sender) -= self.bytes;
        match counts.by_sender.get_mut(&self.sender) {
            Some(own) if *own > self.bytes => *own -= self.bytes,
            _ => {
                counts.by_sender.remove(&self.sender);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger(n: u32) -> Sender {
        Sender::Stranger(Source::V4(n))
    }

    #[test]
    fn one_stranger_cannot_take_the_room_of_another_nor_all_of_them_that_of_members() {
        let taking = Taking::default();
        let mut first = taking.share(stranger(1));
        assert!(first.grow(STRANGER) && !first.grow(1));
        assert!(!taking.share(stranger(1)).grow(1), "another request of the same");
        let mut others: Vec<Share> = (2..20).map(|n| taking.share(stranger(n))).collect();
        let taken = others.iter_mut().filter_map(|share| share.grow(STRANGER).then_some(())).count();
        assert_eq!(taken, STRANGERS / STRANGER - 1);
        assert!(taking.share(Sender::Member(MemberId(1))).grow(MEMBER));
    }

    #[test]
    fn all_of_it_is_given_back() {
        let taking = Taking::default();
        let mut shares: Vec<Share> = (0..4).map(|n| taking.share(stranger(n / 2))).collect();
        assert!(shares.iter_mut().all(|share| share.grow(1000) && share.grow(24)));
        let mut member = taking.share(Sender::Member(MemberId(7)));
        assert!(member.grow(5));
        assert_eq!(taking.held(), (4096, 5));
        shares.truncate(1);
        assert_eq!(taking.held(), (1024, 5));
        drop((shares, member));
        assert_eq!(taking.held(), (0, 0));
        assert!(taking.open().by_sender.is_empty(), "nobody is remembered");
    }
}
