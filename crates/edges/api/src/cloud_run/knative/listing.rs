//! Lists: how many at once, and which ones.

use problem::Problem;
use run::Page;
use wire::google::cloud::run::v1::{
    Configuration, ListConfigurationsRequest, ListMeta, ListRevisionsRequest, ListRoutesRequest,
    ListServicesRequest, ObjectMeta, Revision, Route, Service,
};

use super::selector::Selector;
use crate::call::unimplemented;
use crate::pages::{self, Pages};

/// Something that is listed.
pub(super) trait Object {
    fn metadata(&self) -> Option<&ObjectMeta>;
}

/// A request for a list. They all have the same fields.
pub(super) trait ListRequest {
    /// Its own name, and what it says of where and which.
    fn selects(&self) -> Selects<'_>;
}

/// What a request for a list says.
pub(super) struct Selects<'a> {
    pub parent: &'a str,
    kind: &'static str,
    continued: &'a str,
    field_selector: &'a str,
    label_selector: &'a str,
    limit: i32,
    watch: bool,
}

macro_rules! listed {
    ($($request:ident: $object:ident;)*) => {$(
        impl Object for $object {
            fn metadata(&self) -> Option<&ObjectMeta> {
                self.metadata.as_ref()
            }
        }

        impl ListRequest for $request {
            fn selects(&self) -> Selects<'_> {
                Selects {
                    parent: &self.parent,
                    kind: stringify!($request),
                    continued: &self.r#continue,
                    field_selector: &self.field_selector,
                    label_selector: &self.label_selector,
                    limit: self.limit,
                    watch: self.watch,
                }
            }
        }
    )*};
}

listed! {
    ListConfigurationsRequest: Configuration;
    ListRevisionsRequest: Revision;
    ListRoutesRequest: Route;
    ListServicesRequest: Service;
}

/// A list as it is gone through, page by page.
pub(super) struct Listing {
    /// Which objects.
    pub selector: Selector,
    pages: Pages,
    page: Page,
}

impl Listing {
    /// Reads what a request for a list of what is there, in the caller's words, says.
    pub(super) fn read(asked: &str, selects: &Selects<'_>) -> Result<Self, Problem> {
        let Selects { kind, continued, field_selector, label_selector, limit, watch, parent: _ } = selects;
        if *watch {
            return Err(unimplemented("Watching a list (watch)"));
        }
        if !field_selector.is_empty() {
            return Err(unimplemented("Selecting by fields (fieldSelector)"));
        }
        let pages = Pages::of(kind, &[asked, label_selector]);
        let page = Page { after: pages.after(continued)?, limit: pages::size(*limit, MOST, MOST)? };
        Ok(Self { selector: Selector::read(label_selector)?, pages, page })
    }

    /// The page to look at next.
    pub(super) fn page(&self) -> Page {
        self.page.clone()
    }

    /// What of a page is selected, and what the list says of itself; `None` where nothing is and there are more pages to
    /// look at.
    pub(super) fn selected<T: Object>(
        &mut self,
        mut found: Vec<T>,
        next: Option<String>,
    ) -> Option<(Vec<T>, ListMeta)> {
        found.retain(|item| item.metadata().is_some_and(|metadata| self.selector.selects(&metadata.labels)));
        if found.is_empty() && next.is_some() {
            self.page.after = next;
            return None;
        }
        let meta = ListMeta { r#continue: self.pages.token(next.as_deref()), ..ListMeta::default() };
        Some((found, meta))
    }
}

/// At once; who does not ask for fewer gets as many, since gcloud does not ask for the rest.
const MOST: u32 = 1000;
