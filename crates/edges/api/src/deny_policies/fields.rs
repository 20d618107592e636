//! What a caller wants a deny policy to be.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use iam::{DeniedPrincipal, DenyRule};
use names::{AttachmentPoint, DenyPermission, PrincipalIdentifier, ProjectRef};
use problem::Problem;
use wire::google::iam::v2::policy_rule::Kind;
use wire::google::iam::v2::{Policy, PolicyRule};

use crate::call::unimplemented;
use crate::policies;
use crate::refusal::{invalid, malformed};

/// What an attachment point is called in refusals: in the caller's words, with the host.
pub(super) fn full_name(point: &AttachmentPoint<ProjectRef>) -> String {
    let relative = match point {
        AttachmentPoint::Folder(folder) => format!("folders/{folder}"),
        AttachmentPoint::Organization(organization) => format!("organizations/{organization}"),
        AttachmentPoint::Project(project) => format!("projects/{project}"),
    };
    format!("cloudresourcemanager.googleapis.com/{relative}")
}

/// At most 63 characters.
pub(super) fn display_name(policy: &Policy) -> Result<String, Problem> {
    match policy.display_name.chars().count() {
        0..=63 => Ok(policy.display_name.clone()),
        _ => Err(invalid("policy.display_name", "it has at most 63 characters")),
    }
}

/// Keys of at most 63 characters, values of at most 255.
pub(super) fn annotations(policy: &Policy) -> Result<BTreeMap<String, String>, Problem> {
    let fits = |(key, value): (&String, &String)| {
        (1..=63).contains(&key.chars().count()) && value.chars().count() <= 255
    };
    if policy.annotations.len() > MOST_ANNOTATIONS || !policy.annotations.iter().all(fits) {
        let rule = "keys have 1 to 63 characters, values at most 255, and there are at most 64 of them";
        return Err(invalid("policy.annotations", rule));
    }
    Ok(policy.annotations.clone().into_iter().collect())
}

/// The rules, each parsed.
pub(super) fn rules(policy: &Policy) -> Result<Vec<DenyRule>, Problem> {
    if !policy.managing_authority.is_empty() {
        return Err(unimplemented("A managing authority (managingAuthority)"));
    }
    policy.rules.iter().map(rule).collect()
}

/// The bytes of an etag; one that is none of ours fits no policy.
pub(super) fn etag(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap_or_default()
}

fn rule(rule: &PolicyRule) -> Result<DenyRule, Problem> {
    let Some(Kind::DenyRule(deny)) = &rule.kind else {
        return Err(invalid("policy.rules", "every rule of a deny policy is a denyRule"));
    };
    let field = "policy.rules.deny_rule.denial_condition";
    let condition = deny.denial_condition.as_ref().map(|condition| policies::condition(field, condition));
    Ok(DenyRule {
        description: rule.description.clone(),
        denied_principals: principals("denied_principals", &deny.denied_principals)?,
        exception_principals: principals("exception_principals", &deny.exception_principals)?,
        denied_permissions: permissions("denied_permissions", &deny.denied_permissions)?,
        exception_permissions: permissions("exception_permissions", &deny.exception_permissions)?,
        condition: condition.transpose()?.flatten(),
    })
}

fn principals(field: &str, texts: &[String]) -> Result<Vec<DeniedPrincipal>, Problem> {
    let principal = |text: &String| {
        if UNKNOWN_SETS.iter().any(|prefix| text.starts_with(prefix)) {
            return Err(unimplemented(&format!("A rule about {text}")));
        }
        let identifier = PrincipalIdentifier::parse(text);
        let identifier =
            identifier.map_err(|error| malformed(&format!("policy.rules.deny_rule.{field}"), &error))?;
        Ok(DeniedPrincipal { identifier, unique_id: None })
    };
    texts.iter().map(principal).collect()
}

fn permissions(field: &str, texts: &[String]) -> Result<Vec<DenyPermission>, Problem> {
    let permission = |text: &String| {
        DenyPermission::parse(text)
            .map_err(|error| malformed(&format!("policy.rules.deny_rule.{field}"), &error))
    };
    texts.iter().map(permission).collect()
}

const MOST_ANNOTATIONS: usize = 64;
/// Sets that Google knows and nobody here is in: a rule about them would deny nothing and look as if it did.
const UNKNOWN_SETS: [&str; 2] =
    ["principalSet://goog/cloudIdentityCustomerId/", "principalSet://cloudresourcemanager.googleapis.com/"];
