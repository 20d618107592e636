//! A service as a caller sent it, as the use cases take it.

use std::collections::BTreeMap;
use std::time::Duration;

use problem::Problem;
use run::{
    Container, ContainerPort, EnvironmentVariable, Resources, RevisionScaling, RevisionTemplate,
    ServiceScaling, ServiceSpec,
};
use wire::google::api::LaunchStage;
use wire::google::cloud::run::v2;
use wire::google::cloud::run::v2::env_var::Values;
use wire::google::cloud::run::v2::service_scaling::ScalingMode;

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
        launch_stage: launch_stage(service.launch_stage)?,
        scaling: service.scaling.map(scaling).transpose()?,
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
        scaling: template.scaling.map(|scaling| RevisionScaling {
            min_instance_count: scaling.min_instance_count,
            max_instance_count: scaling.max_instance_count,
        }),
        execution_environment: spelled(
            template.execution_environment,
            "service.template.execution_environment",
            v2::ExecutionEnvironment::as_str_name,
        )?,
        session_affinity: template.session_affinity,
        health_check_disabled: template.health_check_disabled,
    })
}

fn scaling(scaling: v2::ServiceScaling) -> Result<ServiceScaling, Problem> {
    Ok(ServiceScaling {
        min_instance_count: scaling.min_instance_count,
        max_instance_count: scaling.max_instance_count,
        scaling_mode: spelled(
            scaling.scaling_mode,
            "service.scaling.scaling_mode",
            ScalingMode::as_str_name,
        )?,
        manual_instance_count: scaling.manual_instance_count,
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
        ports: container
            .ports
            .into_iter()
            .map(|port| ContainerPort { name: port.name, container_port: port.container_port })
            .collect(),
        resources: container.resources.map(|resources| Resources {
            limits: sorted(resources.limits),
            cpu_idle: resources.cpu_idle,
            startup_cpu_boost: resources.startup_cpu_boost,
        }),
    }
}

fn timeout(timeout: &prost_types::Duration) -> Result<Duration, Problem> {
    wire::time::span(timeout).map_err(|error| refusal::invalid("service.template.timeout", error.to_string()))
}

/// What is shown where nothing was said is nothing said, so that whoever writes back what they read changes nothing.
fn launch_stage(number: i32) -> Result<String, Problem> {
    let said = if number == i32::from(LaunchStage::Ga) { 0 } else { number };
    spelled(said, "service.launch_stage", LaunchStage::as_str_name)
}

/// The name of an enum's value, as it is stored: empty for the one that says nothing.
fn spelled<E: TryFrom<i32> + Default + PartialEq>(
    number: i32,
    field: &str,
    name: impl Fn(&E) -> &'static str,
) -> Result<String, Problem> {
    match E::try_from(number) {
        Ok(value) if value == E::default() => Ok(String::new()),
        Ok(value) => Ok(name(&value).to_owned()),
        Err(_) => Err(refusal::invalid(field, format!("it has no value {number}"))),
    }
}

fn sorted(map: std::collections::HashMap<String, String>) -> BTreeMap<String, String> {
    map.into_iter().collect()
}
