//! A new job.

use std::time::Duration;

use context::Context;
use iam::Permit;
use iam::permission::CloudschedulerJobsCreate;
use jiff::Timestamp;
use names::{Email, JobId, JobName, Location, ProjectId, Uid};
use serde_json::json;
use store::{
    ApplyError, Expectation, HttpTarget, JobRecord, JobTarget, OidcToken, Plan, Record, RecordKey, Work,
};

use crate::check::{CheckedJob, InvalidJob, check};
use crate::execution::draw_uid;
use crate::fields::JobFields;
use crate::firing::{self, Clockwork};
use crate::identity::{IdentityError, expect_account};
use crate::{Job, Scheduler, StoreFailed};

/// A job to be made.
#[derive(Debug)]
pub struct NewJob {
    /// Where.
    pub location: Location,
    /// Its short ID; absent means that one is drawn.
    pub job_id: Option<JobId>,
    /// What it is like.
    pub fields: JobFields,
}

/// Why a job was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The account that it was to act as is gone meanwhile.
    #[error("service account {0} does not exist")]
    AccountGone(Email),
    /// There is a job of that name.
    #[error("Job {0} already exists.")]
    AlreadyExists(JobName),
    /// It cannot be written like this.
    #[error(transparent)]
    Invalid(#[from] InvalidJob),
    /// The project is gone meanwhile.
    #[error("project {0} does not exist")]
    ProjectGone(ProjectId),
    /// The store failed.
    #[error("the job could not be written")]
    StoreFailed(#[source] StoreFailed),
}

impl Scheduler {
    /// Makes a job in the permit's project. Its first firing is the first due instant after now.
    pub async fn create(
        &self,
        context: &Context,
        permit: Permit<CloudschedulerJobsCreate>,
        new: NewJob,
    ) -> Result<Job, CreateError> {
        let (project, now) = (permit.name().clone(), context.now());
        let job = match new.job_id {
            Some(job) => job,
            None => draw_job_id(context),
        };
        let name = JobName { project: project.clone(), location: new.location, job };
        let (fields, act_as) = new.fields.without_proof();
        let checked = check(fields)?;
        let identity = checked.http.identity.clone();
        let oidc_token = self.identity(&project, identity, act_as.as_ref()).map_err(|error| match error {
            IdentityError::Gone(email) | IdentityError::Unproven(email) => CreateError::AccountGone(email),
            IdentityError::Invalid(invalid) => CreateError::Invalid(invalid),
        })?;
        let clockwork = Clockwork { schedule: checked.schedule.clone(), zone: checked.zone.clone() };
        let lasting =
            Lasting { name: name.clone(), uid: draw_uid(context), paused_at: None, create_time: now };
        let record = record(checked, oidc_token, lasting, now);
        let state = firing::begin(&record, &clockwork, now);

        let detail = detail(&record);
        let plan = Plan::new()
            .expect(Expectation::Is(project.clone().into(), permit.uid().clone()))
            .expect(Expectation::Absent(name.clone().into()))
            .put(Record::Job(record.clone()))
            .work(Work::PutJobState { state: Box::new(state.clone()), expected: None })
            .audit(audit::entry(context, &permit, name.clone(), Some(&record.uid), detail));
        let plan = expect_account(plan, act_as.as_ref());
        match self.parts.store.apply(plan).await {
            Ok(_) => {
                self.wake();
                Ok(Job::of(record, Some(state)))
            }
            Err(ApplyError::AlreadyExists(_)) => Err(CreateError::AlreadyExists(name)),
            Err(ApplyError::Conflict(key) | ApplyError::NotFound(key)) => Err(match key {
                RecordKey::Account(account) => CreateError::AccountGone(account.email),
                RecordKey::Project(project) => CreateError::ProjectGone(project),
                key => CreateError::StoreFailed(ApplyError::Conflict(key).into()),
            }),
            Err(error @ (ApplyError::LeaseLost(_) | ApplyError::Unavailable(_))) => {
                Err(CreateError::StoreFailed(error.into()))
            }
        }
    }
}

/// What of a job stays when a user changes it.
pub(crate) struct Lasting {
    pub(crate) name: JobName,
    pub(crate) uid: Uid,
    pub(crate) paused_at: Option<Timestamp>,
    pub(crate) create_time: Timestamp,
}

pub(crate) fn record(
    checked: CheckedJob,
    oidc_token: Option<OidcToken>,
    lasting: Lasting,
    now: Timestamp,
) -> JobRecord {
    let CheckedJob { description, schedule, zone, retry, attempt_deadline, http } = checked;
    JobRecord {
        name: lasting.name,
        uid: lasting.uid,
        description,
        target: JobTarget::Http(HttpTarget {
            uri: http.uri,
            method: http.method.as_str().to_owned(),
            headers: http.headers,
            body: http.body,
            oidc_token,
        }),
        schedule: schedule.to_string(),
        time_zone: zone.to_string(),
        paused_at: lasting.paused_at,
        retry,
        attempt_deadline,
        create_time: lasting.create_time,
        user_update_time: now,
    }
}

/// What the audit log says about a job: not its headers and body, which may hold secrets, nor the URI's query.
pub(crate) fn detail(job: &JobRecord) -> serde_json::Value {
    let JobTarget::Http(target) = &job.target;
    json!({
        "schedule": job.schedule,
        "timeZone": job.time_zone,
        "method": target.method,
        "uri": target.uri.split(['?', '#']).next(),
        "serviceAccount": target.oidc_token.as_ref().map(|token| token.service_account_email.as_str()),
        "attemptDeadlineSeconds": Duration::as_secs(&job.attempt_deadline),
    })
}

fn draw_job_id(context: &Context) -> JobId {
    let number = context.randomness().number();
    JobId::parse(&format!("job-{number:016x}")).expect("20 letters, digits and hyphens")
}
