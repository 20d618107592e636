//! Predefined roles: the catalogue of facts §4.3, §4.5 and §11, as far as the permissions exist here.

use names::RoleName;

use crate::permission;

/// A role that Google defines.
#[derive(Clone, Copy, Debug)]
pub struct PredefinedRole {
    /// `roles/…`.
    pub name: &'static str,
    /// The title that people see.
    pub title: &'static str,
    grants: Grants,
}

/// How a role says what it grants.
#[derive(Clone, Copy, Debug)]
enum Grants {
    /// Everything except what only a token creator may do.
    Owner,
    /// Everything but managing access.
    Editor,
    /// Everything that only reads.
    Viewer,
    /// These, where a trailing `*` stands for the rest of a name.
    These(&'static [&'static str]),
}

const ROLES: &[PredefinedRole] = &[
    role("roles/cloudscheduler.admin", "Cloud Scheduler Admin", &["cloudscheduler.*"]),
    role("roles/cloudscheduler.jobRunner", "Cloud Scheduler Job Runner", &["cloudscheduler.jobs.run"]),
    role(
        "roles/cloudscheduler.serviceAgent",
        "Cloud Scheduler Service Agent",
        &["iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken"],
    ),
    role(
        "roles/cloudscheduler.viewer",
        "Cloud Scheduler Viewer",
        &["cloudscheduler.jobs.get", "cloudscheduler.jobs.list"],
    ),
    PredefinedRole { name: "roles/editor", title: "Editor", grants: Grants::Editor },
    role(
        "roles/iam.serviceAccountAdmin",
        "Service Account Admin",
        &[
            "iam.serviceAccounts.create",
            "iam.serviceAccounts.delete",
            "iam.serviceAccounts.disable",
            "iam.serviceAccounts.enable",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getIamPolicy",
            "iam.serviceAccounts.list",
            "iam.serviceAccounts.setIamPolicy",
            "resourcemanager.projects.get",
        ],
    ),
    role(
        "roles/iam.serviceAccountKeyAdmin",
        "Service Account Key Admin",
        &[
            "iam.serviceAccountKeys.*",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.list",
            "resourcemanager.projects.get",
        ],
    ),
    role(
        "roles/iam.serviceAccountOpenIdTokenCreator",
        "Service Account OpenID Connect Identity Token Creator",
        &["iam.serviceAccounts.getOpenIdToken"],
    ),
    role(
        "roles/iam.serviceAccountTokenCreator",
        "Service Account Token Creator",
        &[
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "iam.serviceAccounts.list",
        ],
    ),
    role(
        "roles/iam.serviceAccountUser",
        "Service Account User",
        &[
            "iam.serviceAccounts.actAs",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.list",
            "resourcemanager.projects.get",
        ],
    ),
    role(
        "roles/iam.serviceAccountViewer",
        "View Service Accounts",
        &[
            "iam.serviceAccountKeys.get",
            "iam.serviceAccountKeys.list",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getIamPolicy",
            "iam.serviceAccounts.list",
            "resourcemanager.projects.get",
        ],
    ),
    role(
        "roles/iam.workloadIdentityUser",
        "Workload Identity User",
        &[
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "iam.serviceAccounts.list",
        ],
    ),
    role("roles/logging.viewer", "Logs Viewer", &["logging.logEntries.list", "resourcemanager.projects.get"]),
    PredefinedRole { name: "roles/owner", title: "Owner", grants: Grants::Owner },
    role(
        "roles/resourcemanager.projectIamAdmin",
        "Project IAM Admin",
        &[
            "resourcemanager.projects.get",
            "resourcemanager.projects.getIamPolicy",
            "resourcemanager.projects.setIamPolicy",
        ],
    ),
    role("roles/run.admin", "Cloud Run Admin", &["resourcemanager.projects.get", "run.*"]),
    role(
        "roles/run.developer",
        "Cloud Run Developer",
        &[
            "resourcemanager.projects.get",
            "run.operations.*",
            "run.services.create",
            "run.services.delete",
            "run.services.get",
            "run.services.getIamPolicy",
            "run.services.list",
            "run.services.update",
        ],
    ),
    role("roles/run.invoker", "Cloud Run Invoker", &["run.routes.invoke"]),
    role(
        "roles/run.serviceAgent",
        "Cloud Run Service Agent",
        &["iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken", "run.routes.invoke"],
    ),
    role("roles/run.servicesInvoker", "Cloud Run Service Invoker", &["run.routes.invoke"]),
    role(
        "roles/run.viewer",
        "Cloud Run Viewer",
        &[
            "resourcemanager.projects.get",
            "run.operations.get",
            "run.operations.list",
            "run.services.get",
            "run.services.getIamPolicy",
            "run.services.list",
        ],
    ),
    PredefinedRole { name: "roles/viewer", title: "Viewer", grants: Grants::Viewer },
];

const fn role(
    name: &'static str,
    title: &'static str,
    permissions: &'static [&'static str],
) -> PredefinedRole {
    PredefinedRole { name, title, grants: Grants::These(permissions) }
}

/// Every predefined role, sorted by name.
pub fn predefined_roles() -> &'static [PredefinedRole] {
    ROLES
}

impl PredefinedRole {
    /// `true` when the role grants this permission.
    pub fn includes(&self, permission: &str) -> bool {
        let verb = permission.rsplit('.').next().unwrap_or_default();
        let token_creators_only = matches!(
            verb,
            "getAccessToken" | "getOpenIdToken" | "implicitDelegation" | "signBlob" | "signJwt"
        );
        match self.grants {
            Grants::Editor => {
                !token_creators_only
                    && !matches!(verb, "setIamPolicy")
                    && permission != "resourcemanager.projects.create"
            }
            Grants::Owner => !token_creators_only,
            Grants::These(permissions) => permissions.iter().any(|granted| match granted.strip_suffix('*') {
                Some(prefix) => permission.starts_with(prefix),
                None => *granted == permission,
            }),
            Grants::Viewer => matches!(verb, "get" | "getIamPolicy" | "list"),
        }
    }

    /// The permissions it grants, out of the catalogue, sorted.
    pub fn permissions(&self) -> impl Iterator<Item = &'static str> {
        permission::ALL.iter().copied().filter(|permission| self.includes(permission))
    }
}

/// `true` when the role exists and grants the permission.
pub fn role_includes(role: &RoleName, permission: &str) -> bool {
    find(role).is_some_and(|role| role.includes(permission))
}

pub(crate) fn role_exists(role: &RoleName) -> bool {
    find(role).is_some()
}

fn find(role: &RoleName) -> Option<&'static PredefinedRole> {
    ROLES.binary_search_by(|known| known.name.cmp(role.as_str())).ok().map(|position| &ROLES[position])
}
