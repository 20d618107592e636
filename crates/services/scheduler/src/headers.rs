//! The headers of a target: which are kept, which the scheduler computes.

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderName, HeaderValue};

/// Why headers cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The name has characters that a name may not have.
    #[error("{found:?} is not a header name")]
    Name {
        /// The name, cut to 80 characters.
        found: String,
    },
    /// The same name twice, in other capitals.
    #[error("header {name} is given twice")]
    Repeated {
        /// The name.
        name: HeaderName,
    },
    /// More than 80 KB.
    #[error("the headers have {found_bytes} bytes, less than {HEADERS_BYTES} are allowed")]
    TooLarge {
        /// Names and values together.
        found_bytes: usize,
    },
    /// The value has characters that a value may not have.
    #[error("the value of header {name} cannot be sent: control characters are not allowed")]
    Value {
        /// The header.
        name: HeaderName,
    },
}

/// The headers that are kept. Those that the scheduler or the connection sets are dropped without a word, as
/// Cloud Scheduler does (facts §7.5).
pub(crate) fn check(given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, HeaderError> {
    let found_bytes = given.iter().map(|(name, value)| name.len() + value.len()).sum();
    if found_bytes >= HEADERS_BYTES {
        return Err(HeaderError::TooLarge { found_bytes });
    }
    let (mut seen, mut kept) = (BTreeSet::new(), BTreeMap::new());
    for (text, value) in given {
        let Ok(name) = HeaderName::from_bytes(text.as_bytes()) else {
            return Err(HeaderError::Name { found: text.chars().take(80).collect() });
        };
        if HeaderValue::from_str(&value).is_err() {
            return Err(HeaderError::Value { name });
        }
        if !seen.insert(name.as_str().to_owned()) {
            return Err(HeaderError::Repeated { name });
        }
        if !is_computed(name.as_str()) {
            kept.insert(text, value);
        }
    }
    Ok(kept)
}

/// What one execution sends besides `Authorization`: the user's headers, then the scheduler's. `schedule_time` is in
/// RFC 3339 with the zone's offset.
pub(crate) fn of_execution(
    kept: &BTreeMap<String, String>,
    body: &[u8],
    job_id: &str,
    schedule_time: Option<&str>,
) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> =
        kept.iter().filter(|(name, _)| !is_computed(&name.to_ascii_lowercase())).map(owned).collect();
    if !body.is_empty() && !kept.keys().any(|name| name.eq_ignore_ascii_case("content-type")) {
        headers.push(owned(("Content-Type", "application/octet-stream")));
    }
    headers.extend([
        owned(("User-Agent", "Google-Cloud-Scheduler")),
        owned(("X-CloudScheduler", "true")),
        owned(("X-CloudScheduler-JobName", job_id)),
    ]);
    headers.extend(schedule_time.map(|time| owned(("X-CloudScheduler-ScheduleTime", time))));
    headers
}

fn owned((name, value): (impl AsRef<str>, impl AsRef<str>)) -> (String, String) {
    (name.as_ref().to_owned(), value.as_ref().to_owned())
}

/// Whether somebody else than the user sets this header. `name` is in lower case.
fn is_computed(name: &str) -> bool {
    COMPUTED.contains(&name) || COMPUTED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The scheduler's, and those that belong to a connection and not to a message (RFC 9110 §7.6.1).
const COMPUTED: &[&str] = &[
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];
const COMPUTED_PREFIXES: &[&str] = &["x-appengine-", "x-cloudscheduler", "x-google-"];
const HEADERS_BYTES: usize = 80 * 1024;

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|pair| owned(*pair)).collect()
    }

    #[rstest]
    #[case("Host")]
    #[case("CONTENT-LENGTH")]
    #[case("User-Agent")]
    #[case("X-Google-Foo")]
    #[case("x-appengine-cron")]
    #[case("X-CloudScheduler")]
    #[case("X-CloudScheduler-JobName")]
    #[case("Transfer-Encoding")]
    #[case("Connection")]
    fn headers_that_are_computed_are_dropped(#[case] name: &str) {
        assert_eq!(check(headers(&[(name, "mine"), ("X-Mine", "1")])), Ok(headers(&[("X-Mine", "1")])));
    }

    #[rstest]
    #[case("Authorization")]
    #[case("Content-Type")]
    #[case("X-Googly")]
    #[case("Cookie")]
    fn the_users_own_headers_are_kept(#[case] name: &str) {
        assert_eq!(check(headers(&[(name, "mine")])), Ok(headers(&[(name, "mine")])));
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        assert!(matches!(check(headers(&[("a b", "")])), Err(HeaderError::Name { .. })));
        assert!(matches!(check(headers(&[("", "")])), Err(HeaderError::Name { .. })));
        assert!(matches!(check(headers(&[("a", "b\r\nc: d")])), Err(HeaderError::Value { .. })));
        assert!(matches!(check(headers(&[("X-A", "1"), ("x-a", "2")])), Err(HeaderError::Repeated { .. })));
        let large = "a".repeat(HEADERS_BYTES);
        assert!(matches!(check(headers(&[("a", &large)])), Err(HeaderError::TooLarge { .. })));
    }

    #[test]
    fn an_execution_sends_what_cloud_scheduler_sends() {
        let noon = Some("2023-04-13T12:00:00-07:00");
        let sent = of_execution(&headers(&[("X-Mine", "1")]), b"body", "oidctest", noon);
        let expected = [
            ("X-Mine", "1"),
            ("Content-Type", "application/octet-stream"),
            ("User-Agent", "Google-Cloud-Scheduler"),
            ("X-CloudScheduler", "true"),
            ("X-CloudScheduler-JobName", "oidctest"),
            ("X-CloudScheduler-ScheduleTime", "2023-04-13T12:00:00-07:00"),
        ];
        assert_eq!(sent, expected.map(owned));
    }

    #[test]
    fn the_content_type_is_the_users_where_there_is_one_and_absent_without_a_body() {
        let names =
            |sent: Vec<(String, String)>| -> Vec<String> { sent.into_iter().map(|(name, _)| name).collect() };
        let typed = of_execution(&headers(&[("content-type", "text/plain")]), b"body", "j", None);
        assert_eq!(typed[0], owned(("content-type", "text/plain")));
        assert!(!names(typed).contains(&"Content-Type".to_owned()));
        let bare = names(of_execution(&headers(&[]), b"", "j", None));
        assert_eq!(bare, ["User-Agent", "X-CloudScheduler", "X-CloudScheduler-JobName"]);
    }
}
