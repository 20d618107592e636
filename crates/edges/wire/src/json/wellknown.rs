//! Well-known types that have a JSON form of their own.

use super::Reader;
use names::FieldPath;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use prost_types::{Duration, FieldMask, ListValue, NullValue, Struct, Timestamp, value};
use serde_json::{Map, Value as Json};

/// Whether the type's JSON is something else than an object of its fields.
pub fn has_own_form(descriptor: &MessageDescriptor) -> bool {
    form(descriptor).is_some()
}

/// Whether `null` sets the field instead of leaving it unset.
pub fn null_is_a_value(field: &FieldDescriptor) -> bool {
    !field.is_list() && !field.is_map() && kind_has_null(&field.kind())
}

/// Whether `null` is a value of this type.
pub fn kind_has_null(kind: &Kind) -> bool {
    match kind {
        Kind::Message(descriptor) => descriptor.full_name() == "google.protobuf.Value",
        Kind::Enum(descriptor) => descriptor.full_name() == "google.protobuf.NullValue",
        _ => false,
    }
}

/// How deeply nested the message will be, as far as the JSON alone decides it.
///
/// Inside `Struct` each object is three messages (`Struct`, its entry, `Value`) and each array two.
pub fn levels(descriptor: &MessageDescriptor, json: &Json) -> usize {
    match form(descriptor) {
        Some(Form::ListValue | Form::Struct | Form::Value) => depth(json),
        _ => 1,
    }
}

/// Reads a type that [`has_own_form`].
pub fn read(reader: &mut Reader, descriptor: &MessageDescriptor, json: Json) -> Option<DynamicMessage> {
    let form = form(descriptor)?;
    if form == Form::Any {
        return any(reader, descriptor, json);
    }
    let mut message = DynamicMessage::new(descriptor.clone());
    if form == Form::Wrapper {
        let field = descriptor.get_field_by_name("value")?;
        message.set_field(&field, reader.single(&field.kind(), json)?);
        return Some(message);
    }
    let read = match (form, &json) {
        (Form::Duration, Json::String(text)) => {
            duration(text).and_then(|value| message.transcode_from(&value).ok())
        }
        (Form::Empty, Json::Object(_)) => {
            let Json::Object(object) = json else { return None };
            reader.fields(&mut message, object);
            return Some(message);
        }
        (Form::FieldMask, Json::String(text)) => {
            mask(text).and_then(|mask| message.transcode_from(&mask).ok())
        }
        (Form::ListValue, Json::Array(elements)) => message.transcode_from(&list_value(elements)).ok(),
        (Form::Struct, Json::Object(object)) => message.transcode_from(&struct_value(object)).ok(),
        (Form::Timestamp, Json::String(text)) => {
            timestamp(text).and_then(|value| message.transcode_from(&value).ok())
        }
        (Form::Value, json) => message.transcode_from(&any_value(json)).ok(),
        _ => None,
    };
    if read.is_none() {
        reader.report_value(&Kind::Message(descriptor.clone()), &json);
        return None;
    }
    Some(message)
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    Any,
    Duration,
    Empty,
    FieldMask,
    ListValue,
    Struct,
    Timestamp,
    Value,
    Wrapper,
}

/// The own form of a type, if it has one.
pub fn form(descriptor: &MessageDescriptor) -> Option<Form> {
    match descriptor.full_name().strip_prefix("google.protobuf.")? {
        "Any" => Some(Form::Any),
        "Duration" => Some(Form::Duration),
        "Empty" => Some(Form::Empty),
        "FieldMask" => Some(Form::FieldMask),
        "ListValue" => Some(Form::ListValue),
        "Struct" => Some(Form::Struct),
        "Timestamp" => Some(Form::Timestamp),
        "Value" => Some(Form::Value),
        "BoolValue" | "BytesValue" | "DoubleValue" | "FloatValue" | "Int32Value" | "Int64Value"
        | "StringValue" | "UInt32Value" | "UInt64Value" => Some(Form::Wrapper),
        _ => None,
    }
}

