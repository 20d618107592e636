//! `google.api.serviceusage`: which APIs a project uses, as `gcloud services` and `gcloud beta services identity create`
//! ask.

mod messages;
mod names;
mod problems;
mod v1;
mod v1beta1;

use access::Access;
use projects::Projects;
use wire::google::longrunning::Operation;

use crate::permits::Permits;
use crate::surface;

/// Both versions.
#[derive(Clone)]
pub(crate) struct ServiceUsage {
    permits: Permits,
    projects: Projects,
}

impl ServiceUsage {
    pub(crate) fn new(projects: Projects, access: Access) -> Self {
        Self { permits: Permits::new(access, &surface::SERVICE_USAGE), projects }
    }
}

/// An operation of this API, for `google.longrunning.Operations`: there is nothing of anybody's in it.
pub(crate) fn operation(name: &str) -> Option<Operation> {
    messages::operation(name)
}
