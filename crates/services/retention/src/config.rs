//! How long things are kept.

use std::time::Duration;

/// How long things are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// The name of this process among those that share the store: the same after a restart, unlike any other's.
    pub node: String,
    /// How long entries of the audit log are kept, and how many bytes of them.
    pub audit: Bounds,
    /// How long changes of the configuration are kept for processes that do not answer; those that do are waited for.
    pub changes: Duration,
    /// How long decisions of the gate are kept, and how many bytes of them.
    pub decisions: Bounds,
    /// How long log entries are kept, and how many bytes of them.
    pub logs: Bounds,
    /// How long operations are kept that are done, and how many bytes of them.
    pub operations: Bounds,
}

/// How long a deleted account (facts §4.1), and a project that is marked for deletion (Resource Manager, "Shutting down
/// projects"), can come back; what is kept of it goes soon afterwards.
pub const UNDELETE_WITHIN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long something is kept, and how much of it: whichever is reached first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// How long.
    pub age: Duration,
    /// How much, in bytes as it is stored.
    pub bytes: u64,
}

impl Config {
    /// The defaults, for the process of this name.
    ///
    /// Log entries, decisions and operations 30 days, as in the `_Default` bucket of Cloud Logging, or 1 GiB each; audit
    /// entries 400 days, as in its `_Required` bucket, or 4 GiB; changes that all have followed a day.
    pub fn of_node(node: impl Into<String>) -> Self {
        let bounds = Bounds { age: 30 * DAY, bytes: 1 << 30 };
        Self {
            node: node.into(),
            audit: Bounds { age: 400 * DAY, bytes: 4 << 30 },
            changes: DAY,
            decisions: bounds,
            logs: bounds,
            operations: bounds,
        }
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
