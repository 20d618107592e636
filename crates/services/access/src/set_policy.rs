//! Replacing a policy.

use audit::entry;
use context::Context;
use iam::{AuditConfig, Binding, CustomRoles, Grantee, Permit, Policy, PolicyError, PolicyKind};
use names::{Email, Member, ResourceName, RoleHome, RoleName, UniqueId};
use serde_json::json;
use store::{ApplyError, Expectation, Plan, PolicyKey, PolicyRecord, ReadError, Record, RecordKey};

use crate::picture::Picture;
use crate::policy::{NEVER_SET, etag, view};
use crate::{Access, PolicyVersion, PolicyView, RoleBinding, WritesPolicy};

/// A policy as a caller wants it.
#[derive(Clone, Debug)]
pub struct SetPolicy {
    /// Roles and their members; `None` leaves them as they are.
    pub bindings: Option<Vec<RoleBinding>>,
    /// Which accesses are to be logged; `None` leaves it as it is.
    pub audit_configs: Option<Vec<AuditConfig>>,
    /// What the caller knows of policies: whoever does not know conditions may neither write nor drop any.
    pub version: PolicyVersion,
    /// The etag that was read; `None` overwrites whatever is there.
    pub etag: Option<Vec<u8>>,
}

/// Why a policy was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum SetPolicyError {
    /// A bound service account does not exist.
    #[error("Service account {0} does not exist.")]
    AccountUnknown(Email),
    /// Somebody else changed the policy first.
    #[error(
        "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
    )]
    Concurrent,
    /// A policy has conditions, or is to have some, and the caller did not say which policy was read.
    #[error(
        "An etag is required to change a policy with conditional role bindings: read the policy with requestedPolicyVersion 3 and send its etag."
    )]
    EtagMissing,
    /// The resource went away meanwhile.
    #[error("{0} does not exist")]
    Gone(ResourceName),
    /// The policy itself is not valid.
    #[error(transparent)]
    Invalid(#[from] PolicyError),
    /// A member that is deleted and has no role here yet.
    #[error("{0} is deleted: it keeps what it has and gets nothing more.")]
    MemberDeleted(Member),
    /// The store could not be read.
    #[error("the policy could not be read")]
    ReadFailed(#[source] ReadError),
    /// A custom role that does not exist, is deleted, or lives elsewhere.
    #[error("Role ({0}) does not exist in the resource's hierarchy.")]
    RoleNotInHierarchy(RoleName),
    /// The store could not be written.
    #[error("the policy could not be stored")]
    StoreFailed(#[source] ApplyError),
    /// The policy has conditions, and the caller writes one of a version without.
    #[error(
        "Specified policy version ({}) cannot be less than the existing policy version (3). For more information, please refer to https://cloud.google.com/iam/docs/policies#versions.",
        specified.number()
    )]
    VersionBelowExisting {
        /// The version that the caller wrote.
        specified: PolicyVersion,
    },
    /// The policy is to have conditions, in a version without.
    #[error(
        "Specified policy version ({}) cannot be less than 3 for a policy with conditional role bindings. For more information, please refer to https://cloud.google.com/iam/docs/policies#versions.",
        specified.number()
    )]
    VersionWithoutConditions {
        /// The version that the caller wrote.
        specified: PolicyVersion,
    },
}

