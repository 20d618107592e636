//! What Cloud Scheduler calls the outcome of an attempt (facts §7.6).

use delivery::{NoToken, Outcome, Unsent};
use jiff::Timestamp;
use problem::Code;
use store::{JobState, StatusRecord};

use crate::entries::Called;

/// The outcome of an attempt in the words of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// `None` is success.
    pub(crate) failure: Option<Failure>,
    /// What the target answered.
    pub(crate) http_status: Option<u16>,
}

/// A failure in the words of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The canonical code.
    pub(crate) code: Code,
    /// What stands before `. Original HTTP response code number = N`.
    pub(crate) prefix: &'static str,
    /// Why, for people: where the answer alone does not say.
    pub(crate) cause: Option<String>,
}

/// Judges an outcome. 2xx is success; redirects are not followed, and are failures.
///
/// The prefixes for answers are Google's. Google's words for what happens without an answer are not known; those
/// here follow the same shape.
pub(crate) fn of(outcome: &Outcome) -> Status {
    let failed = |code, prefix, cause: &dyn std::fmt::Display| Status {
        failure: Some(Failure { code, prefix, cause: Some(cause.to_string()) }),
        http_status: None,
    };
    match outcome {
        Outcome::Answered { status } => Status { failure: answered(*status), http_status: Some(*status) },
        Outcome::NoToken(why) => {
            let code = match why {
                NoToken::NotGranted { .. } => Code::PermissionDenied,
                NoToken::AccountDisabled { .. }
                | NoToken::AccountGone { .. }
                | NoToken::AgentMissing { .. } => Code::Unauthenticated,
                NoToken::Unavailable => Code::Unavailable,
            };
            failed(code, "URL_ERROR-ERROR_AUTHENTICATION", why)
        }
        Outcome::Unsent(why) => {
            let (code, prefix) = match why {
                Unsent::AddressRefused { .. } => (Code::PermissionDenied, "URL_REJECTED-REJECTED_ADDRESS"),
                Unsent::AnswerBroken => (Code::Unavailable, "URL_ERROR-ERROR_OTHER"),
                Unsent::ConnectionRefused => (Code::Unavailable, "URL_UNREACHABLE-UNREACHABLE_CONNECTION"),
                Unsent::Malformed => (Code::InvalidArgument, "URL_REJECTED-REJECTED_REQUEST"),
                Unsent::NameNotResolved => (Code::Unavailable, "URL_UNREACHABLE-UNREACHABLE_DNS"),
                Unsent::TimedOut => (Code::DeadlineExceeded, "URL_TIMEOUT-TIMEOUT_WEB"),
                Unsent::Tls => (Code::Unavailable, "URL_UNREACHABLE-UNREACHABLE_TLS"),
            };
            failed(code, prefix, why)
        }
    }
}

/// How an attempt at a target goes of whose kind there are none here yet.
pub(crate) fn unimplemented(called: Called<'_>) -> Status {
    let what = match called {
        Called::AppEngine { .. } => "App Engine targets are",
        Called::Http { .. } => "HTTP targets are",
        Called::Pubsub { .. } => "Pub/Sub targets are",
    };
    let cause = Some(format!("{what} kept and not called yet; use an HTTP target"));
    let failure = Failure { code: Code::Unimplemented, prefix: "TARGET_UNIMPLEMENTED", cause };
    Status { failure: Some(failure), http_status: None }
}

fn answered(status: u16) -> Option<Failure> {
    let (code, prefix) = match status {
        200..=299 => return None,
        400 => (Code::InvalidArgument, OTHER),
        401 => (Code::Unauthenticated, "URL_ERROR-ERROR_AUTHENTICATION"),
        403 => (Code::PermissionDenied, OTHER),
        404 => (Code::NotFound, "URL_ERROR-ERROR_NOT_FOUND"),
        409 => (Code::Aborted, OTHER),
        429 => (Code::ResourceExhausted, UNREACHABLE),
        499 => (Code::Cancelled, OTHER),
        503 => (Code::Unavailable, UNREACHABLE),
        _ if status / 100 == 4 => (Code::FailedPrecondition, OTHER),
        _ if status / 100 == 5 => (Code::Internal, UNREACHABLE),
        _ => (Code::Unknown, OTHER),
    };
    Some(Failure { code, prefix, cause: None })
}

impl Status {
    /// The job's state after an attempt that went like this, and began and ended now.
    pub(crate) fn after_attempt(&self, state: JobState, now: Timestamp) -> JobState {
        JobState { last_attempt_time: Some(now), status: Some(self.record()), ..state }
    }

    /// As `Job.status` shows it.
    pub(crate) fn record(&self) -> StatusRecord {
        let code = self.failure.as_ref().map_or(0, |failure| failure.code.number());
        StatusRecord { code, message: String::new() }
    }