/// `{"@type": …, fields}`, or `{"@type": …, "value": …}` for types with a form of their own. `Empty` needs no value.
fn any(reader: &mut Reader, descriptor: &MessageDescriptor, json: Json) -> Option<DynamicMessage> {
    let mut message = DynamicMessage::new(descriptor.clone());
    let Json::Object(mut object) = json else {
        reader.report_value(&Kind::Message(descriptor.clone()), &json);
        return None;
    };
    if object.is_empty() {
        return Some(message);
    }
    let Some(Json::String(type_url)) = object.remove("@type") else {
        reader.report("Invalid JSON payload received. An Any needs \"@type\", a type URL.");
        return None;
    };
    let Some(inner) = descriptor.parent_pool().get_message_by_name(crate::any::type_name(&type_url)) else {
        reader.report_value(&Kind::Message(descriptor.clone()), &Json::from(type_url));
        return None;
    };
    let json = match form(&inner) {
        None => Json::Object(object),
        Some(form) => match object.remove("value") {
            Some(json) => json,
            None if form == Form::Empty => Json::Object(Map::new()),
            None => Json::Null,
        },
    };
    let Value::Message(inner) = reader.single(&Kind::Message(inner), json)? else { return None };
    let any = prost_types::Any { type_url, value: prost::Message::encode_to_vec(&inner) };
    message.transcode_from(&any).ok()?;
    Some(message)
}

/// RFC 3339 with any offset; `t` and `z` may be in lower case (§5.6).
fn timestamp(text: &str) -> Option<Timestamp> {
    let text = text.to_ascii_uppercase();
    // jiff also reads forms that RFC 3339 has not: no seconds, a space, an IANA name in brackets.
    let bytes = text.as_bytes();
    let strict = bytes.len() >= 20
        && bytes.len() <= 35
        && bytes[10] == b'T'
        && bytes[16] == b':'
        && bytes.iter().all(|byte| byte.is_ascii_digit() || b"-T:.Z+".contains(byte));
    if !strict {
        return None;
    }
    let timestamp = crate::time::timestamp(text.parse().ok()?);
    crate::time::instant(&timestamp).is_ok().then_some(timestamp)
}

/// Seconds with up to nine fraction digits and `s`.
fn duration(text: &str) -> Option<Duration> {
    let number = text.strip_suffix('s')?;
    let (negative, number) = number.strip_prefix('-').map_or((false, number), |number| (true, number));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() > 12 || fraction.len() > 9 {
        return None;
    }
    let (seconds, nanos) = (whole.parse::<i64>().ok()?, format!("{fraction:0<9}").parse::<i32>().ok()?);
    let duration = Duration { seconds, nanos };
    crate::time::span(&duration).ok()?;
    Some(if negative { Duration { seconds: -seconds, nanos: -nanos } } else { duration })
}

/// Comma-joined, in either spelling. gcloud sends trailing commas; commas alone are no mask, and not none either, which
/// would mean "everything that is given".
fn mask(text: &str) -> Option<FieldMask> {
    let paths = text.split(',').map(str::trim).filter(|path| !path.is_empty());
    let paths: Vec<_> = paths.map(|path| FieldPath::of(path).to_string()).collect();
    (!paths.is_empty() || text.trim().is_empty()).then_some(FieldMask { paths })
}

fn struct_value(object: &Map<String, Json>) -> Struct {
    Struct { fields: object.iter().map(|(name, json)| (name.clone(), any_value(json))).collect() }
}

fn list_value(elements: &[Json]) -> ListValue {
    ListValue { values: elements.iter().map(any_value).collect() }
}

fn any_value(json: &Json) -> prost_types::Value {
    let kind = match json {
        Json::Null => value::Kind::NullValue(NullValue::NullValue as i32),
        Json::Bool(value) => value::Kind::BoolValue(*value),
        Json::Number(number) => value::Kind::NumberValue(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => value::Kind::StringValue(text.clone()),
        Json::Array(elements) => value::Kind::ListValue(list_value(elements)),
        Json::Object(object) => value::Kind::StructValue(struct_value(object)),
    };
    prost_types::Value { kind: Some(kind) }
}

/// Bounded, because parsed JSON is.
fn depth(json: &Json) -> usize {
    match json {
        Json::Array(elements) => 2 + elements.iter().map(depth).max().unwrap_or(0),
        Json::Object(object) => 3 + object.values().map(depth).max().unwrap_or(0),
        Json::Bool(_) | Json::Null | Json::Number(_) | Json::String(_) => 1,
    }
}
