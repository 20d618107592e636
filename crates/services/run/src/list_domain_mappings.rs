use context::Context;
use iam::Permit;
use iam::permission::RunDomainmappingsList;
use store::DomainMappingRecord;

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
        let all = self.store.all::<DomainMappingRecord>("").await?.into_iter().map(|stored| stored.record);
        let here = all.filter(|record| record.name.project == *permit.name()).filter(|record| match place {
            Where::Everywhere => true,
            Where::Region(location) => record.name.location == *location,
        });
        Ok(here.map(|record| self.mapped(record)).collect())
    }
}
