//! Roles: custom ones of projects and organizations, and the predefined ones.

use access::{
    Access, ChangeRoleError, CreateRoleError, DeletedRoles, GetRoleError, ListRolesError, NewRole, Page,
    RoleChanges, RoleRecord, Stored,
};
use context::Context;
use iam::permission::{
    IamRolesCreate, IamRolesDelete, IamRolesGet, IamRolesList, IamRolesUndelete, IamRolesUpdate,
};
use iam::{RoleError, predefined_role, predefined_roles};
use names::{
    CustomRoleName, FieldMask, FieldPath, NotWritable, ProjectId, ProjectRef, RoleHome, RoleId, RoleName,
};
use problem::{Problem, Reason};
use wire::google::iam::admin::v1::*;

use super::role_messages as messages;
use crate::pages::{self, Pages};
use crate::permits::Permits;
use crate::refusal::{invalid, malformed, store_failed};
use crate::surface;
use crate::update_mask;

/// The methods about roles.
pub(super) struct Roles {
    pub(super) permits: Permits,
}

impl Roles {
    pub(super) fn new(access: Access) -> Self {
        Self { permits: Permits::new(access, &surface::ROLES) }
    }

    pub(super) async fn create(&self, context: Context, request: CreateRoleRequest) -> Result<Role, Problem> {
        let home = self.home(&request.parent)?;
        let role = RoleId::parse(&request.role_id).map_err(|error| {
            let text = format!(
                "The role_id \"{}\" is invalid. It doesn't match pattern \"[a-zA-Z0-9_\\.]{{3,64}}\". The role_id must be 3 to 64 characters long and can be a mix of uppercase and lowercase English letters, digits, underscores and periods.",
                error.found
            );
            Problem::new(Reason::FIELD_INVALID, text).at_field("role_id", error.to_string())
        })?;
        let permit = self.permits.ask::<IamRolesCreate>(&context, &request.parent, home)?;
        let wanted = request.role.unwrap_or_default();
        let input = NewRole {
            role,
            stage: messages::stage(wanted.stage)?,
            title: wanted.title,
            description: wanted.description,
            permissions: wanted.included_permissions,
        };
        let made = self.permits.access().create_role(&context, permit, input).await;
        made.map(|stored| messages::custom(&stored, RoleView::Full)).map_err(|error| match &error {
            CreateRoleError::AlreadyExists(name) => {
                Problem::new(Reason::RESOURCE_ALREADY_EXISTS, error.to_string()).about(name.to_string())
            }
            CreateRoleError::Contended(_) => Problem::new(Reason::ETAG_MISMATCH, error.to_string()),
            CreateRoleError::Deleted(_) => Problem::new(Reason::WRONG_STATE, error.to_string()),
            CreateRoleError::HomeGone(_) => self.permits.missing(&request.parent),
            CreateRoleError::Invalid(invalid) => problem_of_definition(invalid),
            CreateRoleError::QuotaExceeded(_) => Problem::new(Reason::QUOTA_EXCEEDED, error.to_string()),
            CreateRoleError::ReadFailed(_) | CreateRoleError::StoreFailed(_) => store_failed(&error),
        })
    }

    /// A predefined role is there for everybody; a custom one, marked for deletion or not, for who may see it.
    pub(super) async fn get(&self, context: Context, request: GetRoleRequest) -> Result<Role, Problem> {
        if request.name.starts_with("roles/") {
            let role = RoleName::parse(&request.name).ok();
            let found = role.as_ref().and_then(predefined_role);
            let found = found.ok_or_else(|| self.permits.missing(&request.name))?;
            return Ok(messages::predefined(found, RoleView::Full));
        }
        let name = self.custom(&request.name)?;
        let permit = self.permits.ask::<IamRolesGet>(&context, &request.name, name)?;
        let found = self.permits.access().get_role(&context, &permit).await;
        found.map(|stored| messages::custom(&stored, RoleView::Full)).map_err(|error| match &error {
            GetRoleError::NotFound(_) => self.permits.missing(&request.name),
            GetRoleError::StoreFailed(_) => store_failed(&error),
        })
    }

    /// Without a parent, the predefined roles.
    pub(super) async fn list(
        &self,
        context: Context,
        request: ListRolesRequest,
    ) -> Result<ListRolesResponse, Problem> {
        let limit = pages::size(request.page_size, 300, 1000)?;
        let view = request.view();
        if request.parent.is_empty() {
            let pages = Pages::of("ListRoles", &[""]);
            let after = pages.after(&request.page_token)?.unwrap_or_default();
            let rest = predefined_roles().iter().filter(|role| *role.name > *after);
            let mut page: Vec<_> = rest.take(limit as usize + 1).collect();
            let next =
                (page.len() > limit as usize).then(|| page.pop()).and(page.last()).map(|role| role.name);
            return Ok(ListRolesResponse {
                roles: page.iter().map(|role| messages::predefined(role, view)).collect(),
                next_page_token: pages.token(next),
            });
        }
        let home = self.home(&request.parent)?;
        let permit = self.permits.ask::<IamRolesList>(&context, &request.parent, home)?;
        let deleted = if request.show_deleted { DeletedRoles::Shown } else { DeletedRoles::Hidden };
        let pages = Pages::of("ListRoles", &[&permit.name().to_string(), &request.show_deleted.to_string()]);
        let page = Page { after: pages.after(&request.page_token)?, limit };
        match self.permits.access().list_roles(&context, &permit, deleted, &page).await {
            Ok(listing) => Ok(ListRolesResponse {
                roles: listing.records.iter().map(|stored| messages::custom(stored, view)).collect(),
                next_page_token: pages.token(listing.next.as_deref()),
            }),
            Err(error) => match &error {
                ListRolesError::StoreFailed(_) => Err(store_failed(&error)),
            },
        }
    }

