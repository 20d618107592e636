//! PostgreSQL's words. Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use sqlx::postgres::PgListener;

/// Text that compares by bytes, whatever the language of the database.
pub const WORD: &str = "TEXT COLLATE \"C\"";

/// Each statement sees what was committed before it; what must not move is locked first.
pub const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
pub const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

pub const STEPPING_AROUND_OTHERS: &str = " FOR UPDATE SKIP LOCKED";

/// A commit is on the server's disk when it returns, whatever the server's default; nothing waits for ever.
pub const WRITER: &str = "SET statement_timeout = '30s'; SET lock_timeout = '10s'; \
    SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') IN ('off', 'local');";
pub const READER: &str = "SET statement_timeout = '30s'; SET default_transaction_read_only = on;";

/// The number is this program's own; it means nothing.
pub const LOCK_MIGRATIONS: &str = "SELECT pg_advisory_xact_lock(4207849484)";
pub const NOTIFY: &str = "NOTIFY doorward_changes";

/// Serialization failure and deadlock.
pub fn is_in_the_way(code: &str) -> bool {
    matches!(code, "40001" | "40P01")
}

/// The server ends this connection: it is stopping, or an administrator said so.
pub fn is_leaving(code: &str) -> bool {
    matches!(code, "57P01" | "57P02" | "57P03")
}

pub fn explain(code: &str) -> &'static str {
    match code.get(..2) {
        Some("08") => "the connection to the database broke",
        Some("23") => "a row of that key exists",
        Some("28") => "the database does not let this user in",
        Some("3D") => "there is no database of that name",
        Some("40" | "55") => "others were writing at the same time",
        Some("42") => "the database lacks a table or a right",
        Some("53") => "the database has run out of room",
        Some("57") => "the database is stopping, or took too long",
        _ => "the database refused",
    }
}

/// Notifications of changes that other nodes made.
pub(crate) struct Wakes {
    listener: PgListener,
}

impl Wakes {
    pub async fn listen(url: &str) -> Result<Self, sqlx::Error> {
        let mut listener = PgListener::connect(url).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self { listener })
    }

    /// Waits for a notification, or for the end of a connection that may have lost some. May be dropped at any
    /// time: what is half read stays in the connection's buffer.
    pub async fn next(&mut self) -> Result<(), sqlx::Error> {
        self.listener.try_recv().await.map(drop)
    }
}

const CHANNEL: &str = "doorward_changes";