impl Access {
    /// Replaces the policy of the permit's resource and gives it back as it now is.
    pub async fn set_policy<P: WritesPolicy>(
        &self,
        context: &Context,
        permit: Permit<P>,
        input: SetPolicy,
    ) -> Result<PolicyView, SetPolicyError> {
        let resource: ResourceName = permit.name().clone().into();
        let key = PolicyKey(permit.uid().clone());
        let old = self.store.find::<PolicyRecord>(&key).await.map_err(SetPolicyError::ReadFailed)?;
        // What was read may be newer than what was decided on: whoever was taken out meanwhile may not write over it.
        let again = self.permit_as::<P>(permit.principal(), permit.name(), context.now());
        let permit = again.map_err(|_| SetPolicyError::Concurrent)?;
        let old_policy = old.as_ref().map(|stored| &stored.record.policy);
        let (had_conditions, has_conditions) = conditions(old_policy, input.bindings.as_deref());
        if input.etag.is_none() && (had_conditions || has_conditions) {
            return Err(SetPolicyError::EtagMissing);
        }
        let version = old.as_ref().map_or(0, |stored| stored.record.version);
        let current = if version == 0 { NEVER_SET.to_vec() } else { etag(version) };
        if input.etag.is_some_and(|read| read != current) {
            return Err(SetPolicyError::Concurrent);
        }
        let specified = input.version;
        match (had_conditions, has_conditions) {
            _ if specified == PolicyVersion::Third => {}
            (true, _) => return Err(SetPolicyError::VersionBelowExisting { specified }),
            (false, true) => return Err(SetPolicyError::VersionWithoutConditions { specified }),
            (false, false) => {}
        }
        let picture = self.picture.load_full();
        let policy = match input.bindings {
            None => Policy::of(old_policy.map(|policy| policy.bindings.clone()).unwrap_or_default()),
            Some(bindings) => {
                for RoleBinding { role, members, .. } in &bindings {
                    check_role(&picture, &resource, role, old_policy)?;
                    check_members(&resource, role, members, old_policy)?;
                    check_deleted(role, members, old_policy)?;
                }
                Policy::checked(tie(&picture, bindings, old_policy)?)?
            }
        };
        let kept = || old_policy.map(|policy| policy.audit_configs.clone()).unwrap_or_default();
        let policy = policy.auditing(input.audit_configs.unwrap_or_else(kept))?;
        let detail = json!({ "old": old_policy, "new": &policy });
        let unchanged = match &old {
            Some(stored) => Expectation::At(key.into(), stored.revision),
            None => Expectation::Absent(key.into()),
        };
        let uid = permit.uid().clone();
        let record =
            PolicyRecord { resource: resource.clone(), uid: uid.clone(), policy, version: version + 1 };
        let plan = Plan::new()
            .expect(Expectation::Is(record_key(&resource), uid))
            .expect(unchanged)
            .put(Record::Policy(record.clone()))
            .audit(entry(context, &permit, resource.clone(), Some(permit.uid()), detail));
        self.store.apply(plan).await.map_err(|error| match error {
            ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) => SetPolicyError::Concurrent,
            ApplyError::NotFound(_) => SetPolicyError::Gone(resource),
            other => SetPolicyError::StoreFailed(other),
        })?;
        Ok(view(&self.picture.load(), &record.policy, record.version))
    }
}

/// The key of the record that a resource name stands for.
fn record_key(resource: &ResourceName) -> RecordKey {
    match resource.clone() {
        ResourceName::DomainMapping(_)
        | ResourceName::Folder(_)
        | ResourceName::Job(_)
        | ResourceName::Role(_) => {
            unreachable!("no permission to write policies is asked about these")
        }
        ResourceName::Function(name) => name.into(),
        ResourceName::Organization(id) => id.into(),
        ResourceName::Project(id) => id.into(),
        ResourceName::Service(name) => name.into(),
        ResourceName::ServiceAccount(name) => name.into(),
    }
}

/// Whether the policy has conditions and is to have some, where its bindings are written at all: what leaves them alone
/// neither drops nor makes one.
fn conditions(old: Option<&Policy>, bindings: Option<&[RoleBinding]>) -> (bool, bool) {
    let Some(bindings) = bindings else { return (false, false) };
    let has = bindings.iter().any(|binding| binding.condition.is_some());
    (old.is_some_and(Policy::has_conditions), has)
}

