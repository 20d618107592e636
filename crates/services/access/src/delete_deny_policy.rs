//! Deleting a deny policy.

use audit::entry;
use context::Context;
use iam::Permit;
use iam::permission::IamDenypoliciesDelete;
use names::{DenyPolicyId, DenyPolicyName, ResourceName};
use serde_json::json;
use store::{ApplyError, Expectation, Plan, PolicyOperationKind, Work};

use crate::deny_policy::ended;
use crate::{Access, DenyPolicyChange, DenyPolicyError};

impl Access {
    /// Deletes a policy on the resource of the permit, for good, and gives what it was. `None` as the etag deletes
    /// whatever is there.
    pub async fn delete_deny_policy(
        &self,
        context: &Context,
        permit: Permit<IamDenypoliciesDelete>,
        policy: DenyPolicyId,
        etag: Option<Vec<u8>>,
    ) -> Result<DenyPolicyChange, DenyPolicyError> {
        let resource: ResourceName = permit.name().clone().into();
        let name = DenyPolicyName { attached_to: permit.name().clone(), policy };
        let present = self.attached(&permit).await?;
        let found = present.into_iter().find(|stored| stored.record.name == name);
        let Some(old) = found else { return Err(DenyPolicyError::NotFound(name)) };
        if etag.is_some_and(|read| read != old.revision.0.to_be_bytes()) {
            return Err(DenyPolicyError::EtagMismatch);
        }
        let detail = json!({ "denyPolicy": name, "old": old.record.rules, "new": null });
        let operation = ended(context, PolicyOperationKind::Delete, &old.record);
        let plan = Plan::new()
            .expect(Expectation::At(name.clone().into(), old.revision))
            .delete(name.clone())
            .work(Work::PutPolicyOperation(Box::new(operation.clone())))
            .audit(entry(context, &permit, resource, Some(permit.uid()), detail));
        match self.store.apply(plan).await {
            Ok(_) => Ok(DenyPolicyChange { operation, revision: Some(old.revision) }),
            Err(ApplyError::Conflict(_)) => Err(DenyPolicyError::EtagMismatch),
            Err(ApplyError::NotFound(_)) => Err(DenyPolicyError::NotFound(name)),
            Err(error) => Err(DenyPolicyError::StoreFailed(error)),
        }
    }
}
