//! The one decision function.

use std::fmt;

use jiff::Timestamp;
use names::{ApiName, Email, Member, Principal, ProjectId, ResourceName, Revision, RoleName, Uid};

use crate::condition::{Circumstances, Condition, Verdict};
use crate::custom_role::{CustomRoles, role_grants};
use crate::deny::{DenyPolicy, denying};
use crate::permission::{
    ResourcemanagerProjectsDelete, ResourcemanagerProjectsGet, ResourcemanagerProjectsGetIamPolicy,
    ResourcemanagerProjectsUndelete, RunRoutesInvoke,
};
use crate::policy::{Binding, Grantee, Policy};
use crate::system::system_permissions;
use crate::vouched::{self, Vouched};
use crate::{Permission, Permit};

/// Everything that a decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// Whether the principal's account still stands.
    pub standing: Standing<'a>,
    /// The groups that the principal belongs to, directly or through others.
    pub groups: &'a [Email],
    /// What its pool says of it, where it is a federated one.
    pub vouched: Vouched<'a>,
    /// The resource first, then what it lives in, up to the organization.
    pub lineage: &'a [Level<'a>],
    /// The custom roles that bindings may name.
    pub custom_roles: &'a dyn CustomRoles,
    /// Set when the resource's own configuration opens it to everybody: for calls of the service and nothing else.
    pub open: Option<Openness>,
    /// Set when nobody may, whatever opens the resource and whatever is bound.
    pub closed: Option<Closed<'a>>,
    /// When: conditions ask about it.
    pub time: Timestamp,
    /// The configuration that all of this was read from.
    pub revision: Revision,
}

/// One level of the hierarchy and its policy.
#[derive(Clone, Copy, Debug)]
pub struct Level<'a> {
    /// The resource at this level.
    pub name: &'a ResourceName,
    /// Its uid.
    pub uid: &'a Uid,
    /// Its policy, where one is set.
    pub policy: Option<&'a Policy>,
    /// The deny policies that are attached to it.
    pub denies: &'a [DenyPolicy],
}

/// Whether an account may act at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing<'a> {
    /// It may.
    Active,
    /// It is gone, or another account has its name now.
    Deleted,
    /// It is disabled.
    Disabled,
    /// Its project is marked for deletion.
    ProjectDeleted(&'a ProjectId),
}

impl fmt::Display for Standing<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active => formatter.write_str("active"),
            Self::Deleted => formatter.write_str("deleted"),
            Self::Disabled => formatter.write_str("disabled"),
            Self::ProjectDeleted(project) => {
                write!(formatter, "in projects/{project}, which is marked for deletion")
            }
        }
    }
}

/// What opens a resource without a binding that names the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Openness {
    /// The member `allAuthenticatedUsers` holds a role with the permission.
    AllAuthenticatedUsers,
    /// The member `allUsers` holds a role with the permission.
    AllUsers,
    /// The service's `invokerIamDisabled`.
    InvokerIamDisabled,
}

/// What closes a resource to everybody. It is told only to whoever may otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closed<'a> {
    /// The project has disabled the API that is called.
    Api {
        /// Which one.
        api: &'a ApiName,
        /// Whose.
        project: &'a ProjectId,
    },
    /// The project is marked for deletion. It can still be looked at, and brought back.
    Project(&'a ProjectId),
}

/// Why a permit was given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ground {
    /// A binding grants it.
    Binding {
        /// Where the policy hangs.
        at: ResourceName,
        /// The role that includes the permission.
        role: RoleName,
        /// The member that matched.
        member: Member,
        /// The condition that was met, where the binding has one.
        condition: Option<Condition>,
    },
    /// Everybody may.
    Open(Openness),
    /// The fixed table of what Doorward does for itself.
    System,
}

