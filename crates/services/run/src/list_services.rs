//! Services, page by page.

use context::Context;
use iam::permission::{RunConfigurationsList, RunRoutesList, RunServicesList};
use iam::{Permission, Permit};
use names::{Location, ProjectId};
use store::{Listing, Page, ServiceRecord};

use crate::{ListError, Run};

/// A permission that lists services, or the halves of them that Knative's form lists apart.
pub trait ListsServices: Permission<Resource = ProjectId> {}

impl ListsServices for RunConfigurationsList {}
impl ListsServices for RunRoutesList {}
impl ListsServices for RunServicesList {}

/// Where to look for services.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Where {
    /// `locations/-`.
    Everywhere,
    /// In one region.
    Region(Location),
}

impl Where {
    /// How the names of a project's services, and of what belongs to them, begin there.
    pub(crate) fn prefix(&self, project: &ProjectId) -> String {
        match self {
            Self::Everywhere => format!("projects/{project}/locations/"),
            Self::Region(location) => format!("projects/{project}/locations/{location}/services/"),
        }
    }
}

/// A page of services.
pub type Services = Listing<ServiceRecord>;

impl Run {
    /// Services of the permit's project, in the order of their names; at most 1000 at once.
    pub async fn list<P: ListsServices>(
        &self,
        _context: &Context,
        permit: &Permit<P>,
        place: Where,
        page: Page,
    ) -> Result<Services, ListError> {
        let prefix = place.prefix(permit.name());
        if page.after.as_ref().is_some_and(|after| !after.starts_with(&prefix)) {
            return Err(ListError::PageToken);
        }
        let page = Page { limit: page.limit.clamp(1, MAX_PAGE), ..page };
        Ok(self.store.list::<ServiceRecord>(&prefix, &page).await?)
    }
}

const MAX_PAGE: u32 = 1000;
