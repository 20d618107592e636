//! What is run.

use std::collections::HashMap;

use run::{Container, RevisionTemplate};
use wire::google::cloud::run::v1;

use super::annotations::word;
use crate::cloud_run::knative::keys;

/// The template of a service or a revision.
pub(super) fn template(template: &RevisionTemplate) -> v1::RevisionTemplate {
    let mut annotations = template.annotations.clone();
    annotations.extend(template.kept_annotations.clone());
    let mut say = |key: &str, value: String| drop(annotations.insert(key.to_owned(), value));
    if let Some(resources) = template.containers.first().and_then(|container| container.resources.as_ref()) {
        say(keys::CPU_THROTTLING, resources.cpu_idle.to_string());
        if resources.startup_cpu_boost {
            say(keys::CPU_BOOST, "true".to_owned());
        }
    }
    if let Some(word) = word(&keys::SANDBOXES, &template.execution_environment.as_str()) {
        say(keys::EXECUTION_ENVIRONMENT, word);
    }
    if template.health_check_disabled {
        say(keys::HEALTH_CHECK_DISABLED, "true".to_owned());
    }
    if template.session_affinity {
        say(keys::SESSION_AFFINITY, "true".to_owned());
    }
    if let Some(scaling) = &template.scaling {
        // Both 0 is something else than nothing said.
        if scaling.max_instance_count == 0 || scaling.min_instance_count != 0 {
            say(keys::REVISION_MIN_INSTANCES, scaling.min_instance_count.to_string());
        }
        if scaling.max_instance_count != 0 {
            say(keys::REVISION_MAX_INSTANCES, scaling.max_instance_count.to_string());
        }
    }
    v1::RevisionTemplate {
        metadata: Some(v1::ObjectMeta {
            annotations: annotations.into_iter().collect(),
            labels: template.labels.clone().into_iter().collect(),
            name: template.revision.clone(),
            ..v1::ObjectMeta::default()
        }),
        spec: Some(v1::RevisionSpec {
            container_concurrency: template.max_instance_request_concurrency,
            containers: template.containers.iter().map(container).collect(),
            service_account_name: template.service_account.clone(),
            // The form knows no fractions; what was said in another one is not cut short.
            timeout_seconds: template.timeout.map_or(0, |timeout| {
                let seconds = timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0);
                i32::try_from(seconds).unwrap_or(i32::MAX)
            }),
            ..v1::RevisionSpec::default()
        }),
    }
}

fn container(container: &Container) -> v1::Container {
    let limits = container.resources.as_ref().map(|resources| resources.limits.clone()).unwrap_or_default();
    v1::Container {
        name: container.name.clone(),
        image: container.image.clone(),
        env: container
            .environment
            .iter()
            .map(|variable| v1::EnvVar {
                name: variable.name.clone(),
                value: variable.value.clone(),
                value_from: None,
            })
            .collect(),
        ports: container
            .ports
            .iter()
            .map(|port| v1::ContainerPort {
                container_port: port.container_port,
                name: port.name.clone(),
                protocol: String::new(),
            })
            .collect(),
        resources: (!limits.is_empty()).then(|| v1::ResourceRequirements {
            limits: limits.into_iter().collect(),
            requests: HashMap::new(),
        }),
        ..v1::Container::default()
    }
}
