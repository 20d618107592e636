//! `google.iam.admin.v1.IAM`: service accounts, their keys and their policies, and roles (facts §4.1, §4.2, §4.4).

mod accounts;
mod full_name;
mod keys;
mod linting;
mod messages;
mod queries;
mod role_messages;
mod roles;

use ::accounts::Accounts;
use iam::permission::{IamServiceAccountsGetIamPolicy, IamServiceAccountsSetIamPolicy};
use names::{AccountName, AddressedAccountName};
use problem::Problem;
use tonic::{Request, Response, Status};
use wire::google::iam::admin::v1::iam_server::Iam;
use wire::google::iam::admin::v1::*;
use wire::google::iam::v1::{
    GetIamPolicyRequest, Policy, SetIamPolicyRequest, TestIamPermissionsRequest, TestIamPermissionsResponse,
};

use crate::call::reply;
use crate::permits::Permits;
use crate::policies::Policies;
use crate::refusal::malformed;
use crate::surface;

/// The service. What is not here is answered with `UNIMPLEMENTED` and its name.
pub(crate) struct IamAdmin {
    accounts: Accounts,
    linting: linting::Linting,
    permits: Permits,
    policies: Policies,
    roles: roles::Roles,
}

impl IamAdmin {
    pub(crate) fn new(accounts: Accounts, access: access::Access) -> Self {
        let roles = roles::Roles::new(access.clone());
        let linting = linting::Linting::new(access.clone());
        let permits = Permits::new(access, &surface::IAM);
        Self { accounts, linting, policies: Policies::new(permits.clone()), permits, roles }
    }

    /// The account that `name` addresses; `None` where it addresses none, which only a permit may tell.
    fn account(&self, field: &str, name: &str) -> Result<Option<AccountName>, Problem> {
        let addressed = AddressedAccountName::parse(name).map_err(|error| malformed(field, &error))?;
        Ok(self.permits.account(&addressed))
    }
}

#[tonic::async_trait]
impl Iam for IamAdmin {
    async fn list_service_accounts(
        &self,
        request: Request<ListServiceAccountsRequest>,
    ) -> Result<Response<ListServiceAccountsResponse>, Status> {
        reply(&surface::IAM, request, |context, message| self.list(context, message)).await
    }

    async fn get_service_account(
        &self,
        request: Request<GetServiceAccountRequest>,
    ) -> Result<Response<ServiceAccount>, Status> {
        reply(&surface::IAM, request, |context, message| self.get(context, message)).await
    }

    async fn create_service_account(
        &self,
        request: Request<CreateServiceAccountRequest>,
    ) -> Result<Response<ServiceAccount>, Status> {
        reply(&surface::IAM, request, |context, message| self.create(context, message)).await
    }

    async fn delete_service_account(
        &self,
        request: Request<DeleteServiceAccountRequest>,
    ) -> Result<Response<()>, Status> {
        reply(&surface::IAM, request, |context, message| self.delete(context, message)).await
    }

    async fn update_service_account(
        &self,
        request: Request<ServiceAccount>,
    ) -> Result<Response<ServiceAccount>, Status> {
        reply(&surface::IAM, request, |context, message| self.rename(context, message)).await
    }

    async fn patch_service_account(
        &self,
        request: Request<PatchServiceAccountRequest>,
    ) -> Result<Response<ServiceAccount>, Status> {
        reply(&surface::IAM, request, |context, message| self.patch(context, message)).await
    }

    async fn undelete_service_account(
        &self,
        request: Request<UndeleteServiceAccountRequest>,
    ) -> Result<Response<UndeleteServiceAccountResponse>, Status> {
        reply(&surface::IAM, request, |context, message| self.undelete(context, message)).await
    }

    async fn enable_service_account(
        &self,
        request: Request<EnableServiceAccountRequest>,
    ) -> Result<Response<()>, Status> {
        reply(&surface::IAM, request, |context, message| self.enable(context, message)).await
    }

    async fn disable_service_account(
        &self,
        request: Request<DisableServiceAccountRequest>,
    ) -> Result<Response<()>, Status> {
        reply(&surface::IAM, request, |context, message| self.disable(context, message)).await
    }

    async fn list_service_account_keys(
        &self,
        request: Request<ListServiceAccountKeysRequest>,
    ) -> Result<Response<ListServiceAccountKeysResponse>, Status> {
        reply(&surface::IAM, request, |context, message| self.list_keys(context, message)).await
    }

    async fn get_service_account_key(
        &self,
        request: Request<GetServiceAccountKeyRequest>,
    ) -> Result<Response<ServiceAccountKey>, Status> {
        reply(&surface::IAM, request, |context, message| self.get_key(context, message)).await
    }

