//! `google.cloud.resourcemanager`: projects, in version 3 and in version 1, which gcloud speaks (facts §0.5).

mod messages;
mod v1;
mod v3;

use access::Access;
use context::Context;
use iam::permission::ResourcemanagerProjectsGet;
use names::{ProjectId, ProjectRef};
use problem::Problem;
use projects::{GetError, ProjectRecord, Projects, Stored};

use crate::permits::{self, Permits};
use crate::policies::Policies;
use crate::refusal::{malformed, store_failed};
use crate::surface;

/// The projects of both versions.
#[derive(Clone)]
pub(crate) struct ResourceManager {
    permits: Permits,
    policies: Policies,
    projects: Projects,
}

impl ResourceManager {
    pub(crate) fn new(projects: Projects, access: Access) -> Self {
        let permits = Permits::new(access, &surface::RESOURCE_MANAGER);
        Self { policies: Policies::new(permits.clone()), permits, projects }
    }

    /// The project that the caller wrote as `asked`.
    async fn find(
        &self,
        context: &Context,
        asked: &str,
        name: Option<ProjectId>,
    ) -> Result<Stored<ProjectRecord>, Problem> {
        let permit = self.permits.ask::<ResourcemanagerProjectsGet>(context, asked, name)?;
        self.projects.get(&permit).await.map_err(|error| match &error {
            GetError::NotFound(_) => self.permits.missing(asked),
            GetError::StoreFailed(_) => store_failed(&error),
        })
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
