//! Version 3: what the client libraries call. Creating, listing, searching and changing are not here yet.

use iam::permission::{ResourcemanagerProjectsGetIamPolicy, ResourcemanagerProjectsSetIamPolicy};
use tonic::{Request, Response, Status};
use wire::google::cloud::resourcemanager::v3::projects_server::Projects;
use wire::google::cloud::resourcemanager::v3::{GetProjectRequest, Project};
use wire::google::iam::v1::{
    GetIamPolicyRequest, Policy, SetIamPolicyRequest, TestIamPermissionsRequest, TestIamPermissionsResponse,
};

use super::{ResourceManager, messages};
use crate::call::reply;
use crate::surface;

#[tonic::async_trait]
impl Projects for ResourceManager {
    async fn get_project(&self, request: Request<GetProjectRequest>) -> Result<Response<Project>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let name = self.named("name", &message.name)?;
            let found = self.find(&context, &message.name, name).await?;
            Ok(messages::project_v3(&found))
        })
        .await
    }

    async fn get_iam_policy(
        &self,
        request: Request<GetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let name = self.named("resource", &message.resource)?;
            self.policies.get::<ResourcemanagerProjectsGetIamPolicy>(&context, name, &message)
        })
        .await
    }

    async fn set_iam_policy(
        &self,
        request: Request<SetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let name = self.named("resource", &message.resource)?;
            self.policies.set::<ResourcemanagerProjectsSetIamPolicy>(&context, name, message).await
        })
        .await
    }

    async fn test_iam_permissions(
        &self,
        request: Request<TestIamPermissionsRequest>,
    ) -> Result<Response<TestIamPermissionsResponse>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let name = self.named("resource", &message.resource)?;
            self.policies.test(&context, name.map(Into::into), &message)
        })
        .await
    }
}
