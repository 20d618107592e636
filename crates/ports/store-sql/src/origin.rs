//! Where a database is, and how connections to it are made.

use std::fmt::Write;
use std::path::Path;
use std::str::FromStr;

use names::Secret;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Connection};

use crate::OpenError;
use crate::dialect::Dialect;
use crate::directory::private_file;

/// Where a database is.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub dialect: Dialect,
    /// For the writer; may hold a password.
    pub url: Secret<String>,
    readers_url: Secret<String>,
}

impl Origin {
    /// The database file in a data directory, made here where it is missing: SQLite would let others read it, and
    /// gives the files beside it the same rights.
    pub fn sqlite(directory: &Path) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let file = directory.join(FILE);
        let text = file.to_str().ok_or_else(|| OpenError::NotText { directory: directory.to_owned() })?;
        private_file(&file)
            .map_err(|source| OpenError::Directory { directory: directory.to_owned(), source })?;
        let url = |mode| Secret::new(format!("sqlite://{}?mode={mode}", percent_encoded(text)));
        Ok(Self { dialect: Dialect::Sqlite, url: url("rw"), readers_url: url("ro") })
    }

    /// A database on a server.
    pub fn postgres(url: Secret<String>) -> Self {
        sqlx::any::install_default_drivers();
        Self { dialect: Dialect::Postgres, url: url.clone(), readers_url: url }
    }

    /// A connection that may write.
    pub async fn writer(&self) -> Result<AnyConnection, sqlx::Error> {
        let mut connection = AnyConnection::connect_with(&options(&self.url)?).await?;
        self.dialect.prepare_writer(&mut connection).await?;
        Ok(connection)
    }

    /// Connections that only read, made when they are needed.
    pub fn readers(&self) -> Result<AnyPool, sqlx::Error> {
        let dialect = self.dialect;
        let pool = AnyPoolOptions::new()
            .max_connections(READERS)
            // A file does not go away; a server may have.
            .test_before_acquire(dialect.has_other_writers())
            .after_connect(move |connection, _| Box::pin(dialect.prepare_reader(connection)));
        Ok(pool.connect_lazy_with(options(&self.readers_url)?))
    }
}

fn options(url: &Secret<String>) -> Result<AnyConnectOptions, sqlx::Error> {
    Ok(AnyConnectOptions::from_str(url.reveal())?.disable_statement_logging())
}

/// The path as part of a URL; the driver turns it back.
pub(crate) fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a string takes everything");
        }
    }
    encoded
}

const FILE: &str = "doorward.db";
/// The database, its log and the log's index.
pub(crate) const FILES: [&str; 3] = [FILE, "doorward.db-wal", "doorward.db-shm"];
const READERS: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn commits_are_synced_and_readers_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        let origin = Origin::sqlite(directory.path()).unwrap();
        let mut writer = origin.writer().await.unwrap();
        let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut writer).await.unwrap();
        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut writer).await.unwrap();
        assert_eq!((journal.as_str(), synchronous), ("wal", 2));
        sqlx::raw_sql("CREATE TABLE loaves (count BIGINT)").execute(&mut writer).await.unwrap();

        let mut reader = origin.readers().unwrap().acquire().await.unwrap();
        let loaves = sqlx::query("SELECT count FROM loaves").fetch_all(&mut *reader).await.unwrap();
        assert!(loaves.is_empty());
        sqlx::query("INSERT INTO loaves VALUES (1)").execute(&mut *reader).await.unwrap_err();
    }

    #[test]
    fn an_origin_does_not_print_its_password() {
        let origin = Origin::postgres(Secret::new("postgres://ada:sesame@localhost/bakery".into()));
        assert!(!format!("{origin:?}").contains("sesame"));
    }
}
