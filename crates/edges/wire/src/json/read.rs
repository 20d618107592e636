//! Messages from JSON, field by field, collecting what is wrong.

use super::{Invalid, Violation, scalar, wellknown};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, HashMap};

/// Reads JSON into messages and remembers where it is, for the texts of violations.
#[derive(Default)]
pub(crate) struct Reader {
    path: String,
    levels: usize,
    violations: Vec<Violation>,
}

impl Reader {
    /// Reads a whole message; anything but an object is a violation.
    pub fn root(&mut self, message: &mut DynamicMessage, json: Json) {
        match json {
            Json::Object(object) if !wellknown::has_own_form(&message.descriptor()) => {
                self.fields(message, object)
            }
            json => match self.message(&message.descriptor(), json) {
                Some(read) => *message = read,
                None => self.unless_reported(|reader| {
                    reader.report(
                        "Invalid JSON payload received. Unknown name \"\": Root element must be a message.",
                    );
                }),
            },
        }
    }

    /// Reads one field. JSON `null` leaves it unset, except where null is a value.
    pub fn field(&mut self, message: &mut DynamicMessage, field: &FieldDescriptor, json: Json) {
        if json.is_null() && !wellknown::null_is_a_value(field) {
            return;
        }
        self.within(&format!("{}{}", if self.path.is_empty() { "" } else { "." }, field.name()), |reader| {
            let value = if field.is_map() {
                reader.map(field, json)
            } else if field.is_list() {
                reader.list(field, json)
            } else {
                reader.single(&field.kind(), json)
            };
            if let Some(value) = value {
                message.set_field(field, value);
            }
        });
    }

    /// Reads one value: a singular field, an element, the value of a map entry.
    pub fn single(&mut self, kind: &Kind, json: Json) -> Option<Value> {
        if let Kind::Message(descriptor) = kind {
            return self.message(descriptor, json).map(Value::Message);
        }
        let value = scalar::scalar(kind, &json);
        if value.is_none() {
            match json {
                Json::Object(_) => self.report_name("Starting an object on a scalar field."),
                Json::Array(_) => self.report_name("Proto field is not repeating, cannot start list."),
                json => self.report_value(kind, &json),
            }
        }
        value
    }

    /// What was read counts only if nothing was wrong.
    pub fn finish(self) -> Result<(), Invalid> {
        if self.violations.is_empty() { Ok(()) } else { Err(Invalid::Violations(self.violations)) }
    }

    /// Notes a violation at the current path. The first [`MOST_VIOLATIONS`] are kept.
    pub fn report(&mut self, description: impl Into<String>) {
        if self.violations.len() < MOST_VIOLATIONS {
            self.violations.push(Violation { field: self.path.clone(), description: description.into() });
        }
    }

    /// Notes that the JSON is not a value of this type.
    pub fn report_value(&mut self, kind: &Kind, json: &Json) {
        let (path, name) = (&self.path, scalar::type_name(kind));
        let description = format!("Invalid value at '{path}' ({name}), {}", shortened(json));
        self.report(description);
    }

    /// Does something one step further down the path.
    pub fn within<T>(&mut self, step: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push_str(step);
        let result = work(self);
        self.path.truncate(length);
        result
    }

    /// Reads the fields of an ordinary message from an object.
    pub fn fields(&mut self, message: &mut DynamicMessage, object: Map<String, Json>) {
        let descriptor = message.descriptor();
        let mut oneofs = BTreeMap::new();
        for (name, json) in object {
            let Some(field) = field(&descriptor, &name) else {
                self.report_unknown(&name);
                continue;
            };
            let oneof = field.containing_oneof().filter(|_| !json.is_null());
            if let Some(oneof) = oneof
                && let Some(other) = oneofs.insert(oneof.name().to_owned(), field.name().to_owned())
            {
                self.report_oneof(oneof.name(), &other, field.name());
                continue;
            }
            self.field(message, &field, json);
        }
    }

