//! A stored entry as a message.

use logs::{LogEntry, LogId, LogName, LogOperation, LogOrigin, LogSourceLocation, LoggedRequest};
use serde_json::Value as Json;
use wire::google::api::MonitoredResource;
use wire::google::logging::r#type::{HttpRequest, LogSeverity};
use wire::google::logging::v2::{self, LogEntryOperation, LogEntrySourceLocation, log_entry::Payload};
use wire::time::timestamp;

use super::payload::of_object;

/// The entry.
pub(super) fn entry(entry: LogEntry) -> v2::LogEntry {
    let log_name = LogName { project: entry.project, id: LogId::of_entry(entry.log_id) }.to_string();
    let payload = match entry.payload {
        Json::Null => None,
        Json::Object(fields) => Some(Payload::JsonPayload(of_object(fields))),
        Json::String(text) => Some(Payload::TextPayload(text)),
        other @ (Json::Array(_) | Json::Bool(_) | Json::Number(_)) => {
            Some(Payload::TextPayload(other.to_string()))
        }
    };
    let LogOrigin { received_at, trace, span_id, trace_sampled, operation, source_location } = entry.origin;
    v2::LogEntry {
        log_name,
        resource: Some(MonitoredResource {
            r#type: entry.resource_type,
            labels: entry.resource_labels.into_iter().collect(),
        }),
        payload,
        timestamp: Some(timestamp(entry.timestamp)),
        receive_timestamp: Some(timestamp(received_at.unwrap_or(entry.timestamp))),
        severity: severity(&entry.severity),
        insert_id: entry.insert_id,
        labels: entry.labels.into_iter().collect(),
        http_request: entry.http_request.map(request),
        operation: operation.map(|operation| {
            let LogOperation { id, producer, first, last } = operation;
            LogEntryOperation { id, producer, first, last }
        }),
        trace,
        span_id,
        trace_sampled,
        source_location: source_location.map(|location| {
            let LogSourceLocation { file, line, function } = location;
            LogEntrySourceLocation { file, line, function }
        }),
        split: None,
    }
}

/// Clients may write numbers that have no name.
fn severity(text: &str) -> i32 {
    LogSeverity::from_str_name(text).map_or_else(|| text.parse().unwrap_or_default(), i32::from)
}

fn request(request: LoggedRequest) -> HttpRequest {
    HttpRequest {
        request_method: request.method,
        request_url: request.url,
        request_size: request.size_bytes,
        status: request.status,
        response_size: request.response_size_bytes,
        user_agent: request.user_agent,
        remote_ip: request.remote_ip,
        server_ip: request.server_ip,
        referer: request.referer,
        latency: request.latency.map(|latency| prost_types::Duration {
            seconds: latency.as_secs(),
            nanos: latency.subsec_nanos(),
        }),
        cache_lookup: request.cache_lookup,
        cache_hit: request.cache_hit,
        cache_validated_with_origin_server: request.cache_validated,
        cache_fill_bytes: request.cache_fill_bytes,
        protocol: request.protocol,
    }
}
