//! Deny policies as messages.

use access::{Access, DenyPolicyChange, DenyPolicyRecord, PolicyOperationKind, Stored};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use iam::{DeniedPrincipal, DenyRule};
use names::{AttachmentPoint, DenyPermission, DenyPolicyName, PrincipalIdentifier, ProjectRef, UniqueId};

use wire::google::iam::v2::policy_rule::Kind;
use wire::google::iam::v2::{self, Policy, PolicyOperationMetadata, PolicyRule};
use wire::google::longrunning::{Operation, operation as result};
use wire::{any, time};

use crate::policies;

/// A policy as it is answered, with the project by its number.
pub(super) fn policy(access: &Access, stored: &Stored<DenyPolicyRecord>) -> Policy {
    Policy { etag: STANDARD.encode(stored.revision.0.to_be_bytes()), ..bare(access, &stored.record) }
}

fn bare(access: &Access, record: &DenyPolicyRecord) -> Policy {
    Policy {
        name: name(access, &record.name),
        uid: record.uid.to_string(),
        kind: "DenyPolicy".to_owned(),
        display_name: record.display_name.clone(),
        annotations: record.annotations.clone().into_iter().collect(),
        create_time: Some(time::timestamp(record.create_time)),
        update_time: Some(time::timestamp(record.update_time)),
        rules: record.rules.iter().map(|known| rule(access, known)).collect(),
        ..Policy::default()
    }
}

/// An operation: done, since everything is when it is answered. The policy in it has its etag while it still is as the
/// operation left it.
pub(crate) fn operation(access: &Access, change: &DenyPolicyChange) -> Operation {
    let DenyPolicyChange { operation, revision } = change;
    let ended = Some(time::timestamp(operation.create_time));
    let etag = revision.map(|revision| STANDARD.encode(revision.0.to_be_bytes()));
    let delete_time = ended.filter(|_| operation.kind == PolicyOperationKind::Delete);
    let bare = bare(access, &operation.record);
    let policy = Policy { etag: etag.unwrap_or_default(), delete_time, ..bare };
    let metadata = PolicyOperationMetadata { create_time: ended };
    Operation {
        name: format!("{}/operations/{}", policy.name, operation.operation),
        metadata: Some(any::pack(&metadata)),
        done: true,
        result: Some(result::Result::Response(any::pack(&policy))),
    }
}

fn name(access: &Access, name: &DenyPolicyName) -> String {
    let AttachmentPoint::Project(project) = &name.attached_to else { return name.to_string() };
    match access.project(&ProjectRef::Id(project.clone())) {
        Some(found) => format!(
            "policies/cloudresourcemanager.googleapis.com%2Fprojects%2F{}/denypolicies/{}",
            found.number, name.policy
        ),
        None => name.to_string(),
    }
}

fn rule(access: &Access, rule: &DenyRule) -> PolicyRule {
    let principals = |known: &[DeniedPrincipal]| known.iter().map(|named| shown(access, named)).collect();
    let permissions = |known: &[DenyPermission]| known.iter().map(ToString::to_string).collect();
    PolicyRule {
        description: rule.description.clone(),
        kind: Some(Kind::DenyRule(v2::DenyRule {
            denied_principals: principals(&rule.denied_principals),
            exception_principals: principals(&rule.exception_principals),
            denied_permissions: permissions(&rule.denied_permissions),
            exception_permissions: permissions(&rule.exception_permissions),
            denial_condition: rule.condition.as_ref().map(policies::expression),
        })),
    }
}

/// A principal, or its `deleted:` form where the account that was named is gone.
fn shown(access: &Access, named: &DeniedPrincipal) -> String {
    let gone = |unique_id: &&UniqueId| match &named.identifier {
        PrincipalIdentifier::ServiceAccount(email) => {
            access.account(email).is_none_or(|account| account.unique_id != **unique_id)
        }
        _ => false,
    };
    match named.unique_id.as_ref().filter(gone) {
        Some(unique_id) => format!("deleted:{}?uid={unique_id}", named.identifier),
        None => named.identifier.to_string(),
    }
}
