//! A new job.

use std::time::Duration;

use context::Context;
use iam::Permit;
use iam::permission::CloudschedulerJobsCreate;
use jiff::Timestamp;
use names::{Email, JobId, JobName, Location, ProjectId, Uid};
use schedule::Schedule;
use serde_json::json;
use store::{
    ApplyError, Expectation, JobRecord, JobTarget, Plan, Record, RecordKey, TargetIdentity, TokenKind, Work,
};

use crate::check::{CheckedJob, InvalidJob, Surroundings, check};
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
        let universe = self.parts.access.universe();
        let checked = check(fields, Surroundings { project: &project, universe })?;
        let identity = checked.identity.clone();
        let identity = self.identity(&project, identity, act_as.as_ref()).map_err(|error| match error {
            IdentityError::Gone(email) | IdentityError::Unproven(email) => CreateError::AccountGone(email),
            IdentityError::Invalid(invalid) => CreateError::Invalid(invalid),
        })?;
        let clockwork = Clockwork { schedule: checked.schedule.clone(), zone: checked.zone.clone() };
        let lasting =
            Lasting { name: name.clone(), uid: draw_uid(context), paused_at: None, create_time: now };
        let record = record(checked, identity, lasting, now);
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
            Err(error @ (ApplyError::Full(_) | ApplyError::LeaseLost(_) | ApplyError::Unavailable(_))) => {
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
    identity: Option<TargetIdentity>,
    lasting: Lasting,
    now: Timestamp,
) -> JobRecord {
    let CheckedJob { description, schedule, zone, retry, attempt_deadline, mut target, .. } = checked;
    if let JobTarget::Http(http) = &mut target {
        http.identity = identity;
    }
    JobRecord {
        name: lasting.name,
        uid: lasting.uid,
        description,
        target,
        schedule: schedule.to_string(),
        time_zone: zone.to_string(),
        paused_at: lasting.paused_at,
        retry,
        attempt_deadline,
        create_time: lasting.create_time,
        user_update_time: now,
    }
}

/// What the audit log says about a job: not its headers, body and message, which may hold secrets, nor the URI's query.
pub(crate) fn detail(job: &JobRecord) -> serde_json::Value {
    let target = match &job.target {
        JobTarget::AppEngine(target) => {
            json!({ "method": target.method, "relativeUri": target.relative_uri.split(['?', '#']).next() })
        }
        JobTarget::Http(target) => json!({
            "method": target.method,
            "uri": target.uri.split(['?', '#']).next(),
            "serviceAccount": target.identity.as_ref().map(|identity| identity.service_account_email.as_str()),
            "token": target.identity.as_ref().map(|identity| match identity.token {
                TokenKind::Access(_) => "OAuth",
                TokenKind::Id(_) => "OIDC",
            }),
        }),
        JobTarget::Pubsub(target) => json!({ "topic": target.topic }),
    };
    json!({
        "schedule": job.schedule,
        "scheduleInWords": Schedule::parse(&job.schedule).map(|schedule| schedule.describe()).ok(),
        "timeZone": job.time_zone,
        "target": target,
        "attemptDeadlineSeconds": Duration::as_secs(&job.attempt_deadline),
    })
}

fn draw_job_id(context: &Context) -> JobId {
    let number = context.randomness().number();
    JobId::parse(&format!("job-{number:016x}")).expect("20 letters, digits and hyphens")
}
