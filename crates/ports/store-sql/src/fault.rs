//! What went wrong with a database, in words that hold no stored value.

use store::{ApplyError, ReadError};

use crate::dialect::Dialect;

/// Why a database did not answer as it should. The source of `Unavailable` errors.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The connection broke, or could not be made.
    #[error("the database cannot be reached")]
    Connection(#[source] std::io::Error),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The database said no.
    #[error("{why} (code {code})")]
    Refused {
        /// The database's own code: SQLite's extended result code, or PostgreSQL's SQLSTATE.
        code: String,
        /// What that means.
        why: &'static str,
    },
    /// Something that is stored is not what it should be.
    #[error("a stored {kind} cannot be read")]
    Unreadable {
        /// Kind of record.
        kind: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The driver failed.
    #[error("{0}")]
    Driver(&'static str),
}

/// How a piece of work with the database fails inside this crate.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database.
    Broken(sqlx::Error),
    /// A record that is not what it should be.
    Corrupt { kind: &'static str, key: String, source: serde_json::Error },
    /// The plan does not fit what is stored.
    Refused(ApplyError),
}

impl Fault {
    /// The fault without what may hold values: messages, statements, addresses.
    pub(crate) fn of(dialect: Dialect, error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(refusal) => {
                let code = refusal.code().unwrap_or_default().into_owned();
                Self::Refused { why: dialect.explain(&code), code }
            }
            sqlx::Error::Io(source) => Self::Connection(source.kind().into()),
            sqlx::Error::PoolClosed => Self::Closed,
            sqlx::Error::Configuration(_) | sqlx::Error::InvalidArgument(_) => {
                Self::Driver("the address of the database is not one")
            }
            sqlx::Error::PoolTimedOut => Self::Driver("no connection became free in time"),
            sqlx::Error::Tls(_) => Self::Driver("the database asks for TLS, or does not have it"),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::Driver("a column holds another type than it should")
            }
            _ => Self::Driver("the database driver failed"),
        }
    }

    /// The same fault for another who waits.
    pub(crate) fn again(fault: &Self) -> Self {
        match fault {
            Self::Closed => Self::Closed,
            Self::Connection(source) => Self::Connection(source.kind().into()),
            Self::Driver(why) => Self::Driver(why),
            Self::Refused { code, why } => Self::Refused { code: code.clone(), why },
            Self::Unreadable { kind, .. } => Self::Driver(kind),
        }
    }

    pub(crate) fn into_apply(self) -> ApplyError {
        ApplyError::Unavailable(Box::new(self))
    }
}

impl Failure {
    pub(crate) fn into_apply(self, dialect: Dialect) -> ApplyError {
        match self {
            Self::Broken(error) => Fault::of(dialect, &error).into_apply(),
            Self::Corrupt { kind, source, .. } => Fault::Unreadable { kind, source }.into_apply(),
            Self::Refused(refusal) => refusal,
        }
    }

    pub(crate) fn into_read(self, dialect: Dialect) -> ReadError {
        match self {
            Self::Broken(error) => ReadError::Unavailable(Box::new(Fault::of(dialect, &error))),
            Self::Corrupt { kind, key, source } => ReadError::Corrupt { kind, key, source },
            Self::Refused(refusal) => ReadError::Unavailable(Box::new(refusal)),
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<ApplyError> for Failure {
    fn from(refusal: ApplyError) -> Self {
        Self::Refused(refusal)
    }
}
