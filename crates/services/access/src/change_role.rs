//! What changes of a custom role have in common: they read it, check its etag, and write it in one plan.

use audit::entry;
use context::Context;
use iam::{Permission, Permit, RoleError};
use names::{CustomRoleName, RoleId};
use serde_json::json;
use store::{ApplyError, Expectation, Plan, ReadError, Record, RoleRecord, Stored};

use crate::Access;
use crate::role_life::RoleLife;

/// Why a custom role was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRoleError {
    /// It is marked for deletion, and what was asked for needs one that is not.
    #[error("You can't {verb} a role_id ({role}) which has been marked for deletion.")]
    Deleted {
        /// What was asked for.
        verb: &'static str,
        /// Which role.
        role: RoleId,
    },
    /// It has changed since the caller read it.
    #[error("The role was changed meanwhile: its etag is another one.")]
    EtagMismatch,
    /// It was marked for deletion too long ago to come back.
    #[error("You can't undelete a role_id ({0}) that was deleted more than 7 days ago.")]
    Expired(RoleId),
    /// What it would become cannot be.
    #[error(transparent)]
    Invalid(#[from] RoleError),
    /// There is no such role any more.
    #[error("The role named {0} was not found.")]
    NotFound(CustomRoleName),
    /// It is not marked for deletion, so it cannot come back.
    #[error("You can't undelete a role_id ({0}) which has not been marked for deletion.")]
    NotDeleted(RoleId),
    /// The store could not be read.
    #[error("the role could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the role could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl Access {
    /// The role of a permit as it is, for a change that was asked for with this etag.
    pub(crate) async fn role_to_change<P: Permission<Resource = CustomRoleName>>(
        &self,
        context: &Context,
        permit: &Permit<P>,
        etag: Option<&[u8]>,
    ) -> Result<(Stored<RoleRecord>, RoleLife), ChangeRoleError> {
        let found =
            self.store.find::<RoleRecord>(permit.name()).await.map_err(ChangeRoleError::ReadFailed)?;
        let missing = || ChangeRoleError::NotFound(permit.name().clone());
        let stored = found.filter(|stored| stored.record.uid == *permit.uid()).ok_or_else(missing)?;
        let life = RoleLife::of(&stored.record, context.now());
        if life == RoleLife::Gone {
            return Err(missing());
        }
        if etag.is_some_and(|read| read != stored.revision.0.to_be_bytes()) {
            return Err(ChangeRoleError::EtagMismatch);
        }
        Ok((stored, life))
    }

    /// Writes the role as it now is, where nobody wrote it since it was read.
    pub(crate) async fn write_role<P: Permission<Resource = CustomRoleName>>(
        &self,
        context: &Context,
        permit: &Permit<P>,
        old: &Stored<RoleRecord>,
        record: RoleRecord,
    ) -> Result<Stored<RoleRecord>, ChangeRoleError> {
        let detail = json!({
            "old": { "definition": old.record.definition, "deleted": old.record.deleted_at.is_some() },
            "new": { "definition": record.definition, "deleted": record.deleted_at.is_some() },
        });
        let name = permit.name().clone();
        let plan = Plan::new()
            .expect(Expectation::At(name.clone().into(), old.revision))
            .put(Record::Role(record.clone()))
            .audit(entry(context, permit, name.clone(), Some(permit.uid()), detail));
        match self.store.apply(plan).await {
            Ok(revision) => Ok(Stored { record, revision }),
            Err(ApplyError::Conflict(_)) => Err(ChangeRoleError::EtagMismatch),
            Err(ApplyError::NotFound(_)) => Err(ChangeRoleError::NotFound(name)),
            Err(error) => Err(ChangeRoleError::StoreFailed(error)),
        }
    }
}
