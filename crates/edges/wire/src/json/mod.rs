//! The JSON form of protobuf messages, as Google's APIs write it and as leniently as they read it.
//!
//! Written here over `prost-reflect`, and not with its own JSON support, for three reasons: field errors must carry
//! Google's texts and paths; `Any` must neither demand a `value` for `Empty` nor fail on a type that this process does
//! not know; and masks, booleans and numbers come in more spellings than the canonical one.

mod read;
mod scalar;
mod wellknown;
mod write;

pub(crate) use read::{Reader, field};
pub use write::{Enums, Unrepresentable};

use crate::google::rpc::{BadRequest, bad_request::FieldViolation};
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde_json::Value;

/// A generated message as JSON: fields in lowerCamelCase, default values left out, enums by name.
///
/// # Errors
///
/// When it holds a value that JSON has no form for: a timestamp outside the years 1 to 9999, a duration beyond 10 000
/// years.
pub fn to_json<M: Message + Name>(message: &M) -> Result<Value, Unrepresentable> {
    let mut dynamic = DynamicMessage::new(crate::message::<M>());
    dynamic.transcode_from(message).map_err(|_| Unrepresentable)?;
    write(&dynamic, Enums::Names)
}

/// A message of any type as JSON.
///
/// # Errors
///
/// As [`to_json`].
pub fn write(message: &DynamicMessage, enums: Enums) -> Result<Value, Unrepresentable> {
    write::message(message, enums)
}

/// The JSON form of an `Any`; one that cannot be read as its type says shows its type and its bytes.
pub(crate) fn any(any: &prost_types::Any) -> Value {
    write::any(any, Enums::Names)
}

/// Reads a generated message from JSON text.
///
/// # Errors
///
/// See [`Invalid`].
pub fn from_json<M: Message + Name + Default>(text: &[u8]) -> Result<M, Invalid> {
    let dynamic = read(&crate::message::<M>(), parse(text)?)?;
    Ok(dynamic.transcode_to().expect("types and descriptors are generated from one set"))
}

/// Reads a message of any type from JSON. An object is required.
///
/// # Errors
///
/// See [`Invalid`].
pub fn read(descriptor: &MessageDescriptor, json: Value) -> Result<DynamicMessage, Invalid> {
    let mut message = DynamicMessage::new(descriptor.clone());
    let mut reader = Reader::default();
    reader.root(&mut message, json);
    reader.finish()?;
    Ok(message)
}

/// Parses JSON text, nested at most 127 deep.
///
/// # Errors
///
/// [`Invalid::Malformed`], with line and column.
pub fn parse(text: &[u8]) -> Result<Value, Invalid> {
    serde_json::from_slice(text).map_err(Invalid::Malformed)
}

/// Why JSON is not the message it should be.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    /// Not JSON, or nested too deeply.
    #[error("Invalid JSON payload received. {0}")]
    Malformed(#[source] serde_json::Error),
    /// JSON, but not this message.
    #[error("{}", descriptions(.0))]
    Violations(Vec<Violation>),
}

/// One thing that is wrong with a field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// Path from the request message, in the names of the definition: `policy.bindings[0].role`. Empty: the message itself.
    pub field: String,
    /// Google's text for it.
    pub description: String,
}

impl Invalid {
    /// `INVALID_ARGUMENT`, with a `BadRequest` detail that lists the fields.
    #[must_use]
    pub fn into_status(self) -> tonic::Status {
        let message = self.to_string();
        let field_violations = match self {
            Self::Malformed(_) => {
                vec![FieldViolation { description: message.clone(), ..FieldViolation::default() }]
            }
            Self::Violations(violations) => violations
                .into_iter()
                .map(|Violation { field, description }| FieldViolation {
                    field,
                    description,
                    ..FieldViolation::default()
                })
                .collect(),
        };
        let detail = crate::any::pack(&BadRequest { field_violations });
        crate::status(tonic::Code::InvalidArgument as i32, message, vec![detail])
    }
}

/// Google joins the texts of all violations into one message, a line each.
fn descriptions(violations: &[Violation]) -> String {
    let lines: Vec<_> = violations.iter().map(|violation| violation.description.as_str()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests;
