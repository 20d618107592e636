//! Fields and options in the query of a URL.

use crate::json::{Enums, Reader, field};
use names::FieldPath;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage, Value};
use serde_json::Value as Json;

/// How the answer is to be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Style {
    /// Enums by name, unless `$alt=json;enum-encoding=int`.
    pub enums: Enums,
    /// Indented, unless `prettyPrint=false`.
    pub layout: Layout,
}

/// White space in JSON.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Layout {
    Compact,
    Indented,
}

/// The style that a query asks for.
pub fn style(query: &str) -> Style {
    let mut style = Style { enums: Enums::Names, layout: Layout::Indented };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "$alt" | "alt" if value.split(';').any(|option| option == "enum-encoding=int") => {
                style.enums = Enums::Numbers
            }
            "$prettyPrint" | "prettyPrint" if value == "false" => style.layout = Layout::Compact,
            _ => {}
        }
    }
    style
}

/// Sets the fields that a query names; what is no field is reported to the reader.
pub fn read(reader: &mut Reader, message: &mut DynamicMessage, query: &str) {
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !is_of_system(&name) {
            set(reader, message, &name, &value);
        }
    }
}

/// Sets the field at `path` (`job.retry_config.retryCount`) from text; adds to it if it is a list.
pub fn set(reader: &mut Reader, message: &mut DynamicMessage, path: &str, text: &str) {
    if path.split('.').count() > MOST_NAMES {
        return unknown(reader, path);
    }
    let mut place = message;
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        let Some(field) = field(&place.descriptor(), name) else { return unknown(reader, path) };
        if names.peek().is_none() {
            return leaf(reader, place, &field, path, text);
        }
        match (field.kind(), field.is_list() || field.is_map()) {
            (Kind::Message(_), false) => match place.get_field_mut(&field).as_message_mut() {
                Some(inner) => place = inner,
                None => return unknown(reader, path),
            },
            _ => return unknown(reader, path),
        }
    }
}

fn leaf(reader: &mut Reader, message: &mut DynamicMessage, field: &FieldDescriptor, path: &str, text: &str) {
    let kind = field.kind();
    let has_text_form = match &kind {
        Kind::Message(descriptor) => is_text(descriptor.full_name()),
        _ => true,
    };
    if field.is_map() || !has_text_form {
        return unknown(reader, path);
    }
    let Some(value) =
        reader.within(FieldPath::of(path).as_str(), |reader| reader.single(&kind, Json::from(text)))
    else {
        return;
    };
    if !field.is_list() {
        message.set_field(field, value);
    } else if let Value::List(values) = message.get_field_mut(field) {
        values.push(value);
    }
}

/// Messages that are a text in JSON: these may stand in a query.
fn is_text(message: &str) -> bool {
    let name = message.strip_prefix("google.protobuf.").unwrap_or_default();
    matches!(name, "Duration" | "FieldMask" | "Timestamp")
        || name.ends_with("Value") && !matches!(name, "ListValue" | "Value")
}

fn unknown(reader: &mut Reader, path: &str) {
    let path: String = path.chars().take(200).collect();
    reader.report(format!(
        "Invalid JSON payload received. Unknown name \"{path}\": Cannot bind query parameter. Field '{path}' could not be \
         found in request message."
    ));
}

/// Parameters that any method takes and none sees (https://cloud.google.com/apis/docs/system-parameters).
fn is_of_system(name: &str) -> bool {
    name.starts_with('$')
        || matches!(
            name,
            "access_token"
                | "alt"
                | "callback"
                | "fields"
                | "key"
                | "oauth_token"
                | "prettyPrint"
                | "quotaUser"
                | "trace"
                | "uploadType"
                | "upload_protocol"
                | "userIp"
        )
}

/// Of one field path. Far more than any request has, far fewer than the decoder's limit on nesting.
const MOST_NAMES: usize = 32;
