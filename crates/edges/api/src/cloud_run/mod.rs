//! `google.cloud.run.v2`: what can be called under a host name of its own (facts §2.5).

mod domain_mappings;
mod fields;
mod knative;
mod message;
mod problems;
mod revisions;
mod running;
mod services;
mod spec;

use access::Access;
use iam::permission::{RunServicesGetIamPolicy, RunServicesSetIamPolicy};
use names::{ProjectRef, ServiceName};
use problem::Problem;
use run::Run;
use tonic::{Request, Response, Status};
use wire::google::cloud::run::v2::services_server::Services;
use wire::google::cloud::run::v2::{
    CreateServiceRequest, DeleteServiceRequest, GetServiceRequest, ListServicesRequest, ListServicesResponse,
    Service, UpdateServiceRequest,
};
use wire::google::iam::v1::{
    GetIamPolicyRequest, Policy, SetIamPolicyRequest, TestIamPermissionsRequest, TestIamPermissionsResponse,
};
use wire::google::longrunning::Operation;

use crate::call::reply;
use crate::permits::Permits;
use crate::policies::Policies;
use crate::refusal::malformed;
use crate::surface;

pub(crate) use fields::{Fields, Treatment, settings, treatment};
pub(crate) use knative::{Knative, fuzz_selector};
pub(crate) use message::{as_it_ended, operation};
pub(crate) use problems::{already_exists, contended, of_field, of_list};

/// Services and their revisions. What is not here is answered with `UNIMPLEMENTED` and its name.
#[derive(Clone)]
pub(crate) struct CloudRun {
    permits: Permits,
    policies: Policies,
    run: Run,
}

impl CloudRun {
    pub(crate) fn new(run: Run, access: Access) -> Self {
        let permits = Permits::new(access, &surface::RUN);
        Self { policies: Policies::new(permits.clone()), permits, run }
    }

    /// The service that `name` addresses; `None` where it addresses none, which only a permit may tell.
    fn named(&self, field: &str, name: &str) -> Result<Option<ServiceName>, Problem> {
        let addressed = ServiceName::<ProjectRef>::parse(name).map_err(|error| malformed(field, &error))?;
        Ok(self.permits.project(&addressed.project).map(|project| addressed.within(&project)))
    }
}

#[tonic::async_trait]
impl Services for CloudRun {
    async fn create_service(
        &self,
        request: Request<CreateServiceRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::RUN, request, |context, message| self.create(context, message)).await
    }

    async fn get_service(&self, request: Request<GetServiceRequest>) -> Result<Response<Service>, Status> {
        reply(&surface::RUN, request, |context, message| self.get(context, message)).await
    }

    async fn list_services(
        &self,
        request: Request<ListServicesRequest>,
    ) -> Result<Response<ListServicesResponse>, Status> {
        reply(&surface::RUN, request, |context, message| self.list(context, message)).await
    }

    async fn update_service(
        &self,
        request: Request<UpdateServiceRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::RUN, request, |context, message| self.update(context, message)).await
    }

    async fn delete_service(
        &self,
        request: Request<DeleteServiceRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::RUN, request, |context, message| self.delete(context, message)).await
    }

    async fn get_iam_policy(
        &self,
        request: Request<GetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::RUN, request, |context, message| async move {
            let name = self.named("resource", &message.resource)?;
            self.policies.get::<RunServicesGetIamPolicy>(&context, name, &message)
        })
        .await
    }

    async fn set_iam_policy(
        &self,
        request: Request<SetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::RUN, request, |context, message| async move {
            let name = self.named("resource", &message.resource)?;
            self.policies.set::<RunServicesSetIamPolicy>(&context, name, message).await
        })
        .await
    }

    async fn test_iam_permissions(
        &self,
        request: Request<TestIamPermissionsRequest>,
    ) -> Result<Response<TestIamPermissionsResponse>, Status> {
        reply(&surface::RUN, request, |context, message| async move {
            let name = self.named("resource", &message.resource)?;
            self.policies.test(&context, name.map(Into::into), &message)
        })
        .await
    }
}
