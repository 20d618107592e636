//! Log entries.

use names::ProjectId;
use sqlx::{AnyConnection, AssertSqlSafe};
use store::{LogEntry, LogFilter, LogOrder};

use crate::fault::Failure;
use crate::instant::floor;

use super::counters::{self, Bytes};
use super::{all_from_json, pieces, rows_of_places, to_json};

/// An entry as it is stored.
pub struct Row {
    project: ProjectId,
    time: i64,
    insert_id: String,
    log_id: String,
    json: String,
}

/// Entries as they are stored.
pub fn rows(entries: &[LogEntry]) -> Result<Vec<Row>, Failure> {
    let row = |entry: &LogEntry| {
        Ok(Row {
            project: entry.project.clone(),
            time: floor(entry.timestamp),
            insert_id: entry.insert_id.clone(),
            log_id: entry.log_id.clone(),
            json: to_json(KIND, &entry.insert_id, entry)?,
        })
    };
    entries.iter().map(row).collect()
}

/// Adds entries; one that is there already stays as it is.
pub async fn append(connection: &mut AnyConnection, rows: &[Row]) -> Result<(), Failure> {
    let mut bytes = 0;
    for piece in pieces(rows) {
        let statement = format!(
            "INSERT INTO logs (project, time, insert_id, log_id, entry) VALUES {} \
             ON CONFLICT (project, time, insert_id, log_id) DO NOTHING RETURNING OCTET_LENGTH(entry)",
            rows_of_places(piece.len(), 5)
        );
        // What was put in is numbers of places.
        let mut query = sqlx::query_scalar(AssertSqlSafe(statement));
        for row in piece {
            query = query
                .bind(row.project.as_str())
                .bind(row.time)
                .bind(row.insert_id.as_str())
                .bind(row.log_id.as_str())
                .bind(row.json.as_str());
        }
        let lengths: Vec<i64> = query.fetch_all(&mut *connection).await?;
        bytes += lengths.iter().sum::<i64>();
    }
    if bytes > 0 {
        counters::add_bytes(connection, Bytes::Logs, bytes).await?;
    }
    Ok(())
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
