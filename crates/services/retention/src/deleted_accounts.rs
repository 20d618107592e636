//! Deleted accounts that nobody can bring back any more.

use jiff::Timestamp;
use store::{ApplyError, DeletedAccountRecord, Expectation, Plan, Recorded};
use tracing::{info, warn};

use crate::{Retention, UNDELETE_WITHIN};

impl Retention {
    /// Forgets those that were deleted long enough ago, each in a write of its own: one that comes back, or is written
    /// anew, at the same instant stays until the next round.
    pub(crate) async fn forget_deleted_accounts(&self, now: Timestamp) {
        let store = &self.parts.store;
        let all = match store.all::<DeletedAccountRecord>("").await {
            Ok(all) => all,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                return warn!(error, "the deleted accounts could not be read");
            }
        };
        let before = now.checked_sub(UNDELETE_WITHIN).unwrap_or(Timestamp::MIN);
        let mut count = 0;
        for stored in all.into_iter().filter(|stored| stored.record.deleted_at <= before) {
            let key = stored.record.key();
            let as_read = Expectation::At(key.clone().into(), stored.revision);
            match store.apply(Plan::new().expect(as_read).delete(key)).await {
                Ok(_) => count += 1,
                Err(ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {}
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    warn!(error, "a deleted account could not be forgotten");
                    break;
                }
            }
        }
        if count > 0 {
            info!(count, "deleted accounts that nobody can bring back are forgotten");
        }
    }
}
