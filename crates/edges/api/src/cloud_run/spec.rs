//! A service as a caller sent it, as the use cases take it.

use std::collections::BTreeMap;
use std::time::Duration;

use problem::Problem;
use run::{Container, EnvironmentVariable, RevisionTemplate, ServiceSpec};
use wire::google::cloud::run::v2;
use wire::google::cloud::run::v2::env_var::Values;

use super::fields;
use crate::refusal;

/// What the caller wishes. Every field is stored, a setting, or the server's own: see [`fields`].
pub(super) fn spec(service: v2::Service) -> Result<ServiceSpec, Problem> {
    let json = wire::json::to_json(&service)
        .map_err(|unrepresentable| refusal::invalid("service", unrepresentable.to_string()))?;
    Ok(ServiceSpec {
        settings: fields::settings(&json),
        description: service.description,
        labels: sorted(service.labels),
        annotations: sorted(service.annotations),
        client: service.client,
        client_version: service.client_version,
        custom_audiences: service.custom_audiences,
        template: template(service.template.unwrap_or_default())?,
    })
}

fn template(template: v2::RevisionTemplate) -> Result<RevisionTemplate, Problem> {
    Ok(RevisionTemplate {
        labels: sorted(template.labels),
        annotations: sorted(template.annotations),
        containers: template.containers.into_iter().map(container).collect(),
        service_account: template.service_account,
        timeout: template.timeout.as_ref().map(timeout).transpose()?,
        max_instance_request_concurrency: template.max_instance_request_concurrency,
    })
}

fn container(container: v2::Container) -> Container {
    let variable = |variable: v2::EnvVar| EnvironmentVariable {
        name: variable.name,
        value: match variable.values {
            Some(Values::Value(value)) => value,
            // A source is a setting, which the use case refuses.
            Some(Values::ValueSource(_)) | None => String::new(),
        },
    };
    Container {
        name: container.name,
        image: container.image,
        environment: container.env.into_iter().map(variable).collect(),
    }
}

fn timeout(timeout: &prost_types::Duration) -> Result<Duration, Problem> {
    wire::time::span(timeout).map_err(|error| refusal::invalid("service.template.timeout", error.to_string()))
}

fn sorted(map: std::collections::HashMap<String, String>) -> BTreeMap<String, String> {
    map.into_iter().collect()
}