/// Why a permit was not given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The account behind the credential is gone.
    AccountDeleted,
    /// The account behind the credential is disabled, or its project is marked for deletion.
    AccountDisabled,
    /// No credential, and nothing opens the resource.
    Anonymous,
    /// The project has disabled the API that is called.
    ApiDisabled,
    /// A binding would grant the permission, but its condition is not met.
    ConditionUnmet,
    /// A deny policy denies the permission, whatever bindings grant.
    DenyPolicy,
    /// No binding grants the permission.
    NoBinding,
    /// The project is marked for deletion.
    ProjectDeleted,
    /// The permission is not asked about this kind of resource.
    WrongKind,
}

/// A decision against.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("permission {permission} is denied on {resource} to {principal}")]
pub struct Denial {
    /// Who asked.
    pub principal: Principal,
    /// For what.
    pub permission: &'static str,
    /// On which resource.
    pub resource: ResourceName,
    /// Why not.
    pub cause: Cause,
}

impl Question<'_> {
    /// What opens the resource for this permission: its own configuration opens it for calls and nothing else.
    pub(crate) fn opened(&self, permission: &str) -> Option<Openness> {
        self.open.filter(|_| permission == RunRoutesInvoke::NAME)
    }
}

/// Decides whether `P` is granted on the first resource of the lineage.
pub fn decide<P: Permission>(question: &Question<'_>) -> Result<Permit<P>, Box<Denial>> {
    let Some(level) = question.lineage.first() else {
        unreachable!("a lineage starts with the resource itself")
    };
    let denial = |cause| {
        Box::new(Denial {
            principal: question.principal.clone(),
            permission: P::NAME,
            resource: level.name.clone(),
            cause,
        })
    };
    let name = P::Resource::try_from(level.name).map_err(|_| denial(Cause::WrongKind))?;
    let ground = ground(question, P::NAME).map_err(denial)?;
    Ok(Permit::new(name, level.uid.clone(), question.principal.clone(), ground, question.revision))
}

/// Whether a permission is held, for `testIamPermissions`: an answer, not a permit.
pub fn holds(question: &Question<'_>, permission: &str) -> bool {
    ground(question, permission).is_ok()
}

/// The decision itself: whether anything closes what there is a ground for.
pub(crate) fn ground(question: &Question<'_>, permission: &str) -> Result<Ground, Cause> {
    let ground = unclosed(question, permission)?;
    match question.closed {
        None => Ok(ground),
        Some(Closed::Api { .. }) => Err(Cause::ApiDisabled),
        Some(Closed::Project(_)) if OF_DELETED_PROJECTS.contains(&permission) => Ok(ground),
        Some(Closed::Project(_)) => Err(Cause::ProjectDeleted),
    }
}

/// What can be done with a project that is marked for deletion.
const OF_DELETED_PROJECTS: [&str; 4] = [
    ResourcemanagerProjectsDelete::NAME,
    ResourcemanagerProjectsGet::NAME,
    ResourcemanagerProjectsGetIamPolicy::NAME,
    ResourcemanagerProjectsUndelete::NAME,
];

/// The first ground found, from the resource upwards.
pub(crate) fn unclosed(question: &Question<'_>, permission: &str) -> Result<Ground, Cause> {
    match (question.principal, question.standing) {
        (Principal::System(_), _) => {
            return if system_permissions().contains(&permission) {
                Ok(Ground::System)
            } else {
                Err(Cause::NoBinding)
            };
        }
        (_, Standing::Deleted) => return Err(Cause::AccountDeleted),
        (_, Standing::Disabled | Standing::ProjectDeleted(_)) => return Err(Cause::AccountDisabled),
        (_, Standing::Active) => {}
    }
    if let Some(open) = question.opened(permission) {
        return Ok(Ground::Open(open));
    }
    let circumstances = circumstances(question);
    if denying(question, &circumstances, permission).is_some() {
        return Err(Cause::DenyPolicy);
    }
    bound(question, permission)
}

