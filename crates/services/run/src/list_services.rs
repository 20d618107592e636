//! Services, page by page.

use context::Context;
use iam::Permit;
use iam::permission::RunServicesList;
use names::Location;
use store::{Listing, Page, ServiceRecord};

use crate::{ListError, Run};

/// Where to look for services.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Where {
    /// `locations/-`.
    Everywhere,
    /// In one region.
    Region(Location),
}

/// A page of services.
pub type Services = Listing<ServiceRecord>;

impl Run {
    /// Services of the permit's project, in the order of their names; at most 1000 at once.
    pub async fn list(
        &self,
        _context: &Context,
        permit: &Permit<RunServicesList>,
        place: Where,
        page: Page,
    ) -> Result<Services, ListError> {
        let prefix = match place {
            Where::Everywhere => format!("projects/{}/locations/", permit.name()),
            Where::Region(location) => format!("projects/{}/locations/{location}/services/", permit.name()),
        };
        if page.after.as_ref().is_some_and(|after| !after.starts_with(&prefix)) {
            return Err(ListError::PageToken);
        }
        let page = Page { limit: page.limit.clamp(1, MAX_PAGE), ..page };
        Ok(self.store.list::<ServiceRecord>(&prefix, &page).await?)
    }
}

const MAX_PAGE: u32 = 1000;
