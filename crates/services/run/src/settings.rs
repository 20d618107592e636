//! Settings of the API's Service that this version knows but does not serve.

use serde_json::Value;

use crate::SpecError;

/// Refuses a setting unless it asks for what happens anyway. Silence would be a lie: a service that was created
/// with internal ingress must not be reachable from everywhere.
pub(crate) fn check(path: &str, value: &Value) -> Result<(), SpecError> {
    let harmless = is_default(value)
        || match path {
            "ingress" => is_one_of(value, &["INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_UNSPECIFIED"]),
            "traffic" => is_all_to_latest(value),
            _ => false,
        };
    if harmless { Ok(()) } else { Err(SpecError::NotYet { field: path.to_owned() }) }
}

/// What proto3 cannot tell from absent.
fn is_default(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Bool(on) => !on,
        Value::Null => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Object(members) => members.values().all(is_default),
        Value::String(text) => text.is_empty(),
    }
}

fn is_one_of(value: &Value, accepted: &[&str]) -> bool {
    value.as_str().is_some_and(|text| accepted.contains(&text))
}

/// `[{type: …_LATEST, percent: 100}]`, without a tag: the same as no traffic setting (facts §2.5).
fn is_all_to_latest(value: &Value) -> bool {
    let Some([Value::Object(target)]) = value.as_array().map(Vec::as_slice) else { return false };
    target.get("percent").and_then(Value::as_i64) == Some(100)
        && target.get("type").is_none_or(|kind| {
            is_one_of(
                kind,
                &["TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "TRAFFIC_TARGET_ALLOCATION_TYPE_UNSPECIFIED"],
            )
        })
        && target.iter().all(|(name, value)| matches!(name.as_str(), "percent" | "type") || is_default(value))
}
