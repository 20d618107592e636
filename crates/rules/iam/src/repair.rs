//! What would let somebody in who was refused, and how much of that they may be told.

use std::fmt;
use std::sync::LazyLock;

use names::{ApiName, DenyPolicyName, Principal, PrincipalIdentifier, ProjectId, ResourceName, ShellWord};

use crate::decide::{Cause, Closed, Question, Standing, circumstances};
use crate::deny::denying;
use crate::explain::Explanation;
use crate::{PredefinedRole, permission, predefined_roles};

/// The smallest change that would let the caller in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Repair {
    /// Bind a role on the resource.
    AddBinding {
        /// Where.
        resource: ResourceName,
        /// The role with the fewest permissions that includes the one asked for.
        role: &'static str,
        /// Whom.
        member: String,
    },
    /// Enable the account.
    EnableAccount {
        /// Which one.
        email: String,
    },
    /// Enable the API in the project.
    EnableApi {
        /// Which one.
        api: ApiName,
        /// Where.
        project: ProjectId,
    },
    /// Except the caller from a rule of a deny policy.
    ExceptFromDeny {
        /// Which policy.
        policy: DenyPolicyName,
        /// Which of its rules, from 1.
        rule: usize,
        /// The caller, as rules name principals.
        principal: PrincipalIdentifier,
    },
    /// Bring the project back.
    UndeleteProject {
        /// Which one.
        project: ProjectId,
    },
}

impl Repair {
    /// The resource whose policy it is about; `None` where it is about none.
    pub fn level(&self) -> Option<ResourceName> {
        match self {
            Self::AddBinding { resource, .. } => Some(resource.clone()),
            Self::EnableAccount { .. } | Self::EnableApi { .. } | Self::UndeleteProject { .. } => None,
            Self::ExceptFromDeny { policy, .. } => Some(policy.attached_to.clone().into()),
        }
    }

    /// The binding that would give the principal a permission on a resource: of the role that allows the least besides.
    /// A role that mints tokens allows more than any other, so it is named only where tokens are what is missing.
    pub fn for_missing(wanted: &str, principal: &Principal, resource: ResourceName) -> Option<Self> {
        let member = match principal {
            Principal::Federated { .. } | Principal::Person { .. } | Principal::ServiceAccount { .. } => {
                principal.to_string()
            }
            Principal::Anonymous | Principal::System(_) => return None,
        };
        let (role, _) = predefined_roles()
            .iter()
            .zip(POWERS.iter())
            .filter(|(role, _)| role.includes(wanted) && !role.name.ends_with("serviceAgent"))
            .min_by_key(|(_, power)| **power)?;
        Some(Self::AddBinding { resource, role: role.name, member })
    }
}

/// The repair as a command that can be pasted: one that asks the Doorward that refused, and never Google.
impl fmt::Display for Repair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddBinding { resource, role, member } => {
                let resource = resource.to_string();
                let (resource, member, role) = (ShellWord(&resource), ShellWord(member), ShellWord(role));
                write!(
                    formatter,
                    "doorward add-iam-policy-binding {resource} --member={member} --role={role}"
                )
            }
            Self::EnableAccount { email } => {
                write!(formatter, "doorward enable-service-account {}", ShellWord(email))
            }
            Self::EnableApi { api, project } => {
                write!(formatter, "doorward exec -- gcloud services enable {api} --project={project}")
            }
            Self::ExceptFromDeny { policy, rule, principal } => {
                let (policy, principal) = (policy.to_string(), principal.to_string());
                let (policy, principal) = (ShellWord(&policy), ShellWord(&principal));
                write!(
                    formatter,
                    "doorward add-deny-policy-exception {policy} --rule={rule} --principal={principal}"
                )
            }
            Self::UndeleteProject { project } => {
                write!(formatter, "doorward exec -- gcloud projects undelete {project}")
            }
        }
    }
}

