//! A function as a caller sent it, as the use cases take it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use problem::Problem;
use run::{
    Container, EnvironmentVariable, FunctionSpec, IMAGE_VARIABLE, Ingress, Resources, RevisionScaling,
    RevisionTemplate,
};
use serde_json::{Map, Value};
use wire::google::cloud::functions::{v1, v2};

use super::fields;
use crate::cloud_run::settings;
use crate::refusal;

/// What the caller wishes of a function of the second generation.
pub(super) fn second(function: v2::Function) -> Result<FunctionSpec, Problem> {
    let json = wire::json::to_json(&function).map_err(unrepresentable)?;
    let build = json.get("buildConfig").and_then(Value::as_object).cloned().unwrap_or_default();
    let service = function.service_config.unwrap_or_default();
    let runs = Running {
        image: image(function.build_config.unwrap_or_default().environment_variables),
        environment: service.environment_variables,
        service_account: service.service_account_email,
        timeout: seconds(service.timeout_seconds)?,
        memory: service.available_memory,
        cpu: service.available_cpu,
        least: service.min_instance_count,
        most: service.max_instance_count,
        concurrency: service.max_instance_request_concurrency,
    };
    let security_level = v2::service_config::SecurityLevel::try_from(service.security_level);
    let security_level = security_level.map_err(|_| no_value("securityLevel", service.security_level))?;
    Ok(FunctionSpec {
        description: function.description,
        labels: sorted(function.labels),
        build: kept(build),
        template: runs.template(),
        ingress: ingress(service.ingress_settings)?,
        security_level: said(security_level.as_str_name()),
        settings: settings(fields::SECOND, &json),
    })
}

/// What the caller wishes of a function of the first generation.
pub(super) fn first(function: v1::CloudFunction) -> Result<FunctionSpec, Problem> {
    let json = wire::json::to_json(&function).map_err(unrepresentable)?;
    let named = |first: &str| json.get(first).filter(|value| !value.is_null()).cloned();
    let build = fields::BUILD_OF_THE_FIRST.iter();
    let build = build.filter_map(|(first, second)| Some(((*second).to_owned(), named(first)?))).collect();
    let memory = match function.available_memory_mb {
        0 => String::new(),
        megabytes => format!("{megabytes}M"),
    };
    let runs = Running {
        image: image(function.build_environment_variables),
        environment: function.environment_variables,
        service_account: function.service_account_email,
        timeout: function.timeout.as_ref().map(timeout).transpose()?,
        memory,
        cpu: String::new(),
        least: function.min_instances,
        most: function.max_instances,
        concurrency: 0,
    };
    let level = match &function.trigger {
        Some(v1::cloud_function::Trigger::HttpsTrigger(trigger)) => trigger.security_level,
        Some(v1::cloud_function::Trigger::EventTrigger(_)) | None => 0,
    };
    let level = v1::https_trigger::SecurityLevel::try_from(level)
        .map_err(|_| no_value("httpsTrigger.securityLevel", level))?;
    let settings = settings(fields::FIRST, &json).into_iter();
    Ok(FunctionSpec {
        description: function.description,
        labels: sorted(function.labels),
        build: kept(build),
        template: runs.template(),
        ingress: ingress(function.ingress_settings)?,
        security_level: said(level.as_str_name()),
        settings: settings.map(|(path, value)| (fields::second_of(&path), value)).collect(),
    })
}

/// What runs, in the words that both APIs share.
struct Running {
    image: String,
    environment: HashMap<String, String>,
    service_account: String,
    timeout: Option<Duration>,
    memory: String,
    cpu: String,
    least: i32,
    most: i32,
    concurrency: i32,
}

impl Running {
    fn template(self) -> RevisionTemplate {
        let limits = [("cpu", self.cpu), ("memory", self.memory)].into_iter();
        let limits: BTreeMap<_, _> = limits
            .filter(|(_, limit)| !limit.is_empty())
            .map(|(resource, limit)| (resource.to_owned(), limit))
            .collect();
        let environment = sorted(self.environment).into_iter();
        let container = Container {
            image: self.image,
            environment: environment.map(|(name, value)| EnvironmentVariable { name, value }).collect(),
            resources: (!limits.is_empty()).then(|| Resources { limits, ..Resources::default() }),
            ..Container::default()
        };
        RevisionTemplate {
            containers: vec![container],
            service_account: self.service_account,
            timeout: self.timeout,
            max_instance_request_concurrency: self.concurrency,
            scaling: Some(RevisionScaling { min_instance_count: self.least, max_instance_count: self.most }),
            ..RevisionTemplate::default()
        }
    }
}

/// What is said of the build, without what only the server writes.
fn kept(mut build: Map<String, Value>) -> Map<String, Value> {
    for own in ["build", "sourceProvenance"] {
        build.remove(own);
    }
    build
}

fn image(mut build_environment: HashMap<String, String>) -> String {
    build_environment.remove(IMAGE_VARIABLE).unwrap_or_default()
}

fn ingress(number: i32) -> Result<Ingress, Problem> {
    use v2::service_config::IngressSettings;
    // Both APIs have the same values.
    match IngressSettings::try_from(number) {
        Ok(IngressSettings::AllowAll | IngressSettings::Unspecified) => Ok(Ingress::All),
        Ok(IngressSettings::AllowInternalAndGclb) => Ok(Ingress::InternalAndLoadBalancer),
        Ok(IngressSettings::AllowInternalOnly) => Ok(Ingress::Internal),
        Err(_) => Err(no_value("ingressSettings", number)),
    }
}

fn seconds(number: i32) -> Result<Option<Duration>, Problem> {
    match u64::try_from(number) {
        Ok(0) => Ok(None),
        Ok(seconds) => Ok(Some(Duration::from_secs(seconds))),
        Err(_) => Err(refusal::invalid("function.serviceConfig.timeoutSeconds", "it is less than no time")),
    }
}

fn timeout(timeout: &prost_types::Duration) -> Result<Duration, Problem> {
    wire::time::span(timeout).map_err(|error| refusal::invalid("function.timeout", error.to_string()))
}

/// The name of an enum's value, as it is stored: empty for the one that says nothing.
fn said(name: &str) -> String {
    if name.ends_with("_UNSPECIFIED") { String::new() } else { name.to_owned() }
}

fn no_value(field: &str, number: i32) -> Problem {
    refusal::invalid(&format!("function.{field}"), format!("it has no value {number}"))
}

fn unrepresentable(error: impl std::error::Error) -> Problem {
    refusal::invalid("function", error.to_string())
}

fn sorted(map: HashMap<String, String>) -> BTreeMap<String, String> {
    map.into_iter().collect()
}
