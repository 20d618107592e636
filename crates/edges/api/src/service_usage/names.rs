//! What is called by name here: APIs of a project.

use names::{ApiName, ProjectRef};
use problem::Problem;

use crate::call::unimplemented;
use crate::permits;
use crate::refusal::{invalid, malformed};

/// `projects/P/services/API`, as the caller wrote it.
pub(super) struct Addressed {
    pub(super) project: ProjectRef,
    pub(super) api: ApiName,
}

impl Addressed {
    pub(super) fn parse(field: &str, name: &str) -> Result<Self, Problem> {
        let (parent, api) = name
            .rsplit_once("/services/")
            .ok_or_else(|| invalid(field, "an API of a project is named projects/PROJECT/services/API"))?;
        let api = ApiName::parse(api).map_err(|error| malformed(field, &error));
        Ok(Self { project: project(field, parent)?, api: api? })
    }
}

/// `projects/P`. Folders and organizations switch nothing here.
pub(super) fn project(field: &str, name: &str) -> Result<ProjectRef, Problem> {
    match name.split_once('/') {
        Some(("folders", _)) => Err(unimplemented("Enabling services in a folder")),
        Some(("organizations", _)) => Err(unimplemented("Enabling services in an organization")),
        _ => permits::project_in(field, name),
    }
}

/// What `filter` may say.
pub(super) fn switched(filter: &str) -> Result<Option<projects::ApiSwitch>, Problem> {
    match filter.replace('=', ":").as_str() {
        "" => Ok(None),
        "state:DISABLED" => Ok(Some(projects::ApiSwitch::Disabled)),
        "state:ENABLED" => Ok(Some(projects::ApiSwitch::Enabled)),
        _ => Err(invalid("filter", "it is state:ENABLED, state:DISABLED or nothing")),
    }
}
