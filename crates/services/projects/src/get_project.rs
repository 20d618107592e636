//! Reading one project.

use iam::Permit;
use iam::permission::ResourcemanagerProjectsGet;
use names::ProjectId;
use store::{ProjectRecord, ReadError, Stored};

use crate::Projects;

/// Why a project was not read.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// It went away meanwhile.
    #[error("project {0} does not exist")]
    NotFound(ProjectId),
    /// The store failed.
    #[error("the project could not be read")]
    StoreFailed(#[source] ReadError),
}

impl Projects {
    /// The project of the permit.
    pub async fn get(
        &self,
        permit: &Permit<ResourcemanagerProjectsGet>,
    ) -> Result<Stored<ProjectRecord>, GetError> {
        let found = self.now(permit).await.map_err(GetError::StoreFailed)?;
        found.ok_or_else(|| GetError::NotFound(permit.name().clone()))
    }
}
