//! `doorward logs [--follow]`

use std::time::Duration;

use serde_json::{Value, json};
use supervise::Timer;

use crate::Failure;
use crate::arguments::LogsArguments;
use crate::connection::Connection;

/// How often `--follow` asks for what is new.
const EVERY: Duration = Duration::from_secs(1);
/// Entries in one answer.
const PAGE: u32 = 1000;

pub(crate) async fn run(arguments: &LogsArguments, timer: &Timer) -> Result<(), Failure> {
    let connection = Connection::open(&arguments.connection, timer)?;
    let mut seen = Seen::default();
    loop {
        for entry in newer(&connection, &mut seen).await? {
            println!("{}", line(&entry));
        }
        if !arguments.follow {
            return Ok(());
        }
        tokio::select! {
            () = timer.sleep(EVERY) => {}
            interrupted = tokio::signal::ctrl_c() => {
                return interrupted.map_err(|error| Failure::new("the interrupt cannot be waited for").because(&error));
            }
        }
    }
}

/// What was printed last: entries at its instant that are among `printed` are not new.
#[derive(Default)]
struct Seen {
    instant: Option<String>,
    printed: Vec<String>,
}

/// Every entry that was not given before, oldest first.
async fn newer(connection: &Connection, seen: &mut Seen) -> Result<Vec<Value>, Failure> {
    let mut entries = Vec::new();
    let mut page_token = String::new();
    loop {
        let filter =
            seen.instant.as_ref().map_or(String::new(), |instant| format!("timestamp>=\"{instant}\""));
        let body = json!({
            "resourceNames": [format!("projects/{}", connection.project()?)],
            "orderBy": "timestamp asc",
            "filter": filter,
            "pageSize": PAGE,
            "pageToken": page_token,
        });
        let mut answer = connection.post("/v2/entries:list", &body).await?;
        if let Value::Array(page) = answer["entries"].take() {
            entries.extend(page);
        }
        match answer["nextPageToken"].as_str() {
            Some(next) if !next.is_empty() => page_token = next.to_owned(),
            _ => break,
        }
    }
    entries.retain(|entry| !seen.printed.iter().any(|id| entry["insertId"] == id.as_str()));
    for entry in &entries {
        let (Some(instant), Some(id)) = (entry["timestamp"].as_str(), entry["insertId"].as_str()) else {
            continue;
        };
        if seen.instant.as_deref() != Some(instant) {
            *seen = Seen { instant: Some(instant.to_owned()), printed: Vec::new() };
        }
        seen.printed.push(id.to_owned());
    }
    Ok(entries)
}

/// One entry as people read it: when, how bad, which job, what happened.
fn line(entry: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let payload = &entry["jsonPayload"];
    let kind = text(&payload["@type"]);
    let what = kind.rsplit('.').next().unwrap_or_default();
    let labels = &entry["resource"]["labels"];
    let subject =
        ["job_id", "service_name", "queue_id"].iter().find_map(|label| labels[label].as_str()).unwrap_or("-");
    let mut parts = vec![
        text(&entry["timestamp"]),
        format!("{:<7}", text(&entry["severity"])),
        subject.to_owned(),
        what.to_owned(),
    ];
    if let Some(status) = entry["httpRequest"]["status"].as_u64() {
        parts.push(status.to_string());
    }
    let failed = payload["status"].is_string();
    for member in ["url", "relativeUrl", "pubsubTopic", "status", "debugInfo"] {
        // What a success is called in Google's words says nothing that its status does not.
        if let Some(found) = payload[member].as_str().filter(|_| failed || member != "debugInfo") {
            parts.push(found.to_owned());
        }
    }
    parts.push(text(&entry["labels"]["doorward.dev/cause"]));
    parts.push(text(&entry["labels"]["doorward.dev/request-id"]));
    parts.retain(|part| !part.is_empty());
    parts.join("  ").chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_line_whatever_it_holds() {
        let entry = json!({
            "timestamp": "2026-11-22T10:00:00Z", "severity": "ERROR", "insertId": "1",
            "resource": { "labels": { "job_id": "oidctest" } }, "httpRequest": { "status": 403 },
            "jsonPayload": { "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished",
                "url": "https://x/\n\u{1b}[31m", "status": "PERMISSION_DENIED" },
        });
        let line = line(&entry);
        assert!(
            line.contains("oidctest  AttemptFinished  403") && line.contains("PERMISSION_DENIED"),
            "{line}"
        );
        assert!(!line.contains('\n') && !line.contains('\u{1b}'));
    }

    #[test]
    fn a_failure_says_why_and_a_success_says_no_more_than_that() {
        let finished = |more: Value| {
            let mut entry = json!({
                "timestamp": "2026-11-22T10:00:00Z", "severity": "INFO", "insertId": "1",
                "resource": { "labels": { "job_id": "orders" } },
                "jsonPayload": { "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished",
                    "pubsubTopic": "projects/demo/topics/orders", "debugInfo": "CODE. Original = 0" },
            });
            if let (Some(entry), Value::Object(more)) = (entry.as_object_mut(), more) {
                entry.extend(more);
            }
            line(&entry)
        };
        assert!(finished(json!({})).ends_with("AttemptFinished  projects/demo/topics/orders"));
        let why = json!({ "labels": { "doorward.dev/cause": "topics are not called yet" } });
        assert!(finished(why).ends_with("  topics are not called yet"));
    }
}
