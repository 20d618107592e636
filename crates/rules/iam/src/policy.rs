//! Allow policies: bindings of members to roles, at one resource (facts §4.4).

use names::{Member, Principal, RoleName, UniqueId};

use crate::role::role_exists;

/// The most members that a policy may name, repeats counted; of these at most 250 groups (facts §4.4).
pub const MAX_MEMBERS: usize = 1500;
const MAX_GROUPS: usize = 250;

/// The policy of one resource.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Policy {
    /// Who has which role. Never two bindings of one role.
    pub bindings: Vec<Binding>,
}

/// The members that hold one role.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Binding {
    /// The role.
    pub role: RoleName,
    /// Who holds it: never empty.
    pub members: Vec<Grantee>,
}

/// A member, tied to the account that had its name when it was bound: an account made anew under an old name
/// inherits nothing.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Grantee {
    /// Whom the policy names.
    pub member: Member,
    /// The account's unique ID, where the member is a service account.
    pub unique_id: Option<UniqueId>,
}

/// Why a policy cannot be set.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PolicyError {
    /// A binding without members.
    #[error("Every binding needs at least one member; the binding of {role} has none.")]
    EmptyBinding {
        /// Whose binding.
        role: RoleName,
    },
    /// More groups than a policy may name.
    #[error("A policy may name at most 250 groups, this one names {count}.")]
    TooManyGroups {
        /// How many there are.
        count: usize,
    },
    /// More members than a policy may name.
    #[error("A policy may name at most 1500 members, this one names {count}.")]
    TooManyMembers {
        /// How many there are.
        count: usize,
    },
    /// A role that does not exist.
    #[error("Role {role} is not supported for this resource.")]
    UnknownRole {
        /// Which one.
        role: RoleName,
    },
}

impl Policy {
    /// A policy of these bindings, unchecked: for tests and for policies that were checked when they were written.
    pub fn of(bindings: Vec<Binding>) -> Self {
        Self { bindings }
    }

    /// Checks a policy that somebody wants to set, merges bindings of the same role and drops repeated members.
    pub fn checked(bindings: Vec<Binding>) -> Result<Self, PolicyError> {
        let members = || bindings.iter().flat_map(|binding| &binding.members);
        let count = members().count();
        if count > MAX_MEMBERS {
            return Err(PolicyError::TooManyMembers { count });
        }
        let groups = members().filter(|grantee| matches!(grantee.member, Member::Group(_))).count();
        if groups > MAX_GROUPS {
            return Err(PolicyError::TooManyGroups { count: groups });
        }
        let mut merged: Vec<Binding> = Vec::new();
        for binding in bindings {
            if binding.members.is_empty() {
                return Err(PolicyError::EmptyBinding { role: binding.role });
            }
            if !role_exists(&binding.role) {
                return Err(PolicyError::UnknownRole { role: binding.role });
            }
            let position = merged.iter().position(|other| other.role == binding.role).unwrap_or_else(|| {
                merged.push(Binding { role: binding.role.clone(), members: Vec::new() });
                merged.len() - 1
            });
            for grantee in binding.members {
                if !merged[position].members.contains(&grantee) {
                    merged[position].members.push(grantee);
                }
            }
        }
        Ok(Self { bindings: merged })
    }
}

impl Grantee {
    /// `true` when exactly this account or person is named.
    pub(crate) fn is(&self, principal: &Principal) -> bool {
        let same_account = match (&self.unique_id, principal) {
            (Some(bound), Principal::ServiceAccount { unique_id, .. }) => bound == unique_id,
            _ => true,
        };
        same_account && self.member.names(principal)
    }
}
