//! A stored job as a message, with the defaults filled in (facts §7.2).

use names::ProjectId;
use scheduler::{
    AppEngineTarget, HttpTarget, JobTarget, PubsubTarget, RetryRecord, Standing, TargetIdentity, TokenKind,
};
use wire::google::cloud::scheduler::v1::{
    self, AppEngineRouting, HttpMethod, Job, RetryConfig, http_target::AuthorizationHeader, job::State,
    job::Target,
};
use wire::google::rpc::Status;
use wire::time::{duration, timestamp};

/// The job.
pub(super) fn job(job: scheduler::Job) -> Job {
    let scheduler::Job { record, standing, schedule_time, last_attempt_time, status } = job;
    let target = match record.target {
        JobTarget::AppEngine(target) => {
            Target::AppEngineHttpTarget(app_engine_target(target, &record.name.project))
        }
        JobTarget::Http(target) => Target::HttpTarget(http_target(target)),
        JobTarget::Pubsub(PubsubTarget { topic, data, attributes }) => {
            let attributes = attributes.into_iter().collect();
            Target::PubsubTarget(v1::PubsubTarget { topic_name: topic, data, attributes })
        }
    };
    let state = match standing {
        Standing::Disabled => State::Disabled,
        Standing::Enabled => State::Enabled,
        Standing::Paused => State::Paused,
    };
    Job {
        name: record.name.to_string(),
        description: record.description,
        target: Some(target),
        schedule: record.schedule,
        time_zone: record.time_zone,
        user_update_time: Some(timestamp(record.user_update_time)),
        state: state.into(),
        status: status.map(|status| Status {
            code: status.code,
            message: status.message,
            details: Vec::new(),
        }),
        schedule_time: schedule_time.map(timestamp),
        last_attempt_time: last_attempt_time.map(timestamp),
        retry_config: Some(retry_config(&record.retry)),
        attempt_deadline: Some(duration(record.attempt_deadline)),
    }
}

fn app_engine_target(target: AppEngineTarget, project: &ProjectId) -> v1::AppEngineHttpTarget {
    let AppEngineTarget { method, relative_uri, service, version, instance, headers, body } = target;
    // The host is output only: what is named of instance, version and service, then the application's domain.
    let named = [&instance, &version, &service].into_iter().filter(|part| !part.is_empty());
    let host = named.map(|part| format!("{part}.")).collect::<String>() + &format!("{project}.appspot.com");
    let routing = AppEngineRouting { service, version, instance, host };
    v1::AppEngineHttpTarget {
        http_method: HttpMethod::from_str_name(&method).unwrap_or_default().into(),
        app_engine_routing: Some(routing),
        relative_uri,
        headers: headers.into_iter().collect(),
        body,
    }
}

fn http_target(target: HttpTarget) -> v1::HttpTarget {
    let bearer = |identity: TargetIdentity| {
        let service_account_email = identity.service_account_email.to_string();
        match identity.token {
            TokenKind::Access(scope) => {
                let scope = if scope.is_empty() { WHOLE_PLATFORM.to_owned() } else { scope };
                AuthorizationHeader::OauthToken(v1::OAuthToken { service_account_email, scope })
            }
            // As given: whoever writes back what they read must not pin today's URI.
            TokenKind::Id(audience) => {
                AuthorizationHeader::OidcToken(v1::OidcToken { service_account_email, audience })
            }
        }
    };
    v1::HttpTarget {
        authorization_header: target.identity.map(bearer),
        http_method: HttpMethod::from_str_name(&target.method).unwrap_or_default().into(),
        headers: target.headers.into_iter().collect(),
        body: target.body,
        uri: target.uri,
    }
}

fn retry_config(retry: &RetryRecord) -> RetryConfig {
    RetryConfig {
        retry_count: i32::try_from(retry.retry_count).unwrap_or(i32::MAX),
        max_retry_duration: Some(duration(retry.max_retry_duration)),
        min_backoff_duration: Some(duration(retry.min_backoff)),
        max_backoff_duration: Some(duration(retry.max_backoff)),
        max_doublings: i32::try_from(retry.max_doublings).unwrap_or(i32::MAX),
    }
}

/// The scope of an access token that names none (facts §7.2).
const WHOLE_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
