//! Jobs: each method parses names, asks for permits, calls one use case.

use context::Context;
use iam::permission::{
    CloudschedulerJobsCreate, CloudschedulerJobsDelete, CloudschedulerJobsEnable, CloudschedulerJobsGet,
    CloudschedulerJobsList, CloudschedulerJobsPause, CloudschedulerJobsRun, CloudschedulerJobsUpdate,
};
use names::{JobName, Location, ParentName, ProjectRef};
use problem::{Problem, Reason};
use scheduler::{
    InvalidJob, JobPatch, NamedIdentity, NewJob, Page, ProposedUpdate, ProvenIdentity, UpdateMask,
};
use wire::google::cloud::scheduler::v1::{
    CreateJobRequest, DeleteJobRequest, GetJobRequest, Job, ListJobsRequest, ListJobsResponse,
    PauseJobRequest, ResumeJobRequest, RunJobRequest, UpdateJobRequest,
};

use super::{CloudScheduler, fields, message, problems};
use crate::pages::{self, Pages};
use crate::refusal::{invalid, malformed, store_failed};
use crate::update_mask;

impl CloudScheduler {
    pub(super) async fn create(&self, context: Context, request: CreateJobRequest) -> Result<Job, Problem> {
        let parent = parent(&request.parent)?;
        let job = request.job.ok_or_else(|| invalid("job", "it is missing"))?;
        let name = match job.name.as_str() {
            "" => None,
            text => Some(JobName::<ProjectRef>::parse(text).map_err(|error| malformed("job.name", &error))?),
        };
        let project = self.permits.project(&parent.project);
        let permit = self.permits.ask::<CloudschedulerJobsCreate>(&context, &request.parent, project)?;
        let elsewhere = |name: &&JobName<ProjectRef>| {
            name.location != parent.location
                || self.permits.project(&name.project).as_ref() != Some(permit.name())
        };
        if name.as_ref().filter(elsewhere).is_some() {
            return Err(invalid("job.name", format!("it is not within the parent {}", request.parent)));
        }
        let fields = fields::of_job(job)?.with_identity(|named| self.proof(&context, named))?;
        let new = NewJob { location: parent.location, job_id: name.map(|name| name.job), fields };
        let created = self.scheduler.create(&context, permit, new).await;
        created.map(message::job).map_err(|error| self.problem_of_create(&context, error))
    }

    pub(super) async fn get(&self, context: Context, request: GetJobRequest) -> Result<Job, Problem> {
        let name = self.named("name", &request.name)?;
        let permit = self.permits.ask::<CloudschedulerJobsGet>(&context, &request.name, name)?;
        let found = self.scheduler.get(&permit).await;
        found.map(message::job).map_err(|error| self.problem_of_get(error, &request.name))
    }

    pub(super) async fn list(
        &self,
        context: Context,
        request: ListJobsRequest,
    ) -> Result<ListJobsResponse, Problem> {
        let parent = parent(&request.parent)?;
        let limit = pages::size(request.page_size, 500, 500)?;
        let pages = Pages::of("ListJobs", &[&request.parent]).ending_after(pages::TWO_HOURS, context.now());
        let after = pages.after(&request.page_token)?;
        let project = self.permits.project(&parent.project);
        let permit = self.permits.ask::<CloudschedulerJobsList>(&context, &request.parent, project)?;
        match self.scheduler.list(&permit, &parent.location, &Page { after, limit }).await {
            Ok(listing) => Ok(ListJobsResponse {
                jobs: listing.jobs.into_iter().map(message::job).collect(),
                next_page_token: pages.token(listing.next.as_deref()),
            }),
            Err(error) => Err(match &error {
                scheduler::ListError::StoreFailed(_) => store_failed(&error),
            }),
        }
    }

    pub(super) async fn update(&self, context: Context, request: UpdateJobRequest) -> Result<Job, Problem> {
        let job = request.job.ok_or_else(|| invalid("job", "it is missing"))?;
        let asked = job.name.clone();
        let name = self.named("job.name", &asked)?;
        let mask = update_mask::read(request.update_mask, UpdateMask::parse)?;
        let permit = self.permits.ask::<CloudschedulerJobsUpdate>(&context, &asked, name)?;
        let patch = JobPatch { fields: fields::of_job(job)?, mask };
        let problem = |error| self.problem_of_update(&context, error, &asked);
        let proven = match self.scheduler.propose_update(permit, patch).await.map_err(problem)? {
            ProposedUpdate::ActsAs(unproven) => {
                let act_as = self.permits.act_as(&context, &unproven.account().email)?;
                unproven.prove(act_as).map_err(|error| problems::changed_meanwhile(&error, &asked))?
            }
            ProposedUpdate::Proven(proven) => proven,
        };
        self.scheduler.update(&context, proven).await.map(message::job).map_err(problem)
    }

    pub(super) async fn delete(&self, context: Context, request: DeleteJobRequest) -> Result<(), Problem> {
        let name = self.named("name", &request.name)?;
        let permit = self.permits.ask::<CloudschedulerJobsDelete>(&context, &request.name, name)?;
        let deleted = self.scheduler.delete(&context, permit).await;
        deleted.map_err(|error| self.problem_of_delete(error, &request.name))
    }

    pub(super) async fn pause(&self, context: Context, request: PauseJobRequest) -> Result<Job, Problem> {
        let name = self.named("name", &request.name)?;
        let permit = self.permits.ask::<CloudschedulerJobsPause>(&context, &request.name, name)?;
        let paused = self.scheduler.pause(&context, permit).await;
        paused.map(message::job).map_err(|error| self.problem_of_pause(error, &request.name))
    }

    pub(super) async fn resume(&self, context: Context, request: ResumeJobRequest) -> Result<Job, Problem> {
        let name = self.named("name", &request.name)?;
        let permit = self.permits.ask::<CloudschedulerJobsEnable>(&context, &request.name, name)?;
        let resumed = self.scheduler.resume(&context, permit).await;
        resumed.map(message::job).map_err(|error| self.problem_of_resume(error, &request.name))
    }

    pub(super) async fn run(&self, context: Context, request: RunJobRequest) -> Result<Job, Problem> {
        let name = self.named("name", &request.name)?;
        let permit = self.permits.ask::<CloudschedulerJobsRun>(&context, &request.name, name)?;
        let run = self.scheduler.run(&context, permit).await;
        run.map(message::job).map_err(|error| self.problem_of_run(error, &request.name))
    }

    /// The proof that the caller may act as the account that a new job names.
    fn proof(&self, context: &Context, named: NamedIdentity) -> Result<ProvenIdentity, Problem> {
        let NamedIdentity { service_account_email, token } = named;
        let Some(email) = service_account_email else {
            return Err(problems::of_job(&InvalidJob::AccountMissing { token }));
        };
        Ok(ProvenIdentity { act_as: self.permits.act_as(context, &email)?, token })
    }
}

/// Where jobs are. What is said of a location that cannot be one is Cloud Scheduler's (facts §7.7); one that could be is
/// taken, whatever its name: a region is what who runs Doorward calls one.
fn parent(text: &str) -> Result<ParentName<ProjectRef>, Problem> {
    ParentName::<ProjectRef>::parse(text).map_err(|error| match text.split('/').nth(3) {
        Some(location) if location.parse::<Location>().is_err() => {
            let location: String = location.chars().take(80).collect();
            let told = format!("Location '{location}' is not a valid location.");
            Problem::new(Reason::FIELD_INVALID, told.clone()).at_field("parent", told)
        }
        _ => malformed("parent", &error),
    })
}
