//! `ListLogs` and `DeleteLog`.

use context::Context;
use iam::permission::{LoggingLogsDelete, LoggingLogsList};
use logs::{LogId, LogName, parse_log_name};
use problem::Problem;
use wire::google::logging::v2::{DeleteLogRequest, ListLogsRequest, ListLogsResponse};

use super::problems::{delete_failed, list_logs_failed, no_log_name};
use super::{Logging, is_project};
use crate::call::unimplemented;
use crate::pages::{self, Pages};
use crate::permits;

impl Logging {
    pub(super) async fn list_logs(
        &self,
        context: Context,
        request: ListLogsRequest,
    ) -> Result<ListLogsResponse, Problem> {
        let asked = request.parent.as_str();
        let others = request.resource_names.iter().any(|name| name != asked);
        if others || !is_project(asked) {
            return Err(unimplemented("Listing logs of anything but one project (parent: projects/PROJECT)"));
        }
        let reference = permits::project_in("parent", asked)?;
        let limit = pages::size(request.page_size, 50, 1000)?;
        let pages = Pages::of("ListLogs", &[asked]);
        let after = pages.after(&request.page_token)?.unwrap_or_default();
        let project = self.permits.project(&reference);
        let permit = self.permits.ask::<LoggingLogsList>(&context, asked, project)?;
        let ids = self.logs.list_logs(&permit, &after, limit).await;
        let ids = ids.map_err(|error| list_logs_failed(&error))?;
        // A full page may be the last: then the next one is empty.
        let full = u32::try_from(ids.len()).is_ok_and(|count| count >= limit);
        let next = ids.last().filter(|_| full).map(LogId::as_str);
        let next_page_token = pages.token(next);
        let named = |id| LogName { project: permit.name().clone(), id }.to_string();
        Ok(ListLogsResponse { next_page_token, log_names: ids.into_iter().map(named).collect() })
    }

    pub(super) async fn delete(&self, context: Context, request: DeleteLogRequest) -> Result<(), Problem> {
        let (reference, id) =
            parse_log_name(&request.log_name).map_err(|error| no_log_name("log_name", &error))?;
        let project = self.permits.project(&reference);
        let permit = self.permits.ask::<LoggingLogsDelete>(&context, &request.log_name, project)?;
        let deleted = self.logs.delete_log(&context, permit, id).await;
        deleted.map_err(|error| delete_failed(&error, &request.log_name))
    }
}
