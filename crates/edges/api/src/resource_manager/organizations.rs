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
}

/// `organizations/N`.
fn organization(field: &str, name: &str) -> Result<OrganizationId, Problem> {
    let id = OrganizationId::parse(name.strip_prefix("organizations/").unwrap_or_default());
    id.map_err(|error| malformed(field, &error))
}

/// Both versions say the same, each in its own messages: the name of a filter differs, and how an organization is shown.
macro_rules! organizations {
    ($($service:ident of $version:ident, filtered by $filter:ident, shown by $shown:path;)*) => {$(
        #[tonic::async_trait]
        impl $service for ResourceManager {
            async fn get_organization(
                &self,
                request: Request<$version::GetOrganizationRequest>,
            ) -> Result<Response<$version::Organization>, Status> {
                reply(&surface::ORGANIZATIONS, request, |context, message| async move {
                    Ok($shown(&self.organization(context, &message.name).await?))
                })
                .await
            }

            async fn search_organizations(
                &self,
                request: Request<$version::SearchOrganizationsRequest>,
            ) -> Result<Response<$version::SearchOrganizationsResponse>, Status> {
                reply(&surface::ORGANIZATIONS, request, |context, message| async move {
                    let page = (message.page_size, message.page_token.as_str());
                    let filter = (stringify!($filter), message.$filter.as_str());
                    let found = self.organizations(context, filter, page).await?;
                    Ok($version::SearchOrganizationsResponse {
                        organizations: found.iter().map($shown).collect(),
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
                    let id = organization("resource", &message.resource)?;
                    let policies = &self.organization_policies;
                    policies.get::<ResourcemanagerOrganizationsGetIamPolicy>(&context, Some(id), &message)
                })
                .await
            }

            async fn set_iam_policy(
                &self,
                request: Request<SetIamPolicyRequest>,
            ) -> Result<Response<Policy>, Status> {
                reply(&surface::ORGANIZATIONS, request, |context, message| async move {
                    let id = organization("resource", &message.resource)?;
                    let policies = &self.organization_policies;
                    policies
                        .set::<ResourcemanagerOrganizationsSetIamPolicy>(&context, Some(id), message)
                        .await
                })
                .await
            }

            async fn test_iam_permissions(
                &self,
                request: Request<TestIamPermissionsRequest>,
            ) -> Result<Response<TestIamPermissionsResponse>, Status> {
                reply(&surface::ORGANIZATIONS, request, |context, message| async move {
                    let id = organization("resource", &message.resource)?;
                    self.organization_policies.test(&context, Some(id.into()), &message)
                })
                .await
            }
        }
    )*};
}

organizations! {
    OrganizationsV1 of v1, filtered by filter, shown by messages::organization_v1;
    OrganizationsV3 of v3, filtered by query, shown by messages::organization_v3;
}
