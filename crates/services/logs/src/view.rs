//! An entry in the form in which the API shows it, for filters.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use store::{LogEntry, LoggedRequest};

use crate::name::of_entry;

/// The entry as JSON.
pub(crate) fn of(entry: &LogEntry) -> Value {
    let mut view = Map::new();
    let mut put = |name: &str, value: Value| {
        if !is_default(&value) {
            view.insert(name.to_owned(), value);
        }
    };
    let payload = match &entry.payload {
        Value::String(_) => "textPayload",
        Value::Array(_) | Value::Bool(_) | Value::Null | Value::Number(_) | Value::Object(_) => "jsonPayload",
    };
    let origin = &entry.origin;
    put("logName", json!(of_entry(entry)));
    put("resource", json!({ "type": entry.resource_type, "labels": entry.resource_labels }));
    put(payload, entry.payload.clone());
    put("timestamp", instant(entry.timestamp));
    put("receiveTimestamp", instant(origin.received_at.unwrap_or(entry.timestamp)));
    put("severity", json!(entry.severity));
    put("insertId", json!(entry.insert_id));
    put("labels", json!(entry.labels));
    put("trace", json!(origin.trace));
    put("spanId", json!(origin.span_id));
    put("traceSampled", json!(origin.trace_sampled));
    put("httpRequest", entry.http_request.as_ref().map_or(Value::Null, request));
    if let Some(operation) = &origin.operation {
        let (first, last) = (operation.first, operation.last);
        put(
            "operation",
            json!({ "id": operation.id, "producer": operation.producer, "first": first, "last": last }),
        );
    }
    if let Some(location) = &origin.source_location {
        put(
            "sourceLocation",
            json!({ "file": location.file, "line": location.line, "function": location.function }),
        );
    }
    Value::Object(view)
}

/// About how many bytes the entry takes in an answer.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(|item| 2 + weight(item)).sum(),
        Value::Bool(_) | Value::Null | Value::Number(_) => 8,
        Value::Object(members) => members.iter().map(|(name, value)| 4 + name.len() + weight(value)).sum(),
        Value::String(text) => 2 + text.len(),
    }
}

fn request(request: &LoggedRequest) -> Value {
    let mut view = json!({
        "requestMethod": request.method,
        "requestUrl": request.url,
        "requestSize": request.size_bytes,
        "status": request.status,
        "responseSize": request.response_size_bytes,
        "userAgent": request.user_agent,
        "remoteIp": request.remote_ip,
        "serverIp": request.server_ip,
        "referer": request.referer,
        "latency": request.latency.map(seconds),
        "cacheLookup": request.cache_lookup,
        "cacheHit": request.cache_hit,
        "cacheValidatedWithOriginServer": request.cache_validated,
        "cacheFillBytes": request.cache_fill_bytes,
        "protocol": request.protocol,
    });
    if let Value::Object(members) = &mut view {
        members.retain(|_, value| !is_default(value));
    }
    view
}

fn instant(instant: Timestamp) -> Value {
    Value::String(instant.to_string())
}

fn seconds(duration: SignedDuration) -> String {
    format!("{}s", duration.as_secs_f64())
}

/// What the JSON of protocol buffers leaves out.
fn is_default(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Bool(bool) => !bool,
        Value::Null => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
    }
}
