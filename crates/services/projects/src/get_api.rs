//! Whether an API is switched on.

use iam::Permit;
use iam::permission::{ServiceusageServicesGet, ServiceusageServicesList};
use names::{ApiName, ProjectId, ProjectNumber};
use store::{ApiSwitch, ProjectRecord, ReadError};

use crate::{Api, Projects};

/// An API in a project.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProjectApi {
    /// Which one.
    pub api: &'static Api,
    /// Where.
    pub project: ProjectNumber,
    /// Whether it is enabled.
    pub switch: ApiSwitch,
}

/// Why nothing was said about an API.
#[derive(Debug, thiserror::Error)]
pub enum GetApiError {
    /// The project went away meanwhile.
    #[error("project {0} does not exist")]
    ProjectGone(ProjectId),
    /// The store failed.
    #[error("the project could not be read")]
    StoreFailed(#[source] ReadError),
    /// Nobody knows an API of this name.
    #[error("Not found or permission denied for service(s): {0}.")]
    Unknown(ApiName),
}

impl ProjectApi {
    pub(crate) fn of(api: &'static Api, project: &ProjectRecord) -> Self {
        Self { api, project: project.number, switch: api.switch(project) }
    }
}

impl Projects {
    /// One API in the project of the permit.
    pub async fn api(
        &self,
        permit: &Permit<ServiceusageServicesGet>,
        name: &ApiName,
    ) -> Result<ProjectApi, GetApiError> {
        let api = Api::find(name).ok_or_else(|| GetApiError::Unknown(name.clone()))?;
        let project = self.now(permit).await.map_err(GetApiError::StoreFailed)?;
        let project = project.ok_or_else(|| GetApiError::ProjectGone(permit.name().clone()))?;
        Ok(ProjectApi::of(api, &project.record))
    }

    /// Every API in the project of the permit, by name; with `switched`, those that are so.
    pub async fn apis(
        &self,
        permit: &Permit<ServiceusageServicesList>,
        switched: Option<ApiSwitch>,
    ) -> Result<Vec<ProjectApi>, GetApiError> {
        let project = self.now(permit).await.map_err(GetApiError::StoreFailed)?;
        let project = project.ok_or_else(|| GetApiError::ProjectGone(permit.name().clone()))?;
        let every = Api::all().map(|api| ProjectApi::of(api, &project.record));
        Ok(every.filter(|api| switched.is_none_or(|wanted| api.switch == wanted)).collect())
    }
}
