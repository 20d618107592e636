//! How far the processes that share the database have followed its changes.

use jiff::Timestamp;
use names::Revision;
use sqlx::AnyConnection;

use crate::fault::Failure;
use crate::instant::floor;

/// Writes down that a process has followed up to a revision.
pub async fn saw(
    connection: &mut AnyConnection,
    node: &str,
    followed: Revision,
    now: Timestamp,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO nodes (node, followed, seen_at) VALUES ($1, $2, $3) \
         ON CONFLICT (node) DO UPDATE SET followed = excluded.followed, seen_at = excluded.seen_at",
    )
    .bind(node)
    .bind(followed.0.cast_signed())
    .bind(floor(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// The revision that every process has followed; one that was not seen since `before` is gone and is forgotten.
pub async fn slowest(connection: &mut AnyConnection, before: Timestamp) -> Result<Revision, Failure> {
    sqlx::query("DELETE FROM nodes WHERE seen_at < $1").bind(floor(before)).execute(&mut *connection).await?;
    let followed: Option<i64> =
        sqlx::query_scalar("SELECT MIN(followed) FROM nodes").fetch_one(connection).await?;
    Ok(Revision(followed.unwrap_or(0).cast_unsigned()))
}
