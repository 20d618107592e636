//! A stored entry as a message.

use logs::LogEntry;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use prost_types::{ListValue, Struct, Value, value::Kind};
use serde_json::Value as Json;
use wire::google::api::MonitoredResource;
use wire::google::logging::r#type::{HttpRequest, LogSeverity};
use wire::google::logging::v2::{self, log_entry::Payload};
use wire::time::timestamp;

/// The entry.
pub(super) fn entry(entry: LogEntry) -> v2::LogEntry {
    let log_id = utf8_percent_encode(&entry.log_id, ENCODED);
    let payload = match entry.payload {
        Json::Object(fields) => Payload::JsonPayload(of_object(fields)),
        Json::String(text) => Payload::TextPayload(text),
        other @ (Json::Array(_) | Json::Bool(_) | Json::Null | Json::Number(_)) => {
            Payload::TextPayload(other.to_string())
        }
    };
    v2::LogEntry {
        log_name: format!("projects/{}/logs/{log_id}", entry.project),
        resource: Some(MonitoredResource {
            r#type: entry.resource_type,
            labels: entry.resource_labels.into_iter().collect(),
        }),
        payload: Some(payload),
        timestamp: Some(timestamp(entry.timestamp)),
        receive_timestamp: Some(timestamp(entry.timestamp)),
        severity: LogSeverity::from_str_name(&entry.severity).unwrap_or_default().into(),
        insert_id: entry.insert_id,
        labels: entry.labels.into_iter().collect(),
        http_request: entry
            .http_status
            .map(|status| HttpRequest { status: status.into(), ..HttpRequest::default() }),
        ..v2::LogEntry::default()
    }
}

pub(crate) fn of_object(fields: serde_json::Map<String, Json>) -> Struct {
    Struct { fields: fields.into_iter().map(|(name, value)| (name, of_json(value))).collect() }
}

fn of_json(json: Json) -> Value {
    let kind = match json {
        Json::Array(items) => Kind::ListValue(ListValue { values: items.into_iter().map(of_json).collect() }),
        Json::Bool(bool) => Kind::BoolValue(bool),
        Json::Null => Kind::NullValue(0),
        // A number that is no finite double cannot be written as JSON, and so is not in a stored entry.
        Json::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Json::Object(fields) => Kind::StructValue(of_object(fields)),
        Json::String(text) => Kind::StringValue(text),
    };
    Value { kind: Some(kind) }
}

/// Log IDs are URL-encoded in log names: `cloudscheduler.googleapis.com%2Fexecutions`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');
