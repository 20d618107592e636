//! `doorward logs [--follow] [--log LOG]… [--filter FILTER]`

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use logfilter::Filter;
use serde_json::{Value, json};
use supervise::Timer;

use crate::Failure;
use crate::arguments::LogsArguments;
use crate::connection::Connection;
use crate::output::print;

/// How often `--follow` asks for what is new.
const EVERY: Duration = Duration::from_secs(1);
/// How long after its instant an entry may still be written: this far back is asked again.
const LATE: Duration = Duration::from_secs(10);
/// Entries in one answer.
const PAGE: u32 = 1000;

pub(crate) async fn run(arguments: &LogsArguments, timer: &Timer) -> Result<(), Failure> {
    let connection = Connection::open(&arguments.connection, timer)?;
    if let Some(Err(error)) = arguments.filter.as_deref().map(Filter::parse) {
        // Told here, since the API counts characters in the longer filter that this one becomes a part of.
        return Err(Failure::new("the filter cannot be read").because(&error).hint(
            "for example: doorward logs --filter 'severity>=ERROR AND resource.type=\"cloud_scheduler_job\"'; docs/logging.md has the language",
        ));
    }
    let mut seen = Seen::default();
    let wanted = wanted(&arguments.log, arguments.filter.as_deref());
    loop {
        print_new(&connection, &wanted, &mut seen).await?;
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

/// Prints every entry that was not printed before, oldest first, page by page.
async fn print_new(connection: &Connection, wanted: &str, seen: &mut Seen) -> Result<(), Failure> {
    let since = seen.since().map_or(String::new(), |instant| format!("timestamp>=\"{instant}\" "));
    let filter = since + wanted;
    let mut page_token = String::new();
    loop {
        let body = json!({
            "resourceNames": [format!("projects/{}", connection.project()?)],
            "orderBy": "timestamp asc",
            "filter": filter,
            "pageSize": PAGE,
            "pageToken": page_token,
        });
        let answer = connection.post("/v2/entries:list", &body).await?;
        let entries = answer["entries"].as_array().map_or(&[][..], Vec::as_slice);
        let new = entries.iter().filter(|entry| seen.is_new(entry));
        print(&new.map(|entry| line(entry) + "\n").collect::<String>())?;
        match answer["nextPageToken"].as_str() {
            Some(next) if !next.is_empty() => page_token = next.to_owned(),
            _ => break,
        }
    }
    seen.forget();
    Ok(())
}

/// The filter that the arguments come to. Requests are many, and the gate's story rather than that of jobs: they are
/// shown where they are named.
fn wanted(logs: &[String], filter: Option<&str>) -> String {
    let quoted = |log: &String| format!("log_id(\"{}\")", log.replace('\\', "\\\\").replace('"', "\\\""));
    let logs = match logs {
        [] => REQUESTS.map(|log| format!("NOT log_id(\"{log}\")")).join(" "),
        logs => format!("({})", logs.iter().map(quoted).collect::<Vec<_>>().join(" OR ")),
    };
    // A comment at the end of the filter ends with the line.
    filter.map_or(logs.clone(), |filter| format!("{logs} ({filter}\n)"))
}

/// What was printed of late.
#[derive(Default)]
struct Seen {
    printed: BTreeSet<(Timestamp, String)>,
}

impl Seen {
    /// From when on there may be something new.
    fn since(&self) -> Option<Timestamp> {
        let (newest, _) = self.printed.last()?;
        Some(newest.saturating_sub(LATE).unwrap_or(Timestamp::MIN))
    }

    /// Whether the entry has not been asked about before.
    fn is_new(&mut self, entry: &Value) -> bool {
        let instant = entry["timestamp"].as_str().and_then(|text| text.parse().ok());
        let id = entry["insertId"].as_str().unwrap_or_default();
        instant.is_none_or(|instant| self.printed.insert((instant, id.to_owned())))
    }

    /// Forgets what will not be shown again.
    fn forget(&mut self) {
        if let Some(since) = self.since() {
            self.printed = self.printed.split_off(&(since, String::new()));
        }
    }
}

/// One entry as people read it: when, how bad, which job, what happened.
fn line(entry: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let payload = &entry["jsonPayload"];
    let kind = text(&payload["@type"]);
    let what = kind.rsplit('.').next().unwrap_or_default();
    let request = &entry["httpRequest"];
    let labels = &entry["resource"]["labels"];
    let subject = ["job_id", "service_name", "function_name", "queue_id"]
        .iter()
        .find_map(|label| labels[label].as_str())
        .unwrap_or("-");
    let mut parts = vec![
        text(&entry["timestamp"]),
        format!("{:<7}", text(&entry["severity"])),
        subject.to_owned(),
        what.to_owned(),
    ];
    if let Some(status) = request["status"].as_u64() {
        parts.push(status.to_string());
    }
    parts.extend([&request["requestMethod"], &request["requestUrl"], &entry["textPayload"]].map(text));
    if kind.is_empty() && payload.is_object() {
        parts.push(payload.to_string());
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

/// The logs of requests to services and functions.
const REQUESTS: [&str; 2] = ["cloudfunctions.googleapis.com/cloud-functions", "run.googleapis.com/requests"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_shown_where_they_are_named() {
        assert_eq!(
            wanted(&[], None),
            "NOT log_id(\"cloudfunctions.googleapis.com/cloud-functions\") NOT log_id(\"run.googleapis.com/requests\")"
        );
        let logs = ["run.googleapis.com/requests".to_owned(), "a\"b".to_owned()];
        assert_eq!(
            wanted(&logs, Some("severity>=ERROR -- bad")),
            "(log_id(\"run.googleapis.com/requests\") OR log_id(\"a\\\"b\")) (severity>=ERROR -- bad\n)"
        );
        let entry = json!({
            "timestamp": "2026-11-22T10:00:00Z", "severity": "WARNING", "insertId": "1", "textPayload": "Not authenticated.",
            "resource": { "labels": { "service_name": "hello" } },
            "httpRequest": { "status": 403, "requestMethod": "GET", "requestUrl": "https://hello.example/" },
        });
        let line = line(&entry);
        assert!(line.ends_with("hello  403  GET  https://hello.example/  Not authenticated."), "{line}");
    }

    #[test]
    fn entry_that_is_written_late_is_shown_and_none_is_shown_twice() {
        let entry = |second: u32, id: &str| json!({ "timestamp": format!("2026-11-22T10:00:{second:02}Z"), "insertId": id });
        let mut seen = Seen::default();
        assert_eq!(seen.since(), None);
        assert!(seen.is_new(&entry(1, "a")) && seen.is_new(&entry(20, "b")));
        seen.forget();
        assert_eq!(seen.since().map(|since| since.to_string()).as_deref(), Some("2026-11-22T10:00:10Z"));
        assert!(seen.is_new(&entry(15, "c")), "it came after a newer one");
        assert!(!seen.is_new(&entry(15, "c")) && !seen.is_new(&entry(20, "b")));
        assert_eq!(seen.printed.len(), 2, "nobody asks that far back any more");
    }

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
