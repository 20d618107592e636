//! Adds the overlay to a descriptor set.
//!
//! The set is edited in its JSON form, because that keeps the options (`google.api.http` among them), which the
//! ordinary descriptor types drop.

use crate::overlay::{Field, Label, Method, Overlay, Rule};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::{Value, json};
use std::{collections::BTreeMap, error::Error};

type Outcome<T> = Result<T, Box<dyn Error>>;

const HTTP: &str = "[google.api.http]";
const HOST: &str = "[google.api.default_host]";

/// The encoded set with the overlay in it, checked by linking it anew.
pub fn apply(encoded: &[u8], overlay: &Overlay) -> Outcome<Vec<u8>> {
    let pool = DescriptorPool::decode(encoded)?;
    let kind = pool.get_message_by_name("google.protobuf.FileDescriptorSet").ok_or(
        "the set lacks google/protobuf/descriptor.proto, which google/api/annotations.proto imports",
    )?;
    let mut set = Set::new(serde_json::to_value(DynamicMessage::decode(kind.clone(), encoded)?)?)?;

    for entry in &overlay.enums {
        let values: Vec<Value> = entry
            .values
            .iter()
            .enumerate()
            .map(|(number, name)| json!({"name": name, "number": number}))
            .collect();
        let (_, name) = split(&entry.name)?;
        set.insert(&entry.name, "enumType", json!({"name": name, "value": values}))?;
    }
    // Names first, fields second: messages may refer to each other.
    for entry in &overlay.messages {
        let (_, name) = split(&entry.name)?;
        set.insert(&entry.name, "messageType", json!({"name": name}))?;
    }
    for entry in &overlay.messages {
        for field in &entry.fields {
            set.add_field(&entry.name, field)?;
        }
    }
    for entry in &overlay.fields {
        set.add_field(&entry.message, &entry.field)?;
    }
    for entry in &overlay.services {
        let (_, name) = split(&entry.name)?;
        set.insert(&entry.name, "service", json!({"name": name, "options": {HOST: entry.host}}))?;
        for method in &entry.methods {
            set.add_method(&entry.name, method)?;
        }
    }
    for entry in &overlay.methods {
        set.add_method(&entry.service, &entry.method)?;
    }
    for entry in &overlay.rules {
        let options = set.method_options(&entry.method)?;
        let rule = rule(&entry.http);
        match options.get_mut(HTTP) {
            None => options[HTTP] = rule,
            Some(first) if *first == rule => {}
            Some(first) => {
                let more = list(first, "additionalBindings")?;
                if !more.contains(&rule) {
                    more.push(rule);
                }
            }
        }
    }
    for entry in &overlay.without {
        set.method_options(&entry.method)?.as_object_mut().and_then(|options| options.remove(HTTP));
    }

    let bytes = DynamicMessage::deserialize(kind, set.root)?.encode_to_vec();
    DescriptorPool::decode(&bytes[..])?;
    Ok(bytes)
}

/// A `FileDescriptorSet` as JSON, and which file defines which name.
struct Set {
    root: Value,
    files: BTreeMap<String, usize>,
}

impl Set {
    fn new(root: Value) -> Outcome<Self> {
        let mut set = Self { root, files: BTreeMap::new() };
        let files = set.root["file"].as_array().ok_or("an empty descriptor set")?;
        for (index, file) in files.iter().enumerate() {
            let package = file["package"].as_str().unwrap_or_default();
            for key in ["messageType", "enumType", "service"] {
                names(&file[key], package, index, &mut set.files);
            }
        }
        Ok(set)
    }

    /// Adds a definition inside the message that its name begins with, or to the overlay's file for its package. One that
    /// is there already stays as it is.
    fn insert(&mut self, full_name: &str, key: &str, definition: Value) -> Outcome<()> {
        if self.files.contains_key(full_name) {
            return Ok(());
        }
        let (parent, _) = split(full_name)?;
        let index = if self.files.contains_key(parent) {
            let nested = if key == "messageType" { "nestedType" } else { key };
            list(self.message(parent)?, nested)?.push(definition);
            self.files[parent]
        } else {
            let index = self.file_for(parent)?;
            list(&mut self.root["file"][index], key)?.push(definition);
            index
        };
        self.files.insert(full_name.to_owned(), index);
        Ok(())
    }