    /// Without a mask, what is set in the role is what changes (facts §0.4).
    pub(super) async fn update(&self, context: Context, request: UpdateRoleRequest) -> Result<Role, Problem> {
        let name = self.changeable(&request.name)?;
        let named = update_mask::read(request.update_mask, |paths| FieldMask::read(paths, field))?;
        let role = request.role.unwrap_or_default();
        let permit = self.permits.ask::<IamRolesUpdate>(&context, &request.name, name)?;
        let changed = |path, set| named.selects(path) && (set || named != FieldMask::Populated);
        let changes = RoleChanges {
            stage: changed("stage", role.stage != 0).then(|| messages::stage(role.stage)).transpose()?,
            etag: Some(role.etag).filter(|etag| !etag.is_empty()),
            title: changed("title", !role.title.is_empty()).then_some(role.title),
            description: changed("description", !role.description.is_empty()).then_some(role.description),
            permissions: changed("included_permissions", !role.included_permissions.is_empty())
                .then_some(role.included_permissions),
        };
        self.answer(self.permits.access().update_role(&context, permit, changes).await, &request.name)
    }

    pub(super) async fn delete(&self, context: Context, request: DeleteRoleRequest) -> Result<Role, Problem> {
        let name = self.changeable(&request.name)?;
        let permit = self.permits.ask::<IamRolesDelete>(&context, &request.name, name)?;
        let etag = Some(request.etag).filter(|etag| !etag.is_empty());
        self.answer(self.permits.access().delete_role(&context, permit, etag).await, &request.name)
    }

    pub(super) async fn undelete(
        &self,
        context: Context,
        request: UndeleteRoleRequest,
    ) -> Result<Role, Problem> {
        let name = self.changeable(&request.name)?;
        let permit = self.permits.ask::<IamRolesUndelete>(&context, &request.name, name)?;
        let etag = Some(request.etag).filter(|etag| !etag.is_empty());
        self.answer(self.permits.access().undelete_role(&context, permit, etag).await, &request.name)
    }

    fn answer(
        &self,
        changed: Result<Stored<RoleRecord>, ChangeRoleError>,
        asked: &str,
    ) -> Result<Role, Problem> {
        changed.map(|stored| messages::custom(&stored, RoleView::Full)).map_err(|error| match &error {
            ChangeRoleError::Deleted { .. }
            | ChangeRoleError::Expired(_)
            | ChangeRoleError::NotDeleted(_) => {
                Problem::new(Reason::WRONG_STATE, error.to_string()).about(asked)
            }
            ChangeRoleError::EtagMismatch => {
                Problem::new(Reason::ETAG_MISMATCH, error.to_string()).about(asked)
            }
            ChangeRoleError::Invalid(invalid) => problem_of_definition(invalid),
            ChangeRoleError::NotFound(_) => self.permits.missing(asked),
            ChangeRoleError::ReadFailed(_) | ChangeRoleError::StoreFailed(_) => store_failed(&error),
        })
    }

    /// The custom role that a change is about: predefined ones are nobody's to change.
    fn changeable(&self, name: &str) -> Result<Option<CustomRoleName>, Problem> {
        if name.starts_with("roles/") {
            return Err(invalid("name", "predefined roles cannot be changed"));
        }
        self.custom(name)
    }

    fn custom(&self, name: &str) -> Result<Option<CustomRoleName>, Problem> {
        let addressed = CustomRoleName::<ProjectRef>::parse(name).map_err(|error| {
            Problem::new(Reason::FIELD_INVALID, ROLE_FORM).at_field("name", error.to_string())
        })?;
        Ok(self.here(addressed.home).map(|home| CustomRoleName { home, role: addressed.role }))
    }

    fn home(&self, parent: &str) -> Result<Option<RoleHome>, Problem> {
        RoleHome::parse(parent).map(|home| self.here(home)).map_err(|error| malformed("parent", &error))
    }

    fn here(&self, home: RoleHome<ProjectRef>) -> Option<RoleHome> {
        let project = |reference: ProjectRef| -> Option<ProjectId> { self.permits.project(&reference) };
        match home {
            RoleHome::Organization(organization) => Some(RoleHome::Organization(organization)),
            RoleHome::Project(reference) => project(reference).map(RoleHome::Project),
        }
    }
}

/// The fields of a role.
fn field(path: &FieldPath) -> Result<FieldPath, NotWritable> {
    const FIELDS: [&str; 7] =
        ["deleted", "description", "etag", "included_permissions", "name", "stage", "title"];
    FIELDS.contains(&path.as_str()).then(|| path.clone()).ok_or(NotWritable::Unknown)
}

fn problem_of_definition(error: &RoleError) -> Problem {
    let field = match error {
        RoleError::DescriptionTooLong { .. } => "role.description",
        RoleError::PermissionNotValid { .. } | RoleError::TooManyPermissions { .. } => {
            "role.included_permissions"
        }
        RoleError::TitleTooLong { .. } => "role.title",
        RoleError::TooLarge { .. } => "role",
    };
    Problem::new(Reason::FIELD_INVALID, error.to_string()).at_field(field, error.to_string())
}

/// Google's sentence about a name of no known form.
const ROLE_FORM: &str = "The role name must be in the form \"roles/{role}\", \"organizations/{organization_id}/roles/{role}\", or \"projects/{project_id}/roles/{role}\".";
