//! The grammar of `overlay.toml`.
//!
//! Every entry names its source. An entry for what the definitions have already, with the same number, changes nothing:
//! the carrier is pinned, and trees given by `GOOGLEAPIS_DIR` may be newer than the overlay. A clash fails the build.

use serde::Deserialize;
use std::{error::Error, fs, path::Path};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    #[serde(default, rename = "enum")]
    pub enums: Vec<Enumeration>,
    #[serde(default, rename = "message")]
    pub messages: Vec<Message>,
    #[serde(default, rename = "field")]
    pub fields: Vec<AddedField>,
    #[serde(default, rename = "service")]
    pub services: Vec<Service>,
    #[serde(default, rename = "method")]
    pub methods: Vec<AddedMethod>,
    #[serde(default, rename = "rule")]
    pub rules: Vec<AddedRule>,
    #[serde(default, rename = "unserved")]
    pub unserved: Vec<Unserved>,
    #[serde(default, rename = "without")]
    pub without: Vec<Without>,
}

/// A new enum; values are numbered from zero in the order given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enumeration {
    pub name: String,
    pub values: Vec<String>,
    source: String,
}

/// A new message, at top level or inside another one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    pub name: String,
    pub fields: Vec<Field>,
    source: String,
}

/// A field that an existing message lacks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedField {
    pub message: String,
    pub field: Field,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub name: String,
    pub number: i32,
    /// A scalar as in `.proto` files, a full name, or `map<key, value>`.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub label: Label,
    /// The `oneof` that the field belongs to.
    #[serde(default)]
    pub oneof: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// With presence: unset and zero differ.
    Optional,
    Repeated,
    #[default]
    Singular,
}

/// A new service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub name: String,
    pub host: String,
    pub methods: Vec<Method>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    pub name: String,
    pub input: String,
    pub output: String,
    pub http: Rule,
}

/// A method that an existing service lacks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedMethod {
    pub service: String,
    pub method: Method,
    source: String,
}

/// One more HTTP rule for a method that exists.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedRule {
    pub method: String,
    pub http: Rule,
    source: String,
}

/// `google.api.HttpRule`, cut down to what overlays need.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub verb: Verb,
    pub path: String,
    #[serde(default)]
    pub body: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    Delete,
    Get,
    Patch,
    Post,
    Put,
}

/// A method that no published definition has and that is not served, so that a call of it is told from a call of nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unserved {
    pub method: String,
    /// First label of its service's host, such as `run`.
    pub host: String,
    pub http: Vec<Rule>,
    source: String,
}

/// A method that keeps its gRPC form and loses its HTTP rules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Without {
    pub method: String,
    reason: String,
}

impl Overlay {
    pub fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let overlay: Self = toml::from_str(&fs::read_to_string(path)?)?;
        let sources = overlay.enums.iter().map(|entry| (&entry.name, &entry.source));
        let sources = sources.chain(overlay.messages.iter().map(|entry| (&entry.name, &entry.source)));
        let sources = sources.chain(overlay.fields.iter().map(|entry| (&entry.field.name, &entry.source)));
        let sources = sources.chain(overlay.services.iter().map(|entry| (&entry.name, &entry.source)));
        let sources = sources.chain(overlay.methods.iter().map(|entry| (&entry.method.name, &entry.source)));
        let sources = sources.chain(overlay.rules.iter().map(|entry| (&entry.method, &entry.source)));
        let sources = sources.chain(overlay.unserved.iter().map(|entry| (&entry.method, &entry.source)));
        let sources = sources.chain(overlay.without.iter().map(|entry| (&entry.method, &entry.reason)));
        for (name, source) in sources {
            if source.trim().is_empty() {
                return Err(format!("overlay.toml: {name} does not say where it comes from").into());
            }
        }
        Ok(overlay)
    }
}

impl Verb {
    /// The name of the rule's field in `google.api.HttpRule`.
    pub fn field(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Get => "get",
            Self::Patch => "patch",
            Self::Post => "post",
            Self::Put => "put",
        }
    }
}
