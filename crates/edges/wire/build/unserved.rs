//! The HTTP rules of APIs that are not served: what they are called, so that nobody is told that they do not exist.

use crate::carrier;
use crate::overlay::Overlay;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use std::{error::Error, fmt::Write, path::Path};

/// Definitions of the products that clients of the served APIs meet. No types are generated from them: a service that is
/// to be served moves to the list in `main.rs`.
const FILES: &[&str] = &[
    "google/appengine/v1/appengine.proto",
    "google/cloud/functions/v1/functions.proto",
    "google/cloud/functions/v2/functions.proto",
    "google/cloud/iap/v1/service.proto",
    "google/cloud/resourcemanager/v3/tag_bindings.proto",
    "google/cloud/resourcemanager/v3/tag_keys.proto",
    "google/cloud/resourcemanager/v3/tag_values.proto",
    "google/cloud/run/v2/build.proto",
    "google/cloud/run/v2/execution.proto",
    "google/cloud/run/v2/job.proto",
    "google/cloud/run/v2/task.proto",
    "google/cloud/secretmanager/v1/service.proto",
    "google/cloud/tasks/v2/cloudtasks.proto",
    "google/cloud/tasks/v2beta3/cloudtasks.proto",
    "google/devtools/artifactregistry/v1/service.proto",
    "google/devtools/cloudbuild/v1/cloudbuild.proto",
    "google/iam/v1beta/workload_identity_pool.proto",
    "google/iam/v2/policy.proto",
    "google/logging/v2/logging_config.proto",
    "google/logging/v2/logging_metrics.proto",
    "google/pubsub/v1/pubsub.proto",
    "google/pubsub/v1/schema.proto",
];

/// A line of verb, path, host and method for each rule of each method that `served` does not have, and for those of the
/// overlay.
pub fn rules(
    definitions: &Path,
    own: &Path,
    served: &DescriptorPool,
    overlay: &Overlay,
) -> Result<String, Box<dyn Error>> {
    for file in FILES {
        println!("cargo::rerun-if-changed={}", definitions.join(file).display());
    }
    let pool = DescriptorPool::decode(&carrier::compile(definitions, own, FILES)?[..])?;
    let http = pool.get_extension_by_name("google.api.http").ok_or("no google.api.http")?;
    let host = pool.get_extension_by_name("google.api.default_host").ok_or("no google.api.default_host")?;
    let mut lines = String::new();
    for service in pool.services().filter(|service| served.get_service_by_name(service.full_name()).is_none())
    {
        let options = service.options();
        let host = options.get_extension(&host);
        let host = host.as_str().unwrap_or_default().split('.').next().unwrap_or_default();
        for method in service.methods() {
            let options = method.options();
            if let Value::Message(rule) = &*options.get_extension(&http) {
                let more = rule.get_field_by_name("additional_bindings");
                let more = more.as_deref().and_then(Value::as_list).unwrap_or_default();
                for rule in std::iter::once(rule).chain(more.iter().filter_map(Value::as_message)) {
                    if let Some((verb, path)) = pattern(rule) {
                        writeln!(lines, "{verb} {path} {host} {}", method.full_name())?;
                    }
                }
            }
        }
    }
    for method in &overlay.unserved {
        for rule in &method.http {
            let verb = rule.verb.field().to_uppercase();
            writeln!(lines, "{verb} {} {} {}", rule.path, method.host, method.method)?;
        }
    }
    Ok(lines)
}

fn pattern(rule: &DynamicMessage) -> Option<(&'static str, String)> {
    let verbs = [("delete", "DELETE"), ("get", "GET"), ("patch", "PATCH"), ("post", "POST"), ("put", "PUT")];
    verbs.into_iter().find_map(|(field, verb)| {
        let path = rule.get_field_by_name(field)?.as_str()?.to_owned();
        (!path.is_empty()).then_some((verb, path))
    })
}
