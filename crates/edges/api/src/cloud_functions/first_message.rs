//! A stored function of the first generation, and what was done to it, as messages of v1 (facts §2.7).

use std::time::Duration;

use operations::{Operation, OperationKind};
use problem::Problem;
use prost_types::Any;
use run::{FunctionRecord, FunctionView, Run, Stored};
use serde_json::{Map, Value};
use wire::google::cloud::functions::v1::cloud_function::Trigger;
use wire::google::cloud::functions::v1::https_trigger::SecurityLevel;
use wire::google::cloud::functions::v1::{
    CloudFunction, CloudFunctionStatus, HttpsTrigger, OperationMetadataV1, OperationType,
};
use wire::time::timestamp;

use super::{fields, message};

/// A stored function.
pub(super) fn stored(run: &Run, stored: Stored<FunctionRecord>) -> Result<CloudFunction, Problem> {
    function(message::view(run, stored)?)
}

/// A function as callers see it.
pub(super) fn function(view: FunctionView) -> Result<CloudFunction, Problem> {
    let FunctionView { record, url, runs_as, .. } = view;
    let template = &record.template;
    let container = template.containers.first().cloned().unwrap_or_default();
    let memory = container.resources.as_ref().and_then(|resources| resources.limits.get("memory"));
    let megabytes = memory.and_then(|memory| memory.trim_end_matches('M').parse().ok());
    let scaling = template.scaling.clone().unwrap_or_default();
    let timeout = template.timeout.unwrap_or(Duration::from_secs(message::DEFAULT_SECONDS));
    let level = SecurityLevel::from_str_name(&record.security_level).unwrap_or(SecurityLevel::SecureOptional);
    let built = built(&record)?;
    // It is the function's own name where nobody named one; by it gcloud tells this generation from the other.
    let entry_point = Some(built.entry_point.clone()).filter(|point| !point.is_empty());
    Ok(CloudFunction {
        name: record.name.to_string(),
        entry_point: entry_point.unwrap_or_else(|| record.name.function.to_string()),
        description: record.description.clone(),
        status: CloudFunctionStatus::Active.into(),
        timeout: Some(wire::time::duration(timeout)),
        available_memory_mb: megabytes.unwrap_or(DEFAULT_MEGABYTES),
        service_account_email: runs_as.to_string(),
        update_time: Some(timestamp(record.update_time)),
        version_id: i64::try_from(record.version).unwrap_or(i64::MAX),
        labels: record.labels.clone().into_iter().collect(),
        environment_variables: container
            .environment
            .iter()
            .map(|variable| (variable.name.clone(), variable.value.clone()))
            .collect(),
        max_instances: scaling.max_instance_count,
        min_instances: scaling.min_instance_count,
        ingress_settings: message::ingress(record.ingress),
        trigger: Some(Trigger::HttpsTrigger(HttpsTrigger { url, security_level: level.into() })),
        ..built
    })
}

/// What was done, as the metadata of an operation.
pub(super) fn metadata(operation: &Operation, about: Any) -> OperationMetadataV1 {
    let kind = match operation.kind {
        OperationKind::CreateFunction => OperationType::CreateFunction,
        OperationKind::DeleteFunction => OperationType::DeleteFunction,
        OperationKind::UpdateFunction => OperationType::UpdateFunction,
        OperationKind::CreateService
        | OperationKind::DeleteRevision
        | OperationKind::DeleteService
        | OperationKind::UpdateService => OperationType::OperationUnspecified,
    };
    OperationMetadataV1 {
        target: operation.target.to_string(),
        r#type: kind.into(),
        request: Some(about),
        update_time: Some(timestamp(operation.create_time)),
        ..OperationMetadataV1::default()
    }
}

/// A function of which only the build is known.
fn built(record: &FunctionRecord) -> Result<CloudFunction, Problem> {
    let build = fields::BUILD_OF_THE_FIRST.iter();
    let said: Map<String, Value> = build
        .filter_map(|(first, second)| Some(((*first).to_owned(), record.build.get(*second)?.clone())))
        .collect();
    wire::json::from_json(Value::Object(said).to_string().as_bytes()).map_err(|_| message::unshowable(record))
}

/// Facts §2.7.
const DEFAULT_MEGABYTES: i32 = 256;
