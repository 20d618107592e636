//! Roles of jobs on a schedule and of tasks in queues.

use super::{PredefinedRole, role};

pub(super) const ROLES: &[PredefinedRole] = &[
    role(
        "roles/cloudscheduler.admin",
        "Cloud Scheduler Admin",
        "Do everything with jobs.",
        &[
            "appengine.applications.get",
            "cloudscheduler.*",
            "resourcemanager.projects.get",
            "resourcemanager.projects.list",
            "serviceusage.services.get",
            "serviceusage.services.list",
        ],
    ),
    role(
        "roles/cloudscheduler.jobRunner",
        "Cloud Scheduler Job Runner",
        "Run jobs now.",
        &[
            "appengine.applications.get",
            "cloudscheduler.jobs.fullView",
            "cloudscheduler.jobs.run",
            "resourcemanager.projects.get",
            "resourcemanager.projects.list",
            "serviceusage.services.get",
            "serviceusage.services.list",
        ],
    ),
    role(
        "roles/cloudscheduler.serviceAgent",
        "Cloud Scheduler Service Agent",
        "What Cloud Scheduler's own account needs: tokens of the accounts that jobs call as.",
        &[
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "logging.logEntries.create",
            "pubsub.topics.publish",
        ],
    ),
    role(
        "roles/cloudscheduler.viewer",
        "Cloud Scheduler Viewer",
        "See jobs.",
        &[
            "appengine.applications.get",
            "cloudscheduler.jobs.fullView",
            "cloudscheduler.jobs.get",
            "cloudscheduler.jobs.list",
            "cloudscheduler.locations.*",
            "resourcemanager.projects.get",
            "resourcemanager.projects.list",
            "serviceusage.services.get",
            "serviceusage.services.list",
        ],
    ),
    role(
        "roles/cloudtasks.admin",
        "Cloud Tasks Admin",
        "Do everything with queues and tasks.",
        &["cloudtasks.*", "resourcemanager.projects.get", "resourcemanager.projects.list"],
    )
    .beta(),
    role(
        "roles/cloudtasks.enqueuer",
        "Cloud Tasks Enqueuer",
        "Make tasks.",
        &[
            "cloudtasks.tasks.create",
            "cloudtasks.tasks.fullView",
            "resourcemanager.projects.get",
            "resourcemanager.projects.list",
        ],
    )
    .beta(),
    role(
        "roles/cloudtasks.queueAdmin",
        "Cloud Tasks Queue Admin",
        "Administer queues.",
        &[
            "cloudtasks.locations.*",
            "cloudtasks.queues.*",
            "resourcemanager.projects.get",
            "resourcemanager.projects.list",
        ],
    )
    .beta(),
    role(
        "roles/cloudtasks.serviceAgent",
        "Cloud Tasks Service Agent",
        "What Cloud Tasks' own account needs: tokens of the accounts that tasks call as.",
        &[
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "logging.logEntries.create",
        ],
    ),
    role(
        "roles/cloudtasks.taskDeleter",
        "Cloud Tasks Task Deleter",
        "Delete tasks.",
        &["cloudtasks.tasks.delete", "resourcemanager.projects.get", "resourcemanager.projects.list"],
    )
    .beta(),
    role(
        "roles/cloudtasks.taskRunner",
        "Cloud Tasks Task Runner",
        "Run tasks now.",
        &[
            "cloudtasks.tasks.fullView",
            "cloudtasks.tasks.run",
            "resourcemanager.projects.get",
            "resourcemanager.projects.list",
        ],
    )
    .beta(),
    role(
        "roles/cloudtasks.viewer",
        "Cloud Tasks Viewer",
        "See queues and tasks.",
        &[
            "cloudtasks.locations.*",
            "cloudtasks.queues.get",
            "cloudtasks.queues.list",
            "cloudtasks.tasks.fullView",
            "cloudtasks.tasks.get",
            "cloudtasks.tasks.list",
            "resourcemanager.projects.get",
            "resourcemanager.projects.list",
        ],
    )
    .beta(),
];
