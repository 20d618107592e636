//! Deny policies: reading them, and what changes of them have in common.

use context::Context;
use iam::permission::{IamDenypoliciesGet, IamDenypoliciesList};
use iam::{DeniedPrincipal, DenyError, DenyRule, Permission, Permit};
use names::{
    AttachmentPoint, DenyOperationName, DenyPolicyId, DenyPolicyName, Email, OperationId,
    PrincipalIdentifier, ResourceName, Revision,
};
use store::{
    ApplyError, DenyPolicyRecord, Gathering, OperationOutcome, PolicyOperation, PolicyOperationKind,
    ReadError, RecordKey, Stored,
};

use crate::Access;

/// What a change came to: the operation, which has ended, and the policy as it left it.
#[derive(Clone, PartialEq, Debug)]
pub struct DenyPolicyChange {
    /// The operation.
    pub operation: PolicyOperation,
    /// The configuration that has the policy so; `None` where it has changed since.
    pub revision: Option<Revision>,
}

/// Why a deny policy was not made, read, changed or deleted.
#[derive(Debug, thiserror::Error)]
pub enum DenyPolicyError {
    /// A service account that is named does not exist.
    #[error("Service account {0} does not exist.")]
    AccountUnknown(Email),
    /// There is one of this ID.
    #[error("The deny policy {0} already exists.")]
    AlreadyExists(DenyPolicyName),
    /// Others were sent than it has.
    #[error("The annotations of a deny policy cannot be changed: send those that were read, or none.")]
    AnnotationsFixed,
    /// Others changed the deny policies of the resource at the same time; the caller may try again.
    #[error("The deny policies of {0} were changed by somebody else at the same time; repeat the call.")]
    Contended(ResourceName),
    /// It has changed since the caller read it.
    #[error("The deny policy was changed meanwhile: read it again and send its etag.")]
    EtagMismatch,
    /// What it is attached to went away meanwhile.
    #[error("{0} does not exist")]
    Gone(ResourceName),
    /// Its rules cannot be as they are asked for.
    #[error(transparent)]
    Invalid(#[from] DenyError),
    /// A rule that would deny nobody and look as if it did: nothing here knows who is in a group or a pool yet, and nobody
    /// is what was deleted.
    #[error("A rule that denies {0}")]
    NobodyMeant(PrincipalIdentifier),
    /// There is no such policy.
    #[error("The deny policy {0} does not exist.")]
    NotFound(DenyPolicyName),
    /// There is no such operation, or none any more.
    #[error("The operation {0} does not exist.")]
    OperationNotFound(DenyOperationName),
    /// The store could not be read.
    #[error("the deny policies could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the deny policy could not be stored")]
    StoreFailed(#[source] ApplyError),
    /// The resource has as many as it may have.
    #[error("{0} has 500 deny policies, the most that it may have.")]
    TooMany(ResourceName),
}

impl Access {
    /// The policy of this ID on the resource of the permit.
    pub async fn deny_policy(
        &self,
        permit: &Permit<IamDenypoliciesGet>,
        policy: DenyPolicyId,
    ) -> Result<Stored<DenyPolicyRecord>, DenyPolicyError> {
        let name = DenyPolicyName { attached_to: permit.name().clone(), policy };
        let present = self.attached(permit).await?;
        let found = present.into_iter().find(|stored| stored.record.name == name);
        found.ok_or(DenyPolicyError::NotFound(name))
    }

    /// Every policy on the resource of the permit: at most 500.
    pub async fn list_deny_policies(
        &self,
        permit: &Permit<IamDenypoliciesList>,
    ) -> Result<Vec<Stored<DenyPolicyRecord>>, DenyPolicyError> {
        self.attached(permit).await
    }

    /// An operation on a policy of the resource of the permit, also after the policy is gone.
    pub async fn deny_policy_operation(
        &self,
        permit: &Permit<IamDenypoliciesGet>,
        policy: DenyPolicyId,
        operation: OperationId,
    ) -> Result<DenyPolicyChange, DenyPolicyError> {
        let name = DenyPolicyName { attached_to: permit.name().clone(), policy };
        let name = DenyOperationName { policy: name, operation };
        let found =
            self.store.backend().policy_operation(&name).await.map_err(DenyPolicyError::ReadFailed)?;
        let found = found.filter(|found| found.record.attached_to == *permit.uid());
        let operation = found.ok_or(DenyPolicyError::OperationNotFound(name))?;
        let present = self.attached(permit).await?;
        let same = present.into_iter().find(|stored| stored.record == operation.record);
        Ok(DenyPolicyChange { operation, revision: same.map(|stored| stored.revision) })
    }

    /// What is attached to the resource of a permit, and not to another that had its name.
    pub(crate) async fn attached<P: Permission<Resource = AttachmentPoint>>(
        &self,
        permit: &Permit<P>,
    ) -> Result<Vec<Stored<DenyPolicyRecord>>, DenyPolicyError> {
        Ok(self.attached_and_gathered(permit, point_key(permit.name())).await?.0)
    }

    /// The same, and what must still hold for it to be all that there is: where it does not, `owner` is named.
    pub(crate) async fn attached_and_gathered<P: Permission<Resource = AttachmentPoint>>(
        &self,
        permit: &Permit<P>,
        owner: impl Into<RecordKey>,
    ) -> Result<(Vec<Stored<DenyPolicyRecord>>, Gathering), DenyPolicyError> {
        let prefix = DenyPolicyName::prefix(permit.name());
        let found = self.store.all::<DenyPolicyRecord>(&prefix).await.map_err(DenyPolicyError::ReadFailed)?;
        let gathering = Gathering::of(owner, &prefix, &found);
        let here = found.into_iter().filter(|stored| stored.record.attached_to == *permit.uid()).collect();
        Ok((here, gathering))
    }

    /// Ties every service account that rules name to the one that has the name now, or that the old rules were tied to.
    /// One that was deleted stays tied, so that it is denied again when it comes back.
    pub(crate) fn tie_rules(
        &self,
        mut rules: Vec<DenyRule>,
        old: &[DenyRule],
    ) -> Result<Vec<DenyRule>, DenyPolicyError> {
        let picture = self.picture.load();
        let known = || old.iter().flat_map(DenyRule::principals);
        let tie = |named: &mut DeniedPrincipal| -> Result<(), DenyPolicyError> {
            match &named.identifier {
                PrincipalIdentifier::ServiceAccount(email) => {
                    let account = picture.accounts.get(email).map(|account| account.unique_id.clone());
                    let before = || known().find(|old| old.identifier == named.identifier);
                    let bound = account.or_else(|| before().and_then(|old| old.unique_id.clone()));
                    named.unique_id =
                        Some(bound.ok_or_else(|| DenyPolicyError::AccountUnknown(email.clone()))?);
                    Ok(())
                }
                PrincipalIdentifier::Deleted(_) => {
                    if let Some(same) = known().find(|old| old.is_shown_deleted_as(&named.identifier)) {
                        *named = same.clone();
                    }
                    Ok(())
                }
                PrincipalIdentifier::All
                | PrincipalIdentifier::Federated { .. }
                | PrincipalIdentifier::Group(_)
                | PrincipalIdentifier::Person(_) => Ok(()),
            }
        };
        for rule in &mut rules {
            rule.denied_principals.iter_mut().chain(&mut rule.exception_principals).try_for_each(tie)?;
            let new = rule.denied_principals.iter().filter(|named| !known().any(|old| old == *named));
            if let Some(nobody) = new.into_iter().find(|named| means_nobody(&named.identifier)) {
                return Err(DenyPolicyError::NobodyMeant(nobody.identifier.clone()));
            }
        }
        Ok(rules)
    }
}

/// Whether nobody who calls can be meant: nothing fills groups and pools yet.
fn means_nobody(identifier: &PrincipalIdentifier) -> bool {
    match identifier {
        PrincipalIdentifier::Deleted(_)
        | PrincipalIdentifier::Federated { .. }
        | PrincipalIdentifier::Group(_) => true,
        PrincipalIdentifier::All
        | PrincipalIdentifier::Person(_)
        | PrincipalIdentifier::ServiceAccount(_) => false,
    }
}

/// An operation that did this to a policy, and has ended.
pub(crate) fn ended(
    context: &Context,
    kind: PolicyOperationKind,
    record: &DenyPolicyRecord,
) -> PolicyOperation {
    let operation = format!("{:016x}", context.randomness().number());
    PolicyOperation {
        operation: OperationId::parse(&operation).expect("16 hexadecimal digits"),
        kind,
        record: record.clone(),
        create_time: context.now(),
        outcome: OperationOutcome::Succeeded,
    }
}

/// The key of the record of what a policy is attached to. Folders have none yet, so no permit names one.
pub(crate) fn point_key(point: &AttachmentPoint) -> RecordKey {
    match point.clone() {
        AttachmentPoint::Folder(_) => unreachable!("no permit is given for a resource that does not exist"),
        AttachmentPoint::Organization(organization) => organization.into(),
        AttachmentPoint::Project(project) => project.into(),
    }
}
