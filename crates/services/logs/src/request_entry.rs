//! The log entries of requests to services (facts §2.2) and of calls of functions of the first generation, made of what
//! the gate decided: written once, read as both.
//!
//! An entry says what was asked for and how it ended, in Google's words; not what the policy says, which those see who
//! may explain the request.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use names::{FunctionName, ResourceName, ServiceName};
use serde_json::Value;
use store::{Decided, DecidedRequest, Decision, LogEntry, LogOrigin, LoggedRequest};

/// A log of requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Requests {
    /// Its short ID.
    pub log_id: &'static str,
    /// What its entries are of.
    pub resource_type: &'static str,
}

/// Requests to services.
const TO_SERVICES: Requests =
    Requests { log_id: "run.googleapis.com/requests", resource_type: "cloud_run_revision" };
/// Calls of functions of the first generation, where `gcloud functions logs read` looks for them.
const TO_FUNCTIONS: Requests =
    Requests { log_id: "cloudfunctions.googleapis.com/cloud-functions", resource_type: "cloud_function" };
/// Every log of requests.
pub(crate) const REQUESTS: [Requests; 2] = [TO_FUNCTIONS, TO_SERVICES];

/// The service that was asked for; `None` where it was none.
pub(crate) fn service_of(decision: &Decision) -> Option<ServiceName> {
    let Decided::Request(request) = &decision.decided else { return None };
    let DecidedRequest::Gate { service, .. } = &request.request else { return None };
    match ResourceName::parse(service) {
        Ok(ResourceName::Service(name)) => Some(name),
        _ => None,
    }
}

/// The entry; `None` for what was not a request to a service or a function that there is.
pub(crate) fn of(decision: Decision) -> Option<LogEntry> {
    let Decided::Request(request) = decision.decided else { return None };
    let DecidedRequest::Gate { host, method, path, service, answer } = &request.request else {
        return None;
    };
    let named = |(name, text): (&str, String)| (name.to_owned(), text);
    let (log, project, resource_labels) = match ResourceName::parse(service).ok()? {
        ResourceName::Function(FunctionName { project, location, function }) => {
            let labels = [
                ("project_id", project.to_string()),
                ("region", location.to_string()),
                ("function_name", function.to_string()),
            ];
            (TO_FUNCTIONS, project, labels.map(named).into_iter().collect::<BTreeMap<_, _>>())
        }
        ResourceName::Service(ServiceName { project, location, service }) => {
            let revision = answer.as_ref().and_then(|answer| answer.revision.clone());
            let labels = [
                ("project_id", project.to_string()),
                ("location", location.to_string()),
                ("service_name", service.to_string()),
                ("configuration_name", service.to_string()),
            ];
            let revision = revision.map(|revision| ("revision_name", revision));
            (TO_SERVICES, project, labels.into_iter().chain(revision).map(named).collect())
        }
        _ => return None,
    };
    // The path is all there is of the target: a query may hold secrets, and no decision has it.
    let url = format!("{}://{host}{path}", scheme(host));
    let reason = request.reason.clone().map(|reason| named((REASON, reason)));
    let request_id = named((REQUEST_ID, decision.request_id.clone()));
    let execution = (log == TO_FUNCTIONS).then(|| named((EXECUTION_ID, decision.request_id.clone())));
    let refused = request.reason.as_deref().and_then(text).map(str::to_owned);
    let took = answer.as_ref().map(|answer| answer.latency_microseconds);
    let ended = || {
        let milliseconds = took.unwrap_or_default() / 1000;
        format!("Function execution took {milliseconds} ms, finished with status code: {}", request.status)
    };
    let told = refused.or_else(|| (log == TO_FUNCTIONS && took.is_some()).then(ended));
    Some(LogEntry {
        payload: told.map_or(Value::Null, Value::String),
        origin: LogOrigin {
            trace: format!("projects/{project}/traces/{}", decision.request_id),
            ..LogOrigin::default()
        },
        insert_id: decision.request_id,
        project,
        log_id: log.log_id.to_owned(),
        timestamp: decision.time,
        severity: severity(request.status).to_owned(),
        resource_type: log.resource_type.to_owned(),
        resource_labels,
        http_request: Some(LoggedRequest {
            method: method.clone(),
            url,
            latency: took.and_then(|took| i64::try_from(took).ok()).map(SignedDuration::from_micros),
            ..LoggedRequest::answered(request.status)
        }),
        labels: reason.into_iter().chain(execution).chain([request_id]).collect(),
    })
}

/// The names below `.localhost` are for this machine, where nothing ends TLS.
fn scheme(host: &str) -> &'static str {
    let name = host.split(':').next().unwrap_or_default();
    if name.ends_with(".localhost") { "http" } else { "https" }
}

fn severity(status: u16) -> &'static str {
    match status {
        500.. => "ERROR",
        400..500 => "WARNING",
        _ => "INFO",
    }
}

/// What Google's entry says of a refusal.
fn text(reason: &str) -> Option<&'static str> {
    match reason {
        "INVOKER_CREDENTIALS_MISSING" => Some(NOT_AUTHENTICATED),
        "ACCOUNT_STATE_INVALID"
        | "INVOKER_TOKEN_AUDIENCE_MISMATCH"
        | "INVOKER_TOKEN_EXPIRED"
        | "INVOKER_TOKEN_INVALID" => Some(NOT_VERIFIED),
        "INVOKER_PERMISSION_DENIED" => Some(NOT_AUTHORIZED),
        _ => None,
    }
}

