//! A stored job as a message, with the defaults filled in (facts §7.2).

use scheduler::{HttpTarget, JobTarget, OidcToken, RetryRecord, Standing};
use wire::google::cloud::scheduler::v1::{
    self, HttpMethod, Job, RetryConfig, http_target::AuthorizationHeader, job::State, job::Target,
};
use wire::google::rpc::Status;
use wire::time::{duration, timestamp};

/// The job.
pub(super) fn job(job: scheduler::Job) -> Job {
    let scheduler::Job { record, standing, schedule_time, last_attempt_time, status } = job;
    let JobTarget::Http(target) = record.target;
    let state = match standing {
        Standing::Enabled => State::Enabled,
        Standing::Paused => State::Paused,
    };
    Job {
        name: record.name.to_string(),
        description: record.description,
        target: Some(Target::HttpTarget(http_target(target))),
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

fn http_target(target: HttpTarget) -> v1::HttpTarget {
    let oidc_token = |token: OidcToken| {
        AuthorizationHeader::OidcToken(v1::OidcToken {
            service_account_email: token.service_account_email.to_string(),
            // As given: whoever writes back what they read must not pin today's URI.
            audience: token.audience,
        })
    };
    v1::HttpTarget {
        authorization_header: target.oidc_token.map(oidc_token),
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
