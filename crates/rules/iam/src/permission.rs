//! The catalogue of permissions: one zero-sized type each, bound to the kind of resource it is asked about.

use std::marker::PhantomData;

use names::{
    AccountName, AttachmentPoint, CustomRoleName, DomainMappingName, FunctionName, JobName, OrganizationId,
    ProjectId, ResourceName, RoleHome, ServiceName,
};

use crate::known::KNOWN;

/// A permission of the catalogue.
pub trait Permission: Send + Sync + 'static {
    /// The name in Google's spelling.
    const NAME: &'static str;
    /// The kind of resource that it is asked about; creating and listing ask about the project, and what has neither
    /// a policy nor a record of its own (keys, revisions, operations) is asked about at what it belongs to.
    type Resource: for<'name> TryFrom<&'name ResourceName>
        + Into<ResourceName>
        + Clone
        + Send
        + Sync
        + std::fmt::Debug;
}

/// `P` on what a project holds or is to hold, asked about the project: for all of it, or for what is not there yet.
#[derive(Debug)]
pub struct InProject<P>(PhantomData<P>);

impl<P: Permission> Permission for InProject<P> {
    const NAME: &'static str = P::NAME;
    type Resource = ProjectId;
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

/// Every permission that there is, those included that nothing here asks about yet; sorted.
pub fn every() -> impl Iterator<Item = &'static str> {
    let (mut asked, mut known) = (ALL.iter().copied().peekable(), KNOWN.iter().copied().peekable());
    std::iter::from_fn(move || match (asked.peek(), known.peek()) {
        (Some(left), Some(right)) if left < right => asked.next(),
        (_, Some(_)) => known.next(),
        (_, None) => asked.next(),
    })
}

/// Whether there is a permission of this name.
pub fn exists(name: &str) -> bool {
    ALL.binary_search(&name).is_ok() || KNOWN.binary_search(&name).is_ok()
}

