//! One counter so far: how often the configuration has changed.

use names::Revision;
use sqlx::AnyConnection;

/// The present revision.
pub async fn revision(connection: &mut AnyConnection) -> Result<Revision, sqlx::Error> {
    let value: i64 = sqlx::query_scalar("SELECT value FROM counters WHERE name = 'revision'")
        .fetch_one(connection)
        .await?;
    Ok(Revision(value.cast_unsigned()))
}

/// The present revision, which nobody else can change until the transaction ends. Waits for whoever has it.
pub async fn lock_revision(connection: &mut AnyConnection) -> Result<Revision, sqlx::Error> {
    let value: i64 =
        sqlx::query_scalar("UPDATE counters SET value = value WHERE name = 'revision' RETURNING value")
            .fetch_one(connection)
            .await?;
    Ok(Revision(value.cast_unsigned()))
}

/// Writes the revision that the transaction reached.
pub async fn set_revision(connection: &mut AnyConnection, revision: Revision) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE counters SET value = $1 WHERE name = 'revision'")
        .bind(revision.0.cast_signed())
        .execute(connection)
        .await?;
    Ok(())
}
