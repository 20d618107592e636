//! Bringing a deleted custom role back.

use context::Context;
use iam::Permit;
use iam::permission::IamRolesUndelete;
use store::{RoleRecord, Stored};

use crate::role_life::RoleLife;
use crate::{Access, ChangeRoleError};

impl Access {
    /// Takes the mark for deletion from the role of the permit: bindings of it grant again what they granted.
    pub async fn undelete_role(
        &self,
        context: &Context,
        permit: Permit<IamRolesUndelete>,
        etag: Option<Vec<u8>>,
    ) -> Result<Stored<RoleRecord>, ChangeRoleError> {
        let (old, life) = self.role_to_change(context, &permit, etag.as_deref()).await?;
        let role = old.record.name.role.clone();
        match life {
            RoleLife::Deleted => {}
            RoleLife::Fading => return Err(ChangeRoleError::Expired(role)),
            RoleLife::Gone | RoleLife::Standing => return Err(ChangeRoleError::NotDeleted(role)),
        }
        let record = RoleRecord { deleted_at: None, update_time: context.now(), ..old.record.clone() };
        self.write_role(context, &permit, &old, record).await
    }
}