/// What bindings grant, whatever deny policies say.
pub(crate) fn bound(question: &Question<'_>, permission: &str) -> Result<Ground, Cause> {
    let circumstances = circumstances(question);
    let mut unmet = false;
    for (level, binding) in granting(question, permission) {
        let Some(grantee) = binding.members.iter().find(|grantee| matches(grantee, question)) else {
            continue;
        };
        if !is_met(binding, &circumstances) {
            unmet = true;
            continue;
        }
        return Ok(match grantee.member {
            Member::AllAuthenticatedUsers => Ground::Open(Openness::AllAuthenticatedUsers),
            Member::AllUsers => Ground::Open(Openness::AllUsers),
            _ => Ground::Binding {
                at: level.name.clone(),
                role: binding.role.clone(),
                member: grantee.member.clone(),
                condition: binding.condition.clone(),
            },
        });
    }
    Err(match question.principal {
        _ if unmet => Cause::ConditionUnmet,
        Principal::Anonymous => Cause::Anonymous,
        _ => Cause::NoBinding,
    })
}

/// What conditions are asked about: the resource itself, wherever in its lineage they hang.
pub(crate) fn circumstances<'a>(question: &Question<'a>) -> Circumstances<'a> {
    let Some(level) = question.lineage.first() else {
        unreachable!("a lineage starts with the resource itself")
    };
    Circumstances::of(question.time, level.name)
}

/// A condition that cannot be evaluated is not met.
fn is_met(binding: &Binding, circumstances: &Circumstances<'_>) -> bool {
    binding.condition.as_ref().is_none_or(|condition| condition.evaluate(circumstances) == Verdict::Met)
}

/// Every binding, from the resource upwards, whose role includes the permission.
pub(crate) fn granting<'a>(
    question: &Question<'a>,
    permission: &str,
) -> impl Iterator<Item = (&'a Level<'a>, &'a Binding)> {
    question
        .lineage
        .iter()
        .filter_map(|level| Some((level, level.policy?)))
        .flat_map(|(level, policy)| policy.bindings.iter().map(move |binding| (level, binding)))
        .filter(move |(_, binding)| role_grants(question.custom_roles, &binding.role, permission))
}

/// Whether a grantee of a binding is, or includes, who asks.
pub(crate) fn matches(grantee: &Grantee, question: &Question<'_>) -> bool {
    match &grantee.member {
        Member::AllUsers => true,
        Member::AllAuthenticatedUsers => match question.principal {
            Principal::Anonymous | Principal::Federated { .. } => false,
            Principal::Person { .. } | Principal::ServiceAccount { .. } | Principal::System(_) => true,
        },
        Member::Domain(domain) => {
            matches!(question.principal, Principal::Person { email, .. } if email.domain() == domain.as_str())
        }
        Member::Group(group) => question.groups.contains(group),
        Member::ProjectEditor(project) => holds_basic_role(question, project, "roles/editor"),
        Member::ProjectOwner(project) => holds_basic_role(question, project, "roles/owner"),
        Member::ProjectViewer(project) => holds_basic_role(question, project, "roles/viewer"),
        Member::ServiceAccount(_) | Member::User(_) => grantee.is(question.principal),
        Member::Deleted { .. } => false,
        Member::Federated { .. } | Member::Kubernetes { .. } => {
            vouched::names(&question.vouched, question.principal, &grantee.member)
        }
    }
}

/// `projectOwner:P` and its like mean whoever holds the basic role in the policy of `P`, which must stand in the
/// lineage. Convenience members inside that policy do not count, so that the question ends.
fn holds_basic_role(question: &Question<'_>, project: &ProjectId, role: &str) -> bool {
    let policy = question.lineage.iter().find_map(|level| match level.name {
        ResourceName::Project(id) if id == project => level.policy,
        _ => None,
    });
    policy.is_some_and(|policy| {
        policy
            .bindings
            .iter()
            // Basic roles have no conditions; should one have got there, it does not count.
            .filter(|binding| binding.role.as_str() == role && binding.condition.is_none())
            .flat_map(|binding| &binding.members)
            .any(|grantee| match &grantee.member {
                Member::ProjectEditor(_) | Member::ProjectOwner(_) | Member::ProjectViewer(_) => false,
                _ => matches(grantee, question),
            })
    })
}
