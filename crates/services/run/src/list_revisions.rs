use context::Context;
use iam::Permit;
use iam::permission::RunRevisionsList;
use store::{Page, RevisionRecord, ServiceRecord};

use crate::view::RevisionView;
use crate::{ListError, Run};

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
        let view = |stored: store::Stored<RevisionRecord>| RevisionView::of(stored.record, &service.record);
        Ok(Revisions { revisions: listing.records.into_iter().map(view).collect(), next: listing.next })
    }
}

const MAX_PAGE: u32 = 1000;
