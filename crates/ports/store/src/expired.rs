//! What may be forgotten.

use jiff::Timestamp;
use names::ProjectId;

/// What has been kept long enough, of one kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expired {
    /// Entries of the audit log from before an instant, and the oldest beyond so many bytes.
    Audit {
        /// The instant.
        before: Timestamp,
        /// How many bytes of JSON are kept at most.
        most_bytes: u64,
    },
    /// Changes of the feed from before an instant that every process has followed.
    ///
    /// A process says how far it is by asking for this; one that has not said so since that instant is not waited for,
    /// and has to be started anew if it comes back.
    Changes {
        /// The instant.
        before: Timestamp,
        /// The name of the process that asks.
        node: String,
        /// The present instant.
        now: Timestamp,
    },
    /// Decisions from before an instant, and the oldest beyond so many bytes.
    Decisions {
        /// The instant.
        before: Timestamp,
        /// How many bytes of JSON are kept at most.
        most_bytes: u64,
    },
    /// Log entries from before an instant, and the oldest beyond so many bytes.
    Logs {
        /// The instant.
        before: Timestamp,
        /// How many bytes of JSON are kept at most.
        most_bytes: u64,
    },
    /// Log entries and operations of a project that is erased, those that run among them.
    OfProject(ProjectId),
    /// Operations that are done: those that were begun before an instant, and the oldest beyond so many bytes.
    Operations {
        /// The instant.
        before: Timestamp,
        /// How many bytes of JSON are kept at most, those that run among them.
        most_bytes: u64,
    },
}