    fn message(&mut self, descriptor: &MessageDescriptor, json: Json) -> Option<DynamicMessage> {
        // The binary decoder on the other side refuses deeper messages, with a text that names no field.
        if self.levels + wellknown::levels(descriptor, &json) > DEEPEST {
            self.report("Message too deep. Max recursion depth reached.");
            return None;
        }
        self.levels += 1;
        let message = if wellknown::has_own_form(descriptor) {
            wellknown::read(self, descriptor, json)
        } else {
            match json {
                Json::Object(object) => {
                    let mut message = DynamicMessage::new(descriptor.clone());
                    self.fields(&mut message, object);
                    Some(message)
                }
                Json::Array(_) => {
                    self.report_name("Proto field is not repeating, cannot start list.");
                    None
                }
                json => {
                    self.report_value(&Kind::Message(descriptor.clone()), &json);
                    None
                }
            }
        };
        self.levels -= 1;
        message
    }

    fn list(&mut self, field: &FieldDescriptor, json: Json) -> Option<Value> {
        let kind = field.kind();
        let Json::Array(elements) = json else {
            self.report_value(&kind, &json);
            return None;
        };
        let mut values = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            values.extend(self.within(&format!("[{index}]"), |reader| reader.element(&kind, element)));
        }
        Some(Value::List(values))
    }

    fn map(&mut self, field: &FieldDescriptor, json: Json) -> Option<Value> {
        let Kind::Message(entry) = field.kind() else { return None };
        let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
        let Json::Object(object) = json else {
            self.report_value(&field.kind(), &json);
            return None;
        };
        self.levels += 1;
        let mut values = HashMap::with_capacity(object.len());
        for (name, json) in object {
            let Some(key) = scalar::key(&key, &name) else {
                self.report_value(&key, &Json::from(name));
                continue;
            };
            let step = format!("[{}]", shortened(&Json::from(name)));
            if let Some(value) = self.within(&step, |reader| reader.element(&value, json)) {
                values.insert(key, value);
            }
        }
        self.levels -= 1;
        Some(Value::Map(values))
    }

    /// Lists and maps cannot hold "unset".
    fn element(&mut self, kind: &Kind, json: Json) -> Option<Value> {
        if json.is_null() && !wellknown::kind_has_null(kind) {
            self.report_value(kind, &json);
            return None;
        }
        self.single(kind, json)
    }

    fn report_oneof(&mut self, oneof: &str, other: &str, name: &str) {
        let path = &self.path;
        let reason = format!("oneof field '{oneof}' is already set by '{other}'. Cannot set '{name}'");
        self.report(format!("Invalid value at '{path}' (oneof), {reason}"));
    }

    fn report_unknown(&mut self, name: &str) {
        let name = shortened(&Json::from(name));
        let at = if self.path.is_empty() { String::new() } else { format!(" at '{}'", self.path) };
        self.report(format!("Invalid JSON payload received. Unknown name {name}{at}: Cannot find field."));
    }

    /// For values whose shape does not fit the field: Google speaks of the name then.
    fn report_name(&mut self, reason: &str) {
        let (parent, name) = self.path.rsplit_once('.').unwrap_or(("", &self.path));
        let at = if parent.is_empty() { String::new() } else { format!(" at '{parent}'") };
        let description = format!("Invalid JSON payload received. Unknown name \"{name}\"{at}: {reason}");
        self.report(description);
    }

    fn unless_reported(&mut self, report: impl FnOnce(&mut Self)) {
        if self.violations.is_empty() {
            report(self);
        }
    }
}

/// A field by either of its spellings.
pub(crate) fn field(descriptor: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    descriptor.get_field_by_json_name(name).or_else(|| descriptor.get_field_by_name(name))
}

/// A value as it may appear in a message to a person.
fn shortened(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

const MOST_VIOLATIONS: usize = 16;

const LONGEST_QUOTE: usize = 200;

/// `prost` decodes messages nested 100 deep, the outermost included.
const DEEPEST: usize = 98;
