//! How many lines one member holds open at once: event streams and sockets. The oldest makes room for a new one, and is told why.
//!
//! Bounds of the whole server count connections; this one keeps a single member, or a page of theirs that has lost its senses,
//! from having them all. A line that ends gives its place back; nothing is kept of who has none.

use crate::domain::id::MemberId;
use futures_util::{Stream, StreamExt};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use warp::sse::Event;

/// What the oldest line is told.
pub const CROWDED: &str = "You have so many tabs of this house open that the oldest had to stop. Load this page to go on here.";

/// What kind of line it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// An event stream: every open calendar has one.
    Listening,
    /// A WebSocket of a session or a room.
    Speaking,
    /// An event stream or a WebSocket of `/check`, which ends by itself after a minute; all doctors together count as one member.
    Checking,
}

impl Kind {
    /// As many as a member may have.
    pub const fn most(self) -> usize {
        match self {
            Self::Listening => 32,
            Self::Speaking => 16,
            Self::Checking => 8,
        }
    }
}

/// Lines by their number, oldest first, each with what tells it to make room.
type Queue = VecDeque<(u64, oneshot::Sender<()>)>;

#[derive(Default)]
struct Open {
    next: u64,
    queues: HashMap<(MemberId, Kind), Queue>,
}

/// All lines of all members; cheap to clone.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Open>>);

impl Lines {
    /// A place for one more line. Where the member has as many as may be, their oldest is told to go.
    pub fn open(&self, who: MemberId, kind: Kind) -> Line {
        let (tell, crowded) = oneshot::channel();
        let mut open = self.locked();
        open.next += 1;
        let number = open.next;
        let queue = open.queues.entry((who, kind)).or_default();
        queue.push_back((number, tell));
        if queue.len() > kind.most()
            && let Some((_, oldest)) = queue.pop_front()
        {
            // It may be going by itself at this very moment.
            let _ = oldest.send(());
        }
        drop(open);
        Line { lines: self.clone(), key: (who, kind), number, crowded }
    }

    /// The lines that are open.
    #[cfg(test)]
    fn count(&self) -> usize {
        self.locked().queues.values().map(VecDeque::len).sum()
    }

    fn locked(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line's place; dropping it gives it back.
pub struct Line {
    lines: Lines,
    key: (MemberId, Kind),
    number: u64,
    crowded: oneshot::Receiver<()>,
}

impl Line {
    /// Waits until this line has to make room; to be waited for until then, and no further.
    pub async fn crowded(&mut self) {
        // Only being told ends it: its other end stays with the others until this place is given back.
        let _ = (&mut self.crowded).await;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut open = self.lines.locked();
        if let Entry::Occupied(mut queue) = open.queues.entry(self.key) {
            queue.get_mut().retain(|(number, _)| *number != self.number);
            if queue.get().is_empty() {
                queue.remove();
            }
        }
    }
}

/// A stream that ends with `goodbye` when its line has to make room.
pub fn within(
    line: Line,
    stream: impl Stream<Item = Result<Event, Infallible>> + Send + Sync + 'static,
    goodbye: Event,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + Sync + 'static {
    let begun = Some((line, Box::pin(stream), goodbye));
    futures_util::stream::unfold(begun, |state| async move {
        let (mut line, mut stream, goodbye) = state?;
        tokio::select! {
            biased;
            () = line.crowded() => Some((Ok(goodbye), None)),
            event = stream.next() => Some((event?, Some((line, stream, goodbye)))),
        }
    })
}

/// The last event of a stream of hints: the page rests until somebody looks at it.
pub fn goodbye() -> Event {
    Event::default().event("crowded").data("{}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const ANA: MemberId = MemberId(1);
    const BEN: MemberId = MemberId(2);

    #[test]
    fn the_oldest_makes_room_and_nobody_else_feels_it() {
        let lines = Lines::default();
        let most = Kind::Speaking.most();
        let mut of_ana: Vec<Line> = (0..most).map(|_| lines.open(ANA, Kind::Speaking)).collect();
        let mut of_ben = lines.open(BEN, Kind::Speaking);
        let mut listening = lines.open(ANA, Kind::Listening);
        assert!(of_ana.iter_mut().all(|line| line.crowded().now_or_never().is_none()));
        let mut one_more = lines.open(ANA, Kind::Speaking);
        assert!(of_ana[0].crowded().now_or_never().is_some());
        assert!(
            of_ana[1..]
                .iter_mut()
                .chain([&mut of_ben, &mut listening, &mut one_more])
                .all(|l| l.crowded().now_or_never().is_none())
        );
    }

    #[test]
    fn a_place_that_is_given_back_is_free_and_nothing_is_kept_of_it() {
        let lines = Lines::default();
        let mut first = lines.open(ANA, Kind::Listening);
        for _ in 0..10 * Kind::Listening.most() {
            drop(lines.open(ANA, Kind::Listening));
        }
        assert!(first.crowded().now_or_never().is_none());
        assert_eq!(lines.count(), 1);
        drop(first);
        assert!(lines.locked().queues.is_empty());
    }
}
