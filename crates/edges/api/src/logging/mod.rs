//! `google.logging.v2.LoggingServiceV2`: reading and writing the log entries of projects (facts §7.6, §2.2).

mod list;
mod message;
mod payload;
mod problems;
mod tail;
mod whole_logs;
mod write;

use std::collections::BTreeMap;

use access::Access;
use context::Context;
use iam::{Permission, Permit};
use logs::Logs;
use names::ProjectId;
use problem::Problem;
use supervise::{Readiness, Timer};
use tonic::{Request, Response, Status, Streaming};
use wire::google::logging::v2::logging_service_v2_server::LoggingServiceV2;
use wire::google::logging::v2::{
    DeleteLogRequest, ListLogEntriesRequest, ListLogEntriesResponse, ListLogsRequest, ListLogsResponse,
    TailLogEntriesRequest, WriteLogEntriesRequest, WriteLogEntriesResponse,
};

use crate::call::{reply, unimplemented};
use crate::permits::{self, Permits};
use crate::refusal::invalid;
use crate::surface;
use tail::{Sessions, Tailed};

pub(crate) use list::place_of_key;
pub(crate) use payload::of_object;

/// The service. What is not here is answered with `UNIMPLEMENTED` and its name.
#[derive(Clone)]
pub(crate) struct Logging {
    logs: Logs,
    permits: Permits,
    readiness: Readiness,
    sessions: Sessions,
    timer: Timer,
}

impl Logging {
    pub(crate) fn new(logs: Logs, access: Access, readiness: Readiness, timer: Timer) -> Self {
        let permits = Permits::new(access, &surface::LOGGING);
        Self { logs, permits, readiness, sessions: Sessions::default(), timer }
    }

    /// A permit for each of the projects that are named, once for each.
    fn permits<P: Permission<Resource = ProjectId>>(
        &self,
        context: &Context,
        resource_names: &[String],
    ) -> Result<Vec<Permit<P>>, Problem> {
        if resource_names.is_empty() {
            return Err(invalid("resource_names", "it is missing; give projects/PROJECT"));
        }
        if resource_names.len() > MOST_RESOURCES {
            return Err(invalid("resource_names", format!("at most {MOST_RESOURCES} are read at once")));
        }
        let mut permits = BTreeMap::new();
        for asked in resource_names {
            if !is_project(asked) {
                return Err(unimplemented(
                    "Reading logs of anything but a project (resourceNames: projects/PROJECT)",
                ));
            }
            let reference = permits::project_in("resource_names", asked)?;
            let permit = self.permits.ask::<P>(context, asked, self.permits.project(&reference))?;
            permits.entry(permit.name().clone()).or_insert(permit);
        }
        Ok(permits.into_values().collect())
    }
}

#[tonic::async_trait]
impl LoggingServiceV2 for Logging {
    async fn delete_log(&self, request: Request<DeleteLogRequest>) -> Result<Response<()>, Status> {
        reply(&surface::LOGGING, request, |context, message| self.delete(context, message)).await
    }

    async fn list_log_entries(
        &self,
        request: Request<ListLogEntriesRequest>,
    ) -> Result<Response<ListLogEntriesResponse>, Status> {
        reply(&surface::LOGGING, request, |context, message| self.list(context, message)).await
    }

    async fn list_logs(
        &self,
        request: Request<ListLogsRequest>,
    ) -> Result<Response<ListLogsResponse>, Status> {
        reply(&surface::LOGGING, request, |context, message| self.list_logs(context, message)).await
    }

    async fn tail_log_entries(
        &self,
        request: Request<Streaming<TailLogEntriesRequest>>,
    ) -> Result<Response<Tailed>, Status> {
        reply(&surface::LOGGING, request, |context, requests| self.tail(context, requests)).await
    }

    async fn write_log_entries(
        &self,
        request: Request<WriteLogEntriesRequest>,
    ) -> Result<Response<WriteLogEntriesResponse>, Status> {
        reply(&surface::LOGGING, request, |context, message| self.write(context, message)).await
    }
}

/// Whether the text is about a project itself, well formed or not, and not about something in it or elsewhere.
fn is_project(name: &str) -> bool {
    name.strip_prefix("projects/").is_some_and(|project| !project.contains('/') && project != ANY)
        || !name.contains('/')
}

/// How a project is written that means none in particular.
const ANY: &str = "-";
/// As at Google.
const MOST_RESOURCES: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_are_read_and_nothing_else() {
        assert!(is_project("projects/demo") && is_project("demo") && is_project("projects/D E"));
        for name in ["folders/1", "projects/a/locations/global/buckets/b/views/v", "projects/-"] {
            assert!(!is_project(name), "{name}");
        }
    }
}
