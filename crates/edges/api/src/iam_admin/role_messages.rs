//! Roles as messages, and stages in both directions.

use access::{RoleRecord, Stored};
use iam::{PredefinedRole, Stage};
use problem::Problem;
use wire::google::iam::admin::v1::role::RoleLaunchStage;
use wire::google::iam::admin::v1::{Role, RoleView};

use crate::refusal::invalid;

/// A custom role; its etag is the revision at which it was written.
pub(super) fn custom(stored: &Stored<RoleRecord>, view: RoleView) -> Role {
    let (record, definition) = (&stored.record, &stored.record.definition);
    let permissions = definition.permissions.iter().map(ToString::to_string);
    Role {
        name: record.name.to_string(),
        title: definition.title.clone(),
        description: definition.description.clone(),
        included_permissions: if view == RoleView::Full { permissions.collect() } else { Vec::new() },
        stage: launch_stage(definition.stage).into(),
        etag: stored.revision.0.to_be_bytes().to_vec(),
        deleted: record.deleted_at.is_some(),
    }
}

/// A predefined role, which nobody changes.
pub(super) fn predefined(role: &PredefinedRole, view: RoleView) -> Role {
    let permissions = role.permissions().map(str::to_owned);
    Role {
        name: role.name.to_owned(),
        title: role.title.to_owned(),
        description: role.description.to_owned(),
        included_permissions: if view == RoleView::Full { permissions.collect() } else { Vec::new() },
        stage: launch_stage(role.stage).into(),
        etag: vec![0],
        deleted: false,
    }
}

/// The stage that a number of the protocol means.
pub(super) fn stage(number: i32) -> Result<Stage, Problem> {
    match RoleLaunchStage::try_from(number) {
        Ok(RoleLaunchStage::Alpha) => Ok(Stage::Alpha),
        Ok(RoleLaunchStage::Beta) => Ok(Stage::Beta),
        Ok(RoleLaunchStage::Deprecated) => Ok(Stage::Deprecated),
        Ok(RoleLaunchStage::Disabled) => Ok(Stage::Disabled),
        Ok(RoleLaunchStage::Eap) => Ok(Stage::Eap),
        Ok(RoleLaunchStage::Ga) => Ok(Stage::Ga),
        Err(_) => Err(invalid("role.stage", format!("{number} is no launch stage"))),
    }
}

fn launch_stage(stage: Stage) -> RoleLaunchStage {
    match stage {
        Stage::Alpha => RoleLaunchStage::Alpha,
        Stage::Beta => RoleLaunchStage::Beta,
        Stage::Deprecated => RoleLaunchStage::Deprecated,
        Stage::Disabled => RoleLaunchStage::Disabled,
        Stage::Eap => RoleLaunchStage::Eap,
        Stage::Ga => RoleLaunchStage::Ga,
    }
}
