//! Version 3: what the client libraries call. Moving a project is not here yet.

use context::Context;
use iam::permission::ResourcemanagerProjectsList;
use names::OrganizationId;
use problem::Problem;
use projects::{ProjectChanges, ProjectState};
use tonic::{Request, Response, Status};
use wire::google::cloud::resourcemanager::v3::projects_server::Projects;
use wire::google::cloud::resourcemanager::v3::{
    CreateProjectRequest, DeleteProjectRequest, GetProjectRequest, ListProjectsRequest, ListProjectsResponse,
    Project, SearchProjectsRequest, SearchProjectsResponse, UndeleteProjectRequest, UpdateProjectRequest,
};
use wire::google::iam::v1::{
    GetIamPolicyRequest, Policy, SetIamPolicyRequest, TestIamPermissionsRequest, TestIamPermissionsResponse,
};
use wire::google::longrunning::Operation;

use super::messages::Done;
use super::{Asked, ResourceManager, messages, page};
use crate::call::{reply, unimplemented};
use crate::pages::{self, Pages};
use crate::refusal::{invalid, malformed};
use crate::surface;

impl ResourceManager {
    /// What is directly in an organization.
    async fn list_v3(
        &self,
        context: Context,
        message: ListProjectsRequest,
    ) -> Result<ListProjectsResponse, Problem> {
        let organization = match message.parent.split_once('/') {
            Some(("folders", _)) => return Err(unimplemented("The projects of a folder")),
            Some(("organizations", id)) => {
                OrganizationId::parse(id).map_err(|error| malformed("parent", &error))?
            }
            _ => return Err(invalid("parent", "it is organizations/NUMBER")),
        };
        let limit = pages::size(message.page_size, 500, 500)?;
        let deleted = if message.show_deleted { "deleted" } else { "" };
        let pages = Pages::of("v3.ListProjects", &[&message.parent, deleted]);
        let after = pages.after(&message.page_token)?;
        let permits = &self.organization_permits;
        let permit =
            permits.ask::<ResourcemanagerProjectsList>(&context, &message.parent, Some(organization))?;
        let wanted = |state| message.show_deleted || state == ProjectState::Active;
        let found = self.projects.list(&permit, |project| wanted(project.state), after, limit).await;
        let (found, next_page_token) = page(pages, found)?;
        Ok(ListProjectsResponse {
            projects: found.iter().map(messages::project_v3).collect(),
            next_page_token,
        })
    }
}

/// What a mask and a project ask to change: without a mask, what is there.
fn changes(message: UpdateProjectRequest) -> Result<(String, ProjectChanges), Problem> {
    let project = message.project.ok_or_else(|| invalid("project", "it is missing"))?;
    let paths = message.update_mask.unwrap_or_default().paths;
    let all = paths.iter().any(|path| path == "*");
    if let Some(other) = paths.iter().find(|path| !["*", "display_name", "labels"].contains(&path.as_str())) {
        return Err(invalid(
            "update_mask",
            format!("{other:?} cannot be changed; display_name and labels can"),
        ));
    }
    let named = |path: &str| all || paths.iter().any(|named| named == path);
    let unmasked = paths.is_empty();
    let name = named("display_name") || (unmasked && !project.display_name.is_empty());
    let labels = named("labels") || (unmasked && !project.labels.is_empty());
    let changes = ProjectChanges {
        display_name: name.then_some(project.display_name),
        labels: labels.then(|| project.labels.into_iter().collect()),
    };
    Ok((project.name, changes))
}

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

    async fn list_projects(
        &self,
        request: Request<ListProjectsRequest>,
    ) -> Result<Response<ListProjectsResponse>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| self.list_v3(context, message)).await
    }

    async fn search_projects(
        &self,
        request: Request<SearchProjectsRequest>,
    ) -> Result<Response<SearchProjectsResponse>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let page = (message.page_size, message.page_token.as_str());
            let query = ("query", message.query.as_str());
            let (found, next_page_token) = self.search(&context, "v3.SearchProjects", query, page).await?;
            let projects = found.iter().map(messages::project_v3).collect();
            Ok(SearchProjectsResponse { projects, next_page_token })
        })
        .await
    }

    async fn create_project(
        &self,
        request: Request<CreateProjectRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let project = message.project.ok_or_else(|| invalid("project", "it is missing"))?;
            let asked = Asked {
                id: project.project_id,
                display_name: project.display_name,
                labels: project.labels.into_iter().collect(),
                parent: project.parent,
                tagged: false,
            };
            Ok(Done::Created.operation(&self.create(&context, asked).await?))
        })
        .await
    }

    async fn update_project(
        &self,
        request: Request<UpdateProjectRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let (asked, changes) = changes(message)?;
            let name = self.named("project.name", &asked)?;
            Ok(Done::Updated.operation(&self.update(&context, &asked, name, changes).await?))
        })
        .await
    }

    async fn delete_project(
        &self,
        request: Request<DeleteProjectRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let name = self.named("name", &message.name)?;
            Ok(Done::Deleted.operation(&self.delete(&context, &message.name, name).await?))
        })
        .await
    }

    async fn undelete_project(
        &self,
        request: Request<UndeleteProjectRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| async move {
            let name = self.named("name", &message.name)?;
            Ok(Done::Undeleted.operation(&self.undelete(&context, &message.name, name).await?))
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
