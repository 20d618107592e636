//! Settings of the API's Service that this version knows but does not serve.

use serde_json::Value;

use crate::SpecError;

/// Refuses a setting unless it asks for what happens anyway. Silence would be a lie: a service that was created
/// behind an identity-aware proxy must not answer without one.
pub(crate) fn check(path: &str, value: &Value) -> Result<(), SpecError> {
    if is_default(value) { Ok(()) } else { Err(SpecError::NotYet { field: path.to_owned() }) }
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
