//! The log entries of an attempt (facts §7.6).

use std::collections::BTreeMap;

use context::Context;
use jiff::Timestamp;
use names::JobName;
use serde_json::{Map, Value, json};
use store::{Delivery, LogEntry};

use crate::status::Status;

/// An attempt begins.
pub(crate) fn started(context: &Context, job: &JobName, delivery: &Delivery) -> LogEntry {
    let mut payload = payload("AttemptStarted", job, delivery);
    payload.insert("scheduledTime".to_owned(), json!(delivery.schedule_time.to_string()));
    entry(context, job, Line { step: 0, severity: "INFO", payload, time: context.now(), http_status: None })
}

/// An attempt has ended.
pub(crate) fn finished(
    context: &Context,
    job: &JobName,
    delivery: &Delivery,
    finished_at: Timestamp,
    status: &Status,
) -> LogEntry {
    let mut payload = payload("AttemptFinished", job, delivery);
    let mut severity = "INFO";
    if let Some(failure) = &status.failure {
        severity = "ERROR";
        payload.insert("status".to_owned(), json!(failure.code.name()));
        payload.insert("debugInfo".to_owned(), json!(status.debug_info()));
        if let Some(cause) = &failure.cause {
            // Google's entry has no such field; without it nobody could tell a refused address from a dead host.
            payload.insert("cause".to_owned(), json!(cause));
        }
    }
    let http_status = status.http_status;
    entry(context, job, Line { step: 1, severity, payload, time: finished_at, http_status })
}

/// What both entries say. Of the URL not its query: whoever may read logs is not thereby told the secrets that a job sends.
fn payload(kind: &str, job: &JobName, delivery: &Delivery) -> Map<String, Value> {
    let fields = [
        ("@type", format!("type.googleapis.com/google.cloud.scheduler.logging.{kind}")),
        ("jobName", job.to_string()),
        ("url", delivery.request.url.split(['?', '#']).next().unwrap_or_default().to_owned()),
        ("targetType", "HTTP".to_owned()),
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
}

fn entry(context: &Context, job: &JobName, line: Line) -> LogEntry {
    let labels = [
        ("project_id", job.project.to_string()),
        ("location", job.location.to_string()),
        ("job_id", job.job.to_string()),
    ];
    LogEntry {
        insert_id: logs::insert_id_of_step(context, line.step),
        project: job.project.clone(),
        log_id: LOG_ID.to_owned(),
        timestamp: line.time,
        severity: line.severity.to_owned(),
        resource_type: "cloud_scheduler_job".to_owned(),
        resource_labels: labels
            .map(|(name, text)| (name.to_owned(), text))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
        payload: Value::Object(line.payload),
        http_status: line.http_status,
    }
}

/// The log that attempts are written to.
const LOG_ID: &str = "cloudscheduler.googleapis.com/executions";
