//! A stored service, and what was done to it, as messages (facts §2.5).

use operations::{Operation, OperationKind, OperationOutcome};
use problem::Problem;
use run::{Run, ServiceRecord, ServiceView, Stored};
use wire::any;
use wire::google::api::LaunchStage;
use wire::google::cloud::run::v2::{
    self, Condition, IngressTraffic, TrafficTarget, TrafficTargetAllocationType, TrafficTargetStatus,
    condition::State, env_var::Values, service_scaling::ScalingMode,
};
use wire::google::longrunning::{self, operation::Result as Outcome};
use wire::time::{duration, timestamp};

use crate::refusal::internal;

/// A stored service.
pub(super) fn stored(run: &Run, stored: Stored<ServiceRecord>) -> Result<v2::Service, Problem> {
    let name = stored.record.name.to_string();
    run.view(stored).map(service).ok_or_else(|| internal(&Unshowable { name }))
}

/// An operation, with the service as it left it both as its metadata and as its response: that is how Cloud Run does.
pub(crate) fn operation(run: &Run, operation: &Operation) -> Result<longrunning::Operation, Problem> {
    let view = run.view_of_operation(operation);
    let view = view.ok_or_else(|| internal(&Unshowable { name: operation.name.to_string() }))?;
    let mut service = service(view);
    match operation.kind {
        OperationKind::CreateService | OperationKind::UpdateService => {}
        OperationKind::DeleteService => service.delete_time = Some(timestamp(operation.create_time)),
    }
    let service = any::pack(&service);
    let result = operation.outcome.as_ref().map(|outcome| match outcome {
        OperationOutcome::Failed(status) => Outcome::Error(wire::google::rpc::Status {
            code: status.code,
            message: status.message.clone(),
            ..Default::default()
        }),
        OperationOutcome::Succeeded => Outcome::Response(service.clone()),
    });
    Ok(longrunning::Operation {
        name: operation.name.to_string(),
        metadata: Some(service),
        done: result.is_some(),
        result,
    })
}

/// A service as callers see it.
fn service(view: ServiceView) -> v2::Service {
    let ServiceView { record, etag, uri, urls, revision } = view;
    let generation = i64::try_from(record.generation).unwrap_or(i64::MAX);
    let changed = Some(timestamp(record.update_time));
    let condition = |kind: &str| Condition {
        r#type: kind.to_owned(),
        state: State::ConditionSucceeded.into(),
        last_transition_time: changed,
        ..Condition::default()
    };
    v2::Service {
        name: record.name.to_string(),
        description: record.description.clone(),
        uid: record.uid.to_string(),
        generation,
        labels: record.labels.clone().into_iter().collect(),
        annotations: record.annotations.clone().into_iter().collect(),
        create_time: Some(timestamp(record.create_time)),
        update_time: changed,
        creator: shown(&record.creator),
        last_modifier: shown(&record.last_modifier),
        client: record.client.clone(),
        client_version: record.client_version.clone(),
        ingress: IngressTraffic::All.into(),
        launch_stage: LaunchStage::from_str_name(&record.launch_stage).unwrap_or(LaunchStage::Ga).into(),
        scaling: record.scaling.as_ref().map(scaling),
        template: Some(template(&record)),
        traffic: vec![TrafficTarget {
            r#type: TrafficTargetAllocationType::Latest.into(),
            percent: 100,
            ..TrafficTarget::default()
        }],
        custom_audiences: record.custom_audiences,
        observed_generation: generation,
        terminal_condition: Some(condition("Ready")),
        conditions: vec![condition("RoutesReady"), condition("ConfigurationsReady")],
        latest_ready_revision: revision.clone(),
        latest_created_revision: revision,
        traffic_statuses: vec![TrafficTargetStatus {
            r#type: TrafficTargetAllocationType::Latest.into(),
            percent: 100,
            ..TrafficTargetStatus::default()
        }],
        uri,
        urls,
        etag,
        ..v2::Service::default()
    }
}

fn template(record: &ServiceRecord) -> v2::RevisionTemplate {
    let template = &record.template;
    let container = |container: &run::Container| v2::Container {
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
    };
    v2::RevisionTemplate {
        labels: template.labels.clone().into_iter().collect(),
        annotations: template.annotations.clone().into_iter().collect(),
        containers: template.containers.iter().map(container).collect(),
        service_account: template.service_account.clone(),
        timeout: template.timeout.map(duration),
        max_instance_request_concurrency: template.max_instance_request_concurrency,
        scaling: template.scaling.as_ref().map(|scaling| v2::RevisionScaling {
            min_instance_count: scaling.min_instance_count,
            max_instance_count: scaling.max_instance_count,
        }),
        execution_environment: v2::ExecutionEnvironment::from_str_name(&template.execution_environment)
            .unwrap_or_default()
            .into(),
        session_affinity: template.session_affinity,
        health_check_disabled: template.health_check_disabled,
        ..v2::RevisionTemplate::default()
    }
}

fn scaling(scaling: &run::ServiceScaling) -> v2::ServiceScaling {
    v2::ServiceScaling {
        min_instance_count: scaling.min_instance_count,
        max_instance_count: scaling.max_instance_count,
        scaling_mode: ScalingMode::from_str_name(&scaling.scaling_mode).unwrap_or_default().into(),
        manual_instance_count: scaling.manual_instance_count,
    }
}

/// A principal as Cloud Run shows who wrote something: the e-mail alone.
fn shown(principal: &str) -> String {
    principal.split_once(':').map_or(principal, |(_, email)| email).to_owned()
}

/// A service is stored that cannot be shown: its project has no number, or its record is none.
#[derive(Debug, thiserror::Error)]
#[error("{name} is stored, and cannot be shown")]
struct Unshowable {
    name: String,
}
