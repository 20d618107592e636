//! Reading policies.

use iam::permission::{
    CloudfunctionsFunctionsGetIamPolicy, CloudfunctionsFunctionsSetIamPolicy, IamServiceAccountsGetIamPolicy,
    IamServiceAccountsSetIamPolicy, ResourcemanagerOrganizationsGetIamPolicy,
    ResourcemanagerOrganizationsSetIamPolicy, ResourcemanagerProjectsGetIamPolicy,
    ResourcemanagerProjectsSetIamPolicy, RunServicesGetIamPolicy, RunServicesSetIamPolicy,
};
use iam::{AuditConfig, Condition, Permission, Permit, Policy};
use names::{Member, RoleName};

use crate::Access;
use crate::picture::Picture;

/// A permission that allows reading the policy of its resource.
pub trait ReadsPolicy: Permission {}
/// A permission that allows replacing the policy of its resource.
pub trait WritesPolicy: Permission {}

impl ReadsPolicy for CloudfunctionsFunctionsGetIamPolicy {}
impl ReadsPolicy for IamServiceAccountsGetIamPolicy {}
impl ReadsPolicy for ResourcemanagerOrganizationsGetIamPolicy {}
impl ReadsPolicy for ResourcemanagerProjectsGetIamPolicy {}
impl ReadsPolicy for RunServicesGetIamPolicy {}
impl WritesPolicy for CloudfunctionsFunctionsSetIamPolicy {}
impl WritesPolicy for IamServiceAccountsSetIamPolicy {}
impl WritesPolicy for ResourcemanagerOrganizationsSetIamPolicy {}
impl WritesPolicy for ResourcemanagerProjectsSetIamPolicy {}
impl WritesPolicy for RunServicesSetIamPolicy {}

/// A policy as callers see it: members whose account is gone show as `deleted:`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyView {
    /// Roles and their members.
    pub bindings: Vec<RoleBinding>,
    /// Which accesses are to be logged, as it was written.
    pub audit_configs: Vec<AuditConfig>,
    /// Changes with every write. Compared by its bytes: clients re-encode it.
    pub etag: Vec<u8>,
}

/// Who has a role, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleBinding {
    /// The role.
    pub role: RoleName,
    /// Who has it.
    pub members: Vec<Member>,
    /// When they have it; `None` for always.
    pub condition: Option<Condition>,
}

impl RoleBinding {
    /// A binding without a condition.
    pub fn always(role: RoleName, members: Vec<Member>) -> Self {
        Self { role, members, condition: None }
    }
}

/// In which form a caller reads and writes policies. Only the third has conditions (facts §4.4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PolicyVersion {
    /// None was named, which means the first.
    Unset,
    /// Without conditions.
    First,
    /// With conditions.
    Third,
}

impl PolicyVersion {
    /// The version of this number; there are 0, 1 and 3.
    pub fn of(number: i32) -> Option<Self> {
        match number {
            0 => Some(Self::Unset),
            1 => Some(Self::First),
            3 => Some(Self::Third),
            _ => None,
        }
    }

    /// Its number.
    pub fn number(self) -> i32 {
        match self {
            Self::Unset => 0,
            Self::First => 1,
            Self::Third => 3,
        }
    }
}

/// The etag of a resource that never had a policy: `ACAB` in base64 (facts §4.4).
pub(crate) const NEVER_SET: [u8; 3] = [0x00, 0x20, 0x01];

impl Access {
    /// The policy of the permit's resource.
    pub fn policy<P: ReadsPolicy>(&self, permit: &Permit<P>) -> PolicyView {
        let picture = self.picture.load();
        match picture.policies.get(permit.uid()) {
            Some(written) => view(&picture, &written.policy, written.version),
            None => PolicyView { bindings: Vec::new(), audit_configs: Vec::new(), etag: NEVER_SET.to_vec() },
        }
    }
}

pub(crate) fn etag(version: u64) -> Vec<u8> {
    version.to_be_bytes().to_vec()
}

pub(crate) fn view(picture: &Picture, policy: &Policy, version: u64) -> PolicyView {
    let bindings = policy
        .bindings
        .iter()
        .map(|binding| RoleBinding {
            role: binding.role.clone(),
            members: binding.members.iter().map(|grantee| shown(picture, grantee)).collect(),
            condition: binding.condition.clone(),
        })
        .collect();
    PolicyView { bindings, audit_configs: policy.audit_configs.clone(), etag: etag(version) }
}

/// The member, or its `deleted:` form where the account that was bound is gone (facts §4.4).
fn shown(picture: &Picture, grantee: &iam::Grantee) -> Member {
    let gone = match (&grantee.member, &grantee.unique_id) {
        (Member::ServiceAccount(email), Some(bound)) => {
            picture.accounts.get(email).is_none_or(|account| account.unique_id != *bound).then_some(bound)
        }
        _ => None,
    };
    match gone {
        Some(unique_id) => {
            Member::Deleted { member: Box::new(grantee.member.clone()), uid: Some(unique_id.as_str().into()) }
        }
        None => grantee.member.clone(),
    }
}
