//! The one writer thread: all that waits is done in one transaction and answered after the commit.
//!
//! Each job is a savepoint of its own, so that one refusal undoes one job. The queue is bounded; a full one makes the
//! caller wait.

use super::{StoreError, Tx};
use crate::domain::time::Timestamp;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{mpsc, oneshot};

/// Jobs that may wait, and jobs that one commit takes at the most.
const QUEUE: usize = 1024;
const GROUP: usize = 128;

/// Told how the commit went, it answers the caller.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Does the work; `true` beside the answer means that something is to be kept.
type Job = Box<dyn FnOnce(&Connection) -> (bool, Answer) + Send>;

pub struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    pub fn start(conn: Connection, version: Arc<AtomicU64>) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || drive(&conn, queue, &version))
            .map_err(|_| StoreError::Stopped)?;
        Ok(Self { jobs })
    }

    pub async fn run<T, E, F>(&self, now: Timestamp, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel::<Result<T, E>>();
        let job: Job = Box::new(move |conn| {
            let result = catch_unwind(AssertUnwindSafe(|| work(&Tx { conn, now })));
            let result = result.unwrap_or_else(|_| {
                tracing::error!("A write broke down and was undone; the others go on.");
                Err(StoreError::Stopped.into())
            });
            let keep = result.is_ok();
            let answer: Answer = Box::new(move |committed| {
                let result = result.and_then(|done| committed.map(|()| done).map_err(E::from));
                // A caller that went away does not undo what it asked for.
                let _ = reply.send(result);
            });
            (keep, answer)
        });
        if self.jobs.send(job).await.is_err() {
            return Err(StoreError::Stopped.into());
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }
}

fn drive(conn: &Connection, mut queue: mpsc::Receiver<Job>, version: &AtomicU64) {
    while let Some(first) = queue.blocking_recv() {
        let mut answers = Vec::new();
        let outcome = group(conn, first, &mut queue, &mut answers);
        match &outcome {
            Ok(()) => _ = version.fetch_add(1, Ordering::Release),
            Err(error) => {
                tracing::error!(%error, "A commit failed; what it held was not acknowledged.");
                if !conn.is_autocommit() {
                    let _ = conn.execute_batch("ROLLBACK");
                }
            }
        }
        for answer in answers {
            answer(outcome.as_ref().copied().map_err(again));
        }
    }
    let _ = conn.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
}

/// One transaction with all the jobs that wait.
fn group(conn: &Connection, first: Job, queue: &mut mpsc::Receiver<Job>, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
    let begun = conn.execute_batch("BEGIN IMMEDIATE");
    let mut next = Some(first);
    while let Some(job) = next {
        if begun.is_err() {
            // Not begun: the work is not done, and its answer says so.
            answers.push(job_not_done(job, conn));
        } else {
            conn.execute_batch("SAVEPOINT job")?;
            let (keep, answer) = job(conn);
            answers.push(answer);
            conn.execute_batch(if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
        }
        next = if answers.len() < GROUP { queue.try_recv().ok() } else { None };
    }
    begun?;
    conn.execute_batch("COMMIT")?;
    Ok(())
}

/// Runs the job inside a savepoint that is thrown away, so that its answer exists and can carry the store's error.
fn job_not_done(job: Job, conn: &Connection) -> Answer {
    let _ = conn.execute_batch("SAVEPOINT job");
    let (_, answer) = job(conn);
    let _ = conn.execute_batch("ROLLBACK TO job; RELEASE job");
    answer
}

/// The same error for each caller of a group.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Sqlite(rusqlite::Error::SqliteFailure(code, text)) => {
            StoreError::Sqlite(rusqlite::Error::SqliteFailure(*code, text.clone()))
        }
        other => StoreError::Unusable { path: "database".into(), why: other.to_string() },
    }
}
