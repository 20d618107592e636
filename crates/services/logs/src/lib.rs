//! The log entries of jobs, services and deliveries.
//!
//! Grace's job failed at nine. Whoever delivered the request wrote an entry in the same transaction in which it
//! recorded the attempt; she reads the entries of her project, oldest first, from nine o'clock on. Two entries of
//! one instant keep the order in which they were thought of:
//!
//! ```
//! use context::{Caller, Context, Seeded, Stopped};
//! use names::Principal;
//! use std::sync::Arc;
//!
//! # let (clock, chance) = (Arc::new(Stopped::at_second(1_700_000_000)), Arc::new(Seeded::new(7)));
//! # let context = Context::new(Caller::of(Principal::Anonymous), clock, chance);
//! let started = logs::insert_id_of_step(&context, 0);
//! let finished = logs::insert_id_of_step(&context, 1);
//! assert!(started < finished);
//! ```
//!
//! Use cases: [`Logs::list`]. Writing is `store::Work::AppendLogs` in the plan of whoever did the work.
//!
//! Invariants: an entry is written in the transaction of what it tells about; who may not list a project's entries
//! sees none of them; an entry holds no secret.

mod insert_id;
mod list_entries;

use store::Store;

pub use insert_id::insert_id_of_step;
pub use list_entries::ListEntriesError;
pub use store::{LogEntry, LogFilter, LogOrder, LogPlace};

/// A cheap-clone handle onto the log entries of every project.
#[derive(Clone)]
pub struct Logs {
    store: Store,
}

impl Logs {
    /// The log entries in this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}
