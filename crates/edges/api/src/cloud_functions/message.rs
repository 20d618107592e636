//! A stored function, and what was done to it, as messages of v2 (facts §2.7).

use operations::{Operation, OperationKind};
use problem::Problem;
use prost_types::Any;
use run::{
    FunctionGeneration, FunctionRecord, FunctionState, FunctionView, Ingress, OperationView, Run, Stored,
};
use serde_json::{Map, Value};
use wire::any;
use wire::google::cloud::functions::v2::service_config::{IngressSettings, SecurityLevel};
use wire::google::cloud::functions::v2::{
    self, BuildConfig, Environment, OperationMetadata, OperationType, ServiceConfig, StateMessage,
    function::State, state_message::Severity,
};
use wire::google::longrunning;
use wire::time::timestamp;

use super::{fields, first_message};
use crate::cloud_run::{as_it_ended, treatment};
use crate::refusal::internal;

/// A stored function.
pub(super) fn stored(run: &Run, stored: Stored<FunctionRecord>) -> Result<v2::Function, Problem> {
    function(view(run, stored)?)
}

/// A stored function and what follows from it.
pub(super) fn view(run: &Run, stored: Stored<FunctionRecord>) -> Result<FunctionView, Problem> {
    let name = stored.record.name.to_string();
    run.view_of_function(stored).ok_or_else(|| internal(&Unshowable { name }))
}

/// An operation on a function, in the words of the API that its generation has. gcloud does not go on without metadata.
pub(crate) fn operation(run: &Run, operation: &Operation) -> Result<longrunning::Operation, Problem> {
    let Some(OperationView::Function(view)) = run.view_of_operation(operation) else {
        return Err(internal(&Unshowable { name: operation.name.to_string() }));
    };
    let (about, metadata) = match view.record.generation {
        FunctionGeneration::First { .. } => {
            let about = any::pack(&first_message::function(view)?);
            let metadata = first_message::metadata(operation, about.clone());
            (about, any::pack(&metadata))
        }
        FunctionGeneration::Second { .. } => {
            let about = any::pack(&function(view)?);
            let metadata = metadata(operation, about.clone());
            (about, any::pack(&metadata))
        }
    };
    let response = match operation.kind {
        OperationKind::DeleteFunction => Any { type_url: EMPTY.to_owned(), value: Vec::new() },
        _ => about,
    };
    Ok(as_it_ended(operation, metadata, response))
}

fn metadata(operation: &Operation, about: Any) -> OperationMetadata {
    let (verb, kind) = match operation.kind {
        OperationKind::CreateFunction => ("create", OperationType::CreateFunction),
        OperationKind::DeleteFunction => ("delete", OperationType::DeleteFunction),
        OperationKind::UpdateFunction => ("update", OperationType::UpdateFunction),
        OperationKind::CreateService
        | OperationKind::DeleteRevision
        | OperationKind::DeleteService
        | OperationKind::UpdateService => ("", OperationType::OperationtypeUnspecified),
    };
    OperationMetadata {
        create_time: Some(timestamp(operation.create_time)),
        end_time: operation.outcome.as_ref().map(|_| timestamp(operation.create_time)),
        target: operation.target.to_string(),
        verb: verb.to_owned(),
        api_version: "v2".to_owned(),
        request_resource: Some(about),
        operation_type: kind.into(),
        ..OperationMetadata::default()
    }
}

