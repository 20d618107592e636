//! Whose services are meant, and where: `namespaces/P` at a region's host, or `projects/P/locations/L` at any.

use names::{Location, ParentName, ProjectRef};
use problem::Problem;
use run::Where;

use crate::addressed::Authority;
use crate::refusal::malformed;

/// A project and a place in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::cloud_run) struct Namespace {
    /// The project, as the caller wrote it.
    pub project: ProjectRef,
    /// Where.
    pub place: Where,
}

impl Namespace {
    /// Reads the parent of a request that was sent to the host of `region`, or to the one of all regions.
    pub(in crate::cloud_run) fn read(
        field: &str,
        text: &str,
        region: Option<Location>,
    ) -> Result<Self, Problem> {
        let of = |error| malformed(field, &error);
        if let Some(project) = text.strip_prefix("namespaces/") {
            let place = region.map_or(Where::Everywhere, Where::Region);
            return Ok(Self { project: ProjectRef::parse(project).map_err(of)?, place });
        }
        if let Some(project) =
            text.strip_prefix("projects/").and_then(|rest| rest.strip_suffix("/locations/-"))
        {
            return Ok(Self { project: ProjectRef::parse(project).map_err(of)?, place: Where::Everywhere });
        }
        let ParentName { project, location } = ParentName::<ProjectRef>::parse(text).map_err(of)?;
        Ok(Self { project, place: Where::Region(location) })
    }

    /// Splits `PARENT/COLLECTION/ID`, and reads the parent.
    pub(in crate::cloud_run) fn of_member<'a>(
        name: &'a str,
        collection: &str,
        region: Option<Location>,
    ) -> Result<(Self, &'a str), Problem> {
        let (parent, id) = name.rsplit_once(collection).unwrap_or((name, ""));
        Ok((Self::read("name", parent, region)?, id))
    }

    /// The region of a call, which its host says where its path does not.
    pub(in crate::cloud_run) fn region<B>(request: &tonic::Request<B>) -> Option<Location> {
        Authority::region(request, "run")
    }

    /// The parent as it is called outside of Knative's form, in the caller's words.
    pub(in crate::cloud_run) fn asked(&self) -> String {
        let Self { project, place } = self;
        match place {
            Where::Everywhere => format!("projects/{project}/locations/-"),
            Where::Region(location) => format!("projects/{project}/locations/{location}"),
        }
    }
}
