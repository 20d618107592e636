//! The catalogue of permissions: one zero-sized type each, bound to the kind of resource it is asked about.

use names::{AccountName, JobName, ProjectId, ResourceName, ServiceName};

/// A permission of the catalogue.
pub trait Permission: Send + Sync + 'static {
    /// The name in Google's spelling.
    const NAME: &'static str;
    /// The kind of resource that it is asked about; creating and listing ask about the project.
    type Resource: for<'name> TryFrom<&'name ResourceName>
        + Into<ResourceName>
        + Clone
        + Send
        + Sync
        + std::fmt::Debug;
}

/// Declares the catalogue: the types, and all names in one sorted list.
macro_rules! permissions {
    ($($name:ident: $text:literal on $resource:ty;)*) => {
        $(
            #[doc = concat!("`", $text, "`")]
            #[derive(Debug)]
            pub struct $name;

            impl Permission for $name {
                const NAME: &'static str = $text;
                type Resource = $resource;
            }
        )*

        /// Every permission of the catalogue, sorted.
        pub const ALL: &[&str] = &[$($text),*];
    };
}

permissions! {
    CloudschedulerJobsCreate: "cloudscheduler.jobs.create" on ProjectId;
    CloudschedulerJobsDelete: "cloudscheduler.jobs.delete" on JobName;
    CloudschedulerJobsEnable: "cloudscheduler.jobs.enable" on JobName;
    CloudschedulerJobsGet: "cloudscheduler.jobs.get" on JobName;
    CloudschedulerJobsList: "cloudscheduler.jobs.list" on ProjectId;
    CloudschedulerJobsPause: "cloudscheduler.jobs.pause" on JobName;
    CloudschedulerJobsRun: "cloudscheduler.jobs.run" on JobName;
    CloudschedulerJobsUpdate: "cloudscheduler.jobs.update" on JobName;
    IamServiceAccountKeysCreate: "iam.serviceAccountKeys.create" on AccountName;
    IamServiceAccountKeysDelete: "iam.serviceAccountKeys.delete" on AccountName;
    IamServiceAccountKeysGet: "iam.serviceAccountKeys.get" on AccountName;
    IamServiceAccountKeysList: "iam.serviceAccountKeys.list" on AccountName;
    IamServiceAccountsActAs: "iam.serviceAccounts.actAs" on AccountName;
    IamServiceAccountsCreate: "iam.serviceAccounts.create" on ProjectId;
    IamServiceAccountsDelete: "iam.serviceAccounts.delete" on AccountName;
    IamServiceAccountsDisable: "iam.serviceAccounts.disable" on AccountName;
    IamServiceAccountsEnable: "iam.serviceAccounts.enable" on AccountName;
    IamServiceAccountsGet: "iam.serviceAccounts.get" on AccountName;
    IamServiceAccountsGetAccessToken: "iam.serviceAccounts.getAccessToken" on AccountName;
    IamServiceAccountsGetIamPolicy: "iam.serviceAccounts.getIamPolicy" on AccountName;
    IamServiceAccountsGetOpenIdToken: "iam.serviceAccounts.getOpenIdToken" on AccountName;
    IamServiceAccountsList: "iam.serviceAccounts.list" on ProjectId;
    IamServiceAccountsSetIamPolicy: "iam.serviceAccounts.setIamPolicy" on AccountName;
    LoggingLogEntriesList: "logging.logEntries.list" on ProjectId;
    ResourcemanagerOrganizationsGetIamPolicy: "resourcemanager.organizations.getIamPolicy" on names::OrganizationId;
    ResourcemanagerProjectsCreate: "resourcemanager.projects.create" on names::OrganizationId;
    ResourcemanagerProjectsGet: "resourcemanager.projects.get" on ProjectId;
    ResourcemanagerProjectsGetIamPolicy: "resourcemanager.projects.getIamPolicy" on ProjectId;
    ResourcemanagerProjectsList: "resourcemanager.projects.list" on names::OrganizationId;
    ResourcemanagerProjectsSetIamPolicy: "resourcemanager.projects.setIamPolicy" on ProjectId;
    RunOperationsDelete: "run.operations.delete" on ProjectId;
    RunOperationsGet: "run.operations.get" on ProjectId;
    RunOperationsList: "run.operations.list" on ProjectId;
    RunRoutesInvoke: "run.routes.invoke" on ServiceName;
    RunServicesCreate: "run.services.create" on ProjectId;
    RunServicesDelete: "run.services.delete" on ServiceName;
    RunServicesGet: "run.services.get" on ServiceName;
    RunServicesGetIamPolicy: "run.services.getIamPolicy" on ServiceName;
    RunServicesList: "run.services.list" on ProjectId;
    RunServicesSetIamPolicy: "run.services.setIamPolicy" on ServiceName;
    RunServicesUpdate: "run.services.update" on ServiceName;
}