/// A function as callers see it.
fn function(view: FunctionView) -> Result<v2::Function, Problem> {
    let FunctionView { record, url, runs_as, service, state } = view;
    let environment = match record.generation {
        FunctionGeneration::First { .. } => Environment::Gen1,
        FunctionGeneration::Second { .. } => Environment::Gen2,
    };
    let template = &record.template;
    let container = template.containers.first().cloned().unwrap_or_default();
    let limit = |resource: &str| {
        container.resources.as_ref().and_then(|resources| resources.limits.get(resource)).cloned()
    };
    let scaling = template.scaling.clone().unwrap_or_default();
    let timeout = template.timeout.map_or(DEFAULT_SECONDS, |timeout| timeout.as_secs());
    let service_config = ServiceConfig {
        service: service.as_ref().map(|service| service.name.to_string()).unwrap_or_default(),
        timeout_seconds: i32::try_from(timeout).unwrap_or(i32::MAX),
        available_memory: limit("memory").unwrap_or_else(|| DEFAULT_MEMORY.to_owned()),
        available_cpu: limit("cpu").unwrap_or_default(),
        environment_variables: container
            .environment
            .iter()
            .map(|variable| (variable.name.clone(), variable.value.clone()))
            .collect(),
        max_instance_count: scaling.max_instance_count,
        min_instance_count: scaling.min_instance_count,
        ingress_settings: ingress(record.ingress),
        uri: match &service {
            Some(service) => service.url.clone().unwrap_or_default(),
            None => url.clone(),
        },
        service_account_email: runs_as.to_string(),
        all_traffic_on_latest_revision: service.as_ref().is_none_or(|service| service.all_to_latest),
        revision: service
            .as_ref()
            .and_then(|service| service.revision.as_ref())
            .map(|name| name.revision.to_string())
            .unwrap_or_default(),
        max_instance_request_concurrency: template.max_instance_request_concurrency.max(1),
        security_level: SecurityLevel::from_str_name(&record.security_level).unwrap_or_default().into(),
        ..ServiceConfig::default()
    };
    let (state, state_messages) = match state {
        FunctionState::Active => (State::Active, Vec::new()),
        FunctionState::ServiceGone => {
            let message =
                "The Cloud Run service of the function was deleted: delete the function and create it again.";
            let said = StateMessage {
                severity: Severity::Error.into(),
                r#type: "CloudRunServiceNotFound".to_owned(),
                message: message.to_owned(),
            };
            (State::Failed, vec![said])
        }
    };
    Ok(v2::Function {
        name: record.name.to_string(),
        description: record.description.clone(),
        build_config: Some(build_config(&record)?),
        service_config: Some(service_config),
        state: state.into(),
        state_messages,
        update_time: Some(timestamp(record.update_time)),
        create_time: Some(timestamp(record.create_time)),
        labels: record.labels.clone().into_iter().collect(),
        environment: environment.into(),
        url,
        ..v2::Function::default()
    })
}

/// What was said of the build, as far as v2 has words for it.
fn build_config(record: &FunctionRecord) -> Result<BuildConfig, Problem> {
    let known = record
        .build
        .iter()
        .filter(|(key, _)| treatment(fields::SECOND, &format!("buildConfig.{key}")).is_some());
    let known: Map<String, Value> = known.map(|(key, value)| (key.clone(), value.clone())).collect();
    wire::json::from_json(Value::Object(known).to_string().as_bytes()).map_err(|_| unshowable(record))
}

/// What is stored of the function is no message.
pub(super) fn unshowable(record: &FunctionRecord) -> Problem {
    internal(&Unshowable { name: record.name.to_string() })
}

/// The number of a value that both APIs have.
pub(super) fn ingress(ingress: Ingress) -> i32 {
    let settings = match ingress {
        Ingress::All => IngressSettings::AllowAll,
        Ingress::Internal => IngressSettings::AllowInternalOnly,
        Ingress::InternalAndLoadBalancer => IngressSettings::AllowInternalAndGclb,
        // Only its service can be told so; the API has no word for it.
        Ingress::Nowhere => IngressSettings::Unspecified,
    };
    settings.into()
}

/// A function is stored that cannot be shown: its project has no number, or its record is none.
#[derive(Debug, thiserror::Error)]
#[error("{name} cannot be shown")]
struct Unshowable {
    name: String,
}

const EMPTY: &str = "type.googleapis.com/google.protobuf.Empty";
/// Facts §2.7.
pub(super) const DEFAULT_SECONDS: u64 = 60;
const DEFAULT_MEMORY: &str = "256M";
