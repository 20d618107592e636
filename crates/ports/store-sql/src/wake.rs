//! Following other nodes: notifications wake, a slow poll is the truth.

use std::time::Duration;

use names::Secret;
use supervise::{Drain, Tasks, Timer};
use tracing::warn;

use crate::dialect::Wakes;
use crate::writer::Waker;

/// Looks for other nodes' changes whenever one is announced, and once in a while, until the drain begins or the
/// store is gone.
pub(crate) fn start(tasks: &Tasks, url: Secret<String>, waker: Waker) {
    let (drain, timer) = (tasks.drain(), tasks.timer().clone());
    tasks.spawn_loop("store follows other nodes", move || {
        follow(url.clone(), waker.clone(), drain.clone(), timer.clone())
    });
}

async fn follow(url: Secret<String>, waker: Waker, drain: Drain, timer: Timer) {
    let (mut wakes, mut deaf) = (None, false);
    while waker.wake().is_ok() {
        if wakes.is_none() {
            let Some(listening) = drain.unless_draining(Wakes::listen(url.reveal())).await else { return };
            if listening.is_err() && !deaf {
                warn!("the database cannot be listened to; changes of other nodes are seen by polling");
            }
            deaf = listening.is_err();
            wakes = listening.ok();
            // What was announced before the listening began was not heard: look once more.
            if wakes.is_some() && waker.wake().is_err() {
                return;
            }
        }
        let waiting = drain.unless_draining(timer.timeout(POLL, next(&mut wakes)));
        if waiting.await.is_none() {
            return;
        }
    }
}

/// A notification; for ever where nobody listens.
async fn next(wakes: &mut Option<Wakes>) {
    match wakes {
        None => std::future::pending().await,
        Some(listening) => {
            if listening.next().await.is_err() {
                *wakes = None;
            }
        }
    }
}

/// How long another node's change goes unseen when notifications do not work.
const POLL: Duration = Duration::from_secs(1);
