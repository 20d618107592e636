//! A service as a caller sent it, as the use cases take it.

use std::collections::BTreeMap;
use std::time::Duration;

use names::{RevisionId, TrafficTag};
use problem::Problem;
use run::{
    Container, ContainerPort, EnvironmentVariable, Ingress, Resources, RevisionScaling, RevisionTemplate,
    ServiceScaling, ServiceSpec, TrafficTarget,
};
use wire::google::api::LaunchStage;
use wire::google::cloud::run::v2;
use wire::google::cloud::run::v2::env_var::Values;
use wire::google::cloud::run::v2::service_scaling::ScalingMode;
use wire::google::cloud::run::v2::{IngressTraffic, TrafficTargetAllocationType};

use super::fields;
use crate::refusal;

/// What the caller wishes. Every field is stored, a setting, or the server's own: see [`fields`].
pub(super) fn spec(service: v2::Service) -> Result<ServiceSpec, Problem> {
    let json = wire::json::to_json(&service)
        .map_err(|unrepresentable| refusal::invalid("service", unrepresentable.to_string()))?;
    Ok(ServiceSpec {
        settings: fields::settings(fields::FIELDS, &json),
        description: service.description,
        labels: sorted(service.labels),
        annotations: sorted(service.annotations),
        kept_annotations: None,
        client: service.client,
        client_version: service.client_version,
        custom_audiences: service.custom_audiences,
        launch_stage: launch_stage(service.launch_stage)?,
        scaling: service.scaling.map(scaling).transpose()?,
        ingress: ingress(service.ingress)?,
        invoker_iam_disabled: service.invoker_iam_disabled,
        default_uri_disabled: service.default_uri_disabled,
        traffic: split(service.traffic)?,
        template: template(service.template.unwrap_or_default())?,
    })
}

fn ingress(number: i32) -> Result<Ingress, Problem> {
    match IngressTraffic::try_from(number) {
        Ok(IngressTraffic::All | IngressTraffic::Unspecified) => Ok(Ingress::All),
        Ok(IngressTraffic::InternalLoadBalancer) => Ok(Ingress::InternalAndLoadBalancer),
        Ok(IngressTraffic::InternalOnly) => Ok(Ingress::Internal),
        Ok(IngressTraffic::None) => Ok(Ingress::Nowhere),
        Err(_) => Err(refusal::invalid("service.ingress", format!("it has no value {number}"))),
    }
}

/// All of it to the latest is what is shown where nothing was said.
fn split(targets: Vec<v2::TrafficTarget>) -> Result<Vec<TrafficTarget>, Problem> {
    let targets: Vec<_> = targets.into_iter().map(traffic).collect::<Result<_, _>>()?;
    let unsaid = [TrafficTarget { revision: None, percent: 100, tag: None }];
    Ok(if targets == unsaid { Vec::new() } else { targets })
}

/// Without a type, a target is to the revision that it names, or to the latest.
fn traffic(target: v2::TrafficTarget) -> Result<TrafficTarget, Problem> {
    let invalid = |text: String| refusal::invalid("service.traffic", text);
    let kind = TrafficTargetAllocationType::try_from(target.r#type)
        .map_err(|_| invalid(format!("type has no value {}", target.r#type)))?;
    let named = !target.revision.is_empty();
    let revision = match (kind, named) {
        (TrafficTargetAllocationType::Latest, true) => {
            return Err(invalid("a target to the latest revision names none".to_owned()));
        }
        (TrafficTargetAllocationType::Revision, false) => {
            return Err(invalid("a target to a revision names it".to_owned()));
        }
        (_, false) => None,
        (_, true) => Some(RevisionId::parse(&target.revision).map_err(|error| invalid(error.to_string()))?),
    };
    let tag = Some(target.tag.as_str()).filter(|tag| !tag.is_empty()).map(TrafficTag::parse).transpose();
    Ok(TrafficTarget {
        revision,
        percent: u32::try_from(target.percent).map_err(|_| invalid("percent is 0 to 100".to_owned()))?,
        tag: tag.map_err(|error| invalid(error.to_string()))?,
    })
}

fn template(template: v2::RevisionTemplate) -> Result<RevisionTemplate, Problem> {
    Ok(RevisionTemplate {
        revision: template.revision,
        labels: sorted(template.labels),
        annotations: sorted(template.annotations),
        kept_annotations: BTreeMap::new(),
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
