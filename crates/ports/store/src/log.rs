//! Log entries, and which ones to read.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use names::ProjectId;

/// A log entry (facts §7.6 for those of jobs).
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct LogEntry {
    /// Unique within its log; also the order among entries of one instant.
    pub insert_id: String,
    /// The project.
    pub project: ProjectId,
    /// The log's short ID, such as `cloudscheduler.googleapis.com/executions`.
    pub log_id: String,
    /// When it happened.
    pub timestamp: Timestamp,
    /// `DEBUG`, `INFO`, `NOTICE`, `WARNING`, `ERROR`, …, or the number of one between those.
    pub severity: String,
    /// Monitored resource type, such as `cloud_scheduler_job`.
    pub resource_type: String,
    /// Its labels.
    pub resource_labels: BTreeMap<String, String>,
    /// The payload, with `@type` where it has one: an object, a text, or nothing.
    pub payload: serde_json::Value,
    /// The HTTP request that it is about.
    #[serde(default, alias = "http_status", deserialize_with = "request_or_status")]
    pub http_request: Option<LoggedRequest>,
    /// What else is known, beside the payload.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Where it came from, as far as its writer told.
    #[serde(default, skip_serializing_if = "is_default")]
    pub origin: LogOrigin,
}

/// The HTTP request that an entry is about: what is known of it.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct LoggedRequest {
    /// The method in capitals.
    #[serde(skip_serializing_if = "is_default")]
    pub method: String,
    /// The URL.
    #[serde(skip_serializing_if = "is_default")]
    pub url: String,
    /// In bytes, with its head.
    #[serde(skip_serializing_if = "is_default")]
    pub size_bytes: i64,
    /// The status that was answered; 0 where there was none.
    #[serde(skip_serializing_if = "is_default")]
    pub status: i32,
    /// Of the answer, in bytes, with its head.
    #[serde(skip_serializing_if = "is_default")]
    pub response_size_bytes: i64,
    /// The client.
    #[serde(skip_serializing_if = "is_default")]
    pub user_agent: String,
    /// The client's address.
    #[serde(skip_serializing_if = "is_default")]
    pub remote_ip: String,
    /// The server's address.
    #[serde(skip_serializing_if = "is_default")]
    pub server_ip: String,
    /// Where the client says that it comes from.
    #[serde(skip_serializing_if = "is_default")]
    pub referer: String,
    /// From the request to the end of the answer.
    #[serde(skip_serializing_if = "is_default")]
    pub latency: Option<SignedDuration>,
    /// Whether a cache was asked.
    #[serde(skip_serializing_if = "is_default")]
    pub cache_lookup: bool,
    /// Whether it answered.
    #[serde(skip_serializing_if = "is_default")]
    pub cache_hit: bool,
    /// Whether it asked the server before.
    #[serde(skip_serializing_if = "is_default")]
    pub cache_validated: bool,
    /// How many bytes it took in.
    #[serde(skip_serializing_if = "is_default")]
    pub cache_fill_bytes: i64,
    /// Such as `HTTP/1.1`.
    #[serde(skip_serializing_if = "is_default")]
    pub protocol: String,
}

impl LoggedRequest {
    /// Of which only the status is known.
    pub fn answered(status: u16) -> Self {
        Self { status: status.into(), ..Self::default() }
    }
}

/// Where an entry came from.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct LogOrigin {
    /// When it was written, where that is not when it happened.
    #[serde(skip_serializing_if = "is_default")]
    pub received_at: Option<Timestamp>,
    /// The trace, such as `projects/P/traces/ID`.
    #[serde(skip_serializing_if = "is_default")]
    pub trace: String,
    /// The span of the trace.
    #[serde(skip_serializing_if = "is_default")]
    pub span_id: String,
    /// Whether the trace is kept.
    #[serde(skip_serializing_if = "is_default")]
    pub trace_sampled: bool,
    /// The operation that several entries are about.
    #[serde(skip_serializing_if = "is_default")]
    pub operation: Option<LogOperation>,
    /// The line of a program.
    #[serde(skip_serializing_if = "is_default")]
    pub source_location: Option<LogSourceLocation>,
}

/// What several entries are about.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct LogOperation {
    /// Its ID, unique within its producer.
    pub id: String,
    /// Who produces it.
    pub producer: String,
    /// Whether it begins here.
    pub first: bool,
    /// Whether it ends here.
    pub last: bool,
}

/// The line of a program.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct LogSourceLocation {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 where it is not known.
    pub line: i64,
    /// The function.
    pub function: String,
}

/// Which log entries to read. Newest last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LogFilter {
    /// At or after this instant.
    pub since: Option<Timestamp>,
    /// At or before this instant.
    pub until: Option<Timestamp>,
    /// After the entry of this place, in the order that is asked for. It need not be there any more.
    pub after: Option<LogPlace>,
    /// Of this log only, by short ID.
    pub log_id: Option<String>,
    /// Which ones come first.
    pub order: LogOrder,
    /// At most so many, 1 to 1000.
    pub limit: u32,
}

/// In which order log entries come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LogOrder {
    /// The newest comes first.
    NewestFirst,
    /// The oldest comes first.
    #[default]
    OldestFirst,
}

/// Where an entry stands among those of its project: no two stand at one place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogPlace {
    /// Its timestamp.
    pub timestamp: Timestamp,
    /// Its ID, unique within its log.
    pub insert_id: String,
    /// Its log.
    pub log_id: String,
}

impl LogEntry {
    /// Where it stands.
    pub fn place(&self) -> LogPlace {
        let Self { timestamp, insert_id, log_id, .. } = self;
        LogPlace { timestamp: *timestamp, insert_id: insert_id.clone(), log_id: log_id.clone() }
    }
}

/// Entries from before there was more to a request have its status alone.
fn request_or_status<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<LoggedRequest>, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Either {
        Request(Box<LoggedRequest>),
        Status(u16),
    }
    let either = <Option<Either> as serde::Deserialize>::deserialize(deserializer)?;
    Ok(either.map(|either| match either {
        Either::Request(request) => *request,
        Either::Status(status) => LoggedRequest::answered(status),
    }))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_earlier_versions_are_read() {
        let entry = |more: &str| {
            let text = format!(
                r#"{{"insert_id":"1","project":"demo","log_id":"l","timestamp":"2027-01-15T08:00:00Z","severity":"INFO",
                    "resource_type":"global","resource_labels":{{}},"payload":null{more}}}"#
            );
            serde_json::from_str::<LogEntry>(&text).unwrap()
        };
        assert_eq!(entry(r#","http_status":503"#).http_request, Some(LoggedRequest::answered(503)));
        assert_eq!(entry(r#","http_status":null"#).http_request, None);
        assert_eq!(entry("").http_request, None);
        let request = LoggedRequest {
            url: "https://x/".into(),
            latency: Some(SignedDuration::from_millis(1500)),
            ..LoggedRequest::answered(200)
        };
        let whole = LogEntry { http_request: Some(request), ..entry("") };
        let text = serde_json::to_string(&whole).unwrap();
        assert_eq!(serde_json::from_str::<LogEntry>(&text).unwrap(), whole);
    }
}