    async fn create_service_account_key(
        &self,
        request: Request<CreateServiceAccountKeyRequest>,
    ) -> Result<Response<ServiceAccountKey>, Status> {
        reply(&surface::IAM, request, |context, message| self.create_key(context, message)).await
    }

    async fn upload_service_account_key(
        &self,
        request: Request<UploadServiceAccountKeyRequest>,
    ) -> Result<Response<ServiceAccountKey>, Status> {
        reply(&surface::IAM, request, |context, message| self.upload_key(context, message)).await
    }

    async fn disable_service_account_key(
        &self,
        request: Request<DisableServiceAccountKeyRequest>,
    ) -> Result<Response<()>, Status> {
        reply(&surface::IAM, request, |context, message| self.disable_key(context, message)).await
    }

    async fn enable_service_account_key(
        &self,
        request: Request<EnableServiceAccountKeyRequest>,
    ) -> Result<Response<()>, Status> {
        reply(&surface::IAM, request, |context, message| self.enable_key(context, message)).await
    }

    async fn delete_service_account_key(
        &self,
        request: Request<DeleteServiceAccountKeyRequest>,
    ) -> Result<Response<()>, Status> {
        reply(&surface::IAM, request, |context, message| self.delete_key(context, message)).await
    }

    async fn get_iam_policy(
        &self,
        request: Request<GetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::IAM, request, |context, message| async move {
            let name = self.account("resource", &message.resource)?;
            self.policies.get::<IamServiceAccountsGetIamPolicy>(&context, name, &message)
        })
        .await
    }

    async fn set_iam_policy(
        &self,
        request: Request<SetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::IAM, request, |context, message| async move {
            let name = self.account("resource", &message.resource)?;
            self.policies.set::<IamServiceAccountsSetIamPolicy>(&context, name, message).await
        })
        .await
    }

    async fn test_iam_permissions(
        &self,
        request: Request<TestIamPermissionsRequest>,
    ) -> Result<Response<TestIamPermissionsResponse>, Status> {
        reply(&surface::IAM, request, |context, message| async move {
            let name = self.account("resource", &message.resource)?;
            self.policies.test(&context, name.map(Into::into), &message)
        })
        .await
    }

    async fn query_grantable_roles(
        &self,
        request: Request<QueryGrantableRolesRequest>,
    ) -> Result<Response<QueryGrantableRolesResponse>, Status> {
        reply(&surface::ROLES, request, |context, message| self.roles.grantable(context, message)).await
    }

    async fn query_auditable_services(
        &self,
        request: Request<QueryAuditableServicesRequest>,
    ) -> Result<Response<QueryAuditableServicesResponse>, Status> {
        reply(&surface::ANY, request, |context, message| self.linting.auditable(context, message)).await
    }

    async fn lint_policy(
        &self,
        request: Request<LintPolicyRequest>,
    ) -> Result<Response<LintPolicyResponse>, Status> {
        reply(&surface::ANY, request, |context, message| self.linting.lint(context, message)).await
    }

    async fn list_roles(
        &self,
        request: Request<ListRolesRequest>,
    ) -> Result<Response<ListRolesResponse>, Status> {
        reply(&surface::ROLES, request, |context, message| self.roles.list(context, message)).await
    }

    async fn get_role(&self, request: Request<GetRoleRequest>) -> Result<Response<Role>, Status> {
        reply(&surface::ROLES, request, |context, message| self.roles.get(context, message)).await
    }

    async fn create_role(&self, request: Request<CreateRoleRequest>) -> Result<Response<Role>, Status> {
        reply(&surface::ROLES, request, |context, message| self.roles.create(context, message)).await
    }

    async fn update_role(&self, request: Request<UpdateRoleRequest>) -> Result<Response<Role>, Status> {
        reply(&surface::ROLES, request, |context, message| self.roles.update(context, message)).await
    }

    async fn delete_role(&self, request: Request<DeleteRoleRequest>) -> Result<Response<Role>, Status> {
        reply(&surface::ROLES, request, |context, message| self.roles.delete(context, message)).await
    }

    async fn undelete_role(&self, request: Request<UndeleteRoleRequest>) -> Result<Response<Role>, Status> {
        reply(&surface::ROLES, request, |context, message| self.roles.undelete(context, message)).await
    }

    async fn query_testable_permissions(
        &self,
        request: Request<QueryTestablePermissionsRequest>,
    ) -> Result<Response<QueryTestablePermissionsResponse>, Status> {
        reply(&surface::ROLES, request, |context, message| self.roles.testable(context, message)).await
    }
}