permissions! {
    CloudfunctionsFunctionsCall: "cloudfunctions.functions.call" on FunctionName;
    CloudfunctionsFunctionsCreate: "cloudfunctions.functions.create" on ProjectId;
    CloudfunctionsFunctionsDelete: "cloudfunctions.functions.delete" on FunctionName;
    CloudfunctionsFunctionsGet: "cloudfunctions.functions.get" on FunctionName;
    CloudfunctionsFunctionsGetIamPolicy: "cloudfunctions.functions.getIamPolicy" on FunctionName;
    CloudfunctionsFunctionsInvoke: "cloudfunctions.functions.invoke" on FunctionName;
    CloudfunctionsFunctionsList: "cloudfunctions.functions.list" on ProjectId;
    CloudfunctionsFunctionsSetIamPolicy: "cloudfunctions.functions.setIamPolicy" on FunctionName;
    CloudfunctionsFunctionsSourceCodeGet: "cloudfunctions.functions.sourceCodeGet" on FunctionName;
    CloudfunctionsFunctionsSourceCodeSet: "cloudfunctions.functions.sourceCodeSet" on ProjectId;
    CloudfunctionsFunctionsUpdate: "cloudfunctions.functions.update" on FunctionName;
    CloudfunctionsOperationsGet: "cloudfunctions.operations.get" on ProjectId;
    CloudfunctionsOperationsList: "cloudfunctions.operations.list" on ProjectId;
    CloudfunctionsRuntimesList: "cloudfunctions.runtimes.list" on ProjectId;
    CloudschedulerJobsCreate: "cloudscheduler.jobs.create" on ProjectId;
    CloudschedulerJobsDelete: "cloudscheduler.jobs.delete" on JobName;
    CloudschedulerJobsEnable: "cloudscheduler.jobs.enable" on JobName;
    CloudschedulerJobsGet: "cloudscheduler.jobs.get" on JobName;
    CloudschedulerJobsList: "cloudscheduler.jobs.list" on ProjectId;
    CloudschedulerJobsPause: "cloudscheduler.jobs.pause" on JobName;
    CloudschedulerJobsRun: "cloudscheduler.jobs.run" on JobName;
    CloudschedulerJobsUpdate: "cloudscheduler.jobs.update" on JobName;
    CloudschedulerLocationsGet: "cloudscheduler.locations.get" on ProjectId;
    CloudschedulerLocationsList: "cloudscheduler.locations.list" on ProjectId;
    IamDenypoliciesCreate: "iam.denypolicies.create" on AttachmentPoint;
    IamDenypoliciesDelete: "iam.denypolicies.delete" on AttachmentPoint;
    IamDenypoliciesGet: "iam.denypolicies.get" on AttachmentPoint;
    IamDenypoliciesList: "iam.denypolicies.list" on AttachmentPoint;
    IamDenypoliciesUpdate: "iam.denypolicies.update" on AttachmentPoint;
    IamRolesCreate: "iam.roles.create" on RoleHome;
    IamRolesDelete: "iam.roles.delete" on CustomRoleName;
    IamRolesGet: "iam.roles.get" on CustomRoleName;
    IamRolesList: "iam.roles.list" on RoleHome;
    IamRolesUndelete: "iam.roles.undelete" on CustomRoleName;
    IamRolesUpdate: "iam.roles.update" on CustomRoleName;
    IamServiceAccountKeysCreate: "iam.serviceAccountKeys.create" on AccountName;
    IamServiceAccountKeysDelete: "iam.serviceAccountKeys.delete" on AccountName;
    IamServiceAccountKeysDisable: "iam.serviceAccountKeys.disable" on AccountName;
    IamServiceAccountKeysEnable: "iam.serviceAccountKeys.enable" on AccountName;
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
    IamServiceAccountsImplicitDelegation: "iam.serviceAccounts.implicitDelegation" on AccountName;
    IamServiceAccountsList: "iam.serviceAccounts.list" on ProjectId;
    IamServiceAccountsSetIamPolicy: "iam.serviceAccounts.setIamPolicy" on AccountName;
    IamServiceAccountsSignBlob: "iam.serviceAccounts.signBlob" on AccountName;
    IamServiceAccountsSignJwt: "iam.serviceAccounts.signJwt" on AccountName;
    IamServiceAccountsUndelete: "iam.serviceAccounts.undelete" on ProjectId;
    IamServiceAccountsUpdate: "iam.serviceAccounts.update" on AccountName;
    LoggingLogEntriesCreate: "logging.logEntries.create" on ProjectId;
    LoggingLogEntriesList: "logging.logEntries.list" on ProjectId;
    LoggingLogsDelete: "logging.logs.delete" on ProjectId;
    LoggingLogsList: "logging.logs.list" on ProjectId;
    ResourcemanagerOrganizationsGet: "resourcemanager.organizations.get" on OrganizationId;
    ResourcemanagerOrganizationsGetIamPolicy: "resourcemanager.organizations.getIamPolicy" on OrganizationId;
    ResourcemanagerOrganizationsSetIamPolicy: "resourcemanager.organizations.setIamPolicy" on OrganizationId;
    ResourcemanagerProjectsCreate: "resourcemanager.projects.create" on OrganizationId;
    ResourcemanagerProjectsDelete: "resourcemanager.projects.delete" on ProjectId;
    ResourcemanagerProjectsGet: "resourcemanager.projects.get" on ProjectId;
    ResourcemanagerProjectsGetIamPolicy: "resourcemanager.projects.getIamPolicy" on ProjectId;
    ResourcemanagerProjectsList: "resourcemanager.projects.list" on OrganizationId;
    ResourcemanagerProjectsSetIamPolicy: "resourcemanager.projects.setIamPolicy" on ProjectId;
    ResourcemanagerProjectsUndelete: "resourcemanager.projects.undelete" on ProjectId;
    ResourcemanagerProjectsUpdate: "resourcemanager.projects.update" on ProjectId;
    RunConfigurationsGet: "run.configurations.get" on ServiceName;
    RunConfigurationsList: "run.configurations.list" on ProjectId;
    RunDomainmappingsCreate: "run.domainmappings.create" on ProjectId;
    RunDomainmappingsDelete: "run.domainmappings.delete" on DomainMappingName;
    RunDomainmappingsGet: "run.domainmappings.get" on DomainMappingName;
    RunDomainmappingsList: "run.domainmappings.list" on ProjectId;
    RunLocationsList: "run.locations.list" on ProjectId;
    RunOperationsDelete: "run.operations.delete" on ProjectId;
    RunOperationsGet: "run.operations.get" on ProjectId;
    RunOperationsList: "run.operations.list" on ProjectId;
    RunRevisionsDelete: "run.revisions.delete" on ServiceName;
    RunRevisionsGet: "run.revisions.get" on ServiceName;
    RunRevisionsList: "run.revisions.list" on ServiceName;
    RunRoutesGet: "run.routes.get" on ServiceName;
    RunRoutesInvoke: "run.routes.invoke" on ServiceName;
    RunRoutesList: "run.routes.list" on ProjectId;
    RunServicesCreate: "run.services.create" on ProjectId;
    RunServicesDelete: "run.services.delete" on ServiceName;
    RunServicesGet: "run.services.get" on ServiceName;
    RunServicesGetIamPolicy: "run.services.getIamPolicy" on ServiceName;
    RunServicesList: "run.services.list" on ProjectId;
    RunServicesSetIamPolicy: "run.services.setIamPolicy" on ServiceName;
    RunServicesUpdate: "run.services.update" on ServiceName;
    ServiceusageServicesDisable: "serviceusage.services.disable" on ProjectId;
    ServiceusageServicesEnable: "serviceusage.services.enable" on ProjectId;
    ServiceusageServicesGet: "serviceusage.services.get" on ProjectId;
    ServiceusageServicesList: "serviceusage.services.list" on ProjectId;
}
