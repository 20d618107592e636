//! Messages to JSON.

use super::wellknown::{Form, form};
use base64::Engine;
use names::FieldPath;
use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, ReflectMessage, Value};
use prost_types::{ListValue, Struct, value};
use serde_json::{Map, Value as Json, json};

/// How enum values are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Enums {
    /// `"PAUSED"`; numbers without a name stay numbers.
    #[default]
    Names,
    /// `2`; what REST transports ask for with `$alt=json;enum-encoding=int`.
    Numbers,
}

/// A value without a JSON form: a timestamp or duration outside the range of its type.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a value that JSON has no form for")]
pub struct Unrepresentable;

/// Any message. Default values of fields without presence are left out.
pub fn message(message: &DynamicMessage, enums: Enums) -> Result<Json, Unrepresentable> {
    Writer { enums, boxes: 0 }.message(message)
}

/// An `Any`, which for once cannot fail: operations and errors must be shown even if what they carry cannot.
pub fn any(any: &prost_types::Any, enums: Enums) -> Json {
    Writer { enums, boxes: 0 }.any(any)
}

#[derive(Clone, Copy)]
struct Writer {
    enums: Enums,
    /// How many `Any`s the writer is inside of. Their bytes are decoded one after the other, so that the decoder's limit
    /// on nesting does not see them.
    boxes: usize,
}

impl Writer {
    fn message(self, message: &DynamicMessage) -> Result<Json, Unrepresentable> {
        if let Some(form) = form(&message.descriptor()) {
            return self.own_form(form, message);
        }
        let mut object = Map::new();
        for (field, value) in message.fields() {
            object.insert(field.json_name().to_owned(), self.field(&field, value)?);
        }
        Ok(Json::Object(object))
    }

    fn any(self, any: &prost_types::Any) -> Json {
        let mut object = match self.inside(any) {
            Some((None, Json::Object(object))) => object,
            Some((Some(Form::Empty), _)) => Map::new(),
            Some((_, value)) => Map::from_iter([("value".to_owned(), value)]),
            None => Map::from_iter([("value".to_owned(), base64(&any.value))]),
        };
        object.insert("@type".to_owned(), Json::from(any.type_url.as_str()));
        Json::Object(object)
    }

    /// `None` for unknown types, damaged bytes and too many boxes within boxes.
    fn inside(self, any: &prost_types::Any) -> Option<(Option<Form>, Json)> {
        let descriptor = crate::pool().get_message_by_name(crate::any::type_name(&any.type_url))?;
        let form = form(&descriptor);
        if self.boxes == MOST_BOXES {
            return None;
        }
        let inner = DynamicMessage::decode(descriptor, &any.value[..]).ok()?;
        Some((form, Self { boxes: self.boxes + 1, ..self }.message(&inner).ok()?))
    }

    fn field(self, field: &FieldDescriptor, value: &Value) -> Result<Json, Unrepresentable> {
        match value {
            Value::List(values) => {
                let kind = field.kind();
                values
                    .iter()
                    .map(|value| self.single(&kind, value))
                    .collect::<Result<Vec<_>, _>>()
                    .map(Json::Array)
            }
            Value::Map(entries) => {
                let Kind::Message(entry) = field.kind() else { return Err(Unrepresentable) };
                let kind = entry.map_entry_value_field().kind();
                let entries = entries.iter().map(|(name, value)| Ok((key(name), self.single(&kind, value)?)));
                entries.collect::<Result<Map<_, _>, _>>().map(Json::Object)
            }
            value => self.single(&field.kind(), value),
        }
    }

    fn single(self, kind: &Kind, value: &Value) -> Result<Json, Unrepresentable> {
        Ok(match value {
            Value::Bool(value) => json!(value),
            Value::I32(value) => json!(value),
            Value::U32(value) => json!(value),
            // JavaScript's numbers end at 2^53.
            Value::I64(value) => json!(value.to_string()),
            Value::U64(value) => json!(value.to_string()),
            Value::F32(value) => float(*value),
            Value::F64(value) => number(*value),
            Value::String(value) => json!(value),
            Value::Bytes(value) => base64(value),
            Value::EnumNumber(value) => enumeration(kind, *value, self.enums),
            Value::Message(value) => self.message(value)?,
            Value::List(_) | Value::Map(_) => return Err(Unrepresentable),
        })
    }

