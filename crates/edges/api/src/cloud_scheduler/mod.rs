//! `google.cloud.scheduler.v1.CloudScheduler`: jobs on a schedule (facts §7).

mod fields;
mod jobs;
mod message;
mod problems;

use access::Access;
use names::{JobName, ProjectRef};
use problem::Problem;
use scheduler::Scheduler;
use tonic::{Request, Response, Status};
use wire::google::cloud::scheduler::v1::{
    CreateJobRequest, DeleteJobRequest, GetJobRequest, Job, ListJobsRequest, ListJobsResponse,
    PauseJobRequest, ResumeJobRequest, RunJobRequest, UpdateJobRequest, cloud_scheduler_server,
};

use crate::call::reply;
use crate::permits::Permits;
use crate::refusal::malformed;
use crate::surface;

/// The service. What is not here is answered with `UNIMPLEMENTED` and its name.
pub(crate) struct CloudScheduler {
    permits: Permits,
    scheduler: Scheduler,
}

impl CloudScheduler {
    pub(crate) fn new(scheduler: Scheduler, access: Access) -> Self {
        Self { permits: Permits::new(access, &surface::SCHEDULER), scheduler }
    }

    /// The job that `name` addresses; `None` where it addresses none, which only a permit may tell.
    fn named(&self, field: &str, name: &str) -> Result<Option<JobName>, Problem> {
        let addressed = JobName::<ProjectRef>::parse(name).map_err(|error| malformed(field, &error))?;
        Ok(self.permits.project(&addressed.project).map(|project| addressed.within(&project)))
    }
}

#[tonic::async_trait]
impl cloud_scheduler_server::CloudScheduler for CloudScheduler {
    async fn list_jobs(
        &self,
        request: Request<ListJobsRequest>,
    ) -> Result<Response<ListJobsResponse>, Status> {
        reply(&surface::SCHEDULER, request, |context, message| self.list(context, message)).await
    }

    async fn get_job(&self, request: Request<GetJobRequest>) -> Result<Response<Job>, Status> {
        reply(&surface::SCHEDULER, request, |context, message| self.get(context, message)).await
    }

    async fn create_job(&self, request: Request<CreateJobRequest>) -> Result<Response<Job>, Status> {
        reply(&surface::SCHEDULER, request, |context, message| self.create(context, message)).await
    }

    async fn update_job(&self, request: Request<UpdateJobRequest>) -> Result<Response<Job>, Status> {
        reply(&surface::SCHEDULER, request, |context, message| self.update(context, message)).await
    }

    async fn delete_job(&self, request: Request<DeleteJobRequest>) -> Result<Response<()>, Status> {
        reply(&surface::SCHEDULER, request, |context, message| self.delete(context, message)).await
    }

    async fn pause_job(&self, request: Request<PauseJobRequest>) -> Result<Response<Job>, Status> {
        reply(&surface::SCHEDULER, request, |context, message| self.pause(context, message)).await
    }

    async fn resume_job(&self, request: Request<ResumeJobRequest>) -> Result<Response<Job>, Status> {
        reply(&surface::SCHEDULER, request, |context, message| self.resume(context, message)).await
    }

    async fn run_job(&self, request: Request<RunJobRequest>) -> Result<Response<Job>, Status> {
        reply(&surface::SCHEDULER, request, |context, message| self.run(context, message)).await
    }
}
