//! The one writer thread: all that waits is done in one transaction and answered after the commit.
//!
//! Each job is a savepoint of its own, so that one refusal undoes one job. The queue is bounded; a full one makes the
//! caller wait. Some errors (a full disk) make SQLite undo the whole transaction by itself: then nothing of the group was
//! done, nobody in it is told that it was, and the next group begins anew.

use super::health::Health;
use super::{StoreError, Tx, past};
use crate::domain::capacity::Carries;
use crate::domain::time::Timestamp;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Jobs that may wait, and jobs that one commit takes at the most.
const QUEUE: usize = 1024;
const GROUP: usize = 128;

/// Told how the commit went, it answers the caller.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Does the work, if there is a transaction to do it in; `true` beside the answer means that something is to be kept.
type Job = Box<dyn FnOnce(Option<&Connection>) -> (bool, Answer) + Send>;

/// How long the end waits for the log to be brought into the file; a disk that hangs does not hold the process for ever.
const LEAVE: Duration = Duration::from_secs(10);

pub struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    health: Arc<Health>,
    carries: Arc<OnceLock<Arc<dyn Carries>>>,
    thread: ThreadId,
    /// Closed when the thread has let go of the file.
    gone: Mutex<std::sync::mpsc::Receiver<()>>,
}

impl Writer {
    pub fn start(conn: Connection, version: Arc<AtomicU64>, health: Arc<Health>) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let noted = health.clone();
        let (going, gone) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                drive(&conn, queue, &version, &noted);
                drop(conn);
                drop(going);
            })
            .map_err(|_| StoreError::Stopped)?;
        let (carries, gone) = (Arc::default(), Mutex::new(gone));
        Ok(Self { jobs: Some(jobs), health, carries, thread: thread.thread().id(), gone })
    }

    /// Whom transactions ask what the machine carries.
    pub fn ask(&self, carries: Arc<dyn Carries>) {
        let _ = self.carries.set(carries);
    }

    pub async fn run<T, E, F>(&self, now: Timestamp, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel::<Result<T, E>>();
        let carries = self.carries.clone();
        let job: Job = Box::new(move |conn| {
            let result = conn.map(|conn| {
                let carries = carries.get().map(|carries| &**carries);
                let done = catch_unwind(AssertUnwindSafe(|| work(&Tx { conn, now, carries })));
                done.unwrap_or_else(|_| {
                    tracing::error!("A write broke down and was undone; the others go on.");
                    Err(StoreError::Stopped.into())
                })
            });
            let keep = matches!(result, Some(Ok(_)));
            let answer: Answer = Box::new(move |committed| {
                let result = match (result, committed) {
                    (Some(Ok(done)), Ok(())) => Ok(done),
                    (Some(Err(refused)), _) => Err(refused),
                    (_, Err(error)) => Err(error.into()),
                    (None, Ok(())) => Err(StoreError::Stopped.into()),
                };
                // A caller that went away does not undo what it asked for.
                let _ = reply.send(result);
            });
            (keep, answer)
        });
        let Some(jobs) = &self.jobs else { return Err(StoreError::Stopped.into()) };
        self.health.waiting.fetch_add(1, Ordering::Relaxed);
        let sent = jobs.send(job).await;
        self.health.waiting.fetch_sub(1, Ordering::Relaxed);
        if sent.is_err() {
            return Err(StoreError::Stopped.into());
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    /// Jobs that wait in the queue or for a place in it.
    pub fn waiting(&self) -> usize {
        self.health.waiting.load(Ordering::Relaxed) + self.jobs.as_ref().map_or(0, |jobs| QUEUE - jobs.capacity())
    }
}

impl Drop for Writer {
    /// Does what still waits, brings the log into the file and lets go of it, so that a file copied or moved after a graceful end is
    /// whole by itself.
    fn drop(&mut self) {
        drop(self.jobs.take());
        // The last handle may be one that a job held: the thread cannot wait for itself.
        if std::thread::current().id() != self.thread {
            let _ = self.gone.get_mut().unwrap_or_else(PoisonError::into_inner).recv_timeout(LEAVE);
        }
    }
}

fn drive(conn: &Connection, mut queue: mpsc::Receiver<Job>, version: &AtomicU64, health: &Health) {
    while let Some(first) = queue.blocking_recv() {
        let (began, mut answers) = (Instant::now(), Vec::new());
        let outcome = group(conn, first, &mut queue, &mut answers);
        match &outcome {
            Ok(()) => {
                version.fetch_add(1, Ordering::Release);
                health.committed(answers.len(), began.elapsed().as_micros() as u64);
            }
            Err(error) => {
                health.failed(error);
                undo(conn);
            }
        }
        for answer in answers {
            answer(outcome.as_ref().copied().map_err(StoreError::again));
        }
    }
    let _ = conn.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
}

fn undo(conn: &Connection) {
    if !conn.is_autocommit() {
        let _ = conn.execute_batch("ROLLBACK");
    }
}

/// One transaction with all the jobs that wait.
fn group(conn: &Connection, first: Job, queue: &mut mpsc::Receiver<Job>, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
    let mut state = run(conn, "BEGIN IMMEDIATE");
    let mut next = Some(first);
    while let Some(job) = next {
        if state.is_ok() {
            state = one(conn, job, answers);
        } else {
            // Never outside a transaction: there each statement would be kept by itself.
            answers.push(job(None).1);
        }
        next = if answers.len() < GROUP { queue.try_recv().ok() } else { None };
    }
    state?;
    run(conn, "COMMIT")
}

/// A word about the transaction itself, prepared once: each write says four of them.
fn run(conn: &Connection, word: &str) -> Result<(), StoreError> {
    conn.prepare_cached(word)?.execute([])?;
    Ok(())
}

/// One job in its savepoint; an error means that the whole group is lost.
fn one(conn: &Connection, job: Job, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
    if let Err(error) = run(conn, "SAVEPOINT job") {
        answers.push(job(None).1);
        return Err(error);
    }
    let (keep, answer) = job(Some(conn));
    answers.push(answer);
    if conn.is_autocommit() {
        return Err(cause(conn));
    }
    if !keep {
        run(conn, "ROLLBACK TO job")?;
    }
    run(conn, "RELEASE job")
}

/// Why SQLite undid a transaction by itself: the job knows and may not say, so the disk is asked once more.
fn cause(conn: &Connection) -> StoreError {
    let asked = conn.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::from).and_then(|()| {
        past::job_ran(conn, super::PROBE, Timestamp(0))?;
        Ok(conn.execute_batch("COMMIT")?)
    });
    undo(conn);
    asked.err().unwrap_or(StoreError::Slow)
}
