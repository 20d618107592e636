//! How the store fails.

use crate::RecordKey;

/// Why a plan was not applied. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A record that should be new is there.
    #[error("{0} exists")]
    AlreadyExists(RecordKey),
    /// A record changed since it was read.
    #[error("{0} was changed by somebody else")]
    Conflict(RecordKey),
    /// An owner has as many unfinished deliveries as the plan lets it have.
    #[error("{0} has as many unfinished deliveries as it may have")]
    Full(names::Uid),
    /// Another worker holds the delivery now.
    #[error("the lease on delivery {0} is lost")]
    LeaseLost(names::Uid),
    /// A record that should be there is not.
    #[error("{0} does not exist")]
    NotFound(RecordKey),
    /// The store cannot be reached, or broke.
    #[error("the store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// What is stored cannot be read as what it should be.
    #[error("the stored {kind} {key} cannot be read")]
    Corrupt {
        /// Kind of record.
        kind: &'static str,
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The store cannot be reached, or broke.
    #[error("the store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
