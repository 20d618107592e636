//! Owner, editor and viewer: rules over every permission there is.
//!
//! What an owner lacks is what Google's owners lack: tokens and signatures of service accounts, passing a proxy that
//! asks for identity, writing deny policies, and everything about what stands above projects.

use super::{Grants, PredefinedRole, Stage};

/// Which of the three.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Basic {
    /// Everything in a project, but see above.
    Owner,
    /// What changes resources, but neither access nor the project itself.
    Editor,
    /// What only reads.
    Viewer,
}

pub(super) const ROLES: &[PredefinedRole] = &[
    basic("roles/editor", "Editor", "See and change resources, but not who may do what.", Basic::Editor),
    basic("roles/owner", "Owner", "See and change resources, and who may do what.", Basic::Owner),
    basic("roles/viewer", "Viewer", "See resources.", Basic::Viewer),
];

const fn basic(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    basic: Basic,
) -> PredefinedRole {
    PredefinedRole { name, title, description, stage: Stage::Ga, grants: Grants::Basic(basic) }
}

impl Basic {
    /// Whether the rule takes in a permission, supposing that it exists.
    pub(super) fn includes(self, permission: &str) -> bool {
        let Some((collection, verb)) = permission.rsplit_once('.') else { return false };
        let owned = owner_has(collection, verb);
        match self {
            Self::Owner => owned,
            Self::Editor => owned && editor_keeps(collection, verb),
            Self::Viewer => owned && editor_keeps(collection, verb) && reads(verb),
        }
    }
}

fn owner_has(collection: &str, verb: &str) -> bool {
    let of_accounts =
        matches!(verb, "getAccessToken" | "getOpenIdToken" | "implicitDelegation" | "signBlob" | "signJwt");
    !(of_accounts
        || verb == "remediate"
        || (collection, verb) == ("iap.webServiceVersions", "accessViaIAP")
        || (collection == "iam.denypolicies" && !reads(verb))
        || (collection, verb) == ("resourcemanager.projects", "create")
        || matches!(collection, "resourcemanager.folders" | "resourcemanager.organizations"))
}

fn editor_keeps(collection: &str, verb: &str) -> bool {
    let product = collection.split('.').next().unwrap_or_default();
    match (product, collection, verb) {
        (_, _, "setIamPolicy" | "createTagBinding" | "deleteTagBinding") => false,
        ("iap", "iap.tunnelDestGroups", verb) => !matches!(verb, "accessViaIAP" | "getIamPolicy"),
        ("iap", _, verb) => matches!(verb, "getSettings" | "updateSettings"),
        ("iam", "iam.serviceAccountKeys", _) => true,
        ("iam", "iam.serviceAccounts", verb) => verb != "undelete",
        ("iam", _, verb) => reads(verb),
        ("logging", "logging.privateLogEntries" | "logging.fields", _) => false,
        ("logging", "logging.buckets", verb) => reads(verb) || verb == "copyLogEntries",
        ("logging", "logging.exclusions" | "logging.sinks", verb) => reads(verb),
        ("logging", "logging.views", verb) => verb != "access",
        ("logging", "logging.queries", verb) => !matches!(verb, "share" | "updateShared"),
        ("resourcemanager", _, verb) => reads(verb) || verb == "update",
        _ => true,
    }
}

fn reads(verb: &str) -> bool {
    matches!(
        verb,
        "fullView"
            | "get"
            | "getIamPolicy"
            | "getSettings"
            | "list"
            | "listEffectiveTags"
            | "listLogs"
            | "listResourceKeys"
            | "listResourceValues"
            | "listRevisions"
            | "listShared"
            | "listTagBindings"
    )
}
