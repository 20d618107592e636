//! Reading a custom role.

use context::Context;
use iam::Permit;
use iam::permission::IamRolesGet;
use names::CustomRoleName;
use store::{ReadError, RoleRecord, Stored};

use crate::Access;
use crate::role_life::RoleLife;

/// Why a role was not read.
#[derive(Debug, thiserror::Error)]
pub enum GetRoleError {
    /// There is none any more.
    #[error("The role named {0} was not found.")]
    NotFound(CustomRoleName),
    /// The store failed.
    #[error("the role could not be read")]
    StoreFailed(#[source] ReadError),
}

impl Access {
    /// The role of the permit, marked for deletion or not.
    pub async fn get_role(
        &self,
        context: &Context,
        permit: &Permit<IamRolesGet>,
    ) -> Result<Stored<RoleRecord>, GetRoleError> {
        let found = self.store.find::<RoleRecord>(permit.name()).await.map_err(GetRoleError::StoreFailed)?;
        found
            .filter(|stored| stored.record.uid == *permit.uid())
            .filter(|stored| RoleLife::of(&stored.record, context.now()) != RoleLife::Gone)
            .ok_or_else(|| GetRoleError::NotFound(permit.name().clone()))
    }
}
