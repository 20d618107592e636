//! An object as a caller sent it, as the use cases take it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use names::{Location, RevisionId, TrafficTag};
use problem::Problem;
use run::{
    Container, ContainerPort, EnvironmentVariable, Ingress, KeptAnnotations, Resources, RevisionScaling,
    RevisionTemplate, ServiceScaling, ServiceSpec, TrafficTarget,
};
use wire::google::api::LaunchStage;
use wire::google::cloud::run::v1;

use super::annotations::Annotations;
use super::{OBJECT, keys};
use crate::cloud_run::fields;
use crate::refusal::invalid;

/// What the caller wishes, and the region that a label says.
pub(super) fn spec(object: v1::Service) -> Result<(ServiceSpec, Option<Location>), Problem> {
    of_kind("apiVersion", &object.api_version, super::API_VERSION)?;
    of_kind("kind", &object.kind, "Service")?;
    let json = wire::json::to_json(&object)
        .map_err(|unrepresentable| invalid("service", unrepresentable.to_string()))?;
    let mut settings = fields::settings(OBJECT, &json);
    let metadata = object.metadata.unwrap_or_default();
    let spec = object.spec.unwrap_or_default();
    let mut annotations = Annotations::of_service(metadata.annotations, &mut settings);
    let template = spec.template.unwrap_or_default();
    let metadata_of_template = template.metadata.unwrap_or_default();
    let mut of_template = Annotations::of_template(metadata_of_template.annotations, &mut settings);
    let mut labels = own(metadata.labels);
    let location = labels.remove(keys::LOCATION).map(|text| Location::parse(&text)).transpose();
    let location = location.map_err(|error| invalid("metadata.labels", error.to_string()))?;
    let kept = KeptAnnotations {
        service: std::mem::take(&mut annotations.kept),
        template: std::mem::take(&mut of_template.kept),
    };
    let mut labels_of_template = own(metadata_of_template.labels);
    labels_of_template.remove(keys::LOCATION);
    let template = RevisionTemplate {
        revision: metadata_of_template.name,
        labels: labels_of_template,
        annotations: std::mem::take(&mut of_template.user),
        ..running(template.spec.unwrap_or_default(), &mut of_template)?
    };
    let spec = ServiceSpec {
        settings,
        description: annotations.text(keys::DESCRIPTION).unwrap_or_default(),
        labels,
        client: annotations.text(keys::CLIENT_NAME).unwrap_or_default(),
        client_version: annotations.text(keys::CLIENT_VERSION).unwrap_or_default(),
        custom_audiences: annotations
            .read(keys::CUSTOM_AUDIENCES, "a list of texts in JSON", |text| serde_json::from_str(text).ok())?
            .unwrap_or_default(),
        launch_stage: annotations
            .read(keys::LAUNCH_STAGE, "a launch stage such as BETA", launch_stage)?
            .unwrap_or_default(),
        scaling: scaling(&mut annotations)?,
        ingress: ingress(&mut annotations)?,
        invoker_iam_disabled: annotations.flag(keys::INVOKER_IAM_DISABLED)?.unwrap_or_default(),
        default_uri_disabled: annotations.flag(keys::DEFAULT_URL_DISABLED)?.unwrap_or_default(),
        traffic: split(spec.traffic)?,
        template,
        annotations: annotations.user,
        kept_annotations: Some(kept),
    };
    Ok((spec, location))
}

fn of_kind(field: &str, found: &str, expected: &str) -> Result<(), Problem> {
    if found.is_empty() || found == expected {
        Ok(())
    } else {
        Err(invalid(field, format!("expected '{expected}'")))
    }
}

/// Labels without those that only the server writes.
fn own(labels: HashMap<String, String>) -> BTreeMap<String, String> {
    labels.into_iter().filter(|(key, _)| !keys::SERVERS_OWN.contains(&key.as_str())).collect()
}

fn launch_stage(text: &str) -> Option<String> {
    match LaunchStage::from_str_name(&text.to_ascii_uppercase())? {
        LaunchStage::Ga | LaunchStage::Unspecified => Some(String::new()),
        stage => Some(stage.as_str_name().to_owned()),
    }
}

fn ingress(annotations: &mut Annotations) -> Result<Ingress, Problem> {
    let expected = "'all', 'internal', 'internal-and-cloud-load-balancing' or 'none'";
    let found = annotations.read(keys::INGRESS, expected, |text| word(&keys::INGRESSES, text))?;
    Ok(found.unwrap_or_default())
}

fn scaling(annotations: &mut Annotations) -> Result<Option<ServiceScaling>, Problem> {
    let least = annotations.number(keys::MIN_INSTANCES)?;
    let most = annotations.number(keys::MAX_INSTANCES)?;
    let mode = annotations
        .read(keys::SCALING_MODE, "'automatic' or 'manual'", |text| word(&keys::SCALING_MODES, text))?;
    let manual_instance_count = annotations.number(keys::MANUAL_INSTANCE_COUNT)?;
    if (least, most, mode, manual_instance_count) == (None, None, None, None) {
        return Ok(None);
    }
    Ok(Some(ServiceScaling {
        min_instance_count: least.unwrap_or_default(),
        max_instance_count: most.unwrap_or_default(),
        scaling_mode: mode.unwrap_or_default().to_owned(),
        manual_instance_count,
    }))
}

