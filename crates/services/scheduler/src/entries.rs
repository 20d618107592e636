//! The log entries of an attempt (facts §7.6).

use std::collections::BTreeMap;

use context::Context;
use jiff::Timestamp;
use names::JobName;
use serde_json::{Map, Value, json};
use store::{LogEntry, LogOrigin, LoggedRequest};

use crate::status::Status;

/// What an attempt calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Called<'a> {
    /// A handler of an App Engine application.
    AppEngine { relative_uri: &'a str },
    /// An HTTP endpoint.
    Http { url: &'a str },
    /// A topic.
    Pubsub { topic: &'a str },
}

/// An attempt begins.
pub(crate) fn started(
    context: &Context,
    job: &JobName,
    called: Called<'_>,
    schedule_time: Timestamp,
) -> LogEntry {
    let mut payload = payload("AttemptStarted", job, called);
    payload.insert("scheduledTime".to_owned(), json!(schedule_time.to_string()));
    let line =
        Line { step: 0, severity: "INFO", payload, time: context.now(), http_status: None, cause: None };
    entry(context, job, line)
}

/// An attempt has ended.
pub(crate) fn finished(
    context: &Context,
    job: &JobName,
    called: Called<'_>,
    finished_at: Timestamp,
    status: &Status,
) -> LogEntry {
    let mut payload = payload("AttemptFinished", job, called);
    payload.insert("debugInfo".to_owned(), json!(status.debug_info()));
    let (mut severity, mut cause) = ("INFO", None);
    if let Some(failure) = &status.failure {
        severity = "ERROR";
        payload.insert("status".to_owned(), json!(failure.code.name()));
        cause.clone_from(&failure.cause);
    }
    let http_status = status.http_status;
    entry(context, job, Line { step: 1, severity, payload, time: finished_at, http_status, cause })
}

/// The entry, told to be of the attempt that is explained under this context's request ID.
pub(crate) fn of_attempt(context: &Context, mut entry: LogEntry) -> LogEntry {
    entry.labels.insert(REQUEST_ID.to_owned(), context.request_id().to_string());
    entry
}

/// What both entries say. Of a URL not its query: whoever may read logs is not thereby told the secrets that a job
/// sends.
fn payload(kind: &str, job: &JobName, called: Called<'_>) -> Map<String, Value> {
    let without_query = |uri: &str| uri.split(['?', '#']).next().unwrap_or_default().to_owned();
    let (target_type, name, text) = match called {
        Called::AppEngine { relative_uri } => ("APP_ENGINE_HTTP", "relativeUrl", without_query(relative_uri)),
        Called::Http { url } => ("HTTP", "url", without_query(url)),
        Called::Pubsub { topic } => ("PUB_SUB", "pubsubTopic", topic.to_owned()),
    };
    let fields = [
        ("@type", format!("type.googleapis.com/google.cloud.scheduler.logging.{kind}")),
        ("jobName", job.to_string()),
        (name, text),
        ("targetType", target_type.to_owned()),
    ];
    fields.into_iter().map(|(name, text)| (name.to_owned(), Value::String(text))).collect()
}

struct Line {
    /// Orders the entries of one instant.
    step: u8,
    severity: &'static str,
    payload: Map<String, Value>,
    time: Timestamp,
    http_status: Option<u16>,
    cause: Option<String>,
}

fn entry(context: &Context, job: &JobName, line: Line) -> LogEntry {
    let labels = [
        ("project_id", job.project.to_string()),
        ("location", job.location.to_string()),
        ("job_id", job.job.to_string()),
    ];
    let named = |(name, text): (&str, String)| (name.to_owned(), text);
    LogEntry {
        insert_id: logs::insert_id_of_step(context, line.step),
        project: job.project.clone(),
        log_id: LOG_ID.to_owned(),
        timestamp: line.time,
        severity: line.severity.to_owned(),
        resource_type: "cloud_scheduler_job".to_owned(),
        resource_labels: labels.map(named).into_iter().collect::<BTreeMap<_, _>>(),
        payload: Value::Object(line.payload),
        http_request: line.http_status.map(LoggedRequest::answered),
        // Google's payload has no such field; without it nobody could tell a refused address from a dead host.
        labels: line.cause.map(|cause| named((CAUSE, cause))).into_iter().collect(),
        origin: LogOrigin::default(),
    }
}

/// The log that attempts are written to.
const LOG_ID: &str = "cloudscheduler.googleapis.com/executions";
/// The label that names the attempt.
const REQUEST_ID: &str = "doorward.dev/request-id";
/// The label that says why, in words.
const CAUSE: &str = "doorward.dev/cause";
