//! JSON as a `google.protobuf.Struct`, and back.

use prost_types::{ListValue, Struct, Value, value::Kind};
use serde_json::{Number, Value as Json};

/// An object.
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

/// The object that a struct is. Whoever decoded it has bounded its depth. What is no number in JSON becomes nothing.
pub(super) fn to_object(fields: Struct) -> serde_json::Map<String, Json> {
    fields.fields.into_iter().map(|(name, value)| (name, to_json(value))).collect()
}

fn to_json(value: Value) -> Json {
    match value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(bool)) => Json::Bool(bool),
        Some(Kind::ListValue(list)) => Json::Array(list.values.into_iter().map(to_json).collect()),
        Some(Kind::NumberValue(number)) => number_of(number).map_or(Json::Null, Json::Number),
        Some(Kind::StringValue(text)) => Json::String(text),
        Some(Kind::StructValue(fields)) => Json::Object(to_object(fields)),
    }
}

/// A whole number without a fraction, as people write it.
fn number_of(number: f64) -> Option<Number> {
    let whole = number.trunc() == number && number.abs() < LARGEST_WHOLE;
    // A whole number within 53 bits is one within 64.
    if whole { Some(Number::from(number as i64)) } else { Number::from_f64(number) }
}

/// Up to here a double holds every whole number: 2⁵³.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_come_back() {
        let object = json!({
            "a": [1, -2.5, null, true, "x", {"b": []}], "large": 9_007_199_254_740_991_i64, "huge": 1e300, "zero": 0,
        });
        let Json::Object(fields) = object.clone() else { panic!("an object") };
        assert_eq!(Json::Object(to_object(of_object(fields))), object);
    }

    #[test]
    fn what_is_no_number_in_json_becomes_nothing() {
        let fields = [("a".to_owned(), Value { kind: Some(Kind::NumberValue(f64::NAN)) })];
        assert_eq!(to_object(Struct { fields: fields.into_iter().collect() })["a"], Json::Null);
    }
}
