//! The agent of an API in a project.

use iam::Permit;
use iam::permission::ServiceusageServicesEnable;
use names::{AccountName, ApiName, Email, ProjectId, ServiceAgent, UniqueId};
use store::{AccountRecord, ReadError};

use crate::{Api, Projects};

/// Who acts for an API in a project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceIdentity {
    /// Its e-mail.
    pub email: Email,
    /// Its numeric ID.
    pub unique_id: UniqueId,
}

/// Why an API has no agent.
#[derive(Debug, thiserror::Error)]
pub enum ServiceIdentityError {
    /// Doorward's agents are made with their project and cannot be deleted; this one is gone all the same.
    #[error("the service agent {0} is missing")]
    AgentMissing(Email),
    /// Nothing here acts for this API.
    #[error("The service agent of {0}")]
    NotHere(ApiName),
    /// The project went away meanwhile.
    #[error("project {0} does not exist")]
    ProjectGone(ProjectId),
    /// The store failed.
    #[error("the service agent could not be read")]
    StoreFailed(#[source] ReadError),
    /// Nobody knows an API of this name.
    #[error("Not found or permission denied for service(s): {0}.")]
    Unknown(ApiName),
}

impl Projects {
    /// The account that acts for an API in the project of the permit. A project is made together with its agents, so
    /// that nothing is left to make.
    pub async fn service_identity(
        &self,
        permit: &Permit<ServiceusageServicesEnable>,
        name: &ApiName,
    ) -> Result<ServiceIdentity, ServiceIdentityError> {
        if Api::find(name).is_none() {
            return Err(ServiceIdentityError::Unknown(name.clone()));
        }
        let agent =
            ServiceAgent::ALL.iter().find(|agent| ApiName::of_host_label(agent.api).as_ref() == Some(name));
        let agent = agent.ok_or_else(|| ServiceIdentityError::NotHere(name.clone()))?;
        let project = self.now(permit).await.map_err(ServiceIdentityError::StoreFailed)?;
        let project = project.ok_or_else(|| ServiceIdentityError::ProjectGone(permit.name().clone()))?;
        let email = self.universe.agent_email(agent, project.record.number);
        let key = AccountName { project: permit.name().clone(), email: email.clone() };
        let account =
            self.store.find::<AccountRecord>(&key).await.map_err(ServiceIdentityError::StoreFailed)?;
        let account = account.ok_or(ServiceIdentityError::AgentMissing(email))?;
        Ok(ServiceIdentity { email: account.record.name.email, unique_id: account.record.unique_id })
    }
}