    fn own_form(self, form: Form, message: &DynamicMessage) -> Result<Json, Unrepresentable> {
        Ok(match form {
            Form::Any => match typed::<prost_types::Any>(message)? {
                empty if empty.type_url.is_empty() => json!({}),
                value => self.any(&value),
            },
            Form::Duration => json!(duration(&typed(message)?)?),
            Form::Empty => json!({}),
            Form::FieldMask => {
                let mask: prost_types::FieldMask = typed(message)?;
                let camel = mask.paths.iter().map(|path| FieldPath::of(path).camel_case());
                json!(camel.collect::<Vec<_>>().join(","))
            }
            Form::ListValue => list_value(&typed(message)?),
            Form::Struct => struct_value(&typed(message)?),
            Form::Timestamp => json!(timestamp(&typed(message)?)?),
            Form::Value => any_value(&typed(message)?),
            Form::Wrapper => {
                let field = message.descriptor().get_field_by_name("value").ok_or(Unrepresentable)?;
                self.single(&field.kind(), &message.get_field(&field))?
            }
        })
    }
}

/// RFC 3339 in UTC with 0, 3, 6 or 9 fraction digits.
fn timestamp(value: &prost_types::Timestamp) -> Result<String, Unrepresentable> {
    if !crate::time::is_in_range(value) {
        return Err(Unrepresentable);
    }
    // jiff's instants end some hours before the wire's, its calendar does not: keys without an end are valid until
    // 9999-12-31T23:59:59Z.
    let whole = jiff::civil::date(1970, 1, 1)
        .at(0, 0, 0, 0)
        .checked_add(jiff::SignedDuration::from_secs(value.seconds))
        .map_err(|_| Unrepresentable)?;
    Ok(format!("{whole}{}Z", fraction(value.nanos)))
}

fn duration(value: &prost_types::Duration) -> Result<String, Unrepresentable> {
    let negative = value.seconds < 0 || value.nanos < 0;
    let (seconds, nanos) = (value.seconds.checked_abs(), value.nanos.checked_abs());
    let (Some(seconds), Some(nanos)) = (seconds, nanos) else { return Err(Unrepresentable) };
    // The two parts must not disagree on the sign.
    if negative && (value.seconds > 0 || value.nanos > 0) {
        return Err(Unrepresentable);
    }
    crate::time::span(&prost_types::Duration { seconds, nanos }).map_err(|_| Unrepresentable)?;
    Ok(format!("{}{seconds}{}s", if negative { "-" } else { "" }, fraction(nanos)))
}

fn fraction(nanos: i32) -> String {
    match nanos {
        0 => String::new(),
        nanos if nanos % 1_000_000 == 0 => format!(".{:03}", nanos / 1_000_000),
        nanos if nanos % 1_000 == 0 => format!(".{:06}", nanos / 1_000),
        nanos => format!(".{nanos:09}"),
    }
}

fn struct_value(value: &Struct) -> Json {
    Json::Object(value.fields.iter().map(|(name, value)| (name.clone(), any_value(value))).collect())
}

fn list_value(value: &ListValue) -> Json {
    Json::Array(value.values.iter().map(any_value).collect())
}

fn any_value(value: &prost_types::Value) -> Json {
    match &value.kind {
        None | Some(value::Kind::NullValue(_)) => Json::Null,
        Some(value::Kind::BoolValue(value)) => json!(value),
        Some(value::Kind::NumberValue(value)) => number(*value),
        Some(value::Kind::StringValue(value)) => json!(value),
        Some(value::Kind::ListValue(value)) => list_value(value),
        Some(value::Kind::StructValue(value)) => struct_value(value),
    }
}

/// Whole numbers without `.0`, as Google writes them.
#[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53, so nothing is cut off")]
fn number(value: f64) -> Json {
    if value.is_nan() {
        json!("NaN")
    } else if value.is_infinite() {
        json!(if value > 0.0 { "Infinity" } else { "-Infinity" })
    } else if value.fract() == 0.0
        && value.abs() < 9_007_199_254_740_992.0
        && !(value == 0.0 && value.is_sign_negative())
    {
        json!(value as i64)
    } else {
        json!(value)
    }
}

/// With the digits of the shorter type: `0.1`, not `0.10000000149011612`.
fn float(value: f32) -> Json {
    number(if value.is_finite() {
        value.to_string().parse().unwrap_or_else(|_| value.into())
    } else {
        value.into()
    })
}

fn enumeration(kind: &Kind, number: i32, enums: Enums) -> Json {
    let Kind::Enum(descriptor) = kind else { return json!(number) };
    if descriptor.full_name() == "google.protobuf.NullValue" {
        return Json::Null;
    }
    match (enums, name(descriptor, number)) {
        (Enums::Names, Some(name)) => json!(name),
        (Enums::Names, None) | (Enums::Numbers, _) => json!(number),
    }
}

fn name(descriptor: &EnumDescriptor, number: i32) -> Option<String> {
    descriptor.get_value(number).map(|value| value.name().to_owned())
}

fn key(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

fn base64(bytes: &[u8]) -> Json {
    json!(base64::engine::general_purpose::STANDARD.encode(bytes))
}

fn typed<M: prost::Message + Default>(message: &DynamicMessage) -> Result<M, Unrepresentable> {
    message.transcode_to().map_err(|_| Unrepresentable)
}

const MOST_BOXES: usize = 8;
