//! Why a decision came out as it did: every check that was made, what it expected and what it found.

use std::fmt;
use std::sync::LazyLock;

use names::{ApiName, DenyPolicyName, Principal, PrincipalIdentifier, ProjectId, ResourceName, ShellWord};

use crate::condition::{Circumstances, Verdict};
use crate::decide::{
    Cause, Closed, Ground, Openness, Question, Standing, bound, circumstances, granting, ground, matches,
};
use crate::deny::{denying, denying_at};
use crate::policy::Binding;
use crate::{PredefinedRole, permission, predefined_roles};

/// A decision with its checks, in the order in which they were made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// How it ended.
    pub outcome: Result<Ground, Cause>,
    /// Every check.
    pub checks: Vec<Check>,
    /// What would change a refusal, where one change is known to be enough, or the first of several.
    pub repair: Option<Repair>,
    /// What would have granted it, had no deny policy denied it.
    pub despite: Option<Ground>,
}

/// One check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// What was looked at.
    pub subject: String,
    /// What would have passed.
    pub expected: String,
    /// What was there.
    pub found: String,
    /// Whether it passed.
    pub passed: bool,
    /// The resource whose policies it tells of; `None` where it tells of none.
    pub level: Option<ResourceName>,
}

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

/// Makes the same decision as [`crate::decide`] and says how.
pub fn explain(question: &Question<'_>, permission: &str) -> Explanation {
    let outcome = ground(question, permission);
    if matches!(question.principal, Principal::System(_)) {
        let checks = vec![Check {
            subject: format!("what {} does by itself", question.principal),
            expected: permission.to_owned(),
            found: if outcome.is_ok() { permission.to_owned() } else { "something else".to_owned() },
            passed: outcome.is_ok(),
            level: None,
        }];
        return Explanation { outcome, checks, repair: None, despite: None };
    }
    let mut checks = vec![standing_check(question)];
    if checks[0].passed {
        if let Some(open) = question.opened(permission) {
            checks.push(Check {
                subject: "the resource's own configuration".to_owned(),
                expected: "closed, or opened on purpose".to_owned(),
                found: format!("{open:?}"),
                passed: true,
                level: None,
            });
        } else {
            deny_checks(question, permission, &mut checks);
            if outcome != Err(Cause::DenyPolicy) {
                binding_checks(question, permission, &mut checks);
            }
        }
        if matches!(outcome, Err(Cause::ApiDisabled | Cause::ProjectDeleted)) {
            checks.extend(question.closed.map(closed_check));
        }
    }
    let repair = outcome.as_ref().err().and_then(|cause| repair(question, permission, *cause));
    let despite = (outcome == Err(Cause::DenyPolicy)).then(|| bound(question, permission).ok()).flatten();
    Explanation { outcome, checks, repair, despite }
}

fn closed_check(closed: Closed<'_>) -> Check {
    match closed {
        Closed::Api { api, project } => Check {
            subject: format!("{api} in projects/{project}"),
            expected: "enabled".to_owned(),
            found: "disabled".to_owned(),
            passed: false,
            level: None,
        },
        Closed::Project(project) => Check {
            subject: format!("projects/{project}"),
            expected: "in use".to_owned(),
            found: "marked for deletion".to_owned(),
            passed: false,
            level: None,
        },
    }
}

fn standing_check(question: &Question<'_>) -> Check {
    Check {
        subject: format!("the account of {}", question.principal),
        expected: "active".to_owned(),
        found: question.standing.to_string(),
        passed: question.standing == Standing::Active,
        level: None,
    }
}

/// One check for each level that has deny policies, up to the rule that decides.
fn deny_checks(question: &Question<'_>, permission: &str, checks: &mut Vec<Check>) {
    let circumstances = circumstances(question);
    for level in question.lineage.iter().filter(|level| !level.denies.is_empty()) {
        let denying = denying_at(level, question, &circumstances, permission);
        let check = match &denying {
            None => Check {
                subject: format!("the deny policies of {}", level.name),
                expected: format!("no rule that denies {permission} to {}", question.principal),
                found: "none".to_owned(),
                passed: true,
                level: Some(level.name.clone()),
            },
            Some(denying) => Check {
                subject: format!("rule {} of {}", denying.rule, denying.policy.name),
                expected: format!("not to deny {permission} to {}", question.principal),
                found: format!("it denies it to {}", denying.principal.identifier),
                passed: false,
                level: Some(level.name.clone()),
            },
        };
        checks.push(check);
        if denying.is_some() {
            return;
        }
    }
}

fn binding_checks(question: &Question<'_>, permission: &str, checks: &mut Vec<Check>) {
    let circumstances = circumstances(question);
    for level in question.lineage {
        let mut bindings = granting(question, permission).filter(|(at, _)| at.name == level.name).peekable();
        if bindings.peek().is_none() {
            checks.push(Check {
                subject: format!("the policy of {}", level.name),
                expected: format!("a binding of a role with {permission}"),
                found: "none".to_owned(),
                passed: false,
                level: Some(level.name.clone()),
            });
        }
        for (_, binding) in bindings {
            let check = binding_check(question, &circumstances, level.name, binding);
            let passed = check.passed;
            checks.push(check);
            if passed {
                return;
            }
        }
    }
}

fn binding_check(
    question: &Question<'_>,
    circumstances: &Circumstances<'_>,
    at: &ResourceName,
    binding: &Binding,
) -> Check {
    let mut expected = format!("a member that includes {}", question.principal);
    let mut subject = format!("{} in the policy of {at}", binding.role);
    let member = binding.members.iter().find(|grantee| matches(grantee, question));
    let mut passed = member.is_some();
    let mut found = match member {
        Some(grantee) => grantee.member.to_string(),
        None => format!("{} other member(s)", binding.members.len()),
    };
    if let Some(condition) = &binding.condition {
        subject = format!("{subject} on the condition \"{}\"", condition.title());
        expected = format!("{expected}, while {}", condition.expression());
        if passed {
            let verdict = condition.evaluate(circumstances);
            passed = verdict == Verdict::Met;
            found = format!("{found}, and at {} the condition {verdict}", question.time);
        }
    }
    Check { subject, expected, found, passed, level: Some(at.clone()) }
}

fn repair(question: &Question<'_>, permission: &str, cause: Cause) -> Option<Repair> {
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

impl Ground {
    /// The resource whose policy grants it; `None` where none does, or everybody may.
    pub fn level(&self) -> Option<&ResourceName> {
        match self {
            Self::Binding { at, .. } => Some(at),
            Self::Open(_) | Self::System => None,
        }
    }
}

/// Why it was granted, in words.
impl fmt::Display for Ground {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Binding { at, role, member, condition: None } => {
                write!(formatter, "{member} has {role} on {at}")
            }
            Self::Binding { at, role, member, condition: Some(condition) } => {
                write!(formatter, "{member} has {role} on {at} on the condition \"{}\"", condition.title())
            }
            Self::Open(Openness::AllAuthenticatedUsers) => {
                formatter.write_str("open to allAuthenticatedUsers")
            }
            Self::Open(Openness::AllUsers) => formatter.write_str("open to allUsers"),
            Self::Open(Openness::InvokerIamDisabled) => formatter.write_str("open: invokerIamDisabled"),
            Self::System => formatter.write_str("Doorward itself"),
        }
    }
}