/// All of it to the latest is what is shown where nothing was said.
fn split(targets: Vec<v1::TrafficTarget>) -> Result<Vec<TrafficTarget>, Problem> {
    let targets: Vec<_> = targets.into_iter().map(traffic).collect::<Result<_, _>>()?;
    let unsaid = [TrafficTarget { revision: None, percent: 100, tag: None }];
    Ok(if targets == unsaid { Vec::new() } else { targets })
}

fn traffic(target: v1::TrafficTarget) -> Result<TrafficTarget, Problem> {
    let invalid = |text: String| invalid("spec.traffic", text);
    let revision = match (target.latest_revision, target.revision_name.as_str()) {
        (true, "") => None,
        (false, name) if !name.is_empty() => {
            Some(RevisionId::parse(name).map_err(|error| invalid(error.to_string()))?)
        }
        _ => {
            return Err(invalid(
                "a target has either latestRevision or the revisionName of a revision".to_owned(),
            ));
        }
    };
    let tag = Some(target.tag.as_str()).filter(|tag| !tag.is_empty()).map(TrafficTag::parse).transpose();
    Ok(TrafficTarget {
        revision,
        percent: u32::try_from(target.percent).map_err(|_| invalid("percent is 0 to 100".to_owned()))?,
        tag: tag.map_err(|error| invalid(error.to_string()))?,
    })
}

/// What is run, without what the template's own metadata says.
fn running(spec: v1::RevisionSpec, annotations: &mut Annotations) -> Result<RevisionTemplate, Problem> {
    let timeout = u64::try_from(spec.timeout_seconds)
        .map_err(|_| invalid("spec.template.spec.timeoutSeconds", "a span is not negative"))?;
    let processor = Processor {
        has_boost: annotations.flag(keys::CPU_BOOST)?.unwrap_or_default(),
        is_idle_between_requests: annotations.flag(keys::CPU_THROTTLING)?,
    };
    let sandbox = annotations
        .read(keys::EXECUTION_ENVIRONMENT, "'gen1' or 'gen2'", |text| word(&keys::SANDBOXES, text))?;
    let least = annotations.number(keys::REVISION_MIN_INSTANCES)?;
    let most = annotations.number(keys::REVISION_MAX_INSTANCES)?;
    let scaling = (least.is_some() || most.is_some()).then(|| RevisionScaling {
        min_instance_count: least.unwrap_or_default(),
        max_instance_count: most.unwrap_or_default(),
    });
    let containers = spec.containers.into_iter().map(|found| container(found, &processor));
    Ok(RevisionTemplate {
        containers: containers.collect::<Result<_, _>>()?,
        service_account: spec.service_account_name,
        timeout: Some(timeout).filter(|seconds| *seconds > 0).map(Duration::from_secs),
        max_instance_request_concurrency: spec.container_concurrency,
        scaling,
        execution_environment: sandbox.unwrap_or_default().to_owned(),
        session_affinity: annotations.flag(keys::SESSION_AFFINITY)?.unwrap_or_default(),
        health_check_disabled: annotations.flag(keys::HEALTH_CHECK_DISABLED)?.unwrap_or_default(),
        ..RevisionTemplate::default()
    })
}

/// What annotations say about a container's processor.
struct Processor {
    has_boost: bool,
    is_idle_between_requests: Option<bool>,
}

fn container(container: v1::Container, processor: &Processor) -> Result<Container, Problem> {
    let limits: BTreeMap<_, _> = container.resources.unwrap_or_default().limits.into_iter().collect();
    let said = !limits.is_empty() || processor.has_boost || processor.is_idle_between_requests.is_some();
    let ports = container.ports.into_iter().map(|port| match port.protocol.as_str() {
        "" | "TCP" => Ok(ContainerPort { name: port.name, container_port: port.container_port }),
        _ => Err(invalid("spec.template.spec.containers.ports.protocol", "it is TCP")),
    });
    // A source of a value is a setting, which the use case refuses.
    let variable = |variable: v1::EnvVar| EnvironmentVariable { name: variable.name, value: variable.value };
    Ok(Container {
        name: container.name,
        image: container.image,
        environment: container.env.into_iter().map(variable).collect(),
        ports: ports.collect::<Result<_, _>>()?,
        resources: said.then(|| Resources {
            limits,
            // Which v1 takes it to be unless it is said.
            cpu_idle: processor.is_idle_between_requests.unwrap_or(true),
            startup_cpu_boost: processor.has_boost,
        }),
    })
}

/// What a word of an annotation stands for.
fn word<T: Copy>(words: &[(&str, T)], text: &str) -> Option<T> {
    words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning)
}
