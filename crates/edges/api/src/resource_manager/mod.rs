//! `google.cloud.resourcemanager`: projects and the organization, in version 3 and in version 1, which gcloud speaks
//! (facts §0.5).

mod filter;
mod messages;
mod organizations;
mod problems;
mod v1;
mod v3;

use std::collections::BTreeMap;

use access::Access;
use context::Context;
use iam::permission::{
    ResourcemanagerProjectsCreate, ResourcemanagerProjectsDelete, ResourcemanagerProjectsGet,
    ResourcemanagerProjectsGetIamPolicy, ResourcemanagerProjectsSetIamPolicy,
    ResourcemanagerProjectsUndelete, ResourcemanagerProjectsUpdate,
};
use names::{OrganizationId, ProjectId, ProjectNumber, ProjectRef};
use problem::Problem;
use projects::{Listing, NewProject, ProjectChanges, ProjectRecord, Projects, Stored};
use wire::google::iam::v1::{
    GetIamPolicyRequest, Policy, SetIamPolicyRequest, TestIamPermissionsRequest, TestIamPermissionsResponse,
};
use wire::google::longrunning::Operation;

use crate::call::unimplemented;
use crate::pages::{self, Pages};
use crate::permits::{self, Permits};
use crate::policies::Policies;
use crate::refusal::{invalid, malformed};
use crate::surface;

pub(crate) use filter::Filter as ProjectFilter;

use filter::Filter;
use messages::Done;

/// The projects of both versions, and the organization above them.
#[derive(Clone)]
pub(crate) struct ResourceManager {
    /// The parent of a project that names none.
    organization: OrganizationId,
    organization_permits: Permits,
    organization_policies: Policies,
    permits: Permits,
    policies: Policies,
    projects: Projects,
}

/// What a caller wrote of a new project.
struct Asked {
    id: String,
    display_name: String,
    labels: BTreeMap<String, String>,
    /// `organizations/N`, or nothing.
    parent: String,
    tagged: bool,
}

impl ResourceManager {
    pub(crate) fn new(projects: Projects, access: Access, organization: OrganizationId) -> Self {
        let permits = Permits::new(access.clone(), &surface::RESOURCE_MANAGER);
        let organization_permits = Permits::new(access, &surface::ORGANIZATIONS);
        Self {
            organization,
            organization_policies: Policies::new(organization_permits.clone()),
            organization_permits,
            policies: Policies::new(permits.clone()),
            permits,
            projects,
        }
    }

    /// The project that the caller wrote as `asked`.
    async fn find(
        &self,
        context: &Context,
        asked: &str,
        name: Option<ProjectId>,
    ) -> Result<Stored<ProjectRecord>, Problem> {
        let permit = self.permits.ask::<ResourcemanagerProjectsGet>(context, asked, name)?;
        let found = self.projects.get(&permit).await;
        found.map_err(|error| problems::of_get(&self.permits, &error, asked))
    }

    /// An operation on a project by its name, for `google.longrunning.Operations`; `None` where the name is of none.
    pub(crate) async fn operation(
        &self,
        context: &Context,
        name: &str,
    ) -> Option<Result<Operation, Problem>> {
        let (done, number) = Done::named(name)?;
        let number = match ProjectNumber::parse(number) {
            Ok(number) => number,
            Err(error) => return Some(Err(malformed("name", &error))),
        };
        let project = self.permits.project(&ProjectRef::Number(number));
        let found = self.find(context, &format!("projects/{number}"), project).await;
        Some(found.map(|stored| done.operation(&stored)))
    }

    async fn create(&self, context: &Context, asked: Asked) -> Result<Stored<ProjectRecord>, Problem> {
        let organization = match asked.parent.split_once('/') {
            None if asked.parent.is_empty() => self.organization.clone(),
            Some(("folders", _)) => return Err(unimplemented("A project in a folder")),
            Some(("organizations", id)) => {
                OrganizationId::parse(id).map_err(|error| malformed("project.parent", &error))?
            }
            _ => return Err(invalid("project.parent", "it is organizations/NUMBER, or nothing")),
        };
        if asked.tagged {
            return Err(unimplemented("A project with tags"));
        }
        let id = ProjectId::parse(&asked.id).map_err(|error| malformed("project.project_id", &error))?;
        let name = format!("organizations/{organization}");
        let permit = self.organization_permits.ask::<ResourcemanagerProjectsCreate>(
            context,
            &name,
            Some(organization),
        )?;
        let input = NewProject { id, display_name: asked.display_name, labels: asked.labels };
        let made = self.projects.create(context, permit, input).await;
        made.map_err(|error| problems::of_create(&self.organization_permits, &error))
    }

