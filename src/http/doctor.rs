//! The admin's page about how the instance fares: an examination that is made at most once at a time, and kept until the next.

use super::answer::{self, Answer};
use super::call::Call;
use super::{Web, guard};
use crate::actions::{admin, me};
use crate::domain::health::Report;
use crate::page;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

type Look = dyn Fn() -> Report + Send + Sync;

/// The examinations of this server: one at a time, on a thread that may wait.
pub struct Rounds {
    look: Arc<Look>,
    turn: tokio::sync::Mutex<()>,
    made: AtomicU64,
    last: Mutex<Option<Arc<Report>>>,
}

impl Rounds {
    pub fn new(look: impl Fn() -> Report + Send + Sync + 'static) -> Self {
        Self { look: Arc::new(look), turn: tokio::sync::Mutex::default(), made: AtomicU64::new(0), last: Mutex::default() }
    }

    /// The last examination of this server.
    pub(super) fn last(&self) -> Option<Arc<Report>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether somebody looks at this moment.
    pub(super) fn is_busy(&self) -> bool {
        self.turn.try_lock().is_err()
    }

    /// Looks at everything; who asks while that is done gets what it finds.
    pub(super) async fn make(&self) {
        let before = self.made.load(Ordering::Acquire);
        let _turn = self.turn.lock().await;
        if self.made.load(Ordering::Acquire) != before {
            return;
        }
        let look = self.look.clone();
        if let Ok(report) = tokio::task::spawn_blocking(move || look()).await {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(report));
            self.made.fetch_add(1, Ordering::Release);
        }
    }
}

pub async fn page(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let me = web.read(move |conn| admin::examiner(conn, who).and_then(|()| me(conn, who))).await?;
    let report = web.doctor.last();
    if call.head.wants_json() {
        return Ok(answer::json(http::StatusCode::OK, &report.as_deref()));
    }
    Ok(answer::page(page::admin_doctor::page(&me, report.as_deref(), web.now())))
}

pub async fn look(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    web.read(move |conn| admin::examiner(conn, who)).await?;
    web.doctor.make().await;
    Ok(answer::done(call.head.wants_json(), "Everything was looked at.", "/admin/doctor"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    #[tokio::test]
    async fn many_who_ask_at_once_share_one_examination() {
        let count = Arc::new(AtomicU64::new(0));
        let counted = count.clone();
        let rounds = Arc::new(Rounds::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Report { at: Timestamp(0), version: "1", findings: Vec::new() }
        }));
        let asked: Vec<_> = (0..5)
            .map(|_| {
                tokio::spawn({
                    let rounds = rounds.clone();
                    async move { rounds.make().await }
                })
            })
            .collect();
        for one in asked {
            one.await.expect("it ends");
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
        rounds.make().await;
        assert_eq!(count.load(Ordering::SeqCst), 2);
        assert!(rounds.last().is_some());
    }
}