/// The label by which Google tells calls of functions apart.
const EXECUTION_ID: &str = "execution_id";
/// The label that names the request, for `doorward explain`.
const REQUEST_ID: &str = "doorward.dev/request-id";
/// The label that has the reason of a refusal.
const REASON: &str = "doorward.dev/reason";
const NOT_AUTHENTICATED: &str = "The request was not authenticated. Either allow unauthenticated invocations or set the proper Authorization header.";
const NOT_AUTHORIZED: &str =
    "The request was not authenticated. The access token is not authorized to invoke this service.";
const NOT_VERIFIED: &str =
    "The request was not authorized to invoke this service. The access token could not be verified.";

#[cfg(test)]
mod tests {
    use store::{GateAnswer, RequestDecision};

    use super::*;

    /// One that was sent on where no reason says why not.
    fn decision(service: &str, status: u16, reason: Option<&str>) -> Decision {
        let answer = GateAnswer { revision: Some("hello-00001-abc".into()), latency_microseconds: 12_345 };
        Decision {
            time: "2027-01-15T08:00:00Z".parse().unwrap(),
            request_id: "0123456789abcdef0123456789abcdef".into(),
            ordinal: 0,
            principal: "user:ada@example.com".into(),
            decided: Decided::Request(Box::new(RequestDecision {
                request: DecidedRequest::Gate {
                    host: "hello-42.us-central1.run.app".into(),
                    method: "GET".into(),
                    path: "/menu".into(),
                    service: service.into(),
                    answer: reason.is_none().then_some(answer),
                },
                credential: None,
                permission: None,
                status,
                reason: reason.map(str::to_owned),
                detail: "the policy says so and so".into(),
            })),
        }
    }

    const GREET: &str = "projects/demo/locations/us-central1/functions/greet";
    const HELLO: &str = "projects/demo/locations/us-central1/services/hello";

    #[test]
    fn a_refused_request_reads_as_at_google_and_tells_nothing_of_the_policy() {
        let entry = of(decision(HELLO, 403, Some("INVOKER_CREDENTIALS_MISSING"))).unwrap();
        assert_eq!((entry.severity.as_str(), entry.payload), ("WARNING", Value::from(NOT_AUTHENTICATED)));
        let is = (entry.log_id.as_str(), entry.resource_type.as_str());
        assert_eq!(is, ("run.googleapis.com/requests", "cloud_run_revision"));
        assert_eq!(entry.resource_labels["service_name"], "hello");
        assert!(!entry.resource_labels.contains_key("revision_name"), "it came to none");
        assert_eq!(entry.labels["doorward.dev/reason"], "INVOKER_CREDENTIALS_MISSING");
        let request = entry.http_request.unwrap();
        assert_eq!(
            (request.url.as_str(), request.status),
            ("https://hello-42.us-central1.run.app/menu", 403)
        );
        let whole = format!("{:?}", of(decision(HELLO, 403, Some("INVOKER_PERMISSION_DENIED"))));
        assert!(!whole.contains("so and so") && !whole.contains("ada@"), "{whole}");
    }

    #[test]
    fn a_call_of_a_function_is_an_entry_where_gcloud_looks_for_it() {
        let entry = of(decision(GREET, 200, None)).unwrap();
        let is = (entry.log_id.as_str(), entry.resource_type.as_str());
        assert_eq!(is, ("cloudfunctions.googleapis.com/cloud-functions", "cloud_function"));
        assert_eq!(
            entry.payload,
            Value::from("Function execution took 12 ms, finished with status code: 200")
        );
        let labels = [("function_name", "greet"), ("project_id", "demo"), ("region", "us-central1")];
        assert_eq!(entry.resource_labels, labels.map(|(name, text)| (name.into(), text.into())).into());
        assert_eq!(entry.labels["execution_id"], entry.insert_id);
        let refused = of(decision(GREET, 403, Some("INVOKER_PERMISSION_DENIED"))).unwrap();
        assert_eq!(refused.payload, Value::from(NOT_AUTHORIZED));
        let unreached = of(decision(GREET, 503, Some("BACKEND_UNREACHABLE"))).unwrap();
        assert_eq!((unreached.payload, unreached.severity.as_str()), (Value::Null, "ERROR"));
        assert_eq!(service_of(&decision(GREET, 200, None)), None);
        assert_eq!(service_of(&decision(HELLO, 200, None)).unwrap().to_string(), HELLO);
    }

    #[test]
    fn severity_follows_the_status_and_what_is_of_no_service_has_no_entry() {
        for (status, severity) in
            [(200, "INFO"), (302, "INFO"), (404, "WARNING"), (499, "WARNING"), (503, "ERROR")]
        {
            let entry = of(decision(HELLO, status, None)).unwrap();
            assert_eq!((entry.severity.as_str(), entry.payload), (severity, Value::Null));
            assert_eq!(entry.resource_labels["revision_name"], "hello-00001-abc");
            assert_eq!(entry.http_request.unwrap().latency, Some(SignedDuration::from_micros(12_345)));
        }
        for service in ["", "projects/demo", "???"] {
            assert_eq!(of(decision(service, 404, Some("ROUTE_NOT_FOUND"))), None);
        }
    }
}
