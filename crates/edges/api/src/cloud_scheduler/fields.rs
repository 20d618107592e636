//! A job as a caller sent it, as the use cases take it.
//!
//! Every field of the message is taken, or is one that only the server writes; the test below fails for a field that nobody decided about.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use names::Email;
use problem::Problem;
use scheduler::{
    AppEngineFields, Authorization, HttpFields, JobFields, Method, NamedIdentity, PubsubFields, RetryFields,
    TargetFields, TokenKind,
};
use wire::google::cloud::scheduler::v1::{
    AppEngineHttpTarget, HttpMethod, HttpTarget, Job, OAuthToken, OidcToken, PubsubTarget, RetryConfig,
    http_target::AuthorizationHeader, job::Target,
};

use crate::refusal::{invalid, malformed};

/// The configuration that a caller wrote, accounts by their name.
pub(super) fn of_job(job: Job) -> Result<JobFields<NamedIdentity>, Problem> {
    let target = match job.target {
        None => None,
        Some(Target::AppEngineHttpTarget(target)) => Some(TargetFields::AppEngine(app_engine(target)?)),
        Some(Target::HttpTarget(target)) => Some(TargetFields::Http(http(target)?)),
        Some(Target::PubsubTarget(target)) => Some(TargetFields::Pubsub(pubsub(target))),
    };
    Ok(JobFields {
        description: job.description,
        target,
        schedule: job.schedule,
        time_zone: job.time_zone,
        retry: job.retry_config.map(retry).transpose()?,
        attempt_deadline: duration("job.attempt_deadline", job.attempt_deadline)?,
    })
}

fn app_engine(target: AppEngineHttpTarget) -> Result<AppEngineFields, Problem> {
    // The host is the server's to say.
    let routing = target.app_engine_routing.unwrap_or_default();
    Ok(AppEngineFields {
        method: method("job.app_engine_http_target.http_method", target.http_method)?,
        relative_uri: target.relative_uri,
        service: routing.service,
        version: routing.version,
        instance: routing.instance,
        headers: target.headers.into_iter().collect::<BTreeMap<_, _>>(),
        body: target.body,
    })
}

fn pubsub(target: PubsubTarget) -> PubsubFields {
    let attributes = target.attributes.into_iter().collect::<BTreeMap<_, _>>();
    PubsubFields { topic: target.topic_name, data: target.data, attributes }
}

fn http(target: HttpTarget) -> Result<HttpFields<NamedIdentity>, Problem> {
    let authorization = match target.authorization_header {
        None => Authorization::Nothing,
        Some(AuthorizationHeader::OauthToken(OAuthToken { service_account_email, scope })) => {
            let field = "job.http_target.oauth_token.service_account_email";
            Authorization::Token(identity(field, &service_account_email, TokenKind::Access(scope))?)
        }
        Some(AuthorizationHeader::OidcToken(OidcToken { service_account_email, audience })) => {
            let field = "job.http_target.oidc_token.service_account_email";
            Authorization::Token(identity(field, &service_account_email, TokenKind::Id(audience))?)
        }
    };
    Ok(HttpFields {
        uri: target.uri,
        method: method("job.http_target.http_method", target.http_method)?,
        headers: target.headers.into_iter().collect::<BTreeMap<_, _>>(),
        body: target.body,
        authorization,
    })
}

fn identity(field: &str, email: &str, token: TokenKind) -> Result<NamedIdentity, Problem> {
    let service_account_email = match email {
        "" => None,
        text => Some(Email::parse_folded(text).map_err(|error| malformed(field, &error))?),
    };
    Ok(NamedIdentity { service_account_email, token })
}

fn method(field: &str, number: i32) -> Result<Option<Method>, Problem> {
    let known =
        HttpMethod::try_from(number).map_err(|_| invalid(field, format!("there is no method {number}")))?;
    Ok(match known {
        HttpMethod::Unspecified => None,
        HttpMethod::Delete => Some(Method::Delete),
        HttpMethod::Get => Some(Method::Get),
        HttpMethod::Head => Some(Method::Head),
        HttpMethod::Options => Some(Method::Options),
        HttpMethod::Patch => Some(Method::Patch),
        HttpMethod::Post => Some(Method::Post),
        HttpMethod::Put => Some(Method::Put),
    })
}

