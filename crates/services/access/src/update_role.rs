//! Changing a custom role.

use context::Context;
use iam::permission::IamRolesUpdate;
use iam::{Permit, RoleDefinition, Stage};
use store::{RoleRecord, Stored};

use crate::role_life::RoleLife;
use crate::{Access, ChangeRoleError};

/// What to change of a role; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct RoleChanges {
    /// Shown to people.
    pub title: Option<String>,
    /// For people too.
    pub description: Option<String>,
    /// What it is to grant, as the caller wrote it.
    pub permissions: Option<Vec<String>>,
    /// How settled it is.
    pub stage: Option<Stage>,
    /// The etag that was read; `None` changes whatever is there.
    pub etag: Option<Vec<u8>>,
}

impl Access {
    /// Changes the role of the permit. Whoever holds it holds the new permissions at once, and the old ones no more.
    pub async fn update_role(
        &self,
        context: &Context,
        permit: Permit<IamRolesUpdate>,
        changes: RoleChanges,
    ) -> Result<Stored<RoleRecord>, ChangeRoleError> {
        let (old, life) = self.role_to_change(context, &permit, changes.etag.as_deref()).await?;
        if life != RoleLife::Standing {
            return Err(ChangeRoleError::Deleted { verb: "update", role: old.record.name.role });
        }
        let mut record = old.record.clone();
        let now = &old.record.definition;
        let permissions = changes.permissions.unwrap_or_else(|| {
            now.permissions.iter().map(|permission| permission.as_str().to_owned()).collect()
        });
        record.definition = RoleDefinition::checked(
            &record.name.home,
            changes.title.unwrap_or_else(|| now.title.clone()),
            changes.description.unwrap_or_else(|| now.description.clone()),
            &permissions,
            changes.stage.unwrap_or(now.stage),
        )?;
        record.update_time = context.now();
        self.write_role(context, &permit, &old, record).await
    }
}
