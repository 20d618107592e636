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
//! Requests to services are entries too, of the log `run.googleapis.com/requests`, and calls of functions of the first
//! generation of `cloudfunctions.googleapis.com/cloud-functions`: they are made, when somebody reads, of what the gate
//! decided and wrote down for its own sake, so that no request is written twice.
//!
//! Use cases: [`Logs::list`], [`Logs::list_logs`], [`Logs::new_entries`], [`Logs::write`], [`Logs::delete_log`]. What Doorward itself has to say is
//! `store::Work::AppendLogs` in the plan of whoever did the work.
//!
//! Invariants: an entry is written in the transaction of what it tells about; who may not list a project's entries
//! sees none of them; an entry holds no secret; nobody but Doorward writes to the logs that it writes to; a page costs a
//! bounded amount of work, and its place goes on where it ended.

mod delete_log;
#[doc(hidden)]
pub mod fuzz;
mod insert_id;
mod list_entries;
mod list_logs;
mod name;
mod request_entry;
mod sources;
mod tail;
mod view;
mod write_entries;

use store::Store;

pub use delete_log::DeleteLogError;
pub use insert_id::insert_id_of_step;
pub use list_entries::{Entries, ListEntriesError, Place, Query};
pub use list_logs::ListLogsError;
pub use logfilter::{Error as FilterError, Filter};
pub use name::{LogId, LogName, LogNameError, parse_log_name};
pub use store::{LogEntry, LogOperation, LogOrder, LogOrigin, LogSourceLocation, LoggedRequest};
pub use tail::Tail;
pub use write_entries::{CheckedEntry, EntryFault, NewEntry, WriteEntriesError};

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
