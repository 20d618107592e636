//! Writing entries.

use std::collections::BTreeMap;

use context::Context;
use iam::Permit;
use iam::permission::LoggingLogEntriesCreate;
use jiff::{SignedDuration, Timestamp};
use store::{ApplyError, LogEntry, LogOrigin, LoggedRequest, Plan, Work};

use crate::name::LogId;
use crate::{Logs, insert_id_of_step, view};

/// An entry that a client writes.
#[derive(Clone, PartialEq, Debug)]
pub struct NewEntry {
    /// Its log.
    pub log: LogId,
    /// When it happened; now if it does not say.
    pub timestamp: Option<Timestamp>,
    /// Unique in its log; drawn if it has none. Of two with one ID and timestamp the first stays.
    pub insert_id: Option<String>,
    /// `DEBUG`, `INFO`, …, or the number of one between those.
    pub severity: String,
    /// Monitored resource type.
    pub resource_type: String,
    /// Its labels.
    pub resource_labels: BTreeMap<String, String>,
    /// An object, a text, or nothing.
    pub payload: serde_json::Value,
    /// The request that it is about.
    pub http_request: Option<LoggedRequest>,
    /// Whatever its writer wants.
    pub labels: BTreeMap<String, String>,
    /// Where it came from.
    pub origin: LogOrigin,
}

/// What is wrong with an entry (cloud.google.com/logging/quotas for the limits).
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EntryFault {
    /// Its ID is too long.
    #[error("an insertId has at most {MOST_ID_BYTES} bytes")]
    InsertIdTooLong,
    /// A label is too long, or there are too many.
    #[error("an entry has at most {MOST_LABELS} labels, each with a key of at most {MOST_KEY_BYTES} bytes")]
    Labels,
    /// Only Doorward writes to that log.
    #[error("only Doorward writes to the log {0}")]
    Reserved(String),
    /// It is of a time that has yet to come.
    #[error("its timestamp is more than a day in the future")]
    TooEarly,
    /// It is too large.
    #[error("an entry has at most {MOST_BYTES} bytes, and it has about {0}")]
    TooLarge(usize),
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteEntriesError {
    /// The store failed.
    #[error("the log entries could not be written")]
    StoreFailed(#[source] ApplyError),
}

/// An entry that may be written, made by [`NewEntry::checked`].
#[derive(Clone, PartialEq, Debug)]
pub struct CheckedEntry(NewEntry);

impl NewEntry {
    /// The entry, within its limits.
    pub fn checked(self, context: &Context) -> Result<CheckedEntry, EntryFault> {
        if self.log.is_reserved() {
            return Err(EntryFault::Reserved(self.log.as_str().to_owned()));
        }
        if self.insert_id.as_ref().is_some_and(|id| id.len() > MOST_ID_BYTES) {
            return Err(EntryFault::InsertIdTooLong);
        }
        let latest = context.now().saturating_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
        if self.timestamp.is_some_and(|timestamp| timestamp > latest) {
            return Err(EntryFault::TooEarly);
        }
        let labels = self.labels.iter().chain(&self.resource_labels);
        if self.labels.len() > MOST_LABELS
            || self.resource_labels.len() > MOST_LABELS
            || labels.into_iter().any(|(key, _)| key.len() > MOST_KEY_BYTES)
        {
            return Err(EntryFault::Labels);
        }
        let bytes = self.weight();
        if bytes > MOST_BYTES {
            return Err(EntryFault::TooLarge(bytes));
        }
        Ok(CheckedEntry(self))
    }

    fn weight(&self) -> usize {
        let labels = self.labels.iter().chain(&self.resource_labels);
        let request = self.http_request.as_ref().map_or(0, |request| {
            let LoggedRequest { method, url, user_agent, remote_ip, server_ip, referer, protocol, .. } =
                request;
            [method, url, user_agent, remote_ip, server_ip, referer, protocol]
                .iter()
                .map(|text| text.len())
                .sum()
        });
        let LogOrigin { trace, span_id, operation, source_location, .. } = &self.origin;
        let operation =
            operation.as_ref().map_or(0, |operation| operation.id.len() + operation.producer.len());
        let location = source_location.as_ref().map_or(0, |at| at.file.len() + at.function.len());
        let labels: usize = labels.map(|(key, value)| key.len() + value.len()).sum();
        let texts = self.resource_type.len() + trace.len() + span_id.len();
        view::weight(&self.payload) + labels + request + operation + location + texts
    }
}

impl Logs {
    /// Writes entries, those of each project with a permit for it: all of them or none. One that is there already stays
    /// as it is, so that whoever did not hear the answer may write again.
    pub async fn write(
        &self,
        context: &Context,
        entries: Vec<(Permit<LoggingLogEntriesCreate>, Vec<CheckedEntry>)>,
    ) -> Result<(), WriteEntriesError> {
        let mut written = Vec::new();
        for (permit, entries) in entries {
            let entries = entries.into_iter().map(|CheckedEntry(entry)| LogEntry {
                insert_id: entry.insert_id.unwrap_or_else(|| insert_id_of_step(context, 0)),
                project: permit.name().clone(),
                log_id: entry.log.as_str().to_owned(),
                timestamp: entry.timestamp.unwrap_or_else(|| context.now()),
                severity: entry.severity,
                resource_type: entry.resource_type,
                resource_labels: entry.resource_labels,
                payload: entry.payload,
                http_request: entry.http_request,
                labels: entry.labels,
                origin: LogOrigin { received_at: Some(context.now()), ..entry.origin },
            });
            written.extend(entries);
        }
        let plan = Plan::new().work(Work::AppendLogs(written));
        self.store.apply(plan).await.map(|_| ()).map_err(WriteEntriesError::StoreFailed)
    }
}

const MOST_BYTES: usize = 256 << 10;
const MOST_ID_BYTES: usize = 512;
const MOST_KEY_BYTES: usize = 512;
const MOST_LABELS: usize = 64;
