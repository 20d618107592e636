//! The domains of a project.

use context::Context;
use iam::Permit;
use iam::permission::RunDomainmappingsList;
use store::{DomainMappingKey, DomainMappingRecord};

use crate::view::DomainMappingView;
use crate::{ListError, Run, Where};

impl Run {
    /// Every mapping of the permit's project, in the order of the domains.
    pub async fn list_domain_mappings(
        &self,
        _context: &Context,
        permit: &Permit<RunDomainmappingsList>,
        place: &Where,
    ) -> Result<Vec<DomainMappingView>, ListError> {
        // Which ones there are is known without reading those of everybody.
        let mut keys = self.routes.domains_of(permit.name());
        keys.retain(|name| match place {
            Where::Everywhere => true,
            Where::Region(location) => name.location == *location,
        });
        let keys: Vec<_> = keys.into_iter().map(DomainMappingKey).collect();
        let mut here = Vec::with_capacity(keys.len());
        for stored in self.store.find_each::<DomainMappingRecord>(&keys).await? {
            here.push(stored?.record);
        }
        // Another project may have mapped one of them between the two.
        here.retain(|record| record.name.project == *permit.name());
        here.sort_by(|one, other| one.name.domain.cmp(&other.name.domain));
        Ok(here.into_iter().map(|record| self.mapped(record)).collect())
    }
}
