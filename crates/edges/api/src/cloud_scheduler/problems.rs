//! How each use case of jobs fails, as callers are told (facts §7.7).

use std::error::Error;

use context::Context;
use iam::Permission;
use iam::permission::CloudschedulerJobsCreate;
use problem::{Problem, Reason};
use scheduler::{
    CreateError, DeleteError, GetError, InvalidJob, PauseError, ResumeError, RunError, UpdateError,
};

use super::CloudScheduler;
use crate::refusal::{chain, internal, invalid, store_failed};

impl CloudScheduler {
    pub(super) fn problem_of_create(&self, context: &Context, error: CreateError) -> Problem {
        match &error {
            CreateError::AccountGone(account) => self.permits.may_not_act_as(context, account),
            CreateError::AlreadyExists(name) => {
                Problem::new(Reason::RESOURCE_ALREADY_EXISTS, error.to_string()).about(name.to_string())
            }
            CreateError::Invalid(invalid) => of_job(invalid),
            CreateError::ProjectGone(project) => self.permits.denied(
                context.principal(),
                CloudschedulerJobsCreate::NAME,
                &format!("projects/{project}"),
            ),
            CreateError::StoreFailed(_) => store_failed(&error),
        }
    }

    pub(super) fn problem_of_update(&self, context: &Context, error: UpdateError, asked: &str) -> Problem {
        match &error {
            UpdateError::AccountGone(account) => self.permits.may_not_act_as(context, account),
            UpdateError::Contended(_) => changed_meanwhile(&error, asked),
            UpdateError::Invalid(invalid) => of_job(invalid),
            UpdateError::NotFound(_) => self.permits.missing(asked),
            UpdateError::StoreFailed(_) => store_failed(&error),
        }
    }

    pub(super) fn problem_of_get(&self, error: GetError, asked: &str) -> Problem {
        match &error {
            GetError::NotFound(_) => self.permits.missing(asked),
            GetError::StoreFailed(_) => store_failed(&error),
        }
    }

    pub(super) fn problem_of_delete(&self, error: DeleteError, asked: &str) -> Problem {
        match &error {
            DeleteError::Contended(_) => changed_meanwhile(&error, asked),
            DeleteError::NotFound(_) => self.permits.missing(asked),
            DeleteError::StoreFailed(_) => store_failed(&error),
        }
    }

    pub(super) fn problem_of_pause(&self, error: PauseError, asked: &str) -> Problem {
        match &error {
            PauseError::Contended(_) => changed_meanwhile(&error, asked),
            PauseError::NotFound(_) => self.permits.missing(asked),
            PauseError::StoreFailed(_) => store_failed(&error),
            PauseError::WrongState { .. } => wrong_state(&error, asked),
        }
    }

    pub(super) fn problem_of_resume(&self, error: ResumeError, asked: &str) -> Problem {
        match &error {
            ResumeError::Contended(_) => changed_meanwhile(&error, asked),
            ResumeError::NotFound(_) => self.permits.missing(asked),
            ResumeError::StoreFailed(_) => store_failed(&error),
            ResumeError::Unreadable { .. } => internal(&error),
            ResumeError::WrongState { .. } => wrong_state(&error, asked),
        }
    }

    pub(super) fn problem_of_run(&self, error: RunError, asked: &str) -> Problem {
        match &error {
            RunError::Contended(_) => changed_meanwhile(&error, asked),
            RunError::NotFound(_) => self.permits.missing(asked),
            RunError::StoreFailed(_) => store_failed(&error),
            RunError::TooManyPending { .. } => {
                Problem::new(Reason::QUOTA_EXCEEDED, format!("{error}.")).about(asked)
            }
            RunError::Unsendable { .. } => internal(&error),
        }
    }
}

/// What is wrong with a job's configuration.
pub(super) fn of_job(error: &InvalidJob) -> Problem {
    let field = error.field();
    match error {
        // Google's sentence alone.
        InvalidJob::Schedule(source) => {
            Problem::new(Reason::FIELD_INVALID, error.to_string()).at_field(field, source.to_string())
        }
        InvalidJob::Zone(source) => {
            Problem::new(Reason::FIELD_INVALID, error.to_string()).at_field(field, source.to_string())
        }
        InvalidJob::AccountElsewhere { .. }
        | InvalidJob::AccountMissing { .. }
        | InvalidJob::AppEngineMethod { .. }
        | InvalidJob::AttemptDeadline { .. }
        | InvalidJob::Audience
        | InvalidJob::BodyForbidden { .. }
        | InvalidJob::BodyTooLarge { .. }
        | InvalidJob::DescriptionTooLong { .. }
        | InvalidJob::Header { .. }
        | InvalidJob::MessageEmpty
        | InvalidJob::OauthHost { .. }
        | InvalidJob::RelativeUri
        | InvalidJob::Retry(_)
        | InvalidJob::Scope
        | InvalidJob::TargetMissing
        | InvalidJob::TopicElsewhere { .. }
        | InvalidJob::TopicMalformed
        | InvalidJob::Uri(_) => invalid(field, chain(error)),
    }
}

/// Somebody else was quicker; the caller may try again.
pub(super) fn changed_meanwhile(error: &dyn Error, asked: &str) -> Problem {
    Problem::new(Reason::ETAG_MISMATCH, format!("{error}.")).about(asked)
}

fn wrong_state(error: &dyn Error, asked: &str) -> Problem {
    Problem::new(Reason::WRONG_STATE, format!("{error}.")).about(asked)
}
