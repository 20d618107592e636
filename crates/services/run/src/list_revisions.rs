//! Revisions, page by page.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use context::Context;
use iam::Permit;
use iam::permission::{InProject, RunRevisionsList};
use store::{Page, RevisionRecord, ServiceRecord, Stored};

use crate::view::RevisionView;
use crate::{ListError, Run, Where};

/// A page of revisions.
#[derive(Clone, PartialEq, Debug)]
pub struct Revisions {
    /// In the order of their names, so that the oldest of those that were not named by anybody comes first.
    pub revisions: Vec<RevisionView>,
    /// Where the next page starts; `None` on the last one.
    pub next: Option<String>,
}

impl Run {
    /// Revisions of the service that the permit is for; at most 1000 at once.
    pub async fn list_revisions(
        &self,
        _context: &Context,
        permit: &Permit<RunRevisionsList>,
        page: Page,
    ) -> Result<Revisions, ListError> {
        let prefix = format!("{}/revisions/", permit.name());
        if page.after.as_ref().is_some_and(|after| !after.starts_with(&prefix)) {
            return Err(ListError::PageToken);
        }
        let service = self.store.find::<ServiceRecord>(permit.name()).await?;
        let Some(service) = service.filter(|stored| stored.record.uid == *permit.uid()) else {
            return Ok(Revisions { revisions: Vec::new(), next: None });
        };
        let page = Page { limit: page.limit.clamp(1, MAX_PAGE), ..page };
        let listing = self.store.list::<RevisionRecord>(&prefix, &page).await?;
        let view = |stored: Stored<RevisionRecord>| RevisionView::of(stored.record, &service.record);
        Ok(Revisions { revisions: listing.records.into_iter().map(view).collect(), next: listing.next })
    }

    /// Revisions of every service of the permit's project there; at most 1000 at once.
    pub async fn list_revisions_of_all(
        &self,
        _context: &Context,
        permit: &Permit<InProject<RunRevisionsList>>,
        place: &Where,
        page: Page,
    ) -> Result<Revisions, ListError> {
        let prefix = place.prefix(permit.name());
        if page.after.as_ref().is_some_and(|after| !after.starts_with(&prefix)) {
            return Err(ListError::PageToken);
        }
        let page = Page { limit: page.limit.clamp(1, MAX_PAGE), ..page };
        let listing = self.store.list::<RevisionRecord>(&prefix, &page).await?;
        let mut services = BTreeMap::new();
        let mut revisions = Vec::with_capacity(listing.records.len());
        for Stored { record, .. } in listing.records {
            let name = record.name.service.clone();
            let service = match services.entry(name) {
                Entry::Occupied(found) => found.into_mut(),
                Entry::Vacant(vacant) => {
                    let found = self.store.find::<ServiceRecord>(vacant.key()).await?;
                    vacant.insert(found)
                }
            };
            // One that went between the two reads took its revisions along.
            let Some(service) = service else { continue };
            revisions.push(RevisionView::of(record, &service.record));
        }
        Ok(Revisions { revisions, next: listing.next })
    }
}

const MAX_PAGE: u32 = 1000;
