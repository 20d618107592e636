//! `google.logging.v2.LoggingServiceV2`: reading the log entries of a project (facts §7.6).

mod filter;
mod message;

use access::Access;
use context::Context;
use iam::permission::LoggingLogEntriesList;
use jiff::Timestamp;
use logs::{ListEntriesError, LogEntry, LogFilter, LogOrder, LogPlace, Logs};
use names::ProjectId;
use problem::Problem;
use tonic::{Request, Response, Status};
use wire::google::logging::v2::logging_service_v2_server::LoggingServiceV2;
use wire::google::logging::v2::{ListLogEntriesRequest, ListLogEntriesResponse};

use crate::call::{reply, unimplemented};
use crate::pages::{self, Pages};
use crate::permits::{self, Permits};
use crate::refusal::{invalid, store_failed};
use crate::surface;

pub(crate) use filter::Filter;
pub(crate) use message::of_object;

/// The service. What is not here is answered with `UNIMPLEMENTED` and its name.
pub(crate) struct Logging {
    logs: Logs,
    permits: Permits,
}

impl Logging {
    pub(crate) fn new(logs: Logs, access: Access) -> Self {
        Self { logs, permits: Permits::new(access, &surface::LOGGING) }
    }

    async fn list(
        &self,
        context: Context,
        request: ListLogEntriesRequest,
    ) -> Result<ListLogEntriesResponse, Problem> {
        let asked = the_project(&request.resource_names)?;
        let reference = permits::project_in("resource_names", asked)?;
        let filter = Filter::parse(&request.filter)?;
        let order = order(&request.order_by)?;
        let limit = pages::size(request.page_size, 50, 1000)?;
        let pages = Pages::of("ListLogEntries", &[asked, &request.filter, &request.order_by]);
        let after = match pages.after(&request.page_token)? {
            None => None,
            Some(key) => Some(read_key(&key).ok_or_else(pages::foreign)?),
        };
        let project = self.permits.project(&reference);
        let permit = self.permits.ask::<LoggingLogEntriesList>(&context, asked, project)?;
        if self.is_about_another(&filter, permit.name()) {
            return Ok(ListLogEntriesResponse::default());
        }
        let filter = LogFilter { since: filter.since, after, log_id: filter.log_id(), order, limit };
        let entries = self.logs.list(&permit, filter).await.map_err(|error| match &error {
            ListEntriesError::StoreFailed(_) => store_failed(&error),
        })?;
        // A full page may be the last: then the next one is empty.
        let full = u32::try_from(entries.len()).is_ok_and(|count| count >= limit);
        let next = entries.last().filter(|_| full).map(key);
        Ok(ListLogEntriesResponse {
            next_page_token: pages.token(next.as_deref()),
            entries: entries.into_iter().map(message::entry).collect(),
        })
    }

    /// Whether the filter names a log of another project than the one that is read.
    fn is_about_another(&self, filter: &Filter, project: &ProjectId) -> bool {
        let named = filter.log.as_ref().map(|log| &log.project);
        named.is_some_and(|reference| self.permits.project(reference).as_ref() != Some(project))
    }
}

#[tonic::async_trait]
impl LoggingServiceV2 for Logging {
    async fn list_log_entries(
        &self,
        request: Request<ListLogEntriesRequest>,
    ) -> Result<Response<ListLogEntriesResponse>, Status> {
        reply(&surface::LOGGING, request, |context, message| self.list(context, message)).await
    }
}

fn the_project(resource_names: &[String]) -> Result<&str, Problem> {
    match resource_names {
        [] => Err(invalid("resource_names", "it is missing; give projects/PROJECT")),
        [name] if is_project(name) => Ok(name),
        [_] => Err(unimplemented("Reading logs of anything but a project (resourceNames: projects/PROJECT)")),
        [_, _, ..] => Err(unimplemented("Reading logs of several resources at once (resourceNames)")),
    }
}

/// Whether the text is about a project itself, well formed or not, and not about something in it or elsewhere.
fn is_project(name: &str) -> bool {
    name.strip_prefix("projects/").is_some_and(|project| !project.contains('/') && project != ANY)
        || !name.contains('/')
}

fn order(order_by: &str) -> Result<LogOrder, Problem> {
    match order_by.split_ascii_whitespace().collect::<Vec<_>>().as_slice() {
        [] | ["timestamp"] | ["timestamp", "asc"] => Ok(LogOrder::OldestFirst),
        ["timestamp", "desc"] => Ok(LogOrder::NewestFirst),
        _ => Err(invalid("order_by", "entries are ordered by 'timestamp asc' or 'timestamp desc'")),
    }
}

/// Where an entry stands, as text. Neither kind of ID holds a space.
fn key(entry: &LogEntry) -> String {
    let LogPlace { timestamp, insert_id, log_id } = entry.place();
    format!("{} {log_id} {insert_id}", timestamp.as_nanosecond())
}

fn read_key(key: &str) -> Option<LogPlace> {
    let (nanoseconds, ids) = key.split_once(' ')?;
    let (log_id, insert_id) = ids.split_once(' ')?;
    let timestamp = Timestamp::from_nanosecond(nanoseconds.parse().ok()?).ok()?;
    Some(LogPlace { timestamp, insert_id: insert_id.to_owned(), log_id: log_id.to_owned() })
}

/// How a project is written that means none in particular.
const ANY: &str = "-";

#[cfg(test)]
mod tests {
    use super::*;
    use problem::Reason;

    #[test]
    fn one_project_is_read_and_nothing_else() {
        let reason = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            the_project(&names).map(str::to_owned).map_err(|problem| problem.reason)
        };
        assert_eq!(reason(&["projects/demo"]), Ok("projects/demo".to_owned()));
        assert_eq!(reason(&[]), Err(Reason::FIELD_INVALID));
        for names in [
            &["projects/a", "projects/b"][..],
            &["folders/1"],
            &["projects/a/locations/global/buckets/b/views/v"],
            &["projects/-"],
        ] {
            assert_eq!(reason(names), Err(Reason::METHOD_UNIMPLEMENTED), "{names:?}");
        }
    }

    #[test]
    fn order_is_by_time_in_either_direction() {
        assert_eq!(order(""), Ok(LogOrder::OldestFirst));
        assert_eq!(order("timestamp asc"), Ok(LogOrder::OldestFirst));
        assert_eq!(order("timestamp  desc"), Ok(LogOrder::NewestFirst));
        assert!(order("severity").is_err());
    }

    #[test]
    fn keys_come_back() {
        let at: Timestamp = "2027-01-15T08:00:00.000001Z".parse().unwrap();
        let place = LogPlace { timestamp: at, insert_id: "00ab".to_owned(), log_id: "log".to_owned() };
        assert_eq!(read_key(&format!("{} log 00ab", at.as_nanosecond())), Some(place));
        for text in ["", "x 1 1", "99999999999999999999999999999999999999999 1 1", "5", "5 1"] {
            assert_eq!(read_key(text), None, "{text}");
        }
    }
}
