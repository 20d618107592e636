//! Functions, page by page.

use context::Context;
use iam::Permit;
use iam::permission::CloudfunctionsFunctionsList;
use store::{FunctionRecord, Listing, Page};

use crate::{Generation, ListError, Run, Where};

/// A page of functions.
pub type Functions = Listing<FunctionRecord>;

impl Run {
    /// Functions of the permit's project, in the order of their names; at most 1000 at once. Where only those of one
    /// generation are wanted, a page may hold fewer than there is room for, and is not the last one.
    pub async fn list_functions(
        &self,
        _context: &Context,
        permit: &Permit<CloudfunctionsFunctionsList>,
        place: Where,
        generation: Option<Generation>,
        page: Page,
    ) -> Result<Functions, ListError> {
        let prefix = match place {
            Where::Everywhere => format!("projects/{}/locations/", permit.name()),
            Where::Region(location) => format!("projects/{}/locations/{location}/functions/", permit.name()),
        };
        if page.after.as_ref().is_some_and(|after| !after.starts_with(&prefix)) {
            return Err(ListError::PageToken);
        }
        let page = Page { limit: page.limit.clamp(1, MAX_PAGE), ..page };
        let mut listing = self.store.list::<FunctionRecord>(&prefix, &page).await?;
        listing.records.retain(|stored| {
            generation.is_none_or(|wanted| Generation::of(&stored.record.generation) == wanted)
        });
        Ok(listing)
    }
}

const MAX_PAGE: u32 = 1000;
