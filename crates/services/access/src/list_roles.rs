//! Listing custom roles.

use context::Context;
use iam::Permit;
use iam::permission::IamRolesList;
use store::{Listing, Page, ReadError, RoleRecord};

use crate::Access;
use crate::role_life::RoleLife;

/// Which roles are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeletedRoles {
    /// Those that are marked for deletion too.
    Shown,
    /// Only those that are not.
    Hidden,
}

/// Why no roles were listed.
#[derive(Debug, thiserror::Error)]
pub enum ListRolesError {
    /// The store failed.
    #[error("the roles could not be read")]
    StoreFailed(#[source] ReadError),
}

impl Access {
    /// A page of the custom roles of the project or organization of the permit, in the order of their IDs. A page may
    /// hold fewer than asked for and still not be the last.
    pub async fn list_roles(
        &self,
        context: &Context,
        permit: &Permit<IamRolesList>,
        deleted: DeletedRoles,
        page: &Page,
    ) -> Result<Listing<RoleRecord>, ListRolesError> {
        let prefix = format!("{}/roles/", permit.name());
        let listing = self.store.list::<RoleRecord>(&prefix, page).await;
        let mut listing = listing.map_err(ListRolesError::StoreFailed)?;
        let now = context.now();
        listing.records.retain(|stored| match RoleLife::of(&stored.record, now) {
            RoleLife::Deleted | RoleLife::Fading => deleted == DeletedRoles::Shown,
            RoleLife::Gone => false,
            RoleLife::Standing => true,
        });
        Ok(listing)
    }
}
