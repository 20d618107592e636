//! How often the configuration has changed, and how many bytes there are of what is bounded by size.

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

/// What is counted in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bytes {
    Audit,
    Decisions,
    Logs,
    Operations,
}

impl Bytes {
    fn name(self) -> &'static str {
        match self {
            Self::Audit => "audit_bytes",
            Self::Decisions => "decision_bytes",
            Self::Logs => "log_bytes",
            Self::Operations => "operation_bytes",
        }
    }
}

/// How many there are.
pub async fn bytes(connection: &mut AnyConnection, of: Bytes) -> Result<u64, sqlx::Error> {
    let value: i64 = sqlx::query_scalar("SELECT value FROM counters WHERE name = $1")
        .bind(of.name())
        .fetch_one(connection)
        .await?;
    Ok(value.max(0).cast_unsigned())
}

/// Counts more, or fewer.
pub async fn add_bytes(
    connection: &mut AnyConnection,
    of: Bytes,
    difference: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE counters SET value = value + $2 WHERE name = $1")
        .bind(of.name())
        .bind(difference)
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes the revision that the transaction reached.
pub async fn set_revision(connection: &mut AnyConnection, revision: Revision) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE counters SET value = $1 WHERE name = 'revision'")
        .bind(revision.0.cast_signed())
        .execute(connection)
        .await?;
    Ok(())
}
