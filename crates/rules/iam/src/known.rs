//! Names of permissions that nothing here asks about yet, so that roles can be described whole and custom roles can
//! hold them: of the products that are planned, and of resources that the present ones do not have yet. Google's
//! spelling. A name moves to [`crate::permission`] when somebody asks about it; a test keeps the two apart.

/// `collection: verb verb …` as full names.
macro_rules! names {
    ($($collection:literal: $($verb:literal)*;)*) => {
        &[$($(concat!($collection, ".", $verb),)*)*]
    };
}

/// The names, sorted.
pub const KNOWN: &[&str] = names! {
    "appengine.applications": "create" "get" "update";
    "cloudfunctions.functions": "generationUpgrade";
    "cloudfunctions.locations": "get" "list";
    "cloudscheduler.jobs": "fullView";
    "cloudtasks.locations": "get" "list";
    "cloudtasks.queues": "create" "delete" "get" "getIamPolicy" "list" "pause" "purge" "resume" "setIamPolicy" "update";
    "cloudtasks.tasks": "create" "delete" "fullView" "get" "list" "run";
    "iam.googleapis.com/workforcePoolProviders": "create" "delete" "get" "list" "undelete" "update";
    "iam.googleapis.com/workforcePoolSubjects": "delete" "undelete";
    "iam.googleapis.com/workforcePools": "create" "delete" "get" "getIamPolicy" "list" "setIamPolicy" "undelete" "update";
    "iam.googleapis.com/workloadIdentityPoolProviderKeys": "create" "delete" "get" "list" "undelete";
    "iam.googleapis.com/workloadIdentityPoolProviders": "create" "delete" "get" "list" "undelete" "update";
    "iam.googleapis.com/workloadIdentityPools": "create" "delete" "get" "list" "undelete" "update";
    "iam.serviceAccounts": "createTagBinding" "deleteTagBinding" "listEffectiveTags" "listTagBindings";
    "iap.projects": "getSettings" "updateSettings";
    "iap.tunnel": "getIamPolicy" "setIamPolicy";
    "iap.tunnelDestGroups": "accessViaIAP" "create" "delete" "get" "getIamPolicy" "list" "remediate" "setIamPolicy" "update";
    "iap.tunnelInstances": "accessViaIAP" "getIamPolicy" "setIamPolicy";
    "iap.tunnelLocations": "getIamPolicy" "setIamPolicy";
    "iap.tunnelZones": "getIamPolicy" "setIamPolicy";
    "iap.tunnelinstances": "remediate";
    "iap.web": "getIamPolicy" "getSettings" "setIamPolicy" "updateSettings";
    "iap.webServiceVersions": "accessViaIAP" "getIamPolicy" "getSettings" "remediate" "setIamPolicy" "updateSettings";
    "iap.webServices": "getIamPolicy" "getSettings" "setIamPolicy" "updateSettings";
    "iap.webTypes": "getIamPolicy" "getSettings" "setIamPolicy" "updateSettings";
    "logging.buckets": "copyLogEntries" "create" "delete" "get" "list" "undelete" "update";
    "logging.exclusions": "create" "delete" "get" "list" "update";
    "logging.fields": "access";
    "logging.links": "create" "delete" "get" "list";
    "logging.locations": "get" "list";
    "logging.logEntries": "download" "route";
    "logging.logMetrics": "create" "delete" "get" "list" "update";
    "logging.logServiceIndexes": "list";
    "logging.logServices": "list";
    "logging.notificationRules": "create" "delete" "get" "list" "update";
    "logging.operations": "cancel" "get" "list";
    "logging.privateLogEntries": "list";
    "logging.queries": "create" "delete" "get" "list" "listShared" "share" "update" "updateShared";
    "logging.settings": "get" "update";
    "logging.sinks": "create" "delete" "get" "list" "update";
    "logging.usage": "get";
    "logging.views": "access" "create" "delete" "get" "list" "listLogs" "listResourceKeys" "listResourceValues" "update";
    "pubsub.messageTransforms": "validate";
    "pubsub.schemas": "attach" "commit" "create" "delete" "get" "getIamPolicy" "list" "listRevisions" "rollback" "setIamPolicy" "validate";
    "pubsub.snapshots": "create" "createTagBinding" "delete" "deleteTagBinding" "get" "getIamPolicy" "list" "listEffectiveTags" "listTagBindings" "seek" "setIamPolicy" "update";
    "pubsub.subscriptions": "consume" "create" "createTagBinding" "delete" "deleteTagBinding" "get" "getIamPolicy" "list" "listEffectiveTags" "listTagBindings" "setIamPolicy" "update";
    "pubsub.topics": "attachSubscription" "create" "createTagBinding" "delete" "deleteTagBinding" "detachSubscription" "get" "getIamPolicy" "list" "listEffectiveTags" "listTagBindings" "publish" "setIamPolicy" "update" "updateTag";
    "resourcemanager.folders": "create" "delete" "get" "getIamPolicy" "list" "move" "setIamPolicy" "undelete" "update";
    "resourcemanager.projects": "createBillingAssignment" "deleteBillingAssignment" "move" "updateLiens";
    "run.executions": "cancel" "delete" "get" "list";
    "run.instances": "create" "delete" "get" "getIamPolicy" "invoke" "list" "setIamPolicy" "sshRead" "sshRoot" "start" "stop" "update";
    "run.jobs": "create" "createTagBinding" "delete" "deleteTagBinding" "get" "getIamPolicy" "list" "listEffectiveTags" "listTagBindings" "run" "runWithOverrides" "setIamPolicy" "sshRead" "sshRoot" "update";
    "run.services": "createTagBinding" "deleteTagBinding" "listEffectiveTags" "listTagBindings" "sshRead" "sshRoot";
    "run.tasks": "get" "list";
    "run.workerpools": "create" "delete" "get" "getIamPolicy" "list" "setIamPolicy" "sshRead" "sshRoot" "update";
    "serviceusage.operations": "cancel" "delete" "get" "list";
    "serviceusage.quotas": "get" "update";
    "serviceusage.services": "use";
};
