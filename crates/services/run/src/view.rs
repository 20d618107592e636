//! A service as callers see it.

use names::ProjectNumber;
use store::{Operation, ServiceRecord, Stored};

use crate::{Run, image::Image};

/// A service and what follows from it.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceView {
    /// What is stored.
    pub record: ServiceRecord,
    /// Changes with every write, and is known before it: the answer of an operation shows the one to go on with.
    pub etag: String,
    /// The main URL, which is also the audience of tokens.
    pub uri: String,
    /// Every URL, the main one first.
    pub urls: Vec<String>,
    /// The full name of the only revision, which serves everything.
    pub revision: String,
}

impl Run {
    /// A stored service as callers see it. `None` while its project's number is not known here.
    pub fn view(&self, stored: Stored<ServiceRecord>) -> Option<ServiceView> {
        self.shown(stored.record)
    }

    /// The service as an operation left it. `None` where the operation is about something else.
    pub fn view_of_operation(&self, operation: &Operation) -> Option<ServiceView> {
        let record = serde_json::from_value(operation.record.clone()).ok()?;
        self.shown(record)
    }

    fn shown(&self, record: ServiceRecord) -> Option<ServiceView> {
        let number = self.routes.number(&record.name.project)?;
        let urls = self.urls(&record, number);
        let uri = urls.first().cloned()?;
        let revision = format!("{}/revisions/{}", record.name, revision_id(&record));
        Some(ServiceView { etag: etag(&record), record, uri, urls, revision })
    }

    fn urls(&self, record: &ServiceRecord, number: ProjectNumber) -> Vec<String> {
        vec![format!(
            "https://{}",
            self.universe.run_host(&record.name.service, number, &record.name.location)
        )]
    }
}

/// The etag of a record: every write of a service counts its generation on, and another service has another UID.
pub(crate) fn etag(record: &ServiceRecord) -> String {
    format!("\"{}-{}\"", record.uid, record.generation)
}

/// `SERVICE-00001-abc`: generation and three letters that a service made anew under the name does not share.
fn revision_id(record: &ServiceRecord) -> String {
    let letters = record.uid.as_str().bytes().filter(u8::is_ascii_alphanumeric).take(3).map(char::from);
    format!("{}-{:05}-{}", record.name.service, record.generation, letters.collect::<String>().to_lowercase())
}

/// The backend that a record was found to have when it was written.
pub(crate) fn backend(record: &ServiceRecord) -> Option<crate::Backend> {
    match &record.backend {
        store::BackendRecord::Address(url) => Image::parse(url).ok().map(Image::into_backend),
        store::BackendRecord::Hello => Some(crate::Backend::BuiltIn(crate::BuiltIn::Hello)),
    }
}
