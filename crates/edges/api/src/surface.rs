//! How one of Google's APIs speaks: its name in errors, and its wording where APIs differ (facts §0.1).

use context::Context;
use names::ApiName;

/// One API.
#[derive(Debug)]
pub(crate) struct Surface {
    /// Its host name at Google, as in `ErrorInfo.domain` and full resource names.
    pub host: &'static str,
    /// How it says that a permission is missing.
    pub denial: Denial,
    /// How it says that a resource is missing; `{}` stands for the name as the caller wrote it.
    pub missing: &'static str,
}

/// How an API says that a permission is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Denial {
    /// `Permission SERVICE/P denied on resource R`, in the form of deny policies: those themselves. Seen in
    /// GoogleCloudPlatform/nodejs-docs-samples issue 3144.
    Deny,
    /// `Permission 'P' denied on resource 'R' (or it may not exist).`: most APIs.
    Permission,
    /// `The principal (user or service account) lacks IAM permission "P" for the resource "R" …`: Scheduler, Tasks.
    Principal,
}

/// Service accounts and their keys.
pub(crate) const IAM: Surface =
    Surface { host: "iam.googleapis.com", denial: Denial::Permission, missing: "Unknown service account" };

/// Custom roles.
pub(crate) const ROLES: Surface = Surface {
    host: "iam.googleapis.com",
    denial: Denial::Permission,
    missing: "The role named {} was not found.",
};
/// Deny policies.
pub(crate) const DENY: Surface =
    Surface { host: "iam.googleapis.com", denial: Denial::Deny, missing: "Resource '{}' not found." };

/// Tokens for service accounts.
pub(crate) const CREDENTIALS: Surface = Surface {
    host: "iamcredentials.googleapis.com",
    denial: Denial::Permission,
    missing: "Not found; Gaia id not found for email {}",
};

/// Projects.
pub(crate) const RESOURCE_MANAGER: Surface = Surface {
    host: "cloudresourcemanager.googleapis.com",
    denial: Denial::Permission,
    missing: "Project '{}' not found.",
};

/// The organization above projects.
pub(crate) const ORGANIZATIONS: Surface = Surface {
    host: "cloudresourcemanager.googleapis.com",
    denial: Denial::Permission,
    missing: "Organization '{}' not found.",
};

/// Services and their operations.
pub(crate) const RUN: Surface = Surface {
    host: "run.googleapis.com",
    denial: Denial::Permission,
    missing: "Resource '{}' does not exist.",
};

/// Functions of both generations, and their operations.
pub(crate) const FUNCTIONS: Surface = Surface {
    host: "cloudfunctions.googleapis.com",
    denial: Denial::Permission,
    missing: "Resource '{}' was not found",
};

/// Jobs.
pub(crate) const SCHEDULER: Surface =
    Surface { host: "cloudscheduler.googleapis.com", denial: Denial::Principal, missing: "Job not found." };

/// The APIs that projects use.
pub(crate) const SERVICE_USAGE: Surface = Surface {
    host: "serviceusage.googleapis.com",
    denial: Denial::Permission,
    missing: "Resource '{}' not found.",
};

/// Log entries.
pub(crate) const LOGGING: Surface = Surface {
    host: "logging.googleapis.com",
    denial: Denial::Permission,
    missing: "Resource '{}' not found.",
};

/// What Doorward adds of its own.
pub(crate) const DOORWARD: Surface = Surface {
    host: "doorward.googleapis.com",
    denial: Denial::Permission,
    missing: "Resource '{}' not found.",
};

/// Policies of any resource, through the mixin that every API shares.
pub(crate) const ANY: Surface =
    Surface { host: "iam.googleapis.com", denial: Denial::Permission, missing: "Resource '{}' not found." };

impl Surface {
    /// The circumstances of a call that this API answers. A mixin's host need not say which one that is.
    pub(crate) fn answering(&self, context: Context) -> Context {
        match ApiName::parse(self.host) {
            Ok(api) => context.through(api),
            Err(_) => context,
        }
    }

    /// The sentence for a missing permission.
    pub(crate) fn denied(&self, permission: &str, resource: &str) -> String {
        match self.denial {
            Denial::Deny => {
                let asked = permission.split_once('.').map_or(permission, |(_, rest)| rest);
                format!("Permission {}/{asked} denied on resource {resource}", self.host)
            }
            Denial::Permission => format!(
                "Permission '{permission}' denied on resource '//{}/{resource}' (or it may not exist).",
                self.host
            ),
            Denial::Principal => format!(
                "The principal (user or service account) lacks IAM permission \"{permission}\" for the resource \"{resource}\" (or the resource may not exist)."
            ),
        }
    }

    /// The sentence for a missing resource.
    pub(crate) fn missing(&self, resource: &str) -> String {
        self.missing.replace("{}", resource)
    }
}
