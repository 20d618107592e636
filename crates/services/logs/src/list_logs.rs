//! Which logs a project has.

use std::collections::BTreeSet;

use iam::Permit;
use iam::permission::LoggingLogsList;
use store::{DecisionFilter, LogOrder, ReadError};

use crate::request_entry::{self, REQUESTS};
use crate::{LogId, Logs};

/// Why no logs were listed.
#[derive(Debug, thiserror::Error)]
pub enum ListLogsError {
    /// The store failed.
    #[error("the logs could not be read")]
    StoreFailed(#[source] ReadError),
}

impl Logs {
    /// The IDs of the logs of the permit's project that have entries, after one of them; `limit` is brought into 1 to
    /// 1000. A log of requests is there when one of the last thousands of requests to this Doorward was to a service or
    /// a function of the project: to look further back would be to read them all.
    pub async fn list_logs(
        &self,
        permit: &Permit<LoggingLogsList>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<LogId>, ListLogsError> {
        let (project, limit) = (permit.name(), limit.clamp(1, 1000));
        let backend = self.store.backend();
        let mut ids = backend.log_ids(project, after, limit).await.map_err(ListLogsError::StoreFailed)?;
        if REQUESTS.iter().any(|requests| after < requests.log_id) {
            let made = self.of_requests(permit).await.map_err(ListLogsError::StoreFailed)?;
            ids.extend(made.into_iter().filter(|id| after < id.as_str()));
            ids.sort();
            ids.dedup();
            ids.truncate(limit as usize);
        }
        Ok(ids.into_iter().map(LogId::of_entry).collect())
    }

    /// The logs of requests that the last thousands of them are in.
    async fn of_requests(&self, permit: &Permit<LoggingLogsList>) -> Result<BTreeSet<String>, ReadError> {
        let (mut from, mut made) = (None, BTreeSet::new());
        for _ in 0..LOOKS {
            let order = LogOrder::NewestFirst;
            let filter = DecisionFilter { from, order, limit: 1000, ..DecisionFilter::default() };
            let decisions = self.store.backend().requests(&filter).await?;
            let full = decisions.len() >= 1000;
            from = decisions.last().map(|decision| (decision.time, decision.request_id.clone()));
            let own = decisions.into_iter().filter_map(request_entry::of);
            made.extend(own.filter(|entry| entry.project == *permit.name()).map(|entry| entry.log_id));
            if !full || made.len() == REQUESTS.len() {
                break;
            }
        }
        Ok(made)
    }
}

/// How many times a thousand requests are looked at.
const LOOKS: usize = 5;
