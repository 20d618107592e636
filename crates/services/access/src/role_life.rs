//! How long a deleted role can come back, and how long its ID stays taken.

use jiff::{SignedDuration, Timestamp};
use store::RoleRecord;

/// A deleted role can come back for so long (facts §4.4).
const UNDELETABLE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// After so long, nothing is left of it and its ID can be given again: 7 days, and the 30 that Google says permanent
/// deletion takes (IAM documentation, "Creating and managing custom roles").
const GONE: SignedDuration = SignedDuration::from_hours(37 * 24);

/// Where a role stands in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RoleLife {
    /// It is marked for deletion and can come back.
    Deleted,
    /// It is marked for deletion and cannot come back, but its ID is still taken.
    Fading,
    /// Nothing is left of it.
    Gone,
    /// It can be held.
    Standing,
}

impl RoleLife {
    /// Of this role, at this instant.
    pub(crate) fn of(role: &RoleRecord, now: Timestamp) -> Self {
        let Some(deleted_at) = role.deleted_at else { return Self::Standing };
        match now.duration_since(deleted_at) {
            since if since < UNDELETABLE => Self::Deleted,
            since if since < GONE => Self::Fading,
            _ => Self::Gone,
        }
    }
}
