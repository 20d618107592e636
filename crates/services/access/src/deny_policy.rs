//! Deny policies: reading them, and what changes of them have in common.

use iam::permission::{IamDenypoliciesGet, IamDenypoliciesList};
use iam::{DeniedPrincipal, DenyError, DenyRule, Permission, Permit};
use names::{AttachmentPoint, DenyPolicyId, DenyPolicyName, Email, PrincipalIdentifier, ResourceName};
use store::{ApplyError, DenyPolicyRecord, ReadError, RecordKey, Stored};

use crate::Access;

/// Why a deny policy was not made, read, changed or deleted.
#[derive(Debug, thiserror::Error)]
pub enum DenyPolicyError {
    /// A service account that is named does not exist.
    #[error("Service account {0} does not exist.")]
    AccountUnknown(Email),
    /// There is one of this ID.
    #[error("The deny policy {0} already exists.")]
    AlreadyExists(DenyPolicyName),
    /// It has changed since the caller read it.
    #[error("The deny policy was changed meanwhile: read it again and send its etag.")]
    EtagMismatch,
    /// What it is attached to went away meanwhile.
    #[error("{0} does not exist")]
    Gone(ResourceName),
    /// Its rules cannot be as they are asked for.
    #[error(transparent)]
    Invalid(#[from] DenyError),
    /// There is no such policy.
    #[error("The deny policy {0} does not exist.")]
    NotFound(DenyPolicyName),
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

    /// What is attached to the resource of a permit, and not to another that had its name.
    pub(crate) async fn attached<P: Permission<Resource = AttachmentPoint>>(
        &self,
        permit: &Permit<P>,
    ) -> Result<Vec<Stored<DenyPolicyRecord>>, DenyPolicyError> {
        let prefix = DenyPolicyName::prefix(permit.name());
        let found = self.store.all::<DenyPolicyRecord>(&prefix).await.map_err(DenyPolicyError::ReadFailed)?;
        Ok(found.into_iter().filter(|stored| stored.record.attached_to == *permit.uid()).collect())
    }

    /// Ties every service account that rules name to the one that has the name now, or that the old rules were tied to.
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
                PrincipalIdentifier::All
                | PrincipalIdentifier::Deleted(_)
                | PrincipalIdentifier::Federated { .. }
                | PrincipalIdentifier::Group(_)
                | PrincipalIdentifier::Person(_) => Ok(()),
            }
        };
        for rule in &mut rules {
            rule.denied_principals.iter_mut().chain(&mut rule.exception_principals).try_for_each(tie)?;
        }
        Ok(rules)
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
