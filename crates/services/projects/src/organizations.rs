//! The organizations above projects.

use context::Context;
use iam::Permit;
use iam::permission::ResourcemanagerOrganizationsGet;
use names::OrganizationId;
use store::{OrganizationRecord, ReadError, Stored};

use crate::Projects;

/// Why an organization was not read.
#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// It went away meanwhile.
    #[error("organization {0} does not exist")]
    NotFound(OrganizationId),
    /// The store failed.
    #[error("the organizations could not be read")]
    StoreFailed(#[source] ReadError),
}

impl Projects {
    /// The organization of the permit.
    pub async fn organization(
        &self,
        permit: &Permit<ResourcemanagerOrganizationsGet>,
    ) -> Result<Stored<OrganizationRecord>, OrganizationError> {
        let found = self.store.find::<OrganizationRecord>(permit.name()).await;
        let found = found.map_err(OrganizationError::StoreFailed)?;
        let found = found.filter(|stored| stored.record.uid == *permit.uid());
        found.ok_or_else(|| OrganizationError::NotFound(permit.name().clone()))
    }

    /// The organizations that the caller may get, by number. There is one.
    pub async fn organizations(
        &self,
        context: &Context,
    ) -> Result<Vec<Stored<OrganizationRecord>>, OrganizationError> {
        let found = self.store.all::<OrganizationRecord>("").await.map_err(OrganizationError::StoreFailed)?;
        let (asker, now) = (context.principal(), context.now());
        let may_get = |stored: &Stored<OrganizationRecord>| {
            self.access.permit_as::<ResourcemanagerOrganizationsGet>(asker, &stored.record.id, now).is_ok()
        };
        Ok(found.into_iter().filter(may_get).collect())
    }
}
