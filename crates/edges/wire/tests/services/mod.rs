//! Services that show in their answers what they were asked.

use std::pin::Pin;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, metadata::MetadataValue, service::Routes};
use wire::{
    any,
    google::{
        cloud::{
            resourcemanager::{
                v1::projects_server::{Projects as ProjectsV1, ProjectsServer as ProjectsV1Server},
                v3::projects_server::{Projects as ProjectsV3, ProjectsServer as ProjectsV3Server},
            },
            run::v2::Service,
            scheduler::v1::{
                CreateJobRequest, DeleteJobRequest, GetJobRequest, Job, ListJobsRequest, ListJobsResponse,
                UpdateJobRequest,
                cloud_scheduler_server::{CloudScheduler, CloudSchedulerServer},
            },
        },
        iam::{
            admin::v1::iam_server::{Iam, IamServer},
            v1::{
                Binding, GetIamPolicyRequest, Policy,
                iam_policy_server::{IamPolicy, IamPolicyServer},
            },
        },
        logging::v2::{
            LogEntry, TailLogEntriesRequest, TailLogEntriesResponse,
            log_entry::Payload,
            logging_service_v2_server::{LoggingServiceV2, LoggingServiceV2Server},
        },
        longrunning::{
            GetOperationRequest, Operation, operation,
            operations_server::{Operations, OperationsServer},
        },
        rpc,
    },
};

/// Who asks, as an outer layer would note it.
#[derive(Clone)]
pub struct Asker(pub &'static str);

pub fn transcoder() -> wire::Transcoder {
    let routes = Routes::new(CloudSchedulerServer::new(Answers))
        .add_service(IamServer::new(Answers))
        .add_service(IamPolicyServer::new(Answers))
        .add_service(ProjectsV1Server::new(Answers))
        .add_service(ProjectsV3Server::new(Answers))
        .add_service(OperationsServer::new(Answers))
        .add_service(LoggingServiceV2Server::new(Answers));
    wire::Transcoder::new(routes.prepare().into_axum_router())
}

struct Answers;

#[tonic::async_trait]
impl CloudScheduler for Answers {
    async fn create_job(&self, request: Request<CreateJobRequest>) -> Result<Response<Job>, Status> {
        let CreateJobRequest { parent, job } = request.into_inner();
        Ok(Response::new(Job { description: format!("in {parent}"), state: 1, ..job.unwrap_or_default() }))
    }

    async fn list_jobs(
        &self,
        request: Request<ListJobsRequest>,
    ) -> Result<Response<ListJobsResponse>, Status> {
        let ListJobsRequest { parent, page_size, page_token } = request.into_inner();
        let jobs = vec![Job { name: format!("{parent}/jobs/{page_size}"), ..Job::default() }];
        let mut response = Response::new(ListJobsResponse { jobs, next_page_token: page_token });
        response.metadata_mut().insert("x-request-id", MetadataValue::from_static("r-1"));
        Ok(response)
    }

    async fn get_job(&self, request: Request<GetJobRequest>) -> Result<Response<Job>, Status> {
        if request.get_ref().name.ends_with("/who") {
            let asker = request.extensions().get::<Asker>().map_or("nobody", |asker| asker.0);
            let mut names: Vec<_> = request.metadata().as_ref().keys().map(ToString::to_string).collect();
            names.sort();
            return Ok(Response::new(Job {
                description: format!("{asker}: {}", names.join(" ")),
                ..Job::default()
            }));
        }
        let info = rpc::ErrorInfo {
            reason: "JOB_NOT_FOUND".to_owned(),
            domain: "cloudscheduler.googleapis.com".to_owned(),
            ..rpc::ErrorInfo::default()
        };
        let mut status = wire::status(5, "Job not found: “missing”, 100%", vec![any::pack(&info)]);
        status.metadata_mut().insert("x-request-id", MetadataValue::from_static("r-1"));
        status.metadata_mut().append("www-authenticate", MetadataValue::from_static("Bearer realm=\"a\""));
        status.metadata_mut().append("www-authenticate", MetadataValue::from_static("Bearer realm=\"b\""));
        Err(status)
    }

    async fn update_job(&self, request: Request<UpdateJobRequest>) -> Result<Response<Job>, Status> {
        let UpdateJobRequest { job, update_mask } = request.into_inner();
        let description = update_mask.unwrap_or_default().paths.join("|");
        Ok(Response::new(Job { description, ..job.unwrap_or_default() }))
    }

    async fn delete_job(&self, _: Request<DeleteJobRequest>) -> Result<Response<()>, Status> {
        Ok(Response::new(()))
    }
}

/// The version asked for, and who answered about what.
fn policy(service: &str, request: Request<GetIamPolicyRequest>) -> Result<Response<Policy>, Status> {
    let GetIamPolicyRequest { resource, options } = request.into_inner();
    let version = options.unwrap_or_default().requested_policy_version;
    let bindings = vec![Binding { role: format!("{service} {resource}"), ..Binding::default() }];
    Ok(Response::new(Policy { version, bindings, ..Policy::default() }))
}

#[tonic::async_trait]
impl Iam for Answers {
    async fn get_iam_policy(
        &self,
        request: Request<GetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        policy("accounts", request)
    }
}

#[tonic::async_trait]
impl IamPolicy for Answers {
    async fn get_iam_policy(
        &self,
        request: Request<GetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        policy("mixin", request)
    }
}

#[tonic::async_trait]
impl ProjectsV1 for Answers {
    async fn get_iam_policy(
        &self,
        request: Request<GetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        policy("projects v1", request)
    }
}

#[tonic::async_trait]
impl ProjectsV3 for Answers {
    async fn get_iam_policy(
        &self,
        request: Request<GetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        policy("projects v3", request)
    }
}

#[tonic::async_trait]
impl Operations for Answers {
    async fn get_operation(
        &self,
        request: Request<GetOperationRequest>,
    ) -> Result<Response<Operation>, Status> {
        let name = request.into_inner().name;
        let result = if name.ends_with("failed") {
            operation::Result::Error(rpc::Status {
                code: 9,
                message: "not ready".to_owned(),
                details: vec![],
            })
        } else {
            let create_time = Some(prost_types::Timestamp { seconds: 1_800_000_000, nanos: 250_000_000 });
            operation::Result::Response(any::pack(&Service {
                generation: 9_007_199_254_740_993,
                create_time,
                ..Service::default()
            }))
        };
        Ok(Response::new(Operation {
            name,
            done: true,
            metadata: Some(any::pack(&())),
            result: Some(result),
        }))
    }
}

type Entries = Pin<Box<dyn Stream<Item = Result<TailLogEntriesResponse, Status>> + Send>>;

#[tonic::async_trait]
impl LoggingServiceV2 for Answers {
    async fn tail_log_entries(
        &self,
        request: Request<tonic::Streaming<TailLogEntriesRequest>>,
    ) -> Result<Response<Entries>, Status> {
        let asked = request.into_inner().message().await?.unwrap_or_default();
        let entry = |text: &str| {
            let payload = Some(Payload::TextPayload(text.to_owned()));
            let entries = vec![LogEntry { payload, ..LogEntry::default() }];
            Ok(TailLogEntriesResponse { entries, ..TailLogEntriesResponse::default() })
        };
        let entries = match asked.resource_names.first().map(String::as_str) {
            Some("two") => vec![entry("1"), entry("2")],
            Some("broken") => vec![entry("1"), Err(Status::unavailable("gone"))],
            Some("refused") => return Err(Status::permission_denied("no")),
            _ => vec![],
        };
        Ok(Response::new(Box::pin(tokio_stream::iter(entries))))
    }
}
