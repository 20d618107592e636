//! Where something is of which only the short name is known, as Knative's form has it.

use names::{Location, ProjectId, RevisionId, RevisionName, ServiceId, ServiceName};
use store::{ReadError, RevisionRecord};

use crate::{Run, Where};

impl Run {
    /// The region of the project's only service of that name; `None` where there is none, or one in several regions.
    pub fn region_of(&self, project: &ProjectId, service: &ServiceId) -> Option<Location> {
        match self.routes.regions_of(project, service).as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }

    /// The full name of a revision, whose own name begins with that of its service. Where `hello` and `hello-new` both
    /// have a revision of that name, it is the one of `hello-new`; `None` where no service has one, or only services
    /// of which it is not known in which region they are meant.
    pub async fn revision_named(
        &self,
        project: &ProjectId,
        place: &Where,
        revision: &RevisionId,
    ) -> Result<Option<RevisionName>, ReadError> {
        let text = revision.as_str();
        for (end, _) in text.rmatch_indices('-') {
            let Ok(service) = ServiceId::parse(&text[..end]) else { continue };
            let location = match place {
                Where::Everywhere => self.region_of(project, &service),
                Where::Region(location) => Some(location.clone()),
            };
            let Some(location) = location else { continue };
            let service = ServiceName { project: project.clone(), location, service };
            let name = RevisionName { service, revision: revision.clone() };
            if self.store.find::<RevisionRecord>(&name).await?.is_some() {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }
}
