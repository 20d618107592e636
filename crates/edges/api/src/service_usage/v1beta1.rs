//! Version 1beta1: the agent of an API. What else it has stands in version 1, or is about quotas.

use context::Context;
use iam::permission::ServiceusageServicesEnable;
use problem::Problem;
use tonic::{Request, Response, Status};
use wire::google::api::serviceusage::v1beta1::GenerateServiceIdentityRequest;
use wire::google::api::serviceusage::v1beta1::service_usage_server::ServiceUsage as Api;
use wire::google::longrunning::Operation;

use super::names::Addressed;
use super::{ServiceUsage, messages, problems};
use crate::call::reply;
use crate::surface;

impl ServiceUsage {
    async fn identify(
        &self,
        context: Context,
        request: GenerateServiceIdentityRequest,
    ) -> Result<Operation, Problem> {
        let addressed = Addressed::parse("parent", &request.parent)?;
        let project = self.permits.project(&addressed.project);
        let asked = format!("projects/{}", addressed.project);
        let permit = self.permits.ask::<ServiceusageServicesEnable>(&context, &asked, project)?;
        let identity = self.projects.service_identity(&permit, &addressed.api).await;
        identity
            .map(|identity| messages::identified(&identity))
            .map_err(|error| problems::of_identity(&self.permits, &error))
    }
}

#[tonic::async_trait]
impl Api for ServiceUsage {
    async fn generate_service_identity(
        &self,
        request: Request<GenerateServiceIdentityRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::SERVICE_USAGE, request, |context, message| self.identify(context, message)).await
    }
}
