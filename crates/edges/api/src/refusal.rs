//! A problem as both transports carry it: a `google.rpc.Status` with details (facts §0.1).

use context::RequestId;
use http::{HeaderName, HeaderValue};
use names::NameError;
use problem::{Problem, Reason};
use tonic::Status;
use tonic::metadata::MetadataValue;
use wire::any;
use wire::google::rpc::{BadRequest, ErrorInfo, Help, RequestInfo, ResourceInfo, bad_request, help};

/// The header that names the request, on every answer.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-doorward-request-id");
/// The header that names the reason, on every refusal.
pub(crate) const REASON: HeaderName = HeaderName::from_static(REASON_KEY);
const REASON_KEY: &str = "x-doorward-reason";

/// The status of a problem. `domain` is the API's host, such as `iam.googleapis.com`. Its metadata becomes headers of a
/// REST answer and trailers of a gRPC one.
pub(crate) fn status(problem: &Problem, domain: &str, request_id: &RequestId) -> Status {
    let mut details = vec![any::pack(&ErrorInfo {
        reason: problem.reason.name().to_owned(),
        domain: domain.to_owned(),
        metadata: problem.metadata.clone().into_iter().collect(),
    })];
    if !problem.violations.is_empty() {
        let violation = |violation: &problem::Violation| bad_request::FieldViolation {
            field: violation.field.clone(),
            description: violation.description.clone(),
            ..bad_request::FieldViolation::default()
        };
        let field_violations = problem.violations.iter().map(violation).collect();
        details.push(any::pack(&BadRequest { field_violations }));
    }
    if let Some(resource) = &problem.resource {
        details.push(any::pack(&ResourceInfo { resource_name: resource.clone(), ..ResourceInfo::default() }));
    }
    if let Some(command) = &problem.command {
        let link = help::Link { description: command.clone(), url: problem.reason.page() };
        details.push(any::pack(&Help { links: vec![link] }));
    }
    let request_info = RequestInfo { request_id: request_id.to_string(), ..RequestInfo::default() };
    details.push(any::pack(&request_info));
    let mut status = wire::status(problem.code().number(), problem.message.clone(), details);
    status.metadata_mut().insert(REASON_KEY, MetadataValue::from_static(problem.reason.name()));
    status
}

/// The reason as a header.
pub(crate) fn reason_header(reason: Reason) -> HeaderValue {
    HeaderValue::from_static(reason.name())
}

/// A name in the request that is none.
pub(crate) fn malformed(field: &str, error: &NameError) -> Problem {
    Problem::new(Reason::FIELD_INVALID, format!("Invalid value at '{field}': {error}."))
        .at_field(field, error.to_string())
}

/// A field that must be there and is not, or that holds what it must not.
pub(crate) fn invalid(field: &str, description: impl Into<String>) -> Problem {
    let description = description.into();
    Problem::new(Reason::FIELD_INVALID, format!("Invalid value at '{field}': {description}."))
        .at_field(field, description)
}

/// The store failed. The cause goes to the log, under the request ID; the caller may try again.
pub(crate) fn store_failed(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(error = chain(error), "the store failed");
    Problem::new(Reason::STORE_UNAVAILABLE, "The store cannot be reached at the moment; try again.")
}

/// Doorward failed. The cause goes to the log, under the request ID.
pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(error = chain(error), "a request failed");
    Problem::new(Reason::INTERNAL, "Doorward failed; its log tells why under the request ID.")
}

/// An error and everything behind it.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}
