//! One service.

use context::Context;
use iam::permission::{RunConfigurationsGet, RunRoutesGet, RunServicesGet};
use iam::{Permission, Permit};
use names::ServiceName;
use store::{ServiceRecord, Stored};

use crate::{GetError, Run};

/// A permission that shows a service, or the half of it that Knative's form shows apart: what is run (its
/// configuration) or how it is reached (its route).
pub trait ShowsService: Permission<Resource = ServiceName> {}

impl ShowsService for RunConfigurationsGet {}
impl ShowsService for RunRoutesGet {}
impl ShowsService for RunServicesGet {}

impl Run {
    /// The service that the permit is for.
    pub async fn get<P: ShowsService>(
        &self,
        _context: &Context,
        permit: &Permit<P>,
    ) -> Result<Stored<ServiceRecord>, GetError> {
        self.store
            .find::<ServiceRecord>(permit.name())
            .await?
            .filter(|stored| stored.record.uid == *permit.uid())
            .ok_or_else(|| GetError::NotFound(permit.name().clone()))
    }
}
