//! Time's own errands: asks the store what is due, and does it by an action. Nothing that matters lives only here.

use crate::actions::{Fault, settle};
use crate::clock::Clock;
use crate::live::hub::Hub;
use crate::store::Store;

/// It looks again at least this often, since a booking may come that is due sooner (milliseconds).
const LOOK_MS: i64 = 20_000;

/// Runs until its task is dropped.
pub async fn run(store: Store, clock: Clock, hub: Hub) {
    loop {
        let now = clock.now();
        let due = store.read(move |conn| settle::next_due(conn, now)).await;
        let wait_until = match due {
            Ok(due) if due <= now => {
                let done: Result<_, Fault> = store.write(now, settle::settle).await;
                match done {
                    Ok(effects) => {
                        hub.announce(&effects);
                        clock.now_ms() + 200
                    }
                    Err(fault) => {
                        tracing::error!(%fault, "What was due could not be done; it is tried again in a moment.");
                        clock.now_ms() + 5_000
                    }
                }
            }
            Ok(due) => (due.0 * 1000).min(clock.now_ms() + LOOK_MS),
            Err(fault) => {
                tracing::error!(%fault, "What is due could not be read; it is tried again in a moment.");
                clock.now_ms() + 5_000
            }
        };
        clock.sleep_until_ms(wait_until).await;
    }
}
