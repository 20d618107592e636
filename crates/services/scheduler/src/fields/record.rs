//! The fields that would write a stored job.

use std::time::Duration;

use jiff::SignedDuration;
use store::{AppEngineTarget, HttpTarget, JobRecord, JobTarget, PubsubTarget, RetryRecord};

use super::{
    AppEngineFields, Authorization, HttpFields, JobFields, Method, NamedIdentity, PubsubFields, RetryFields,
    TargetFields,
};

impl JobFields<NamedIdentity> {
    /// The fields that would write this very job.
    pub(crate) fn of_record(job: &JobRecord) -> Self {
        let target = match &job.target {
            JobTarget::AppEngine(target) => TargetFields::AppEngine(target.into()),
            JobTarget::Http(target) => TargetFields::Http(target.into()),
            JobTarget::Pubsub(target) => TargetFields::Pubsub(target.into()),
        };
        Self {
            description: job.description.clone(),
            target: Some(target),
            schedule: job.schedule.clone(),
            time_zone: job.time_zone.clone(),
            retry: Some((&job.retry).into()),
            attempt_deadline: signed(job.attempt_deadline),
        }
    }
}

impl From<&RetryRecord> for RetryFields {
    fn from(retry: &RetryRecord) -> Self {
        Self {
            retry_count: i32::try_from(retry.retry_count).unwrap_or(i32::MAX),
            max_retry_duration: signed(retry.max_retry_duration),
            min_backoff: signed(retry.min_backoff),
            max_backoff: signed(retry.max_backoff),
            max_doublings: i32::try_from(retry.max_doublings).unwrap_or(i32::MAX),
        }
    }
}

impl From<&AppEngineTarget> for AppEngineFields {
    fn from(target: &AppEngineTarget) -> Self {
        Self {
            method: Method::of_record(&target.method),
            relative_uri: target.relative_uri.clone(),
            service: target.service.clone(),
            version: target.version.clone(),
            instance: target.instance.clone(),
            headers: target.headers.clone(),
            body: target.body.clone(),
        }
    }
}

impl From<&HttpTarget> for HttpFields<NamedIdentity> {
    fn from(target: &HttpTarget) -> Self {
        let authorization = target.identity.as_ref().map_or(Authorization::Nothing, |identity| {
            Authorization::Token(NamedIdentity {
                service_account_email: Some(identity.service_account_email.clone()),
                token: identity.token.clone(),
            })
        });
        Self {
            uri: target.uri.clone(),
            method: Method::of_record(&target.method),
            headers: target.headers.clone(),
            body: target.body.clone(),
            authorization,
        }
    }
}

impl From<&PubsubTarget> for PubsubFields {
    fn from(target: &PubsubTarget) -> Self {
        Self { topic: target.topic.clone(), data: target.data.clone(), attributes: target.attributes.clone() }
    }
}

fn signed(duration: Duration) -> Option<SignedDuration> {
    Some(SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX))
}
