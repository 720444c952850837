//! Time's own errands: asks the store what is due, and does it by an action. Nothing that matters lives only here.

use crate::actions::{Fault, settle};
use crate::clock::Clock;
use crate::keep::steady::{Look, Steady};
use crate::keep::watch::Watch;
use crate::live::hub::Hub;
use crate::store::Store;
use std::sync::Arc;
use std::time::Duration;

/// It looks again at least this often, since a booking may come that is due sooner (milliseconds).
const LOOK_MS: i64 = 20_000;

/// How often a clock that jumped is looked at again.
const DOUBT_LOOK: Duration = Duration::from_secs(5);

/// Whether what cannot be undone may be done by this clock; a jump is said once.
fn is_believed(steady: &mut Steady, clock: &Clock, watch: &Watch) -> bool {
    let (forward, wall) = clock.machine_ms();
    match steady.look(forward, wall) {
        Look::Jumped(by) => tracing::warn!(
            hours = by / 3_600_000,
            "The machine's clock jumped. Nobody is marked as absent and nothing is deleted until it has been steady for a quarter of \
             an hour; bookings and sessions go on."
        ),
        Look::Believed => tracing::info!("The machine's clock is believed again."),
        Look::Steady | Look::Doubted => {}
    }
    watch.doubt_clock(steady.is_doubted());
    !steady.is_doubted()
}

/// Runs until its task is dropped.
pub async fn run(store: Store, clock: Clock, hub: Hub, watch: Arc<Watch>) {
    let seen = store.read(settle::last_seen).await.ok().flatten().map(|seen| seen.0 * 1000);
    let mut steady = Steady::begin(clock.machine_ms().0, clock.machine_ms().1, seen.filter(|_| !clock.is_shifted()));
    loop {
        if !is_believed(&mut steady, &clock, &watch) {
            // By the steady clock: the other one may stand at any hour.
            tokio::time::sleep(DOUBT_LOOK).await;
            continue;
        }
        let wait_until = tick(&store, &clock, &hub).await;
        clock.sleep_until_ms(wait_until).await;
    }
}

/// Looks once at what is due and does it; gives when to look again, in milliseconds by the clock.
pub async fn tick(store: &Store, clock: &Clock, hub: &Hub) -> i64 {
    let now = clock.now();
    match store.read(move |conn| settle::next_due(conn, now)).await {
        Ok(due) if due <= now => {
            let done: Result<_, Fault> = store.write(now, settle::settle).await;
            match done {
                Ok(effects) => {
                    hub.announce(&effects);
                    clock.now_ms() + 200
                }
                Err(fault) => {
                    tracing::debug!(%fault, "What was due could not be done; it is tried again in a moment.");
                    clock.now_ms() + 5_000
                }
            }
        }
        Ok(due) => (due.0 * 1000).min(clock.now_ms() + LOOK_MS),
        Err(fault) => {
            match &fault {
                // What ails the disk is said once.
                Fault::Store(error) if error.ailment().is_some() => store.note(error),
                _ => tracing::warn!(%fault, "What is due could not be read; it is tried again in a moment."),
            }
            clock.now_ms() + 5_000
        }
    }
}
