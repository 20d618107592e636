//! Why a decision came out as it did: every check that was made, what it expected and what it found.

use std::fmt;

use names::{Principal, ResourceName};

use crate::condition::{Circumstances, Verdict};
use crate::decide::{
    Cause, Closed, Ground, Openness, Question, Standing, bound, circumstances, granting, ground, matches,
};
use crate::deny::denying_at;
use crate::policy::Binding;
use crate::repair::{Repair, repair};

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
