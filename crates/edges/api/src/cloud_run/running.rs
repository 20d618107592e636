//! What is run, as messages: in a service's template and in a revision.

use run::{Container, RevisionTemplate};
use wire::google::cloud::run::v2::{self, env_var::Values};
use wire::time::duration;

/// The template of a service.
pub(super) fn template(template: &RevisionTemplate) -> v2::RevisionTemplate {
    v2::RevisionTemplate {
        revision: template.revision.clone(),
        labels: template.labels.clone().into_iter().collect(),
        annotations: template.annotations.clone().into_iter().collect(),
        containers: template.containers.iter().map(container).collect(),
        service_account: template.service_account.clone(),
        timeout: template.timeout.map(duration),
        max_instance_request_concurrency: template.max_instance_request_concurrency,
        scaling: scaling(template),
        execution_environment: execution_environment(template).into(),
        session_affinity: template.session_affinity,
        health_check_disabled: template.health_check_disabled,
        ..v2::RevisionTemplate::default()
    }
}

/// How many instances are to run.
pub(super) fn scaling(template: &RevisionTemplate) -> Option<v2::RevisionScaling> {
    template.scaling.as_ref().map(|scaling| v2::RevisionScaling {
        min_instance_count: scaling.min_instance_count,
        max_instance_count: scaling.max_instance_count,
    })
}

/// The sandbox.
pub(super) fn execution_environment(template: &RevisionTemplate) -> v2::ExecutionEnvironment {
    v2::ExecutionEnvironment::from_str_name(&template.execution_environment).unwrap_or_default()
}

/// A container.
pub(super) fn container(container: &Container) -> v2::Container {
    v2::Container {
        name: container.name.clone(),
        image: container.image.clone(),
        env: container
            .environment
            .iter()
            .map(|variable| v2::EnvVar {
                name: variable.name.clone(),
                values: Some(Values::Value(variable.value.clone())),
            })
            .collect(),
        ports: container
            .ports
            .iter()
            .map(|port| v2::ContainerPort { name: port.name.clone(), container_port: port.container_port })
            .collect(),
        resources: container.resources.as_ref().map(|resources| v2::ResourceRequirements {
            limits: resources.limits.clone().into_iter().collect(),
            cpu_idle: resources.cpu_idle,
            startup_cpu_boost: resources.startup_cpu_boost,
        }),
        ..v2::Container::default()
    }
}