fn retry(retry: RetryConfig) -> Result<RetryFields, Problem> {
    Ok(RetryFields {
        retry_count: retry.retry_count,
        max_retry_duration: duration("job.retry_config.max_retry_duration", retry.max_retry_duration)?,
        min_backoff: duration("job.retry_config.min_backoff_duration", retry.min_backoff_duration)?,
        max_backoff: duration("job.retry_config.max_backoff_duration", retry.max_backoff_duration)?,
        max_doublings: retry.max_doublings,
    })
}

/// A duration of either sign: what is out of bounds is for the use case to say.
fn duration(field: &str, duration: Option<prost_types::Duration>) -> Result<Option<SignedDuration>, Problem> {
    let Some(duration) = duration else { return Ok(None) };
    let same_sign =
        duration.seconds == 0 || duration.nanos == 0 || (duration.seconds < 0) == (duration.nanos < 0);
    if !same_sign || duration.nanos.unsigned_abs() > 999_999_999 {
        return Err(invalid(field, "it is not a duration"));
    }
    Ok(Some(SignedDuration::new(duration.seconds, duration.nanos)))
}

#[cfg(test)]
mod tests {
    use wire::google::cloud::scheduler::v1::AppEngineRouting;

    use super::*;

    #[test]
    fn every_field_of_a_job_is_decided_upon() {
        const TAKEN: [&str; 9] = [
            "app_engine_http_target",
            "attempt_deadline",
            "description",
            "http_target",
            "name",
            "pubsub_target",
            "retry_config",
            "schedule",
            "time_zone",
        ];
        const OUTPUT_ONLY: [&str; 5] =
            ["last_attempt_time", "schedule_time", "state", "status", "user_update_time"];
        let decided = [&TAKEN[..], &OUTPUT_ONLY].concat();
        assert_fields::<Job>(decided);
        assert_fields::<HttpTarget>(vec![
            "body",
            "headers",
            "http_method",
            "oauth_token",
            "oidc_token",
            "uri",
        ]);
        assert_fields::<AppEngineHttpTarget>(vec![
            "app_engine_routing",
            "body",
            "headers",
            "http_method",
            "relative_uri",
        ]);
        assert_fields::<AppEngineRouting>(vec!["host", "instance", "service", "version"]);
        assert_fields::<PubsubTarget>(vec!["attributes", "data", "topic_name"]);
        assert_fields::<OAuthToken>(vec!["scope", "service_account_email"]);
        assert_fields::<OidcToken>(vec!["audience", "service_account_email"]);
        assert_fields::<RetryConfig>(vec![
            "max_backoff_duration",
            "max_doublings",
            "max_retry_duration",
            "min_backoff_duration",
            "retry_count",
        ]);
    }

    fn assert_fields<M: prost::Name>(mut decided: Vec<&str>) {
        let descriptor = wire::message::<M>();
        let mut fields: Vec<String> = descriptor.fields().map(|field| field.name().to_owned()).collect();
        fields.sort();
        decided.sort_unstable();
        assert_eq!(fields, decided);
    }

    #[test]
    fn durations_keep_their_sign_and_nothing_else_is_one() {
        let sent = |seconds, nanos| duration("field", Some(prost_types::Duration { seconds, nanos }));
        assert_eq!(sent(-3, -500_000_000).unwrap(), Some(SignedDuration::from_millis(-3500)));
        assert_eq!(sent(180, 0).unwrap(), Some(SignedDuration::from_secs(180)));
        for (seconds, nanos) in [(1, -1), (-1, 1), (0, 1_000_000_000), (0, i32::MIN)] {
            assert!(sent(seconds, nanos).is_err(), "{seconds} {nanos}");
        }
        assert!(sent(i64::MAX, 999_999_999).is_ok() && sent(i64::MIN, -999_999_999).is_ok());
    }

    #[test]
    fn method_without_a_name_is_refused() {
        let method = |number| method("job.http_target.http_method", number);
        assert_eq!(method(0).unwrap(), None);
        assert_eq!(method(2).unwrap(), Some(Method::Get));
        assert_eq!(method(99).unwrap_err().violations[0].field, "job.http_target.http_method");
    }
}
