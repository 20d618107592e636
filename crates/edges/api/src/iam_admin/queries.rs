//! What can be granted on a resource, and what can be held there: of its kind, whether it exists or not.

use access::{DeletedRoles, ListRolesError, Page};
use context::Context;
use iam::permission::IamRolesList;
use iam::{CustomSupport, PolicyKind, predefined_roles};
use names::RoleHome;
use problem::Problem;
use wire::google::iam::admin::v1::permission::{CustomRolesSupportLevel, PermissionLaunchStage};
use wire::google::iam::admin::v1::*;

use super::full_name::FullName;
use super::role_messages as messages;
use super::roles::Roles;
use crate::pages::{self, Pages};
use crate::refusal::store_failed;

impl Roles {
    /// The predefined roles that fit the kind of the resource; and the custom roles of its project, for who may list
    /// them.
    pub(super) async fn grantable(
        &self,
        context: Context,
        request: QueryGrantableRolesRequest,
    ) -> Result<QueryGrantableRolesResponse, Problem> {
        let name = FullName::parse(&request.full_resource_name)?;
        let view = request.view();
        let mut roles: Vec<Role> = predefined_roles()
            .iter()
            .filter(|role| name.kind.takes(role))
            .map(|role| messages::predefined(role, view))
            .collect();
        let project = name.project.as_ref().and_then(|reference| self.permits.project(reference));
        let home = project.map(RoleHome::Project);
        if let Some(permit) =
            home.and_then(|home| self.permits.access().permit::<IamRolesList>(&context, &home).ok())
        {
            let page = Page::first(access::MAX_ROLES as u32);
            match self.permits.access().list_roles(&context, &permit, DeletedRoles::Hidden, &page).await {
                Ok(listing) => {
                    roles.extend(listing.records.iter().map(|stored| messages::custom(stored, view)));
                }
                Err(error) => match &error {
                    ListRolesError::StoreFailed(_) => return Err(store_failed(&error)),
                },
            }
        }
        roles.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        let limit = pages::size(request.page_size, 300, 2000)?;
        let pages = Pages::of("QueryGrantableRoles", &[&request.full_resource_name]);
        let (roles, next_page_token) = page_of(roles, |role| &role.name, limit, pages, &request.page_token)?;
        Ok(QueryGrantableRolesResponse { roles, next_page_token })
    }

    /// Every permission that can be held on the resource, or on something in it.
    pub(super) async fn testable(
        &self,
        _: Context,
        request: QueryTestablePermissionsRequest,
    ) -> Result<QueryTestablePermissionsResponse, Problem> {
        let name = FullName::parse(&request.full_resource_name)?;
        let limit = pages::size(request.page_size, 100, 1000)?;
        let permissions = name.kind.permissions().map(|permission| message(permission, name.kind)).collect();
        let pages = Pages::of("QueryTestablePermissions", &[&request.full_resource_name]);
        let (permissions, next_page_token) =
            page_of(permissions, |permission| &permission.name, limit, pages, &request.page_token)?;
        Ok(QueryTestablePermissionsResponse { permissions, next_page_token })
    }
}

fn message(name: &str, kind: PolicyKind) -> Permission {
    let in_projects = CustomSupport::in_projects(name);
    let level = match (kind, in_projects) {
        (PolicyKind::Account | PolicyKind::Project | PolicyKind::Service, CustomSupport::NotSupported) => {
            CustomRolesSupportLevel::NotSupported
        }
        _ => CustomRolesSupportLevel::Supported,
    };
    Permission {
        name: name.to_owned(),
        stage: PermissionLaunchStage::Ga.into(),
        custom_roles_support_level: level.into(),
        ..Permission::default()
    }
}

/// One page out of a sorted list, and the token of the next.
fn page_of<T>(
    mut all: Vec<T>,
    key: impl Fn(&T) -> &String,
    limit: u32,
    pages: Pages,
    token: &str,
) -> Result<(Vec<T>, String), Problem> {
    if let Some(after) = pages.after(token)? {
        all.retain(|item| *key(item) > after);
    }
    let more = all.len() > limit as usize;
    all.truncate(limit as usize);
    let next = all.last().filter(|_| more).map(|last| key(last).clone());
    Ok((all, pages.token(next.as_deref())))
}