    /// The overlay's own file for a package, made when missing. Google's files may import it, and it may import them, as
    /// long as that makes no circle: linking the finished set would fail.
    fn file_for(&mut self, package: &str) -> Outcome<usize> {
        let name = format!("overlay/{}.proto", package.replace('.', "/"));
        let files = list(&mut self.root, "file")?;
        if let Some(index) = files.iter().position(|file| file["name"] == name.as_str()) {
            return Ok(index);
        }
        files.push(json!({
            "name": name, "package": package, "syntax": "proto3",
            "dependency": ["google/api/annotations.proto", "google/api/client.proto"],
        }));
        Ok(files.len() - 1)
    }

    fn add_field(&mut self, message: &str, field: &Field) -> Outcome<()> {
        for other in self.message(message)?["field"].as_array().into_iter().flatten() {
            match (other["name"] == field.name.as_str(), other["number"] == field.number) {
                (true, true) => return Ok(()),
                (false, false) => {}
                _ => {
                    return Err(format!("overlay.toml: {message}.{} clashes with {other}", field.name).into());
                }
            }
        }
        let (kind, repeated) = match field.kind.strip_prefix("map<").and_then(|kinds| kinds.strip_suffix('>'))
        {
            Some(kinds) => (self.add_map_entry(message, field, kinds)?, true),
            None => (field.kind.clone(), field.label == Label::Repeated),
        };
        let mut json = self.field_of_kind(message, &field.name, field.number, &kind)?;
        json["label"] = json!(if repeated { "LABEL_REPEATED" } else { "LABEL_OPTIONAL" });
        // Presence of a scalar is written as a oneof with one member, which must stand after the true ones.
        let oneof = match (&field.oneof, field.label) {
            (Some(name), _) => Some(name.clone()),
            (None, Label::Optional) => {
                json["proto3Optional"] = json!(true);
                Some(format!("_{}", field.name))
            }
            (None, Label::Repeated | Label::Singular) => None,
        };
        let target = self.message(message)?;
        if let Some(name) = oneof {
            let oneofs = list(target, "oneofDecl")?;
            let index =
                oneofs.iter().position(|oneof| oneof["name"] == name.as_str()).unwrap_or(oneofs.len());
            if index == oneofs.len() {
                oneofs.push(json!({"name": name}));
            }
            json["oneofIndex"] = json!(index);
        }
        list(target, "field")?.push(json);
        Ok(())
    }

    fn field_of_kind(&mut self, message: &str, name: &str, number: i32, kind: &str) -> Outcome<Value> {
        let mut json =
            json!({"name": name, "number": number, "label": "LABEL_OPTIONAL", "jsonName": camel(name)});
        if kind.contains('.') {
            self.import(message, kind)?;
            json["typeName"] = json!(format!(".{kind}"));
            json["type"] = json!(if self.is_enum(kind) { "TYPE_ENUM" } else { "TYPE_MESSAGE" });
        } else {
            json["type"] = json!(format!("TYPE_{}", kind.to_uppercase()));
        }
        Ok(json)
    }

    fn add_map_entry(&mut self, message: &str, field: &Field, kinds: &str) -> Outcome<String> {
        let (key, value) = kinds.split_once(',').ok_or("overlay.toml: a map needs two types")?;
        let pascal = camel(&format!("_{}", field.name));
        let full_name = format!("{message}.{pascal}Entry");
        let fields = [
            self.field_of_kind(message, "key", 1, key.trim())?,
            self.field_of_kind(message, "value", 2, value.trim())?,
        ];
        let entry = json!({"name": format!("{pascal}Entry"), "field": fields, "options": {"mapEntry": true}});
        self.insert(&full_name, "messageType", entry)?;
        Ok(full_name)
    }

    /// Makes the file that defines `user` import the one that defines `used`.
    fn import(&mut self, user: &str, used: &str) -> Outcome<()> {
        let place = |name: &str| {
            self.files.get(name).copied().ok_or_else(|| format!("overlay.toml: nothing is called {name}"))
        };
        let (user, used) = (place(user)?, place(used)?);
        let name = self.root["file"][used]["name"].clone();
        let imports = list(&mut self.root["file"][user], "dependency")?;
        if user != used && !imports.contains(&name) {
            imports.push(name);
        }
        Ok(())
    }

