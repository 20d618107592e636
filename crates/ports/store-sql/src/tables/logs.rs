//! Log entries.

use names::ProjectId;
use sqlx::AnyConnection;
use store::{LogEntry, LogFilter, LogOrder};

use crate::fault::Failure;
use crate::instant::{ceiling, floor};

use super::counters::{self, Bytes};
use super::{all_from_json, to_json};

/// Adds entries; one that is there already stays as it is.
pub async fn append(connection: &mut AnyConnection, entries: &[LogEntry]) -> Result<(), Failure> {
    let mut bytes = 0;
    for entry in entries {
        let json = to_json(KIND, &entry.insert_id, entry)?;
        let length = i64::try_from(json.len()).unwrap_or(i64::MAX);
        let written = sqlx::query(
            "INSERT INTO logs (project, time, insert_id, log_id, entry) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (project, time, insert_id, log_id) DO NOTHING",
        )
        .bind(entry.project.as_str())
        .bind(floor(entry.timestamp))
        .bind(entry.insert_id.as_str())
        .bind(entry.log_id.as_str())
        .bind(json)
        .execute(&mut *connection)
        .await?;
        bytes += if written.rows_affected() > 0 { length } else { 0 };
    }
    Ok(counters::add_bytes(connection, Bytes::Logs, bytes).await?)
}

/// The entries that a filter lets through.
pub async fn read(
    connection: &mut AnyConnection,
    project: &ProjectId,
    filter: &LogFilter,
) -> Result<Vec<LogEntry>, Failure> {
    let after = filter.after.as_ref();
    let after = after.map(|place| (floor(place.timestamp), place.insert_id.as_str(), place.log_id.as_str()));
    let (statement, (time, insert_id, log_id)) = match filter.order {
        LogOrder::NewestFirst => (NEWEST_FIRST, after.unwrap_or((i64::MAX, "", ""))),
        LogOrder::OldestFirst => (OLDEST_FIRST, after.unwrap_or((i64::MIN, "", ""))),
    };
    let rows = sqlx::query_as(statement)
        .bind(project.as_str())
        .bind(filter.since.map_or(i64::MIN, ceiling))
        .bind(filter.log_id.as_deref())
        .bind(time)
        .bind(insert_id)
        .bind(log_id)
        .bind(i64::from(filter.limit.clamp(1, MOST)))
        .fetch_all(connection)
        .await?;
    all_from_json(KIND, rows)
}

const OLDEST_FIRST: &str = "SELECT insert_id, entry FROM logs \
    WHERE project = $1 AND time >= $2 AND log_id = COALESCE($3, log_id) \
    AND (time, insert_id, log_id) > ($4, $5, $6) ORDER BY time, insert_id, log_id LIMIT $7";
const NEWEST_FIRST: &str = "SELECT insert_id, entry FROM logs \
    WHERE project = $1 AND time >= $2 AND log_id = COALESCE($3, log_id) \
    AND (time, insert_id, log_id) < ($4, $5, $6) ORDER BY time DESC, insert_id DESC, log_id DESC LIMIT $7";
const KIND: &str = "log entry";
const MOST: u32 = 1000;
