//! Fuzz body: any bytes give a filter or a typed error with a place inside the text; the opposite of a filter lets through
//! what it keeps back; bounds keep back nothing that it lets through.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{Error, Filter};

/// The bytes are a filter.
pub fn body(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let filter = match Filter::parse(&text) {
        Ok(filter) => filter,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let opposite = match Filter::parse(&format!("NOT ({text}\n)")) {
        Ok(opposite) => Some(opposite),
        Err(Error::TooDeep { .. } | Error::TooLong { .. }) => None,
        Err(error) => {
            assert_eq!(filter.comparisons(), 0, "{error}");
            None
        }
    };
    let bounds = filter.bounds();
    for entry in entries() {
        let matches = filter.matches(&entry);
        if let Some(opposite) = &opposite {
            assert_ne!(opposite.matches(&entry), matches, "{entry}");
        }
        let time: Option<Timestamp> = entry["timestamp"].as_str().and_then(|time| time.parse().ok());
        if let (true, Some(time)) = (matches, time) {
            assert!(bounds.since.is_none_or(|since| since <= time));
            assert!(bounds.until.is_none_or(|until| time <= until));
            let log = entry["logName"].as_str().unwrap_or_default();
            let ends = |id: &String| log.ends_with(&id.replace('/', "%2F"));
            assert!(bounds.log_id.as_ref().is_none_or(ends));
            assert!(
                !bounds
                    .other_log_ids
                    .iter()
                    .any(|id| log.ends_with(&format!("/logs/{}", id.replace('/', "%2F"))))
            );
        }
    }
}

/// Entries of every kind.
fn entries() -> [Value; 3] {
    [
        json!({
            "logName": "projects/demo/logs/cloudscheduler.googleapis.com%2Fexecutions",
            "resource": { "type": "cloud_scheduler_job", "labels": { "job_id": "nightly", "location": "us-central1" } },
            "timestamp": "2027-01-15T08:00:00Z", "receiveTimestamp": "2027-01-15T08:00:01Z",
            "severity": "ERROR", "insertId": "a1", "httpRequest": { "status": 503 },
            "labels": { "doorward.dev/cause": "refused" },
            "jsonPayload": { "status": "UNAVAILABLE", "count": 3, "late": true, "nothing": null, "list": ["a", 2] },
        }),
        json!({
            "logName": "projects/demo/logs/my-log", "resource": { "type": "global" },
            "timestamp": "2027-01-15T09:00:00.5Z", "insertId": "b2", "textPayload": "The cat sat",
            "httpRequest": { "latency": "0.25s", "requestMethod": "GET", "responseSize": "1024", "cacheHit": true },
            "trace": "projects/demo/traces/abc", "traceSampled": true,
        }),
        json!({}),
    ]
}