impl Explanation {
    /// What may be told to whoever was refused, who may see no policy: how to be let in, and of deny policies only to
    /// somebody whom a binding lets in, and only of those of the resource's own project.
    pub fn told(&self, principal: &Principal, permission: &str, resource: &ResourceName) -> Option<Repair> {
        match &self.repair {
            Some(Repair::ExceptFromDeny { .. }) if self.despite.is_none() => {
                Repair::for_missing(permission, principal, resource.clone())
            }
            Some(repair @ Repair::ExceptFromDeny { policy, .. }) => {
                let at = ResourceName::from(policy.attached_to.clone());
                let own = at == *resource || at.project().is_some_and(|own| resource.project() == Some(own));
                own.then(|| repair.clone())
            }
            other => other.clone(),
        }
    }
}

/// What would turn a refusal around, where one change is known to be enough, or the first of several.
pub(crate) fn repair(question: &Question<'_>, permission: &str, cause: Cause) -> Option<Repair> {
    match cause {
        Cause::AccountDisabled => match question.standing {
            Standing::ProjectDeleted(project) => Some(Repair::UndeleteProject { project: project.clone() }),
            Standing::Active | Standing::Deleted | Standing::Disabled => {
                question.principal.email().map(|email| Repair::EnableAccount { email: email.to_string() })
            }
        },
        Cause::ApiDisabled | Cause::ProjectDeleted => match question.closed? {
            Closed::Api { api, project } => {
                Some(Repair::EnableApi { api: api.clone(), project: project.clone() })
            }
            Closed::Project(project) => Some(Repair::UndeleteProject { project: project.clone() }),
        },
        Cause::ConditionUnmet | Cause::NoBinding => {
            let resource = question.lineage.iter().map(|level| level.name).find(|name| has_policy(name))?;
            Repair::for_missing(permission, question.principal, resource.clone())
        }
        Cause::DenyPolicy => {
            let denying = denying(question, &circumstances(question), permission)?;
            Some(Repair::ExceptFromDeny {
                policy: denying.policy.name.clone(),
                rule: denying.rule,
                principal: PrincipalIdentifier::of(question.principal)?,
            })
        }
        Cause::AccountDeleted | Cause::Anonymous | Cause::WrongKind => None,
    }
}

/// How much a role allows: whether it mints tokens, how many permissions to change something it has, and how many in all. What
/// nothing here asks for yet counts where it would make, change or remove something, or is of a product that is not here.
type Power = (bool, usize, usize, &'static str);

/// Of each predefined role, in their order: counted once, since every refusal asks.
static POWERS: LazyLock<Vec<Power>> = LazyLock::new(|| predefined_roles().iter().map(power).collect());

fn power(role: &PredefinedRole) -> Power {
    let product = |permission: &'static str| permission.split('.').next();
    let is_here = |wanted: &'static str| permission::ALL.iter().any(|here| product(here) == product(wanted));
    let is_asked = |permission: &'static str| permission::ALL.binary_search(&permission).is_ok();
    let counts = |permission: &'static str| is_asked(permission) || makes(permission) || !is_here(permission);
    let changes = role.permissions().filter(|permission| !reads(permission) && counts(permission)).count();
    let asked = role.permissions().filter(|permission| is_asked(permission)).count();
    (role.includes(MINTING), changes, asked, role.name)
}

fn reads(permission: &str) -> bool {
    matches!(permission.rsplit('.').next(), Some("get" | "getIamPolicy" | "list"))
}

fn makes(permission: &str) -> bool {
    matches!(permission.rsplit('.').next(), Some("create" | "delete" | "setIamPolicy" | "update"))
}

const MINTING: &str = "iam.serviceAccounts.getOpenIdToken";

/// Domain mappings, jobs and roles have no policy of their own: what they allow is bound above them.
fn has_policy(name: &ResourceName) -> bool {
    !matches!(name, ResourceName::DomainMapping(_) | ResourceName::Job(_) | ResourceName::Role(_))
}
