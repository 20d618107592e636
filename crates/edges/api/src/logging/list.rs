//! `ListLogEntries`.

use context::Context;
use iam::permission::LoggingLogEntriesList;
use logs::{Entries, LogOrder, Place, Query};
use problem::Problem;
use wire::google::logging::v2::{ListLogEntriesRequest, ListLogEntriesResponse};

use super::problems::{filter, list_failed};
use super::{Logging, message};
use crate::pages::{self, Pages};
use crate::refusal::invalid;

impl Logging {
    pub(super) async fn list(
        &self,
        context: Context,
        request: ListLogEntriesRequest,
    ) -> Result<ListLogEntriesResponse, Problem> {
        let filter = filter(&request.filter)?;
        let order = order(&request.order_by)?;
        let limit = pages::size(request.page_size, 50, 1000)?;
        let names = request.resource_names.join("\n");
        let pages = Pages::of("ListLogEntries", &[&names, &request.filter, &request.order_by]);
        let after = match pages.after(&request.page_token)? {
            None => None,
            Some(key) => Some(place_of_key(&key).ok_or_else(pages::foreign)?),
        };
        let permits = self.permits::<LoggingLogEntriesList>(&context, &request.resource_names)?;
        let query = Query { filter, order, after, limit };
        let Entries { entries, next } =
            self.logs.list(&permits, query).await.map_err(|error| list_failed(&error))?;
        Ok(ListLogEntriesResponse {
            next_page_token: pages.token(next.map(|place| key(&place)).as_deref()),
            entries: entries.into_iter().map(message::entry).collect(),
        })
    }
}

fn order(order_by: &str) -> Result<LogOrder, Problem> {
    match order_by.split_ascii_whitespace().collect::<Vec<_>>().as_slice() {
        [] | ["timestamp"] | ["timestamp", "asc"] => Ok(LogOrder::OldestFirst),
        ["timestamp", "desc"] => Ok(LogOrder::NewestFirst),
        _ => Err(invalid("order_by", "entries are ordered by 'timestamp asc' or 'timestamp desc'")),
    }
}

/// A place as text: JSON, since a client's IDs may hold anything.
fn key(place: &Place) -> String {
    let Place { microsecond, insert_id, log_id, project } = place;
    serde_json::json!([microsecond, insert_id, log_id, project]).to_string()
}

/// The place that a page token tells of.
pub(crate) fn place_of_key(key: &str) -> Option<Place> {
    let (microsecond, insert_id, log_id, project) = serde_json::from_str(key).ok()?;
    Some(Place { microsecond, insert_id, log_id, project })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_by_time_in_either_direction() {
        assert_eq!(order(""), Ok(LogOrder::OldestFirst));
        assert_eq!(order("timestamp asc"), Ok(LogOrder::OldestFirst));
        assert_eq!(order("timestamp  desc"), Ok(LogOrder::NewestFirst));
        assert!(order("severity").is_err());
    }

    #[test]
    fn keys_come_back() {
        let place = Place {
            microsecond: -1,
            insert_id: "a \"b\"\n".into(),
            log_id: "run.googleapis.com/requests".into(),
            project: "demo".into(),
        };
        assert_eq!(place_of_key(&key(&place)), Some(place));
        for text in ["", "5", "[1,2,3,4]", "[\"1\",\"a\",\"b\",\"c\"]", "[1,\"a\",\"b\"]"] {
            assert_eq!(place_of_key(text), None, "{text}");
        }
    }
}
