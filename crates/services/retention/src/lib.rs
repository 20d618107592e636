//! What is recorded is kept for as long as was agreed, and no longer.
//!
//! Ada's shop is open to the world, and each visit leaves a decision of the gate. Left alone, strangers would fill her
//! disk. [`Retention`] looks every ten minutes and forgets what is older or more than its [`Config`] says, oldest
//! first:
//!
//! ```
//! use retention::Config;
//! use std::time::Duration;
//!
//! let kept = Config::of_node("embedded");
//! assert_eq!(kept.logs.age, Duration::from_secs(30 * 24 * 60 * 60));
//! assert_eq!(kept.audit.age, Duration::from_secs(400 * 24 * 60 * 60));
//! ```
//!
//! What it forgets: log entries, decisions of the gate, entries of the audit log, operations that are done, changes
//! of the configuration that every process has followed, accounts that were deleted so long ago that nobody can bring
//! them back, with the keys that went with them, and such projects, with everything that is in them: the audit log alone goes
//! on telling of it. It never touches what is still to be done elsewhere: deliveries go when they are judged done, by whoever
//! judges them.
//!
//! Use cases: [`Retention::start`].
//!
//! Invariants: what is younger than its age and within its size stays; the oldest goes first; each write is small, so
//! that nobody who writes waits long for it; after an error the next round tries again; a drain ends the loop between
//! two writes; neither the ID nor the number of a project that is gone is ever given again.

mod config;
mod deleted_accounts;
mod deleted_projects;
mod worker;

use std::sync::Arc;

use context::Randomness;
use store::Store;
use supervise::Tasks;

pub use config::{Bounds, Config, UNDELETE_WITHIN};

/// A cheap-clone handle onto whoever forgets.
#[derive(Clone)]
pub struct Retention {
    parts: Arc<Parts>,
}

struct Parts {
    config: Config,
    /// For the names of its own entries in the audit log.
    randomness: Arc<dyn Randomness>,
    store: Store,
    tasks: Tasks,
}

impl Retention {
    /// Not started yet: see [`Retention::start`].
    pub fn new(config: Config, store: Store, tasks: Tasks, randomness: Arc<dyn Randomness>) -> Self {
        Self { parts: Arc::new(Parts { config, randomness, store, tasks }) }
    }
}