/// A predefined role can be bound where it grants something; a custom one where it lives and below, while it stands. One
/// that the policy binds already stays, so that a policy can be read and written back, while a role is deleted too.
fn check_role(
    picture: &Picture,
    resource: &ResourceName,
    role: &RoleName,
    old: Option<&Policy>,
) -> Result<(), SetPolicyError> {
    if old.is_some_and(|policy| policy.bindings.iter().any(|binding| binding.role == *role)) {
        return Ok(());
    }
    let Some(custom) = role.custom() else {
        let fits =
            PolicyKind::of(resource).is_some_and(|kind| iam::fits(role, kind, resource.project()).is_ok());
        let unsupported = || PolicyError::UnknownRole { role: role.clone() };
        return if fits { Ok(()) } else { Err(unsupported().into()) };
    };
    let here = match &custom.home {
        RoleHome::Organization(organization) => {
            let home = ResourceName::Organization(organization.clone());
            picture.lineage(resource).levels.iter().any(|level| *level.name == home)
        }
        RoleHome::Project(_) => {
            PolicyKind::of(resource).is_some_and(|kind| iam::fits(role, kind, resource.project()).is_ok())
        }
    };
    if here && picture.custom_roles.standing(role).is_some() {
        return Ok(());
    }
    Err(SetPolicyError::RoleNotInHierarchy(role.clone()))
}

/// Whoever is bound already stays, so that a policy can be read and written back.
fn check_members(
    resource: &ResourceName,
    role: &RoleName,
    members: &[Member],
    old: Option<&Policy>,
) -> Result<(), SetPolicyError> {
    let Some(kind) = PolicyKind::of(resource) else { return Ok(()) };
    let stays = |member: &Member| old.is_some_and(|policy| policy.binds(role, member));
    members
        .iter()
        .filter(|member| !stays(member))
        .try_for_each(|member| Policy::check_member(kind, member))?;
    Ok(())
}

/// A `deleted:` member can be written back where it was, and put nowhere else (facts §4.4).
fn check_deleted(role: &RoleName, members: &[Member], old: Option<&Policy>) -> Result<(), SetPolicyError> {
    let had = |member: &Member, unique_id: &Option<Box<str>>| {
        let bindings = old.into_iter().flat_map(|policy| &policy.bindings);
        bindings.filter(|binding| binding.role == *role).flat_map(|binding| &binding.members).any(|grantee| {
            let same = grantee.unique_id.as_ref().map(UniqueId::as_str) == unique_id.as_deref();
            (same && grantee.member == *member)
                || matches!(&grantee.member, Member::Deleted { member: kept, uid } if **kept == *member && uid == unique_id)
        })
    };
    for member in members {
        let Member::Deleted { member: was, uid } = member else { continue };
        if !had(was, uid) {
            return Err(SetPolicyError::MemberDeleted(member.clone()));
        }
    }
    Ok(())
}

/// Ties every bound service account to the one that has the name now. A `deleted:` member that the policy already
/// had stays tied to the account that is gone.
fn tie(
    picture: &Picture,
    bindings: Vec<RoleBinding>,
    old: Option<&Policy>,
) -> Result<Vec<Binding>, SetPolicyError> {
    let grantee = |member: Member| match member {
        Member::Deleted { member, uid: Some(uid) } if matches!(*member, Member::ServiceAccount(_)) => {
            let bound = UniqueId::parse(&uid).ok();
            let known =
                old.into_iter().flat_map(|policy| &policy.bindings).flat_map(|binding| &binding.members);
            let kept = known.clone().any(|grantee| grantee.member == *member && grantee.unique_id == bound);
            Ok(if kept {
                Grantee { member: *member, unique_id: bound }
            } else {
                Grantee { member: Member::Deleted { member, uid: Some(uid) }, unique_id: None }
            })
        }
        Member::ServiceAccount(email) => match picture.accounts.get(&email) {
            Some(account) => Ok(Grantee {
                unique_id: Some(account.unique_id.clone()),
                member: Member::ServiceAccount(email),
            }),
            None => Err(SetPolicyError::AccountUnknown(email)),
        },
        other => Ok(Grantee { member: other, unique_id: None }),
    };
    bindings
        .into_iter()
        .map(|RoleBinding { role, members, condition }| {
            let members = members.into_iter().map(grantee).collect::<Result<_, _>>()?;
            Ok(Binding { role, members, condition })
        })
        .collect()
}
