//! Which logs a project has.

use iam::Permit;
use iam::permission::LoggingLogsList;
use store::{DecisionFilter, LogOrder, ReadError};

use crate::name::REQUESTS;
use crate::{LogId, Logs, request_entry};

/// Why no logs were listed.
#[derive(Debug, thiserror::Error)]
pub enum ListLogsError {
    /// The store failed.
    #[error("the logs could not be read")]
    StoreFailed(#[source] ReadError),
}

impl Logs {
    /// The IDs of the logs of the permit's project that have entries, after one of them; `limit` is brought into 1 to
    /// 1000. The log of requests is there when one of the last thousands of requests to this Doorward was to a service of
    /// the project: to look further back would be to read them all.
    pub async fn list_logs(
        &self,
        permit: &Permit<LoggingLogsList>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<LogId>, ListLogsError> {
        let (project, limit) = (permit.name(), limit.clamp(1, 1000));
        let backend = self.store.backend();
        let mut ids = backend.log_ids(project, after, limit).await.map_err(ListLogsError::StoreFailed)?;
        if after < REQUESTS && self.has_requests(permit).await.map_err(ListLogsError::StoreFailed)? {
            ids.push(REQUESTS.to_owned());
            ids.sort();
            ids.dedup();
            ids.truncate(limit as usize);
        }
        Ok(ids.into_iter().map(LogId::of_entry).collect())
    }

    async fn has_requests(&self, permit: &Permit<LoggingLogsList>) -> Result<bool, ReadError> {
        let mut from = None;
        for _ in 0..LOOKS {
            let order = LogOrder::NewestFirst;
            let filter = DecisionFilter { from, order, limit: 1000, ..DecisionFilter::default() };
            let decisions = self.store.backend().requests(&filter).await?;
            let full = decisions.len() >= 1000;
            from = decisions.last().map(|decision| (decision.time, decision.request_id.clone()));
            let mut projects = decisions.into_iter().filter_map(request_entry::of).map(|entry| entry.project);
            if projects.any(|project| project == *permit.name()) {
                return Ok(true);
            }
            if !full {
                return Ok(false);
            }
        }
        Ok(false)
    }
}

/// How many times a thousand requests are looked at.
const LOOKS: usize = 5;
