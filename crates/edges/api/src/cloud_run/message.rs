//! A stored service, and what was done to it, as messages (facts §2.5).

use jiff::Timestamp;
use operations::{Operation, OperationKind, OperationOutcome};
use problem::Problem;
use prost_types::Any;
use run::{Ingress, OperationView, Run, ServiceRecord, ServiceView, Stored, TrafficView};
use wire::any;
use wire::google::api::LaunchStage;
use wire::google::cloud::run::v2::{
    self, Condition, IngressTraffic, TrafficTarget, TrafficTargetAllocationType, TrafficTargetStatus,
    condition::State, service_scaling::ScalingMode,
};
use wire::google::longrunning::{self, operation::Result as Outcome};
use wire::time::timestamp;

use super::{revisions, running};
use crate::refusal::internal;

/// A stored service.
pub(super) fn stored(run: &Run, stored: Stored<ServiceRecord>) -> Result<v2::Service, Problem> {
    let name = stored.record.name.to_string();
    run.view(stored).map(service).ok_or_else(|| internal(&Unshowable { name }))
}

/// An operation, with what it is about both as its metadata and as its response: that is how Cloud Run does.
pub(crate) fn operation(run: &Run, operation: &Operation) -> Result<longrunning::Operation, Problem> {
    let unshowable = || internal(&Unshowable { name: operation.name.to_string() });
    let view = run.view_of_operation(operation).ok_or_else(unshowable)?;
    let ended = Some(timestamp(operation.create_time));
    let about = match view {
        OperationView::Function(_) => return Err(unshowable()),
        OperationView::Revision(view) => {
            let revision = revisions::message(view);
            any::pack(&v2::Revision { delete_time: ended, expire_time: ended, ..revision })
        }
        OperationView::Service(view) => {
            let mut service = service(view);
            // What is deleted is gone at once: nothing is left to expire.
            if operation.kind == OperationKind::DeleteService {
                (service.delete_time, service.expire_time) = (ended, ended);
            }
            any::pack(&service)
        }
    };
    Ok(as_it_ended(operation, about.clone(), about))
}

/// An operation with its metadata, and with what it answers where it succeeded.
pub(crate) fn as_it_ended(operation: &Operation, metadata: Any, response: Any) -> longrunning::Operation {
    let result = operation.outcome.as_ref().map(|outcome| match outcome {
        OperationOutcome::Failed(status) => Outcome::Error(wire::google::rpc::Status {
            code: status.code,
            message: status.message.clone(),
            ..Default::default()
        }),
        OperationOutcome::Succeeded => Outcome::Response(response),
    });
    longrunning::Operation {
        name: operation.name.to_string(),
        metadata: Some(metadata),
        done: result.is_some(),
        result,
    }
}

/// A condition that holds since then.
pub(super) fn met(kind: &str, since: Timestamp) -> Condition {
    Condition {
        r#type: kind.to_owned(),
        state: State::ConditionSucceeded.into(),
        last_transition_time: Some(timestamp(since)),
        ..Condition::default()
    }
}

/// A service as callers see it.
fn service(view: ServiceView) -> v2::Service {
    let ServiceView { record, etag, urls, latest_revision, traffic } = view;
    let generation = i64::try_from(record.generation).unwrap_or(i64::MAX);
    let latest_revision = latest_revision.to_string();
    let met = |kind| met(kind, record.update_time);
    v2::Service {
        name: record.name.to_string(),
        description: record.description.clone(),
        uid: record.uid.to_string(),
        generation,
        labels: record.labels.clone().into_iter().collect(),
        annotations: record.annotations.clone().into_iter().collect(),
        create_time: Some(timestamp(record.create_time)),
        update_time: Some(timestamp(record.update_time)),
        creator: shown(&record.creator),
        last_modifier: shown(&record.last_modifier),
        client: record.client.clone(),
        client_version: record.client_version.clone(),
        ingress: ingress(record.ingress).into(),
        launch_stage: launch_stage(&record.launch_stage).into(),
        invoker_iam_disabled: record.invoker_iam_disabled,
        default_uri_disabled: record.default_uri_disabled,
        scaling: record.scaling.as_ref().map(scaling),
        template: Some(running::template(&record.template)),
        traffic: traffic.iter().map(target).collect(),
        observed_generation: generation,
        terminal_condition: Some(met("Ready")),
        conditions: vec![met("RoutesReady"), met("ConfigurationsReady")],
        latest_ready_revision: latest_revision.clone(),
        latest_created_revision: latest_revision,
        traffic_statuses: traffic.iter().map(status).collect(),
        uri: urls.first().cloned().unwrap_or_default(),
        urls,
        etag,
        custom_audiences: record.custom_audiences,
        ..v2::Service::default()
    }
}

/// The value that a stored launch stage is the name of.
pub(super) fn launch_stage(name: &str) -> LaunchStage {
    LaunchStage::from_str_name(name).unwrap_or(LaunchStage::Ga)
}

fn ingress(ingress: Ingress) -> IngressTraffic {
    match ingress {
        Ingress::All => IngressTraffic::All,
        Ingress::Internal => IngressTraffic::InternalOnly,
        Ingress::InternalAndLoadBalancer => IngressTraffic::InternalLoadBalancer,
        Ingress::Nowhere => IngressTraffic::None,
    }
}

fn target(view: &TrafficView) -> TrafficTarget {
    let v2::TrafficTargetStatus { r#type, revision, percent, tag, uri: _ } = status(view);
    TrafficTarget { r#type, revision, percent, tag }
}

fn status(view: &TrafficView) -> TrafficTargetStatus {
    let kind = match view.target.revision {
        Some(_) => TrafficTargetAllocationType::Revision,
        None => TrafficTargetAllocationType::Latest,
    };
    TrafficTargetStatus {
        r#type: kind.into(),
        revision: view.target.revision.as_ref().map(ToString::to_string).unwrap_or_default(),
        percent: i32::try_from(view.target.percent).unwrap_or(i32::MAX),
        tag: view.target.tag.as_ref().map(ToString::to_string).unwrap_or_default(),
        uri: view.uri.clone().unwrap_or_default(),
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
pub(super) fn shown(principal: &str) -> String {
    principal.split_once(':').map_or(principal, |(_, email)| email).to_owned()
}

/// A service is stored that cannot be shown: its project has no number, or its record is none.
#[derive(Debug, thiserror::Error)]
#[error("{name} is stored, and cannot be shown")]
pub(super) struct Unshowable {
    pub(super) name: String,
}