    fn is_enum(&self, full_name: &str) -> bool {
        let Some(&index) = self.files.get(full_name) else { return false };
        let file = &self.root["file"][index];
        let mut found = BTreeMap::new();
        names(&file["enumType"], file["package"].as_str().unwrap_or_default(), index, &mut found);
        nested_enums(&file["messageType"], file["package"].as_str().unwrap_or_default(), index, &mut found);
        found.contains_key(full_name)
    }

    fn message(&mut self, full_name: &str) -> Outcome<&mut Value> {
        let missing = || format!("overlay.toml: no message {full_name}");
        let index = *self.files.get(full_name).ok_or_else(missing)?;
        let file = &mut self.root["file"][index];
        let package = format!("{}.", file["package"].as_str().unwrap_or_default());
        let path = full_name.strip_prefix(&package).ok_or_else(missing)?;
        let (mut place, mut key) = (file, "messageType");
        for name in path.split('.') {
            place =
                list(place, key)?.iter_mut().find(|message| message["name"] == name).ok_or_else(missing)?;
            key = "nestedType";
        }
        Ok(place)
    }

    fn add_method(&mut self, service: &str, method: &Method) -> Outcome<()> {
        self.import(service, &method.input)?;
        self.import(service, &method.output)?;
        let methods = list(self.service(service)?, "method")?;
        if methods.iter().any(|other| other["name"] == method.name.as_str()) {
            return Ok(());
        }
        methods.push(json!({
            "name": method.name,
            "inputType": format!(".{}", method.input),
            "outputType": format!(".{}", method.output),
            "options": {HTTP: rule(&method.http)},
        }));
        Ok(())
    }

    fn method_options(&mut self, full_name: &str) -> Outcome<&mut Value> {
        let (service, method) = split(full_name)?;
        let methods = list(self.service(service)?, "method")?;
        let method = methods
            .iter_mut()
            .find(|entry| entry["name"] == method)
            .ok_or_else(|| format!("overlay.toml: no method {full_name}"))?;
        if method["options"].is_null() {
            method["options"] = json!({});
        }
        Ok(&mut method["options"])
    }

    fn service(&mut self, full_name: &str) -> Outcome<&mut Value> {
        let missing = || format!("overlay.toml: no service {full_name}");
        let index = *self.files.get(full_name).ok_or_else(missing)?;
        let (_, name) = split(full_name)?;
        let services = list(&mut self.root["file"][index], "service")?;
        Ok(services.iter_mut().find(|entry| entry["name"] == name).ok_or_else(missing)?)
    }
}

fn rule(rule: &Rule) -> Value {
    let mut json = json!({rule.verb.field(): rule.path});
    if !rule.body.is_empty() {
        json["body"] = json!(rule.body);
    }
    json
}

/// `a.b.C` → (`a.b`, `C`).
fn split(full_name: &str) -> Outcome<(&str, &str)> {
    full_name.rsplit_once('.').ok_or_else(|| format!("overlay.toml: {full_name} has no package").into())
}

fn list<'a>(place: &'a mut Value, key: &str) -> Outcome<&'a mut Vec<Value>> {
    if place[key].is_null() {
        place[key] = json!([]);
    }
    place[key].as_array_mut().ok_or_else(|| format!("{key} is not a list").into())
}

fn names(definitions: &Value, scope: &str, index: usize, into: &mut BTreeMap<String, usize>) {
    for definition in definitions.as_array().into_iter().flatten() {
        let full_name = format!("{scope}.{}", definition["name"].as_str().unwrap_or_default());
        names(&definition["nestedType"], &full_name, index, into);
        names(&definition["enumType"], &full_name, index, into);
        into.insert(full_name, index);
    }
}

fn nested_enums(messages: &Value, scope: &str, index: usize, into: &mut BTreeMap<String, usize>) {
    for message in messages.as_array().into_iter().flatten() {
        let full_name = format!("{scope}.{}", message["name"].as_str().unwrap_or_default());
        names(&message["enumType"], &full_name, index, into);
        nested_enums(&message["nestedType"], &full_name, index, into);
    }
}

/// `a_name` → `aName`; the same rule as the JSON names of protobuf.
fn camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut raise = false;
    for letter in name.chars() {
        match letter {
            '_' => raise = true,
            letter if raise => {
                camel.extend(letter.to_uppercase());
                raise = false;
            }
            letter => camel.push(letter),
        }
    }
    camel
}
