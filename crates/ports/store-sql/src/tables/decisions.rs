//! What was decided, of every request.

use sqlx::{AnyConnection, AssertSqlSafe};
use store::{Decision, DecisionFilter, LogOrder};

use crate::fault::Failure;
use crate::instant::floor;

use super::counters::{self, Bytes};
use super::{all_from_json, pieces, rows_of_places, to_json};

/// Adds decisions; one at a place of a request that has one already is passed over: what was decided stays written.
///
/// Under load many come at once, and most of what writing them costs is the way to the database and back: they go in
/// few statements.
pub async fn append(connection: &mut AnyConnection, decisions: &[Decision]) -> Result<(), Failure> {
    let mut bytes = 0;
    for piece in pieces(decisions) {
        bytes += insert(connection, piece).await?;
    }
    Ok(counters::add_bytes(connection, Bytes::Decisions, bytes).await?)
}

async fn insert(connection: &mut AnyConnection, decisions: &[Decision]) -> Result<i64, Failure> {
    let statement = format!(
        "INSERT INTO decisions (request_id, ordinal, time, decision) VALUES {} \
         ON CONFLICT (request_id, ordinal) DO NOTHING",
        rows_of_places(decisions.len(), 4)
    );
    let mut bytes = 0;
    // What was put into it is numbers of places.
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for decision in decisions {
        let json = to_json(KIND, &decision.request_id, decision)?;
        bytes += i64::try_from(json.len()).unwrap_or(i64::MAX);
        query = query
            .bind(decision.request_id.as_str())
            .bind(i64::from(decision.ordinal))
            .bind(floor(decision.time))
            .bind(json);
    }
    let written = query.execute(connection).await?.rows_affected();
    // That some are there already is so rare that their share is good enough.
    let all = decisions.len().max(1) as u64;
    Ok(if written >= all { bytes } else { bytes / all.cast_signed() * written.cast_signed() })
}

/// What was decided under a request ID, in the order of the places.
pub async fn of_request(connection: &mut AnyConnection, request_id: &str) -> Result<Vec<Decision>, Failure> {
    let rows =
        sqlx::query_as("SELECT request_id, decision FROM decisions WHERE request_id = $1 ORDER BY ordinal")
            .bind(request_id)
            .fetch_all(connection)
            .await?;
    all_from_json(KIND, rows)
}

/// How requests ended: the rows at place 0.
pub async fn requests(
    connection: &mut AnyConnection,
    filter: &DecisionFilter,
) -> Result<Vec<Decision>, Failure> {
    let (statement, (time, request_id)) = match filter.order {
        LogOrder::NewestFirst => (REQUESTS_NEWEST_FIRST, (i64::MAX, "")),
        LogOrder::OldestFirst => (REQUESTS_OLDEST_FIRST, (i64::MIN, "")),
    };
    let from = filter.from.as_ref().map(|(time, request_id)| (floor(*time), request_id.as_str()));
    let (time, request_id) = from.unwrap_or((time, request_id));
    let rows = sqlx::query_as(statement)
        .bind(filter.since.map_or(i64::MIN, floor))
        .bind(filter.until.map_or(i64::MAX, floor))
        .bind(time)
        .bind(request_id)
        .bind(i64::from(filter.limit.clamp(1, MOST)))
        .fetch_all(connection)
        .await?;
    all_from_json(KIND, rows)
}

const REQUESTS_NEWEST_FIRST: &str = "SELECT request_id, decision FROM decisions \
    WHERE ordinal = 0 AND time >= $1 AND time <= $2 AND (time, request_id) <= ($3, $4) \
    ORDER BY time DESC, request_id DESC LIMIT $5";
const REQUESTS_OLDEST_FIRST: &str = "SELECT request_id, decision FROM decisions \
    WHERE ordinal = 0 AND time >= $1 AND time <= $2 AND (time, request_id) >= ($3, $4) \
    ORDER BY time, request_id LIMIT $5";
const MOST: u32 = 1000;
const KIND: &str = "decision";
