//! The organization, in both versions.

use context::Context;
use iam::permission::{
    ResourcemanagerOrganizationsGet, ResourcemanagerOrganizationsGetIamPolicy,
    ResourcemanagerOrganizationsSetIamPolicy,
};
use names::OrganizationId;
use problem::Problem;
use projects::{OrganizationRecord, Stored};
use tonic::{Request, Response, Status};
use wire::google::cloud::resourcemanager::v1::organizations_server::Organizations as OrganizationsV1;
use wire::google::cloud::resourcemanager::v3::organizations_server::Organizations as OrganizationsV3;
use wire::google::cloud::resourcemanager::{v1, v3};
use wire::google::iam::v1::{
    GetIamPolicyRequest, Policy, SetIamPolicyRequest, TestIamPermissionsRequest, TestIamPermissionsResponse,
};

use super::{ResourceManager, messages, problems};
use crate::call::reply;
use crate::pages;
use crate::refusal::{invalid, malformed};
use crate::surface;

impl ResourceManager {
    async fn organization(
        &self,
        context: Context,
        name: &str,
    ) -> Result<Stored<OrganizationRecord>, Problem> {
        let id = organization("name", name)?;
        let permit =
            self.organization_permits.ask::<ResourcemanagerOrganizationsGet>(&context, name, Some(id))?;
        let found = self.projects.organization(&permit).await;
        found.map_err(|error| problems::of_organization(&self.organization_permits, &error, name))
    }

    /// The organizations that the caller may get. A filter names the domain; there is one page.
    async fn organizations(
        &self,
        context: Context,
        (field, filter): (&str, &str),
        (page_size, page_token): (i32, &str),
    ) -> Result<Vec<Stored<OrganizationRecord>>, Problem> {
        pages::size(page_size, 500, 500)?;
        if !page_token.is_empty() {
            return Err(pages::foreign());
        }
        let domain = match filter.trim().split_once([':', '=']) {
            None if filter.trim().is_empty() => None,
            Some(("domain" | "displayName", domain)) => Some(domain.trim_matches('"')),
            _ => return Err(invalid(field, "it is domain:DOMAIN or nothing")),
        };
        let found = self.projects.organizations(&context).await;
        let found = found.map_err(|error| {
            problems::of_organization(&self.organization_permits, &error, "organizations")
        })?;
        let wanted = |name: &str| domain.is_none_or(|domain| domain == name);
        Ok(found.into_iter().filter(|stored| wanted(&stored.record.display_name)).collect())
    }

    fn policy_of_organization(
        &self,
        context: &Context,
        message: &GetIamPolicyRequest,
    ) -> Result<Policy, Problem> {
        let id = organization("resource", &message.resource)?;
        let policies = &self.organization_policies;
        policies.get::<ResourcemanagerOrganizationsGetIamPolicy>(context, Some(id), message)
    }

    async fn set_policy_of_organization(
        &self,
        context: &Context,
        message: SetIamPolicyRequest,
    ) -> Result<Policy, Problem> {
        let id = organization("resource", &message.resource)?;
        let policies = &self.organization_policies;
        policies.set::<ResourcemanagerOrganizationsSetIamPolicy>(context, Some(id), message).await
    }

    fn test_on_organization(
        &self,
        context: &Context,
        message: &TestIamPermissionsRequest,
    ) -> Result<TestIamPermissionsResponse, Problem> {
        let id = organization("resource", &message.resource)?;
        self.organization_policies.test(context, Some(id.into()), message)
    }
}

/// `organizations/N`.
fn organization(field: &str, name: &str) -> Result<OrganizationId, Problem> {
    let id = OrganizationId::parse(name.strip_prefix("organizations/").unwrap_or_default());
    id.map_err(|error| malformed(field, &error))
}

#[tonic::async_trait]
impl OrganizationsV1 for ResourceManager {
    async fn get_organization(
        &self,
        request: Request<v1::GetOrganizationRequest>,
    ) -> Result<Response<v1::Organization>, Status> {
        reply(&surface::ORGANIZATIONS, request, |context, message| async move {
            Ok(messages::organization_v1(&self.organization(context, &message.name).await?.record))
        })
        .await
    }

    async fn search_organizations(
        &self,
        request: Request<v1::SearchOrganizationsRequest>,
    ) -> Result<Response<v1::SearchOrganizationsResponse>, Status> {
        reply(&surface::ORGANIZATIONS, request, |context, message| async move {
            let page = (message.page_size, message.page_token.as_str());
            let found = self.organizations(context, ("filter", &message.filter), page).await?;
            Ok(v1::SearchOrganizationsResponse {
                next_page_token: String::new(),
                organizations: found.iter().map(|stored| messages::organization_v1(&stored.record)).collect(),
            })
        })
        .await
    }

    async fn get_iam_policy(
        &self,
        request: Request<GetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::ORGANIZATIONS, request, |context, message| async move {
            self.policy_of_organization(&context, &message)
        })
        .await
    }

    async fn set_iam_policy(
        &self,
        request: Request<SetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::ORGANIZATIONS, request, |context, message| async move {
            self.set_policy_of_organization(&context, message).await
        })
        .await
    }

    async fn test_iam_permissions(
        &self,
        request: Request<TestIamPermissionsRequest>,
    ) -> Result<Response<TestIamPermissionsResponse>, Status> {
        reply(&surface::ORGANIZATIONS, request, |context, message| async move {
            self.test_on_organization(&context, &message)
        })
        .await
    }
}

#[tonic::async_trait]
impl OrganizationsV3 for ResourceManager {
    async fn get_organization(
        &self,
        request: Request<v3::GetOrganizationRequest>,
    ) -> Result<Response<v3::Organization>, Status> {
        reply(&surface::ORGANIZATIONS, request, |context, message| async move {
            Ok(messages::organization_v3(&self.organization(context, &message.name).await?))
        })
        .await
    }

    async fn search_organizations(
        &self,
        request: Request<v3::SearchOrganizationsRequest>,
    ) -> Result<Response<v3::SearchOrganizationsResponse>, Status> {
        reply(&surface::ORGANIZATIONS, request, |context, message| async move {
            let page = (message.page_size, message.page_token.as_str());
            let found = self.organizations(context, ("query", &message.query), page).await?;
            Ok(v3::SearchOrganizationsResponse {
                organizations: found.iter().map(messages::organization_v3).collect(),
                next_page_token: String::new(),
            })
        })
        .await
    }

    async fn get_iam_policy(
        &self,
        request: Request<GetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::ORGANIZATIONS, request, |context, message| async move {
            self.policy_of_organization(&context, &message)
        })
        .await
    }

    async fn set_iam_policy(
        &self,
        request: Request<SetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::ORGANIZATIONS, request, |context, message| async move {
            self.set_policy_of_organization(&context, message).await
        })
        .await
    }

    async fn test_iam_permissions(
        &self,
        request: Request<TestIamPermissionsRequest>,
    ) -> Result<Response<TestIamPermissionsResponse>, Status> {
        reply(&surface::ORGANIZATIONS, request, |context, message| async move {
            self.test_on_organization(&context, &message)
        })
        .await
    }
}
