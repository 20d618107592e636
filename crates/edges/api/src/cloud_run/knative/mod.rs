//! `serving.knative.dev/v1`, in which gcloud speaks of services (facts §2.5): the same services as v2's, in another
//! form. An object is read into what the use cases take and written from what they give; nothing is stored of it that
//! v2 has no place for, but annotations that change nothing ([`annotations`]).

mod annotations;
mod halves;
mod keys;
mod listing;
mod namespace;
mod object;
mod read;
mod revisions;
mod selector;
mod services;
mod show;

use names::{Location, ProjectNumber, ProjectRef, ServiceId, ServiceName};
use problem::Problem;
use run::{Mode, Where};
use wire::google::cloud::run::v1;

use super::CloudRun;
use crate::refusal::invalid;

pub(super) use namespace::Namespace;
pub(super) use object::{OBJECT, field};
#[doc(hidden)]
pub(crate) use selector::fuzz as fuzz_selector;

/// Services and what belongs to them, as Knative's objects.
#[derive(Clone)]
pub(crate) struct Knative {
    run: CloudRun,
}

impl Knative {
    pub(crate) fn new(run: CloudRun) -> Self {
        Self { run }
    }

    /// The service that is meant; `None` where the caller's words name no project. One that does not exist keeps the
    /// name that it would have, somewhere.
    fn service_named(&self, namespace: &Namespace, service: ServiceId) -> Option<ServiceName> {
        let project = self.run.permits.project(&namespace.project)?;
        let location = match &namespace.place {
            Where::Everywhere => self.run.run.region_of(&project, &service).unwrap_or_else(nowhere),
            Where::Region(location) => location.clone(),
        };
        Some(ServiceName { project, location, service })
    }

    /// The number of the project of something that is there.
    fn number(&self, service: &ServiceName) -> Result<ProjectNumber, Problem> {
        let project = self.run.permits.access().project(&ProjectRef::Id(service.project.clone()));
        project.map(|project| project.number).ok_or_else(|| self.run.permits.missing(&service.to_string()))
    }
}

/// A place where nothing is.
pub(super) fn nowhere() -> Location {
    Location::parse("global").expect("a valid literal")
}

/// What `dryRun` says: nothing, or `all` of the request.
pub(super) fn mode(dry_run: &str) -> Result<Mode, Problem> {
    match dry_run {
        "" => Ok(Mode::Apply),
        "all" => Ok(Mode::ValidateOnly),
        _ => Err(invalid("dry_run", "it is 'all' or left out")),
    }
}

/// That something was deleted.
pub(super) fn success() -> v1::Status {
    v1::Status { status: "Success".to_owned(), ..v1::Status::default() }
}

const API_VERSION: &str = "serving.knative.dev/v1";
