//! The Cloud Run service of a function of the second generation.

use names::{FunctionName, NameError, ServiceId, ServiceName};
use store::{FunctionRecord, RevisionScaling, RevisionTemplate, ServiceRecord};

use crate::routed_service::DEFAULT_TIMEOUT_OF_FUNCTIONS;

/// The name of a function's service: its own, in lower case and with hyphens.
pub(super) fn name_of(function: &FunctionName) -> Result<ServiceName, NameError> {
    let id = function.function.as_str().to_ascii_lowercase().replace('_', "-");
    let FunctionName { project, location, .. } = function.clone();
    Ok(ServiceName { project, location, service: ServiceId::parse(&id)? })
}

/// Writes what the function says over its service. What only the service has (traffic, annotations, audiences) stays.
pub(super) fn write_over(function: &FunctionRecord, service: &mut ServiceRecord) {
    service.description.clone_from(&function.description);
    service.labels.clone_from(&function.labels);
    service.labels.insert(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned());
    service.ingress = function.ingress;
    let RevisionTemplate { containers, service_account, timeout, scaling, .. } = function.template.clone();
    let template = &mut service.template;
    template.containers = containers;
    template.service_account = service_account;
    template.timeout =
        Some(timeout.filter(|timeout| !timeout.is_zero()).unwrap_or(DEFAULT_TIMEOUT_OF_FUNCTIONS));
    template.scaling = scaling.filter(|scaling| *scaling != RevisionScaling::default());
    // One request at a time unless more are said (facts §2.7).
    template.max_instance_request_concurrency = function.template.max_instance_request_concurrency.max(1);
}

/// How Google marks such services [M].
const MANAGED_BY: (&str, &str) = ("goog-managed-by", "cloudfunctions");
