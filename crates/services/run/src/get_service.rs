//! One service.

use context::Context;
use iam::Permit;
use iam::permission::RunServicesGet;
use store::{ServiceRecord, Stored};

use crate::{GetError, Run};

impl Run {
    /// The service that the permit is for.
    pub async fn get(
        &self,
        _context: &Context,
        permit: &Permit<RunServicesGet>,
    ) -> Result<Stored<ServiceRecord>, GetError> {
        self.store
            .find::<ServiceRecord>(permit.name())
            .await?
            .filter(|stored| stored.record.uid == *permit.uid())
            .ok_or_else(|| GetError::NotFound(permit.name().clone()))
    }
}
