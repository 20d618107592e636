//! `google.iam.v1.IAMPolicy`: policies of any resource, which client libraries mix into other services.

use access::Access;
use context::Context;
use iam::permission::{
    CloudfunctionsFunctionsGetIamPolicy, CloudfunctionsFunctionsSetIamPolicy, IamServiceAccountsGetIamPolicy,
    IamServiceAccountsSetIamPolicy, ResourcemanagerOrganizationsGetIamPolicy,
    ResourcemanagerOrganizationsSetIamPolicy, ResourcemanagerProjectsGetIamPolicy,
    ResourcemanagerProjectsSetIamPolicy, RunServicesGetIamPolicy, RunServicesSetIamPolicy,
};
use names::{
    AccountName, AddressedAccountName, FunctionName, OrganizationId, ProjectId, ProjectRef, ResourceName,
    ServiceName,
};
use problem::Problem;
use tonic::{Request, Response, Status};
use wire::google::iam::v1::iam_policy_server::IamPolicy;
use wire::google::iam::v1::{
    GetIamPolicyRequest, Policy, SetIamPolicyRequest, TestIamPermissionsRequest, TestIamPermissionsResponse,
};

use crate::call::{reply, unimplemented};
use crate::elsewhere;
use crate::permits::{self, Permits};
use crate::policies::Policies;
use crate::refusal::invalid;
use crate::surface;

/// The mixin. The resource's name says which API's permissions count.
pub(crate) struct AnyPolicy {
    permits: Permits,
    policies: Policies,
}

/// What has a policy; `None` inside where the name addresses nothing.
enum Named {
    Account(Option<AccountName>),
    Function(Option<FunctionName>),
    Organization(OrganizationId),
    Project(Option<ProjectId>),
    Service(Option<ServiceName>),
}

impl Named {
    /// The circumstances of a call about it: it counts as one of the API that has such resources, at whatever host.
    fn answering(&self, context: Context) -> Context {
        let surface = match self {
            Self::Account(_) => &surface::IAM,
            Self::Function(_) => &surface::FUNCTIONS,
            Self::Organization(_) => &surface::ORGANIZATIONS,
            Self::Project(_) => &surface::RESOURCE_MANAGER,
            Self::Service(_) => &surface::RUN,
        };
        surface.answering(context)
    }
}

impl AnyPolicy {
    pub(crate) fn new(access: Access) -> Self {
        let permits = Permits::new(access, &surface::ANY);
        Self { policies: Policies::new(permits.clone()), permits }
    }

    fn named(&self, resource: &str) -> Result<Named, Problem> {
        if let Ok(addressed) = AddressedAccountName::parse(resource) {
            return Ok(Named::Account(self.permits.account(&addressed)));
        }
        if let Ok(addressed) = ServiceName::<ProjectRef>::parse(resource) {
            let project = self.permits.project(&addressed.project);
            return Ok(Named::Service(project.map(|project| addressed.within(&project))));
        }
        if let Ok(addressed) = FunctionName::<ProjectRef>::parse(resource) {
            let project = self.permits.project(&addressed.project);
            return Ok(Named::Function(project.map(|project| addressed.within(&project))));
        }
        if let Some(Ok(id)) = resource.strip_prefix("organizations/").map(OrganizationId::parse) {
            return Ok(Named::Organization(id));
        }
        match permits::project_in("resource", resource) {
            Ok(reference) => Ok(Named::Project(self.permits.project(&reference))),
            Err(_) => Err(match elsewhere::product(resource) {
                Some(product) => unimplemented(&format!("The policy of {product}")),
                None => invalid("resource", "it names nothing that has a policy"),
            }),
        }
    }

    async fn get(&self, context: Context, request: GetIamPolicyRequest) -> Result<Policy, Problem> {
        let named = self.named(&request.resource)?;
        let (policies, context) = (&self.policies, &named.answering(context));
        match named {
            Named::Account(name) => policies.get::<IamServiceAccountsGetIamPolicy>(context, name, &request),
            Named::Function(name) => {
                policies.get::<CloudfunctionsFunctionsGetIamPolicy>(context, name, &request)
            }
            Named::Organization(id) => {
                policies.get::<ResourcemanagerOrganizationsGetIamPolicy>(context, Some(id), &request)
            }
            Named::Project(name) => {
                policies.get::<ResourcemanagerProjectsGetIamPolicy>(context, name, &request)
            }
            Named::Service(name) => policies.get::<RunServicesGetIamPolicy>(context, name, &request),
        }
    }

    async fn set(&self, context: Context, request: SetIamPolicyRequest) -> Result<Policy, Problem> {
        let named = self.named(&request.resource)?;
        let (policies, context) = (&self.policies, &named.answering(context));
        match named {
            Named::Account(name) => {
                policies.set::<IamServiceAccountsSetIamPolicy>(context, name, request).await
            }
            Named::Function(name) => {
                policies.set::<CloudfunctionsFunctionsSetIamPolicy>(context, name, request).await
            }
            Named::Organization(id) => {
                policies.set::<ResourcemanagerOrganizationsSetIamPolicy>(context, Some(id), request).await
            }
            Named::Project(name) => {
                policies.set::<ResourcemanagerProjectsSetIamPolicy>(context, name, request).await
            }
            Named::Service(name) => policies.set::<RunServicesSetIamPolicy>(context, name, request).await,
        }
    }

    async fn test(
        &self,
        context: Context,
        request: TestIamPermissionsRequest,
    ) -> Result<TestIamPermissionsResponse, Problem> {
        let named = self.named(&request.resource)?;
        let context = named.answering(context);
        let name: Option<ResourceName> = match named {
            Named::Account(name) => name.map(Into::into),
            Named::Function(name) => name.map(Into::into),
            Named::Organization(id) => Some(id.into()),
            Named::Project(name) => name.map(Into::into),
            Named::Service(name) => name.map(Into::into),
        };
        self.policies.test(&context, name, &request)
    }
}

#[tonic::async_trait]
impl IamPolicy for AnyPolicy {
    async fn get_iam_policy(
        &self,
        request: Request<GetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::ANY, request, |context, message| self.get(context, message)).await
    }

    async fn set_iam_policy(
        &self,
        request: Request<SetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::ANY, request, |context, message| self.set(context, message)).await
    }

    async fn test_iam_permissions(
        &self,
        request: Request<TestIamPermissionsRequest>,
    ) -> Result<Response<TestIamPermissionsResponse>, Status> {
        reply(&surface::ANY, request, |context, message| self.test(context, message)).await
    }
}
