//! Finding projects.

use context::Context;
use iam::Permit;
use iam::permission::{ResourcemanagerProjectsGet, ResourcemanagerProjectsList};
use names::ResourceName;
use store::{Listing, Page, ProjectRecord, ReadError, Stored};

use crate::Projects;

/// Why projects were not listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The store failed.
    #[error("the projects could not be read")]
    StoreFailed(#[source] ReadError),
}

impl Projects {
    /// The projects that are `wanted` and that the caller may get, by ID: at most `limit`, after the ID `after`.
    pub async fn search(
        &self,
        context: &Context,
        wanted: impl Fn(&ProjectRecord) -> bool,
        after: Option<String>,
        limit: u32,
    ) -> Result<Listing<ProjectRecord>, ListError> {
        let now = context.now();
        let may_get = |record: &ProjectRecord| {
            self.access.permit_as::<ResourcemanagerProjectsGet>(context.principal(), &record.id, now).is_ok()
        };
        self.find_each(|record| wanted(record) && may_get(record), after, limit).await
    }

    /// The projects in the organization of the permit that are `wanted`, by ID.
    pub async fn list(
        &self,
        permit: &Permit<ResourcemanagerProjectsList>,
        wanted: impl Fn(&ProjectRecord) -> bool,
        after: Option<String>,
        limit: u32,
    ) -> Result<Listing<ProjectRecord>, ListError> {
        let parent = ResourceName::from(permit.name().clone());
        self.find_each(|record| record.parent == parent && wanted(record), after, limit).await
    }

    async fn find_each(
        &self,
        wanted: impl Fn(&ProjectRecord) -> bool,
        after: Option<String>,
        limit: u32,
    ) -> Result<Listing<ProjectRecord>, ListError> {
        let (mut records, mut next): (Vec<Stored<ProjectRecord>>, _) = (Vec::new(), after);
        loop {
            let page = Page { after: next, limit: AT_ONCE };
            let found = self.store.list::<ProjectRecord>("", &page).await.map_err(ListError::StoreFailed)?;
            for stored in found.records.into_iter().filter(|stored| wanted(&stored.record)) {
                if records.len() == limit as usize {
                    let next = records.last().map(|last| last.record.id.to_string());
                    return Ok(Listing { records, next });
                }
                records.push(stored);
            }
            match found.next {
                Some(more) => next = Some(more),
                None => return Ok(Listing { records, next: None }),
            }
        }
    }
}

const AT_ONCE: u32 = 200;
