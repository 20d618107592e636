//! The schema, step by step. A step that was released is never edited; what it got wrong, the next one puts right.

use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use crate::OpenError;
use crate::dialect::Dialect;
use crate::fault::Fault;
use crate::instant;

/// The steps, the first being number 1.
pub(crate) const STEPS: &[Step] = &[
    Step { name: "first", sql: include_str!("../migrations/0001_first.sql") },
    Step { name: "decisions", sql: include_str!("../migrations/0002_decisions.sql") },
    Step { name: "retention", sql: include_str!("../migrations/0003_retention.sql") },
    Step { name: "operations_done", sql: include_str!("../migrations/0004_operations_done.sql") },
    Step { name: "sizes", sql: include_str!("../migrations/0005_sizes.sql") },
    Step { name: "log_ids", sql: include_str!("../migrations/0006_log_ids.sql") },
];

/// One change of the schema.
pub(crate) struct Step {
    pub name: &'static str,
    pub sql: &'static str,
}

/// Brings the schema up to `steps`, in one transaction that nobody else can be in.
pub(crate) async fn migrate(
    connection: &mut AnyConnection,
    dialect: Dialect,
    now: Timestamp,
    steps: &[Step],
) -> Result<(), OpenError> {
    let broken = |error| OpenError::Unusable(Fault::of(dialect, &error));
    let known = number(steps.len());
    let mut transaction = connection.begin_with(dialect.begin_write()).await.map_err(broken)?;
    dialect.lock_migrations(&mut transaction).await.map_err(broken)?;
    let found = reached(&mut transaction, dialect).await.map_err(broken)?;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    for (step, version) in steps.iter().zip(1..).filter(|(_, version)| *version > found) {
        apply(&mut transaction, dialect, now, step, version).await.map_err(broken)?;
    }
    transaction.commit().await.map_err(broken)
}

/// The last step that was applied.
async fn reached(connection: &mut AnyConnection, dialect: Dialect) -> Result<i64, sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(dialect.words(TABLE))).execute(&mut *connection).await?;
    let last: Option<i64> =
        sqlx::query_scalar("SELECT MAX(version) FROM migrations").fetch_one(connection).await?;
    Ok(last.unwrap_or(0))
}

async fn apply(
    connection: &mut AnyConnection,
    dialect: Dialect,
    now: Timestamp,
    step: &Step,
    version: i64,
) -> Result<(), sqlx::Error> {
    // The text is this program's own, and so are the words put into it.
    sqlx::raw_sql(AssertSqlSafe(dialect.words(step.sql))).execute(&mut *connection).await?;
    sqlx::query("INSERT INTO migrations (version, name, applied_at) VALUES ($1, $2, $3)")
        .bind(version)
        .bind(step.name)
        .bind(instant::floor(now))
        .execute(connection)
        .await
        .map(drop)
}

fn number(steps: usize) -> i64 {
    i64::try_from(steps).expect("the steps are a list in this file")
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (\
    version BIGINT PRIMARY KEY, name {word} NOT NULL, applied_at BIGINT NOT NULL)";

#[cfg(test)]
mod tests {
    use super::*;

    /// Once released, these texts never change: a new step is added instead.
    #[test]
    fn released_steps_stay_as_they_are() {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            for (step, version) in STEPS.iter().zip(1..) {
                let name = format!("{version:04}_{}_{dialect:?}", step.name);
                insta::assert_snapshot!(name, dialect.words(step.sql));
            }
        }
    }

    #[test]
    fn every_word_in_braces_is_a_word_of_both_dialects() {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            for step in STEPS {
                assert!(!dialect.words(step.sql).contains(['{', '}']), "{}", step.name);
            }
        }
    }
}
