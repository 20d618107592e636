//! How the engine works.

use std::time::Duration;

/// How the engine works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The name under which this process holds leases: the same after a restart, unlike any other process's.
    pub node: String,
    /// Attempts at once, at least 1.
    pub attempts_at_once: u32,
    /// Of those, attempts at once of one owner, such as one job, at least 1: one whose target never answers must not
    /// hold up the others.
    pub attempts_at_once_per_owner: u32,
    /// Of those, attempts at once of one project, at least 1.
    pub attempts_at_once_per_project: u32,
    /// How long a drain waits for attempts under way before it cuts them off; they are sent again after the restart.
    pub drain_patience: Duration,
}

impl Config {
    /// The defaults, for the process of this name: 256 attempts at once, of one owner 4 and of one project half of all, so
    /// that a hundred slow targets of a project hold up none of its others; 10 s for a drain.
    pub fn of_node(node: impl Into<String>) -> Self {
        Self {
            node: node.into(),
            attempts_at_once: 256,
            attempts_at_once_per_owner: 4,
            attempts_at_once_per_project: 128,
            drain_patience: Duration::from_secs(10),
        }
    }
}
