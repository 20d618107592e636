//! Version 1: what gcloud and google-auth call.

use projects::ProjectChanges;
use tonic::{Request, Response, Status};
use wire::google::cloud::resourcemanager::v1::projects_server::Projects;
use wire::google::cloud::resourcemanager::v1::{
    Ancestor, CreateProjectRequest, DeleteProjectRequest, GetAncestryRequest, GetAncestryResponse,
    GetProjectRequest, ListProjectsRequest, ListProjectsResponse, Project, ResourceId,
    UndeleteProjectRequest, UpdateProjectRequest,
};
use wire::google::iam::v1::{
    GetIamPolicyRequest, Policy, SetIamPolicyRequest, TestIamPermissionsRequest, TestIamPermissionsResponse,
};
use wire::google::longrunning::Operation;

use super::messages::Done;
use super::{Asked, ResourceManager, messages};
use crate::call::{reply, unimplemented};
use crate::refusal::invalid;
use crate::surface;

#[tonic::async_trait]
impl Projects for ResourceManager {
    async fn get_project(&self, request: Request<GetProjectRequest>) -> Result<Response<Project>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let name = self.identified("project_id", &message.project_id)?;
            let found = self.find(&context, &format!("projects/{}", message.project_id), name).await?;
            Ok(messages::project_v1(&found.record))
        })
        .await
    }

    async fn create_project(
        &self,
        request: Request<CreateProjectRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let project = message.project.ok_or_else(|| invalid("project", "it is missing"))?;
            let parent = project.parent.map(|parent| format!("{}s/{}", parent.r#type, parent.id));
            let asked = Asked {
                id: project.project_id,
                display_name: project.name,
                labels: project.labels.into_iter().collect(),
                parent: parent.unwrap_or_default(),
                tagged: !project.tags.is_empty(),
            };
            Ok(Done::CreatedInV1.operation(&self.create(&context, asked).await?))
        })
        .await
    }

    async fn list_projects(
        &self,
        request: Request<ListProjectsRequest>,
    ) -> Result<Response<ListProjectsResponse>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let page = (message.page_size, message.page_token.as_str());
            let filter = ("filter", message.filter.as_str());
            let (found, next_page_token) = self.search(&context, "v1.ListProjects", filter, page).await?;
            let projects = found.iter().map(|stored| messages::project_v1(&stored.record)).collect();
            Ok(ListProjectsResponse { next_page_token, projects })
        })
        .await
    }

    async fn delete_project(&self, request: Request<DeleteProjectRequest>) -> Result<Response<()>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let name = self.identified("project_id", &message.project_id)?;
            self.delete(&context, &format!("projects/{}", message.project_id), name).await.map(|_| ())
        })
        .await
    }

    async fn undelete_project(
        &self,
        request: Request<UndeleteProjectRequest>,
    ) -> Result<Response<()>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let name = self.identified("project_id", &message.project_id)?;
            self.undelete(&context, &format!("projects/{}", message.project_id), name).await.map(|_| ())
        })
        .await
    }

    /// The whole project comes, as it was read: its name and its labels count. It stays where it is.
    async fn update_project(
        &self,
        request: Request<UpdateProjectRequest>,
    ) -> Result<Response<Project>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let asked = format!("projects/{}", message.project_id);
            let name = self.identified("project_id", &message.project_id)?;
            let wished = message.project.ok_or_else(|| invalid("project", "it is missing"))?;
            let changes = ProjectChanges {
                display_name: Some(wished.name).filter(|name| !name.is_empty()),
                labels: Some(wished.labels.into_iter().collect()),
            };
            if let Some(parent) = wished.parent {
                let present = self.find(&context, &asked, name.clone()).await?;
                if messages::project_v1(&present.record).parent != Some(parent) {
                    return Err(unimplemented("Moving a project"));
                }
            }
            let changed = self.update(&context, &asked, name, changes).await?;
            Ok(messages::project_v1(&changed.record))
        })
        .await
    }

    async fn get_ancestry(
        &self,
        request: Request<GetAncestryRequest>,
    ) -> Result<Response<GetAncestryResponse>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let name = self.identified("project_id", &message.project_id)?;
            let found = self.find(&context, &format!("projects/{}", message.project_id), name).await?;
            let own = ResourceId { id: found.record.id.to_string(), r#type: "project".to_owned() };
            let above = messages::project_v1(&found.record).parent;
            let ancestor = [Some(own), above].into_iter().flatten();
            Ok(GetAncestryResponse {
                ancestor: ancestor.map(|id| Ancestor { resource_id: Some(id) }).collect(),
            })
        })
        .await
    }

    async fn get_iam_policy(
        &self,
        request: Request<GetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| self.policy(context, message)).await
    }

    async fn set_iam_policy(
        &self,
        request: Request<SetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| self.set_policy(context, message)).await
    }

    async fn test_iam_permissions(
        &self,
        request: Request<TestIamPermissionsRequest>,
    ) -> Result<Response<TestIamPermissionsResponse>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| self.tested(context, message)).await
    }
}