    /// `debugInfo` of the log.
    pub(crate) fn debug_info(&self) -> String {
        let prefix = self.failure.as_ref().map_or("URL_CRAWLED", |failure| failure.prefix);
        let number = self.http_status.unwrap_or(0);
        format!("{prefix}. Original HTTP response code number = {number}")
    }
}

const OTHER: &str = "URL_ERROR-ERROR_OTHER";
const UNREACHABLE: &str = "URL_UNREACHABLE-UNREACHABLE_5xx";

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(400, "INVALID_ARGUMENT", "URL_ERROR-ERROR_OTHER")]
    #[case(401, "UNAUTHENTICATED", "URL_ERROR-ERROR_AUTHENTICATION")]
    #[case(403, "PERMISSION_DENIED", "URL_ERROR-ERROR_OTHER")]
    #[case(404, "NOT_FOUND", "URL_ERROR-ERROR_NOT_FOUND")]
    #[case(429, "RESOURCE_EXHAUSTED", "URL_UNREACHABLE-UNREACHABLE_5xx")]
    #[case(500, "INTERNAL", "URL_UNREACHABLE-UNREACHABLE_5xx")]
    #[case(502, "INTERNAL", "URL_UNREACHABLE-UNREACHABLE_5xx")]
    #[case(503, "UNAVAILABLE", "URL_UNREACHABLE-UNREACHABLE_5xx")]
    #[case(302, "UNKNOWN", "URL_ERROR-ERROR_OTHER")]
    #[case(418, "FAILED_PRECONDITION", "URL_ERROR-ERROR_OTHER")]
    #[case(700, "UNKNOWN", "URL_ERROR-ERROR_OTHER")]
    fn answers_have_cloud_schedulers_status(#[case] status: u16, #[case] name: &str, #[case] prefix: &str) {
        let judged = of(&Outcome::Answered { status });
        assert_eq!(judged.failure.as_ref().unwrap().code.name(), name);
        let debug_info = format!("{prefix}. Original HTTP response code number = {status}");
        assert_eq!(judged.debug_info(), debug_info);
        assert_eq!(judged.http_status, Some(status));
    }

    #[rstest]
    #[case(200)]
    #[case(201)]
    #[case(204)]
    #[case(299)]
    fn every_2xx_is_success(#[case] status: u16) {
        let judged = of(&Outcome::Answered { status });
        assert_eq!(judged, Status { failure: None, http_status: Some(status) });
        assert_eq!(judged.record(), StatusRecord { code: 0, message: String::new() });
        let debug_info = format!("URL_CRAWLED. Original HTTP response code number = {status}");
        assert_eq!(judged.debug_info(), debug_info);
    }

    #[test]
    fn a_timeout_is_deadline_exceeded_and_has_no_http_status() {
        let judged = of(&Outcome::Unsent(Unsent::TimedOut));
        assert_eq!(judged.record().code, 4);
        assert_eq!(judged.http_status, None);
        let debug_info = "URL_TIMEOUT-TIMEOUT_WEB. Original HTTP response code number = 0";
        assert_eq!(judged.debug_info(), debug_info);
    }

    #[test]
    fn a_target_of_a_kind_that_is_not_here_is_unimplemented_and_says_so() {
        let judged = unimplemented(Called::Pubsub { topic: "projects/demo/topics/orders" });
        assert_eq!(judged.record().code, 12);
        assert_eq!(judged.debug_info(), "TARGET_UNIMPLEMENTED. Original HTTP response code number = 0");
        assert!(judged.failure.unwrap().cause.unwrap().starts_with("Pub/Sub targets are kept"));
    }

    #[test]
    fn without_a_token_it_is_told_who_lacks_what() {
        let agent = names::Email::parse("service-1@gcp-sa-cloudscheduler.iam.gserviceaccount.com").unwrap();
        let account = names::AccountName::parse_canonical(
            "projects/demo/serviceAccounts/runner@demo.iam.gserviceaccount.com",
        )
        .unwrap();
        let judged = of(&Outcome::NoToken(NoToken::NotGranted {
            agent,
            account,
            permission: "iam.serviceAccounts.getOpenIdToken",
        }));
        assert_eq!(judged.record().code, 7);
        let cause = judged.failure.unwrap().cause.unwrap();
        assert!(cause.contains("lacks iam.serviceAccounts.getOpenIdToken"), "{cause}");
        let email = names::Email::parse("runner@demo.iam.gserviceaccount.com").unwrap();
        assert_eq!(of(&Outcome::NoToken(NoToken::AccountDisabled { email })).record().code, 16);
    }
}
