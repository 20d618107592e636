//! Organizations and projects: what everything else lives in.
//!
//! On first start there is nothing. `doorward up` asks for the project `demo`, and [`Projects::ensure`] makes it in
//! one transaction, together with what a project cannot be without: the default organization above it, a number,
//! the service agents of the APIs with the roles they need, and the bindings that let the local owner in. Asked
//! again, it changes nothing.
//!
//! Use cases: [`Projects::ensure`], [`Projects::create`], [`Projects::get`], [`Projects::search`], [`Projects::list`],
//! [`Projects::update`], [`Projects::delete`], [`Projects::undelete`], [`Projects::organization`], [`Projects::organizations`], [`Projects::list_locations`], [`Projects::location`],
//! [`Projects::api`], [`Projects::apis`], [`Projects::enable_apis`], [`Projects::disable_api`],
//! [`Projects::service_identity`].
//!
//! Invariants: a project's number never changes and is never given out twice; service agents are accounts like any
//! other and can be robbed of their role.

mod apis;
mod create_project;
mod ensure_project;
mod get_api;
mod get_project;
mod list_projects;
mod locations;
mod make_project;
mod organizations;
mod project_life;
mod project_now;
mod service_identity;
mod switch_apis;
mod texts;
mod update_project;

use std::sync::Arc;

use access::Access;
use names::{Email, OrganizationId, Universe};
use store::Store;

pub use apis::{Api, ApiHome};
pub use create_project::{CreateError, MAX_PROJECTS, NewProject};
pub use ensure_project::EnsureError;
pub use get_api::{GetApiError, ProjectApi};
pub use get_project::GetError;
pub use list_projects::ListError;
pub use locations::Place;
pub use organizations::OrganizationError;
pub use project_life::LifeError;
pub use project_now::ChangeError;
pub use service_identity::{ServiceIdentity, ServiceIdentityError};
pub use store::{ApiSwitch, Listing, OrganizationRecord, ProjectRecord, ProjectState, Stored};
pub use switch_apis::{MAX_APIS_AT_ONCE, SwitchApisError};
pub use texts::TextError;
pub use update_project::{ProjectChanges, UpdateError};

/// The use cases of projects. A cheap-clone handle.
#[derive(Clone)]
pub struct Projects {
    store: Store,
    access: Access,
    universe: Arc<Universe>,
}

/// What a first start makes.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// The organization above every project.
    pub organization: OrganizationId,
    /// Its domain, as people see it.
    pub organization_domain: String,
    /// The person who owns it.
    pub owner: Email,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            organization: OrganizationId::parse("100000000001").expect("a valid literal"),
            organization_domain: "doorward.localhost".to_owned(),
            owner: Email::parse("owner@doorward.localhost").expect("a valid literal"),
        }
    }
}

impl Projects {
    /// The use cases over this store.
    pub fn new(store: Store, access: Access, universe: Universe) -> Self {
        Self { store, access, universe: Arc::new(universe) }
    }
}
