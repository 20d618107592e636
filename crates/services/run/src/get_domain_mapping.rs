//! One mapping.

use context::Context;
use iam::Permit;
use iam::permission::RunDomainmappingsGet;
use names::{DomainMappingName, HostName, ProjectId, ServiceName};
use store::{DomainMappingKey, DomainMappingRecord};

use crate::view::DomainMappingView;
use crate::{GetDomainMappingError, Run};

impl Run {
    /// The full name of a project's mapping, by its domain alone.
    pub fn domain_mapping_of(&self, project: &ProjectId, domain: &HostName) -> Option<DomainMappingName> {
        let ServiceName { project, location, .. } =
            self.routes.mapped(domain).filter(|service| service.project == *project)?;
        Some(DomainMappingName { project, location, domain: domain.clone() })
    }

    /// The mapping that the permit is for.
    pub async fn get_domain_mapping(
        &self,
        _context: &Context,
        permit: &Permit<RunDomainmappingsGet>,
    ) -> Result<DomainMappingView, GetDomainMappingError> {
        let found = self.store.find::<DomainMappingRecord>(&DomainMappingKey(permit.name().clone())).await?;
        found
            .filter(|stored| stored.record.uid == *permit.uid())
            .map(|stored| self.mapped(stored.record))
            .ok_or_else(|| GetDomainMappingError::NotFound(permit.name().clone()))
    }
}
