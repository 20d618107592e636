//! Roles of projects and of what stands above them, and of the APIs that a project uses.

use super::{PredefinedRole, role};

pub(super) const ROLES: &[PredefinedRole] = &[
    role(
        "roles/browser",
        "Browser",
        "See the hierarchy, but nothing in the projects.",
        &[
            "resourcemanager.folders.get",
            "resourcemanager.folders.list",
            "resourcemanager.organizations.get",
            "resourcemanager.projects.get",
            "resourcemanager.projects.getIamPolicy",
            "resourcemanager.projects.list",
        ],
    ),
    role(
        "roles/resourcemanager.organizationAdmin",
        "Organization Administrator",
        "Administer access to everything in the organization.",
        &[
            "resourcemanager.folders.get",
            "resourcemanager.folders.getIamPolicy",
            "resourcemanager.folders.list",
            "resourcemanager.folders.setIamPolicy",
            "resourcemanager.organizations.*",
            "resourcemanager.projects.get",
            "resourcemanager.projects.getIamPolicy",
            "resourcemanager.projects.list",
            "resourcemanager.projects.setIamPolicy",
        ],
    ),
    role(
        "roles/resourcemanager.organizationViewer",
        "Organization Viewer",
        "See the organization.",
        &["resourcemanager.organizations.get"],
    ),
    role(
        "roles/resourcemanager.projectCreator",
        "Project Creator",
        "Make projects.",
        &["resourcemanager.organizations.get", "resourcemanager.projects.create"],
    ),
    role(
        "roles/resourcemanager.projectDeleter",
        "Project Deleter",
        "Delete projects.",
        &["resourcemanager.projects.delete"],
    ),
    role(
        "roles/resourcemanager.projectIamAdmin",
        "Project IAM Admin",
        "Administer access to the project.",
        &[
            "resourcemanager.projects.get",
            "resourcemanager.projects.getIamPolicy",
            "resourcemanager.projects.setIamPolicy",
        ],
    ),
    role(
        "roles/resourcemanager.projectMover",
        "Project Mover",
        "Change projects and move them.",
        &["resourcemanager.projects.get", "resourcemanager.projects.move", "resourcemanager.projects.update"],
    ),
    role(
        "roles/serviceusage.serviceUsageAdmin",
        "Service Usage Admin",
        "Enable, disable and use APIs.",
        &["serviceusage.operations.*", "serviceusage.quotas.*", "serviceusage.services.*"],
    ),
    role(
        "roles/serviceusage.serviceUsageConsumer",
        "Service Usage Consumer",
        "Use APIs in the name of the project.",
        &[
            "serviceusage.operations.get",
            "serviceusage.operations.list",
            "serviceusage.quotas.get",
            "serviceusage.services.get",
            "serviceusage.services.list",
            "serviceusage.services.use",
        ],
    ),
    role(
        "roles/serviceusage.serviceUsageViewer",
        "Service Usage Viewer",
        "See which APIs the project uses.",
        &[
            "serviceusage.operations.get",
            "serviceusage.operations.list",
            "serviceusage.quotas.get",
            "serviceusage.services.get",
            "serviceusage.services.list",
        ],
    ),
];
