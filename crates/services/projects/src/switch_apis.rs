//! Switching APIs on and off.

use context::Context;
use iam::permission::{ServiceusageServicesDisable, ServiceusageServicesEnable};
use iam::{Permission, Permit};
use names::{ApiName, ProjectId};
use serde_json::json;
use store::ApiSwitch;

use crate::apis::SERVICE_USAGE;
use crate::project_now::ChangeError;
use crate::{Api, ProjectApi, Projects};

/// Why an API was not switched.
#[derive(Debug, thiserror::Error)]
pub enum SwitchApisError {
    /// The project was not read or not changed: others changed it again and again, it went away, or the store failed.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// What switches APIs on cannot be off: nobody could switch it on again.
    #[error("{0} cannot be disabled: nothing could be enabled after that.")]
    Indispensable(&'static str),
    /// More than can be enabled at once.
    #[error("at most {MAX_APIS_AT_ONCE} services can be enabled at once")]
    TooMany,
    /// Nobody knows APIs of these names; nothing was switched.
    #[error("Not found or permission denied for service(s): {}.", names.iter().map(ApiName::as_str).collect::<Vec<_>>().join(","))]
    Unknown {
        /// The names.
        names: Vec<ApiName>,
    },
}

/// The most APIs that one call enables (Google, `BatchEnableServicesRequest.service_ids`).
pub const MAX_APIS_AT_ONCE: usize = 20;

impl Projects {
    /// Enables these APIs in the project of the permit: all of them, or none.
    pub async fn enable_apis(
        &self,
        context: &Context,
        permit: Permit<ServiceusageServicesEnable>,
        names: &[ApiName],
    ) -> Result<Vec<ProjectApi>, SwitchApisError> {
        if names.len() > MAX_APIS_AT_ONCE {
            return Err(SwitchApisError::TooMany);
        }
        self.switch_apis(context, &permit, names, ApiSwitch::Enabled).await
    }

    /// Disables an API in the project of the permit: calls of it that are about the project are refused from then on.
    /// What it made stays, and is as it was when it is enabled again.
    pub async fn disable_api(
        &self,
        context: &Context,
        permit: Permit<ServiceusageServicesDisable>,
        name: &ApiName,
    ) -> Result<ProjectApi, SwitchApisError> {
        if name.as_str() == SERVICE_USAGE {
            return Err(SwitchApisError::Indispensable(SERVICE_USAGE));
        }
        let switched =
            self.switch_apis(context, &permit, std::slice::from_ref(name), ApiSwitch::Disabled).await?;
        Ok(switched[0])
    }

    async fn switch_apis<P: Permission<Resource = ProjectId>>(
        &self,
        context: &Context,
        permit: &Permit<P>,
        names: &[ApiName],
        switch: ApiSwitch,
    ) -> Result<Vec<ProjectApi>, SwitchApisError> {
        let found: Vec<Option<&'static Api>> = names.iter().map(Api::find).collect();
        let unknown = names.iter().zip(&found).filter(|(_, api)| api.is_none());
        let unknown: Vec<ApiName> = unknown.map(|(name, _)| name.clone()).collect();
        if !unknown.is_empty() {
            return Err(SwitchApisError::Unknown { names: unknown });
        }
        for _ in 0..ATTEMPTS {
            let project = self.found(permit).await?;
            let mut record = project.record.clone();
            record.apis.extend(names.iter().map(|name| (name.clone(), switch)));
            let switched = found.iter().flatten().map(|api| ProjectApi::of(api, &record)).collect();
            if record == project.record {
                return Ok(switched);
            }
            let detail = json!({ "apis": names, "switch": switch });
            match self.change(context, permit, project.revision, record, detail).await {
                Ok(_) => return Ok(switched),
                // Somebody else changed the project: what is switched here has nothing to do with it.
                Err(ChangeError::Contended) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ChangeError::Contended.into())
    }
}

/// How often a write is tried again when somebody else was faster.
const ATTEMPTS: usize = 8;
