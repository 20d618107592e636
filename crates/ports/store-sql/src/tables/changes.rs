//! The change feed.

use jiff::Timestamp;
use names::Revision;
use sqlx::AnyConnection;
use store::{Change, Record};
use tracing::{error, warn};

use crate::fault::Failure;
use crate::instant::floor;

use super::{from_json, to_json};

/// Adds a change.
pub async fn append(
    connection: &mut AnyConnection,
    revision: Revision,
    change: &Change,
    made_at: Timestamp,
) -> Result<(), Failure> {
    let kind = match change {
        Change::Delete(key) => key.kind(),
        Change::Put(record) => record.kind(),
    };
    sqlx::query("INSERT INTO changes (revision, kind, change, made_at) VALUES ($1, $2, $3, $4)")
        .bind(revision.0.cast_signed())
        .bind(kind)
        .bind(to_json("change", kind, change)?)
        .bind(floor(made_at))
        .execute(connection)
        .await?;
    Ok(())
}

/// The changes after one revision up to another, which is committed and not an earlier one.
///
/// Kinds that this version does not know are left out: nobody here can follow them.
pub async fn between(
    connection: &mut AnyConnection,
    followed: Revision,
    upto: Revision,
) -> Result<Vec<Change>, Failure> {
    if upto < followed {
        // An older copy was put under this process: what its followers have seen did not happen there.
        error!(%followed, found = %upto, "the database has gone back; this process has to be started anew");
        return Err(sqlx::Error::RowNotFound.into());
    }
    let (mut reached, mut changes) = (followed, Vec::new());
    while reached < upto {
        let rows: Vec<(i64, String, String)> = sqlx::query_as(
            "SELECT revision, kind, change FROM changes WHERE revision > $1 AND revision <= $2 \
             ORDER BY revision LIMIT $3",
        )
        .bind(reached.0.cast_signed())
        .bind(upto.0.cast_signed())
        .bind(BATCH)
        .fetch_all(&mut *connection)
        .await?;
        if rows.is_empty() {
            return Err(gap(reached));
        }
        for (revision, kind, json) in rows {
            if Revision(revision.cast_unsigned()) != reached.next() {
                return Err(gap(reached));
            }
            reached = reached.next();
            if Record::KINDS.contains(&kind.as_str()) {
                changes.push(from_json("change", &reached.to_string(), &json)?);
            } else {
                warn!(kind, "a change of a kind that this version does not know was passed over");
            }
        }
    }
    Ok(changes)
}

/// Forgets changes up to a revision, as far as they are from before an instant: those that are left stay without a gap.
pub async fn forget(
    connection: &mut AnyConnection,
    upto: Revision,
    before: Timestamp,
    limit: u32,
) -> Result<u64, Failure> {
    let rows: Vec<(i64, Option<i64>)> = sqlx::query_as(
        "SELECT revision, made_at FROM changes WHERE revision <= $1 ORDER BY revision LIMIT $2",
    )
    .bind(upto.0.cast_signed())
    .bind(i64::from(limit))
    .fetch_all(&mut *connection)
    .await?;
    let old = |made_at: Option<i64>| made_at.is_none_or(|made_at| made_at < floor(before));
    let Some((last, _)) = rows.into_iter().take_while(|(_, made_at)| old(*made_at)).last() else {
        return Ok(0);
    };
    let forgotten =
        sqlx::query("DELETE FROM changes WHERE revision <= $1").bind(last).execute(connection).await?;
    Ok(forgotten.rows_affected())
}

/// Cannot be while every writer takes revisions from the counter; a follower that lags behind is better than one
/// that is wrong.
fn gap(reached: Revision) -> Failure {
    error!(after = %reached, "the change feed has a gap");
    sqlx::Error::RowNotFound.into()
}

const BATCH: i64 = 500;
