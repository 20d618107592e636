//! A problem as both transports carry it: a `google.rpc.Status` with details (facts §0.1).

use context::RequestId;
use http::HeaderValue;
use names::NameError;
use problem::{Problem, Reason};
use prost_types::Any;
use tonic::Status;
use tonic::metadata::MetadataValue;
use wire::google::rpc::BadRequest;
use wire::{NotHere, any};

use crate::instead;

/// The status of a problem. `domain` is the API's host, such as `iam.googleapis.com`. Its metadata becomes headers of a
/// REST answer and trailers of a gRPC one.
pub(crate) fn status(problem: &Problem, domain: &str, request_id: &RequestId) -> Status {
    with_code(problem.code().number(), problem, domain, request_id)
}

/// A status that came without a reason, from a layer that knows none, with all that the status of a problem has. Its
/// code and its violations stay. `not_here` is the method that was called where there is none such here.
pub(crate) fn completed(
    bare: &Status,
    reason: Reason,
    not_here: Option<&NotHere>,
    request_id: &RequestId,
) -> Status {
    let violations = wire::status::details(bare)
        .into_iter()
        .flat_map(|detail| detail.to_msg::<BadRequest>().unwrap_or_default().field_violations);
    let problem = violations.fold(Problem::new(reason, bare.message()), |problem, violation| {
        problem.at_field(violation.field, violation.description)
    });
    let problem = match not_here {
        Some(NotHere(method)) => instead::told(problem, method),
        None => problem,
    };
    with_code(bare.code() as i32, &problem, NO_API, request_id)
}

fn with_code(code: i32, problem: &Problem, domain: &str, request_id: &RequestId) -> Status {
    let details = problem.details(domain, request_id.as_str());
    let details: Vec<Any> = details.into_iter().filter_map(|detail| any::of_json(detail).ok()).collect();
    let mut status = wire::status(code, problem.message.clone(), details);
    status.metadata_mut().insert(Reason::HEADER, MetadataValue::from_static(problem.reason.name()));
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

/// What `ErrorInfo.domain` says where no API is to blame.
pub(crate) const NO_API: &str = "googleapis.com";

#[cfg(test)]
mod tests {
    use super::*;
    use context::Seeded;
    use jiff::Timestamp;
    use wire::google::rpc::ErrorInfo;

    #[test]
    fn no_detail_of_a_problem_is_lost_on_the_wire() {
        let problem =
            invalid("name", "bad").with("key", "value").about("projects/demo").try_command("doorward help");
        let request_id = RequestId::draw(Timestamp::UNIX_EPOCH, &Seeded::new(1));
        let sent = wire::status::details(&status(&problem, "iam.googleapis.com", &request_id));
        assert_eq!(sent.len(), problem.details("iam.googleapis.com", request_id.as_str()).len());
        let info: ErrorInfo = sent[0].to_msg().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("FIELD_INVALID", "iam.googleapis.com"));
        assert_eq!(info.metadata["key"], "value");
    }

    #[test]
    fn status_without_a_reason_gets_one_and_keeps_its_code_and_violations() {
        let bare =
            status(&invalid("name", "bad"), "", &RequestId::draw(Timestamp::UNIX_EPOCH, &Seeded::new(1)));
        let bare = wire::status(1, "gone", wire::status::details(&bare));
        let request_id = RequestId::draw(Timestamp::UNIX_EPOCH, &Seeded::new(2));
        let full = completed(&bare, Reason::REQUEST_MALFORMED, None, &request_id);
        assert_eq!((full.code(), full.message()), (tonic::Code::Cancelled, "gone"));
        let envelope = wire::status::envelope(&full);
        let details = envelope["error"]["details"].as_array().unwrap();
        assert_eq!(details.len(), 4, "one of each kind: {envelope}");
        assert_eq!(details[0]["reason"], "REQUEST_MALFORMED");
        assert_eq!(details[1]["fieldViolations"][0]["field"], "name");
    }
}
