//! Allow policies: bindings of members to roles, at one resource (facts §4.4).

use std::collections::HashMap;

use names::{Member, Principal, RoleName, UniqueId};

use crate::audit_config::{AuditConfig, AuditConfigError};
use crate::condition::Condition;
use crate::role::predefined_role;
use crate::scope::PolicyKind;

/// The most members that a policy may name, repeats counted; of these at most 250 groups (facts §4.4).
pub const MAX_MEMBERS: usize = 1500;
const MAX_GROUPS: usize = 250;
/// The most conditions under which one policy may bind a role to a member (Google, "IAM quotas and limits").
const MAX_CONDITIONS: usize = 20;
/// The roles that take no condition (Google, "Overview of IAM Conditions").
const BASIC: [&str; 3] = ["roles/editor", "roles/owner", "roles/viewer"];

/// The policy of one resource.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Policy {
    /// Who has which role. Never two bindings of one role on the same condition.
    pub bindings: Vec<Binding>,
    /// Which accesses are to be logged: kept for whoever wrote it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audit_configs: Vec<AuditConfig>,
}

/// The members that hold one role.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Binding {
    /// The role.
    pub role: RoleName,
    /// Who holds it: never empty.
    pub members: Vec<Grantee>,
    /// When they hold it; `None` for always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
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
    /// Audit configuration that cannot be kept.
    #[error(transparent)]
    AuditConfig(#[from] AuditConfigError),
    /// A basic role on a condition.
    #[error("Conditions can't be set on bindings of basic roles such as {role}.")]
    BasicRoleOnCondition {
        /// Which role.
        role: RoleName,
    },
    /// A binding without members.
    #[error("Every binding needs at least one member; the binding of {role} has none.")]
    EmptyBinding {
        /// Whose binding.
        role: RoleName,
    },
    /// Everybody on a condition.
    #[error("Conditions can't be set on bindings of {member}; the binding of {role} has one.")]
    EverybodyOnCondition {
        /// Which role.
        role: RoleName,
        /// `allUsers` or `allAuthenticatedUsers`.
        member: Member,
    },
    /// Everybody, on a resource that is never open to everybody. In the words that Google used of a Cloud Run job
    /// (hashicorp/terraform-provider-google issue 13592).
    #[error("Member {member} is invalid due to membership type restrictions on the resource.")]
    MemberNotHere {
        /// `allUsers` or `allAuthenticatedUsers`.
        member: Member,
    },
    /// A role bound to one member under too many conditions.
    #[error(
        "A policy may bind a role to a member under at most 20 conditions; {role} is bound to {member} under {count}."
    )]
    TooManyConditions {
        /// Which role.
        role: RoleName,
        /// Which member.
        member: Member,
        /// How many conditions there are.
        count: usize,
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
    /// A role that does not exist, or that grants nothing on such a resource.
    #[error("Role {role} is not supported for this resource.")]
    UnknownRole {
        /// Which one.
        role: RoleName,
    },
}

impl Policy {
    /// A policy of these bindings, unchecked: for tests and for policies that were checked when they were written.
    pub fn of(bindings: Vec<Binding>) -> Self {
        Self { bindings, audit_configs: Vec::new() }
    }

    /// The same, saying also which accesses are to be logged.
    pub fn auditing(self, audit_configs: Vec<AuditConfig>) -> Result<Self, PolicyError> {
        AuditConfig::check(&audit_configs)?;
        Ok(Self { audit_configs, ..self })
    }

    /// `true` when it binds this role to this member already, on whatever condition.
    pub fn binds(&self, role: &RoleName, member: &Member) -> bool {
        let of_role = self.bindings.iter().filter(|binding| binding.role == *role);
        of_role.flat_map(|binding| &binding.members).any(|grantee| grantee.member == *member)
    }

    /// Checks whom somebody wants to bind to a role on a resource of this kind: projects and what is above them are never
    /// open to everybody (Google, `projects.setIamPolicy`).
    pub fn check_member(kind: PolicyKind, member: &Member) -> Result<(), PolicyError> {
        let everybody = matches!(member, Member::AllAuthenticatedUsers | Member::AllUsers);
        match kind {
            PolicyKind::Organization | PolicyKind::Project if everybody => {
                Err(PolicyError::MemberNotHere { member: member.clone() })
            }
            PolicyKind::Account
            | PolicyKind::Function
            | PolicyKind::Organization
            | PolicyKind::Project
            | PolicyKind::Service => Ok(()),
        }
    }

    /// `true` when a binding has a condition: such a policy has version 3 (facts §4.4).
    pub fn has_conditions(&self) -> bool {
        self.bindings.iter().any(|binding| binding.condition.is_some())
    }

    /// Checks a policy that somebody wants to set, as far as that can be told without knowing which custom roles there
    /// are; merges bindings of the same role on the same condition and drops repeated members.
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
            if binding.role.custom().is_none() && predefined_role(&binding.role).is_none() {
                return Err(PolicyError::UnknownRole { role: binding.role });
            }
            check_condition(&binding)?;
            let same = |other: &Binding| other.role == binding.role && other.condition == binding.condition;
            let position = merged.iter().position(same).unwrap_or_else(|| {
                let Binding { role, condition, .. } = &binding;
                merged.push(Binding {
                    role: role.clone(),
                    members: Vec::new(),
                    condition: condition.clone(),
                });
                merged.len() - 1
            });
            for grantee in binding.members {
                if !merged[position].members.contains(&grantee) {
                    merged[position].members.push(grantee);
                }
            }
        }
        check_counts(&merged)?;
        Ok(Self::of(merged))
    }
}

fn check_condition(binding: &Binding) -> Result<(), PolicyError> {
    if binding.condition.is_none() {
        return Ok(());
    }
    let role = binding.role.clone();
    if BASIC.contains(&role.as_str()) {
        return Err(PolicyError::BasicRoleOnCondition { role });
    }
    let everybody = |member: &Member| matches!(member, Member::AllAuthenticatedUsers | Member::AllUsers);
    match binding.members.iter().find(|grantee| everybody(&grantee.member)) {
        Some(grantee) => Err(PolicyError::EverybodyOnCondition { role, member: grantee.member.clone() }),
        None => Ok(()),
    }
}

/// Bindings are merged, so that each that names a member does it on another condition.
fn check_counts(merged: &[Binding]) -> Result<(), PolicyError> {
    let mut counts: HashMap<(&RoleName, &Member), usize> = HashMap::new();
    for binding in merged.iter().filter(|binding| binding.condition.is_some()) {
        for grantee in &binding.members {
            let count = counts.entry((&binding.role, &grantee.member)).or_default();
            *count += 1;
            if *count > MAX_CONDITIONS {
                let (role, member) = (binding.role.clone(), grantee.member.clone());
                return Err(PolicyError::TooManyConditions { role, member, count: *count });
            }
        }
    }
    Ok(())
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
