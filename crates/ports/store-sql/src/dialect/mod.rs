//! All that differs between the databases.

mod postgres;
mod sqlite;

use sqlx::AnyConnection;

pub(crate) use postgres::Wakes;

/// Which database it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dialect {
    Postgres,
    Sqlite,
}

/// What an error code asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Remedy {
    /// The same once more: somebody else was in the way.
    Again,
    /// Nothing: it would fail again.
    GiveUp,
}

impl Dialect {
    /// A statement of DDL with this dialect's words.
    pub fn words(self, statement: &str) -> String {
        statement.replace(
            "{word}",
            match self {
                Self::Postgres => postgres::WORD,
                Self::Sqlite => sqlite::WORD,
            },
        )
    }

    /// Opens a transaction that writes.
    pub fn begin_write(self) -> &'static str {
        match self {
            Self::Postgres => postgres::BEGIN_WRITE,
            Self::Sqlite => sqlite::BEGIN_WRITE,
        }
    }

    /// Opens a transaction that sees one state of everything.
    pub fn begin_snapshot(self) -> &'static str {
        match self {
            Self::Postgres => postgres::BEGIN_SNAPSHOT,
            Self::Sqlite => sqlite::BEGIN_SNAPSHOT,
        }
    }

    /// Ends a `SELECT` whose rows are written next: locks them, and steps around those that another node has locked.
    pub fn stepping_around_others(self) -> &'static str {
        match self {
            Self::Postgres => postgres::STEPPING_AROUND_OTHERS,
            Self::Sqlite => sqlite::STEPPING_AROUND_OTHERS,
        }
    }

    /// Prepares a new connection that writes.
    pub async fn prepare_writer(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        let settings = match self {
            Self::Postgres => postgres::WRITER,
            Self::Sqlite => sqlite::WRITER,
        };
        sqlx::raw_sql(settings).execute(connection).await.map(drop)
    }

    /// Prepares a new connection that reads.
    pub async fn prepare_reader(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        let settings = match self {
            Self::Postgres => postgres::READER,
            Self::Sqlite => sqlite::READER,
        };
        sqlx::raw_sql(settings).execute(connection).await.map(drop)
    }

    /// Within a transaction: lets nobody else migrate until it ends.
    pub async fn lock_migrations(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        match self {
            Self::Postgres => sqlx::raw_sql(postgres::LOCK_MIGRATIONS).execute(connection).await.map(drop),
            // The transaction began with the only lock there is.
            Self::Sqlite => Ok(()),
        }
    }

    /// Within a transaction: wakes other nodes when it is committed.
    pub async fn notify(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        match self {
            Self::Postgres => sqlx::raw_sql(postgres::NOTIFY).execute(connection).await.map(drop),
            // There are no other nodes.
            Self::Sqlite => Ok(()),
        }
    }

    /// Whether several processes write the same database.
    pub fn has_other_writers(self) -> bool {
        match self {
            Self::Postgres => true,
            Self::Sqlite => false,
        }
    }

    /// What an error before the commit asks for: nothing has been done, so that all of it can be done again.
    pub fn remedy(self, error: &sqlx::Error) -> Remedy {
        let gone = match (self, error) {
            (Self::Postgres, sqlx::Error::Database(refusal)) => {
                postgres::is_leaving(&refusal.code().unwrap_or_default())
            }
            (_, sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed) => true,
            _ => false,
        };
        if gone { Remedy::Again } else { self.remedy_at_commit(error) }
    }

    /// What an error of the commit itself asks for. A connection that broke may have committed: then who asked has
    /// to look.
    pub fn remedy_at_commit(self, error: &sqlx::Error) -> Remedy {
        let sqlx::Error::Database(refusal) = error else { return Remedy::GiveUp };
        let code = refusal.code().unwrap_or_default();
        let in_the_way = match self {
            Self::Postgres => postgres::is_in_the_way(&code),
            Self::Sqlite => sqlite::is_in_the_way(&code),
        };
        if in_the_way { Remedy::Again } else { Remedy::GiveUp }
    }

    /// What an error code means.
    pub fn explain(self, code: &str) -> &'static str {
        match self {
            Self::Postgres => postgres::explain(code),
            Self::Sqlite => sqlite::explain(code),
        }
    }
}
