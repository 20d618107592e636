//! What a caller may write of a function.

use std::collections::BTreeMap;

use names::FieldPath;
use serde_json::{Map, Value};
use store::{FunctionRecord, Ingress, RevisionTemplate};

use super::FunctionMask;

/// The build environment variable that says where a function runs, as what [`crate::Image::parse`] takes. Google's
/// builders are told what to build in this way, and every client can set it (docs/decisions/0018).
pub const IMAGE_VARIABLE: &str = "DOORWARD_IMAGE";

/// A function as a caller wishes it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FunctionSpec {
    /// As given.
    pub description: String,
    /// User's labels.
    pub labels: BTreeMap<String, String>,
    /// What it is said to be built from, in the spelling of the API's `BuildConfig`.
    pub build: Map<String, Value>,
    /// What is run: one container, whose image is said by [`IMAGE_VARIABLE`] among the build's variables.
    pub template: RevisionTemplate,
    /// From where it may be called at all.
    pub ingress: Ingress,
    /// In the API's spelling; empty when not said.
    pub security_level: String,
    /// Everything else that the caller set, by path in the spelling of the API of the second generation, as JSON. What
    /// asks for something else than what happens anyway is refused.
    pub settings: BTreeMap<String, Value>,
}

impl FunctionSpec {
    /// Writes the fields that the mask selects over `record`. Settings are checked elsewhere.
    pub(super) fn write_over(self, mask: &FunctionMask, record: &mut FunctionRecord) {
        if mask.selects("description", !self.description.is_empty()) {
            record.description = self.description;
        }
        if mask.selects("labels", !self.labels.is_empty()) {
            record.labels = self.labels;
        }
        write_build(self.build, mask, &mut record.build);
        if mask.selects("service_config.ingress_settings", self.ingress != Ingress::All) {
            record.ingress = self.ingress;
        }
        if mask.selects("service_config.security_level", !self.security_level.is_empty()) {
            record.security_level = self.security_level;
        }
        write_template(self.template, mask, &mut record.template);
        let image =
            record.build.get("environmentVariables").and_then(|variables| variables.get(IMAGE_VARIABLE));
        let image = image.and_then(Value::as_str).unwrap_or_default().to_owned();
        container(&mut record.template).image = image;
    }
}

fn write_build(build: Map<String, Value>, mask: &FunctionMask, record: &mut Map<String, Value>) {
    let keys: Vec<String> = build.keys().chain(record.keys()).cloned().collect();
    for key in keys {
        let path = format!("build_config.{}", FieldPath::of(&key).as_str());
        if mask.selects(&path, build.contains_key(&key)) {
            match build.get(&key) {
                Some(value) => drop(record.insert(key, value.clone())),
                None => drop(record.remove(&key)),
            }
        }
    }
}

fn write_template(mut template: RevisionTemplate, mask: &FunctionMask, record: &mut RevisionTemplate) {
    let selects = |field: &str, populated: bool| mask.selects(&format!("service_config.{field}"), populated);
    if selects("service_account_email", !template.service_account.is_empty()) {
        record.service_account = std::mem::take(&mut template.service_account);
    }
    if selects("timeout_seconds", template.timeout.is_some()) {
        record.timeout = template.timeout;
    }
    let concurrency = template.max_instance_request_concurrency;
    if selects("max_instance_request_concurrency", concurrency != 0) {
        record.max_instance_request_concurrency = concurrency;
    }
    let scaling = template.scaling.clone().unwrap_or_default();
    let before = record.scaling.get_or_insert_default();
    if selects("max_instance_count", scaling.max_instance_count != 0) {
        before.max_instance_count = scaling.max_instance_count;
    }
    if selects("min_instance_count", scaling.min_instance_count != 0) {
        before.min_instance_count = scaling.min_instance_count;
    }
    let wished = std::mem::take(container(&mut template));
    let before = container(record);
    if selects("environment_variables", !wished.environment.is_empty()) {
        before.environment = wished.environment;
    }
    let limits = wished.resources.unwrap_or_default().limits;
    for (resource, field) in [("cpu", "available_cpu"), ("memory", "available_memory")] {
        let limit = limits.get(resource);
        if selects(field, limit.is_some()) {
            let limits = &mut before.resources.get_or_insert_default().limits;
            match limit {
                Some(limit) => drop(limits.insert(resource.to_owned(), limit.clone())),
                None => drop(limits.remove(resource)),
            }
        }
    }
}

/// The one container of a function.
fn container(template: &mut RevisionTemplate) -> &mut store::Container {
    if template.containers.is_empty() {
        template.containers.push(store::Container::default());
    }
    &mut template.containers[0]
}