    async fn delete(
        &self,
        context: &Context,
        asked: &str,
        name: Option<ProjectId>,
    ) -> Result<Stored<ProjectRecord>, Problem> {
        let permit = self.permits.ask::<ResourcemanagerProjectsDelete>(context, asked, name)?;
        let deleted = self.projects.delete(context, permit).await;
        deleted.map_err(|error| problems::of_life(&self.permits, &error, asked))
    }

    async fn undelete(
        &self,
        context: &Context,
        asked: &str,
        name: Option<ProjectId>,
    ) -> Result<Stored<ProjectRecord>, Problem> {
        let permit = self.permits.ask::<ResourcemanagerProjectsUndelete>(context, asked, name)?;
        let back = self.projects.undelete(context, permit).await;
        back.map_err(|error| problems::of_life(&self.permits, &error, asked))
    }

    async fn update(
        &self,
        context: &Context,
        asked: &str,
        name: Option<ProjectId>,
        changes: ProjectChanges,
    ) -> Result<Stored<ProjectRecord>, Problem> {
        let permit = self.permits.ask::<ResourcemanagerProjectsUpdate>(context, asked, name)?;
        let changed = self.projects.update(context, permit, changes).await;
        changed.map_err(|error| problems::of_update(&self.permits, &error, asked))
    }

    async fn policy(&self, context: Context, message: GetIamPolicyRequest) -> Result<Policy, Problem> {
        let name = self.named("resource", &message.resource)?;
        self.policies.get::<ResourcemanagerProjectsGetIamPolicy>(&context, name, &message)
    }

    async fn set_policy(&self, context: Context, message: SetIamPolicyRequest) -> Result<Policy, Problem> {
        let name = self.named("resource", &message.resource)?;
        self.policies.set::<ResourcemanagerProjectsSetIamPolicy>(&context, name, message).await
    }

    async fn tested(
        &self,
        context: Context,
        message: TestIamPermissionsRequest,
    ) -> Result<TestIamPermissionsResponse, Problem> {
        let name = self.named("resource", &message.resource)?;
        self.policies.test(&context, name.map(Into::into), &message)
    }

    /// The projects that a filter wants, of those that the caller may get; and the token of the page after.
    async fn search(
        &self,
        context: &Context,
        method: &str,
        (field, filter): (&str, &str),
        (page_size, page_token): (i32, &str),
    ) -> Result<(Vec<Stored<ProjectRecord>>, String), Problem> {
        let wanted = Filter::parse(field, filter)?;
        let limit = pages::size(page_size, 500, 500)?;
        let pages = Pages::of(method, &[filter]);
        let after = pages.after(page_token)?;
        let found = self.projects.search(context, |project| wanted.wants(project), after, limit).await;
        page(pages, found)
    }

    /// `projects/P`.
    fn named(&self, field: &str, name: &str) -> Result<Option<ProjectId>, Problem> {
        permits::project_in(field, name).map(|reference| self.permits.project(&reference))
    }

    /// `P` alone, as version 1 has it.
    fn identified(&self, field: &str, id: &str) -> Result<Option<ProjectId>, Problem> {
        let reference = ProjectRef::parse(id).map_err(|error| malformed(field, &error))?;
        Ok(self.permits.project(&reference))
    }
}

fn page(
    pages: Pages,
    found: Result<Listing<ProjectRecord>, projects::ListError>,
) -> Result<(Vec<Stored<ProjectRecord>>, String), Problem> {
    let Listing { records, next } = found.map_err(|error| problems::of_list(&error))?;
    Ok((records, pages.token(next.as_deref())))
}
