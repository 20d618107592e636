//! The log entries of projects.

use std::collections::BTreeSet;

use iam::Permit;
use iam::permission::LoggingLogEntriesList;
use jiff::Timestamp;
use logfilter::Filter;
use store::{LogEntry, LogOrder, ReadError};

use crate::request_entry::{REQUESTS, Requests};
use crate::sources::{Sources, Wanted};
use crate::{Logs, view};

/// Which entries are wanted.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// What they must be.
    pub filter: Filter,
    /// Which ones come first.
    pub order: LogOrder,
    /// Those after this place, in that order.
    pub after: Option<Place>,
    /// At most so many; brought into 1 to 1000.
    pub limit: u32,
}

/// Where an entry stands among all of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The microsecond of its timestamp, since 1970.
    pub microsecond: i64,
    /// Its ID.
    pub insert_id: String,
    /// Its log.
    pub log_id: String,
    /// Its project; empty for what was only looked at.
    pub project: String,
}

/// Entries, and where to go on. There may be more although this has few, or none: so much is looked at, and no more.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Entries {
    /// What was wanted.
    pub entries: Vec<LogEntry>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Place>,
}

/// Why no entries were listed.
#[derive(Debug, thiserror::Error)]
pub enum ListEntriesError {
    /// The store failed.
    #[error("the log entries could not be read")]
    StoreFailed(#[source] ReadError),
}

impl Logs {
    /// A page of the entries of the permits' projects that are wanted: what was written to their logs, and the requests to
    /// their services and functions.
    pub async fn list(
        &self,
        permits: &[Permit<LoggingLogEntriesList>],
        query: Query,
    ) -> Result<Entries, ListEntriesError> {
        self.list_since(permits, query, None).await
    }

    /// As [`Logs::list`], of entries at or after an instant.
    pub(crate) async fn list_since(
        &self,
        permits: &[Permit<LoggingLogEntriesList>],
        query: Query,
        since: Option<Timestamp>,
    ) -> Result<Entries, ListEntriesError> {
        let bounds = query.filter.bounds();
        let may_be = |bound: &Option<String>, is: &str| bound.as_deref().is_none_or(|it| it == is);
        let may_be_of = |requests: &Requests| {
            may_be(&bounds.log_id, requests.log_id)
                && may_be(&bounds.resource_type, requests.resource_type)
                && !bounds.other_log_ids.iter().any(|id| id == requests.log_id)
        };
        let mut sources = Sources::new(
            self.store.clone(),
            Wanted {
                projects: permits.iter().map(|permit| permit.name().clone()).collect::<BTreeSet<_>>(),
                since: bounds.since.max(since),
                until: bounds.until,
                requests: REQUESTS.iter().any(may_be_of),
                log_id: bounds.log_id,
                after: query.after,
                order: query.order,
            },
        );
        let limit = query.limit.clamp(1, LARGEST_PAGE) as usize;
        let mut left = Work::of(&query.filter);
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while let Some((place, entry)) = sources.next().await.map_err(ListEntriesError::StoreFailed)? {
            left.looked_at(entry.is_some());
            if let Some(entry) = entry {
                let seen = view::of(&entry);
                let weight = view::weight(&seen);
                left.read(weight);
                if query.filter.matches(&seen) {
                    bytes += weight;
                    entries.push(entry);
                }
            }
            if entries.len() >= limit || bytes >= MOST_BYTES || left.is_done() {
                return Ok(Entries { entries, next: Some(place) });
            }
        }
        Ok(Entries { entries, next: None })
    }
}

/// What one page may still cost.
struct Work {
    entries: usize,
    bytes: usize,
    others: usize,
}

impl Work {
    /// A filter of many comparisons looks at fewer entries.
    fn of(filter: &Filter) -> Self {
        let entries = (COMPARISONS / filter.comparisons().max(1)).clamp(LEAST_ENTRIES, MOST_ENTRIES);
        Self { entries, bytes: BYTES_READ, others: MOST_OTHERS }
    }

    fn looked_at(&mut self, is_entry: bool) {
        let left = if is_entry { &mut self.entries } else { &mut self.others };
        *left = left.saturating_sub(1);
    }

    fn read(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    fn is_done(&self) -> bool {
        self.entries == 0 || self.bytes == 0 || self.others == 0
    }
}

const LARGEST_PAGE: u32 = 1000;
/// Of one answer, about; one entry more may go beyond.
const MOST_BYTES: usize = 3 << 20;
/// Made for one page.
const COMPARISONS: usize = 100_000;
const LEAST_ENTRIES: usize = 200;
const MOST_ENTRIES: usize = 10_000;
/// Decisions about something else than the services of these projects.
const MOST_OTHERS: usize = 20_000;
/// Looked through for one page.
const BYTES_READ: usize = 16 << 20;
