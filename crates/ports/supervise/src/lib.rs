//! Background work with a name, an owner and an end; and the only clock that anything waits on.
//!
//! Every task of the process is started through [`Tasks`], so that a broken one is logged by name, and so that a
//! stop is orderly: the [`Drain`] signal asks, [`Supervisor::drain`] waits until a deadline, names what did not
//! end and ends it. Every wait goes through [`Timer`], which the wall clock drives in the product and a person
//! drives by hand in a test. [`Readiness`] says whether all parts of the process serve.
//!
//! # Example
//!
//! Ada runs a bakery's order service. Its loop prints a summary every hour; in her test an hour takes no time:
//!
//! ```
//! use std::{sync::{Arc, atomic::{AtomicU32, Ordering}}, time::Duration};
//! use supervise::{Supervisor, Timer};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let (timer, clock) = Timer::by_hand("2026-11-22T08:00:00Z".parse().unwrap());
//! let supervisor = Supervisor::new(&timer);
//! let summaries = Arc::new(AtomicU32::new(0));
//!
//! let (drain, printed) = (supervisor.tasks().drain(), summaries.clone());
//! supervisor.tasks().spawn("hourly summary", async move {
//!     while drain.unless_draining(timer.sleep(Duration::from_secs(3600))).await.is_some() {
//!         printed.fetch_add(1, Ordering::Relaxed);
//!     }
//! });
//!
//! clock.advance(Duration::from_secs(3 * 3600)).await;
//! assert_eq!(summaries.load(Ordering::Relaxed), 3);
//!
//! let deadline = clock.now() + Duration::from_secs(30);
//! supervisor.drain(deadline).await.expect("the loop listens to the drain");
//! # });
//! ```
//!
//! # Invariants
//!
//! - No other crate calls `tokio::spawn` or `tokio::time`; `clippy.toml` refuses them.
//! - A panic never ends the process. It ends its task, is logged with the task's name, and what follows was
//!   chosen when the task was started: see [`Tasks`].
//! - Under [`Timer::by_hand`] no instant passes unless [`HandClock::advance`] moves it, and `advance` returns only
//!   when everything it woke is parked again: see [`HandClock`]. Only [`on_real_time`] does not follow it.
//! - Under [`Timer::wall`] nothing of the bookkeeping for hand-driven time is paid for.

mod drain;
mod hand;
mod pulse;
mod readiness;
mod supervisor;
mod tasks;
mod timer;

pub use drain::Drain;
pub use hand::HandClock;
pub use readiness::{Part, Readiness, State};
pub use supervisor::{Supervisor, Undrained};
pub use tasks::{Blocked, Task, Tasks};
pub use timer::{Elapsed, Sleep, Timer, on_real_time};
