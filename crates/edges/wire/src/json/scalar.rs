//! Scalars from JSON, in every spelling that clients send.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use prost_reflect::{EnumDescriptor, Kind, MapKey, Value};
use serde_json::Value as Json;

/// The value of a scalar or enum field; `None` when the JSON is not one, and for messages.
pub fn scalar(kind: &Kind, json: &Json) -> Option<Value> {
    match kind {
        Kind::Bool => boolean(json).map(Value::Bool),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => i32::try_from(integer(json)?).ok().map(Value::I32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => i64::try_from(integer(json)?).ok().map(Value::I64),
        Kind::Uint32 | Kind::Fixed32 => u32::try_from(integer(json)?).ok().map(Value::U32),
        Kind::Uint64 | Kind::Fixed64 => u64::try_from(integer(json)?).ok().map(Value::U64),
        Kind::Double => double(json).map(Value::F64),
        Kind::Float => float(double(json)?).map(Value::F32),
        Kind::String => json.as_str().map(|text| Value::String(text.to_owned())),
        Kind::Bytes => bytes(json.as_str()?).map(|bytes| Value::Bytes(bytes.into())),
        Kind::Enum(descriptor) => enumeration(descriptor, json).map(Value::EnumNumber),
        Kind::Message(_) => None,
    }
}

/// The key of a map field; JSON has it as text whatever its type.
pub fn key(kind: &Kind, text: &str) -> Option<MapKey> {
    match kind {
        Kind::String => Some(MapKey::String(text.to_owned())),
        kind => scalar(kind, &Json::from(text))?.into_map_key(),
    }
}

/// What Google calls the type in `Invalid value at 'x' (TYPE_INT32), …`.
pub fn type_name(kind: &Kind) -> String {
    match kind {
        Kind::Enum(descriptor) => format!("type.googleapis.com/{}", descriptor.full_name()),
        Kind::Message(descriptor) => format!("type.googleapis.com/{}", descriptor.full_name()),
        Kind::Bool => "TYPE_BOOL".to_owned(),
        Kind::Bytes => "TYPE_BYTES".to_owned(),
        Kind::Double => "TYPE_DOUBLE".to_owned(),
        Kind::Fixed32 => "TYPE_FIXED32".to_owned(),
        Kind::Fixed64 => "TYPE_FIXED64".to_owned(),
        Kind::Float => "TYPE_FLOAT".to_owned(),
        Kind::Int32 => "TYPE_INT32".to_owned(),
        Kind::Int64 => "TYPE_INT64".to_owned(),
        Kind::Sfixed32 => "TYPE_SFIXED32".to_owned(),
        Kind::Sfixed64 => "TYPE_SFIXED64".to_owned(),
        Kind::Sint32 => "TYPE_SINT32".to_owned(),
        Kind::Sint64 => "TYPE_SINT64".to_owned(),
        Kind::String => "TYPE_STRING".to_owned(),
        Kind::Uint32 => "TYPE_UINT32".to_owned(),
        Kind::Uint64 => "TYPE_UINT64".to_owned(),
    }
}

/// google-auth sends `"includeEmail": "true"`, gcloud the query `showDeleted=False`.
fn boolean(json: &Json) -> Option<bool> {
    match json {
        Json::Bool(value) => Some(*value),
        Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A whole number: `5`, `"5"`, `5.0`, `5e0`.
fn integer(json: &Json) -> Option<i128> {
    match json {
        Json::Number(number) => {
            let exact = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
            exact.or_else(|| whole(number.as_f64()?))
        }
        Json::String(text) => text.parse().ok().or_else(|| whole(text.parse().ok()?)),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "whole and below 2^64, so nothing is cut off")]
fn whole(number: f64) -> Option<i128> {
    (number.fract() == 0.0 && number.abs() < 18_446_744_073_709_551_616.0).then_some(number as i128)
}

fn double(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            // Rust also reads `inf` and `nan`, which are no JSON spellings.
            text if text.bytes().any(|byte| byte.is_ascii_digit()) => {
                text.parse().ok().filter(|number: &f64| number.is_finite())
            }
            _ => None,
        },
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "fewer digits are what the type means; too large is refused"
)]
fn float(number: f64) -> Option<f32> {
    let float = number as f32;
    (float.is_finite() || !number.is_finite()).then_some(float)
}

fn enumeration(descriptor: &EnumDescriptor, json: &Json) -> Option<i32> {
    match json {
        Json::String(text) => match descriptor.get_value_by_name(text) {
            Some(value) => Some(value.number()),
            None => text.parse().ok(),
        },
        // The one enum whose JSON is null (google/protobuf/struct.proto).
        Json::Null => Some(0),
        json => i32::try_from(integer(json)?).ok(),
    }
}

/// Base64 in either alphabet, with or without padding.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if text.contains(['-', '_']) { URL_SAFE.decode(text).ok() } else { STANDARD.decode(text).ok() }
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
