//! The end of a mapping.

use context::Context;
use iam::Permit;
use iam::permission::RunDomainmappingsDelete;
use store::{ApplyError, DomainMappingKey, DomainMappingRecord, Expectation, Plan};

use crate::operation::Mode;
use crate::{DeleteDomainMappingError, Run};

impl Run {
    /// Takes the domain from its service. The service stays.
    pub async fn delete_domain_mapping(
        &self,
        context: &Context,
        permit: Permit<RunDomainmappingsDelete>,
        mode: Mode,
    ) -> Result<(), DeleteDomainMappingError> {
        let name = permit.name().clone();
        let key = DomainMappingKey(name.clone());
        let stored = self.store.find::<DomainMappingRecord>(&key).await?;
        let stored = stored
            .filter(|stored| stored.record.uid == *permit.uid())
            .ok_or_else(|| DeleteDomainMappingError::NotFound(name.clone()))?;
        if mode == Mode::ValidateOnly {
            return Ok(());
        }
        let entry = audit::entry(context, &permit, name.clone(), Some(permit.uid()), serde_json::json!({}));
        let plan =
            Plan::new().expect(Expectation::At(key.clone().into(), stored.revision)).delete(key).audit(entry);
        match self.store.apply(plan).await {
            Ok(_) => Ok(()),
            Err(ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {
                Err(DeleteDomainMappingError::NotFound(name))
            }
            Err(error) => Err(DeleteDomainMappingError::StoreFailed(error)),
        }
    }
}
