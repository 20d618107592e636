//! Log entries.

use names::ProjectId;
use sqlx::{AnyConnection, AssertSqlSafe};
use store::{LogEntry, LogFilter, LogOrder};

use crate::fault::Failure;
use crate::instant::floor;

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
    let (time, insert_id, log_id) = after.unwrap_or(match filter.order {
        LogOrder::NewestFirst => (i64::MAX, "", ""),
        LogOrder::OldestFirst => (i64::MIN, "", ""),
    });
    // What is put into it is one of two words.
    let rows = sqlx::query_as(AssertSqlSafe(statement(filter)))
        .bind(project.as_str())
        .bind(filter.since.map_or(i64::MIN, floor))
        .bind(filter.until.map_or(i64::MAX, floor))
        .bind(time)
        .bind(insert_id)
        .bind(log_id)
        .bind(i64::from(filter.limit.clamp(1, MOST)))
        .bind(filter.log_id.as_deref().unwrap_or_default())
        .fetch_all(connection)
        .await?;
    all_from_json(KIND, rows)
}

/// IDs of logs, each found at once in the index of logs.
pub async fn ids(
    connection: &mut AnyConnection,
    project: &ProjectId,
    after: &str,
    limit: u32,
) -> Result<Vec<String>, Failure> {
    let (mut ids, mut after) = (Vec::new(), after.to_owned());
    while ids.len() < limit as usize {
        let next: Option<String> =
            sqlx::query_scalar("SELECT MIN(log_id) FROM logs WHERE project = $1 AND log_id > $2")
                .bind(project.as_str())
                .bind(after.as_str())
                .fetch_one(&mut *connection)
                .await?;
        let Some(next) = next else { break };
        after.clone_from(&next);
        ids.push(next);
    }
    Ok(ids)
}

/// Deletes entries of a log, the oldest first.
pub async fn delete(
    connection: &mut AnyConnection,
    project: &ProjectId,
    log_id: &str,
    limit: u32,
) -> Result<u64, Failure> {
    let lengths: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM logs WHERE project = $1 AND log_id = $2 AND (time, insert_id) IN \
         (SELECT time, insert_id FROM logs WHERE project = $1 AND log_id = $2 \
         ORDER BY time, insert_id LIMIT $3) RETURNING OCTET_LENGTH(entry)",
    )
    .bind(project.as_str())
    .bind(log_id)
    .bind(i64::from(limit))
    .fetch_all(&mut *connection)
    .await?;
    counters::add_bytes(connection, Bytes::Logs, -lengths.iter().sum::<i64>()).await?;
    Ok(lengths.len() as u64)
}

/// Forgets at most `limit` entries of a project, whatever their log. Gives how many.
pub async fn forget(connection: &mut AnyConnection, project: &ProjectId, limit: u32) -> Result<u64, Failure> {
    let lengths: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM logs WHERE project = $1 AND (time, insert_id, log_id) IN \
         (SELECT time, insert_id, log_id FROM logs WHERE project = $1 ORDER BY time LIMIT $2) \
         RETURNING OCTET_LENGTH(entry)",
    )
    .bind(project.as_str())
    .bind(i64::from(limit))
    .fetch_all(&mut *connection)
    .await?;
    counters::add_bytes(connection, Bytes::Logs, -lengths.iter().sum::<i64>()).await?;
    Ok(lengths.len() as u64)
}

fn statement(filter: &LogFilter) -> String {
    let (beyond, order) = match filter.order {
        LogOrder::NewestFirst => ("<", "DESC"),
        LogOrder::OldestFirst => (">", "ASC"),
    };
    // With a log the index of logs serves, without one that of the project.
    let log = if filter.log_id.is_some() { "log_id = $8" } else { "$8 = ''" };
    format!(
        "SELECT insert_id, entry FROM logs WHERE project = $1 AND {log} AND time >= $2 AND time <= $3 \
         AND (time, insert_id, log_id) {beyond} ($4, $5, $6) \
         ORDER BY time {order}, insert_id {order}, log_id {order} LIMIT $7"
    )
}

const KIND: &str = "log entry";
const MOST: u32 = 1000;
