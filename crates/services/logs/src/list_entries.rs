//! The log entries of a project.

use iam::Permit;
use iam::permission::LoggingLogEntriesList;
use store::{LogEntry, LogFilter, ReadError};

use crate::Logs;

/// Why no entries were listed.
#[derive(Debug, thiserror::Error)]
pub enum ListEntriesError {
    /// The store failed.
    #[error("the log entries could not be read")]
    StoreFailed(#[source] ReadError),
}

impl Logs {
    /// Entries of the permit's project that the filter lets through; its limit is brought into 1 to 1000. The next
    /// page starts `after` the last entry of this one.
    pub async fn list(
        &self,
        permit: &Permit<LoggingLogEntriesList>,
        filter: LogFilter,
    ) -> Result<Vec<LogEntry>, ListEntriesError> {
        let filter = LogFilter { limit: filter.limit.clamp(1, LARGEST_PAGE), ..filter };
        self.store.backend().logs(permit.name(), &filter).await.map_err(ListEntriesError::StoreFailed)
    }
}

const LARGEST_PAGE: u32 = 1000;
