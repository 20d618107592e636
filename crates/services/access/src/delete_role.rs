//! Deleting a custom role.

use context::Context;
use iam::Permit;
use iam::permission::IamRolesDelete;
use store::{RoleRecord, Stored};

use crate::role_life::RoleLife;
use crate::{Access, ChangeRoleError};

impl Access {
    /// Marks the role of the permit for deletion. Bindings of it stay, and grant nothing from now on; it can come back
    /// for 7 days, and its ID stays taken for 37 (facts §4.4).
    pub async fn delete_role(
        &self,
        context: &Context,
        permit: Permit<IamRolesDelete>,
        etag: Option<Vec<u8>>,
    ) -> Result<Stored<RoleRecord>, ChangeRoleError> {
        let (old, life) = self.role_to_change(context, &permit, etag.as_deref()).await?;
        if life != RoleLife::Standing {
            return Err(ChangeRoleError::Deleted { verb: "delete", role: old.record.name.role });
        }
        let now = context.now();
        let record = RoleRecord { deleted_at: Some(now), update_time: now, ..old.record.clone() };
        self.write_role(context, &permit, &old, record).await
    }
}
