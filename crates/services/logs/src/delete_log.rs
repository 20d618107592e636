//! Deleting what is in a log.

use context::Context;
use iam::Permit;
use iam::permission::LoggingLogsDelete;
use names::ResourceName;
use serde_json::json;
use store::{ApplyError, Plan};

use crate::{LogId, LogName, Logs};

/// Why a log was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteLogError {
    /// There is nothing in it.
    #[error("the log {0} has no entries")]
    NotFound(LogName),
    /// It is made of what the gate decided, which is forgotten by age and size only.
    #[error("the log of requests is made of the gate's decisions, which cannot be deleted")]
    Requests,
    /// The store failed.
    #[error("the log could not be deleted")]
    StoreFailed(#[source] ApplyError),
}

impl Logs {
    /// Deletes every entry of a log of the permit's project; that it was asked for stands in the audit log, and is written
    /// there first. What is written meanwhile may stay.
    pub async fn delete_log(
        &self,
        context: &Context,
        permit: Permit<LoggingLogsDelete>,
        id: LogId,
    ) -> Result<(), DeleteLogError> {
        if id.is_of_requests() {
            return Err(DeleteLogError::Requests);
        }
        let project = permit.name().clone();
        let name = LogName { project: project.clone(), id };
        let resource: ResourceName = project.clone().into();
        let entry = audit::entry(context, &permit, resource, None, json!({ "log": name.to_string() }));
        let audited = self.store.apply(Plan::new().audit(entry)).await;
        audited.map_err(DeleteLogError::StoreFailed)?;
        let mut deleted = 0;
        for _ in 0..MOST_ROUNDS {
            let round = self.store.backend().delete_log(&project, name.id.as_str(), AT_ONCE).await;
            let round = round.map_err(DeleteLogError::StoreFailed)?;
            deleted += round;
            if round < u64::from(AT_ONCE) {
                break;
            }
        }
        if deleted == 0 { Err(DeleteLogError::NotFound(name)) } else { Ok(()) }
    }
}

/// Entries that one transaction deletes.
const AT_ONCE: u32 = 1000;
/// Whoever writes as fast as this deletes does not keep it busy for ever.
const MOST_ROUNDS: usize = 100_000;
