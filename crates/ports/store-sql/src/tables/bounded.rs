//! What is forgotten by age and by size: the oldest rows first.

use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe};

use crate::fault::Failure;
use crate::instant::floor;

use super::counters::{self, Bytes};

/// Forgets the oldest rows: those from before an instant, and those that are too many bytes.
pub async fn forget(
    connection: &mut AnyConnection,
    of: Bytes,
    before: Timestamp,
    most_bytes: u64,
    limit: u32,
) -> Result<u64, Failure> {
    let (table, column, time, which) = match of {
        Bytes::Audit => ("audit", "entry", "time", "time IS NOT NULL"),
        Bytes::Decisions => ("decisions", "decision", "time", "time IS NOT NULL"),
        Bytes::Logs => ("logs", "entry", "time", "time IS NOT NULL"),
        // What runs is not forgotten, whatever it takes.
        Bytes::Operations => ("operations", "operation", "create_time", "done = 1"),
    };
    let total = counters::bytes(connection, of).await?;
    // What is put into the statements is one of the lines above.
    let oldest =
        format!("SELECT {time}, OCTET_LENGTH({column}) FROM {table} WHERE {which} ORDER BY {time} LIMIT $1");
    let rows: Vec<(i64, i64)> =
        sqlx::query_as(AssertSqlSafe(oldest)).bind(i64::from(limit)).fetch_all(&mut *connection).await?;
    let Some(last) = last_to_forget(rows, total, most_bytes, floor(before)) else { return Ok(0) };
    // Rows of one instant go together, which may be a few more than the limit.
    let delete =
        format!("DELETE FROM {table} WHERE {which} AND {time} <= $1 RETURNING OCTET_LENGTH({column})");
    let lengths: Vec<i64> =
        sqlx::query_scalar(AssertSqlSafe(delete)).bind(last).fetch_all(&mut *connection).await?;
    counters::add_bytes(connection, of, -lengths.iter().sum::<i64>()).await?;
    Ok(lengths.len() as u64)
}

/// Of rows of an instant and a size in bytes, oldest first: the instant of the last that is too old or one too many.
fn last_to_forget(rows: Vec<(i64, i64)>, total: u64, most_bytes: u64, before: i64) -> Option<i64> {
    let mut left = total;
    let expired = rows.into_iter().take_while(|(time, length)| {
        let forgotten = *time < before || left > most_bytes;
        left = left.saturating_sub((*length).max(0).cast_unsigned());
        forgotten
    });
    expired.last().map(|(time, _)| time)
}
