//! The database in which gcloud keeps the accounts that somebody signed in with: a file and a table of gcloud's, not
//! of the store's. It is here because this crate is the only one that knows SQLite (docs/decisions/0015).

use std::path::{Path, PathBuf};
use std::str::FromStr;

use names::Secret;
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Connection};

use crate::dialect::Dialect;
use crate::directory::private_file;
use crate::fault::Fault;
use crate::origin::percent_encoded;

/// Whether anything changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// The account was there with this very credential.
    Already,
    /// The account is new, or had another credential.
    Anew,
}

/// Why an account could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The file cannot be made or written.
    #[error("{} cannot be written", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The path of the file is not UTF-8.
    #[error("the path {} is not text", file.display())]
    NotText {
        /// The file.
        file: PathBuf,
    },
    /// The file is no database, or not one of gcloud's.
    #[error("{} is not a database of accounts", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: Fault,
    },
}

/// Keeps an account in gcloud's `credentials.db`, which is made, for its owner alone, where it is missing. Other accounts in
/// it stay as they are. `credential` is the JSON that gcloud stores (clients: gcloud, redirection).
///
/// # Errors
///
/// See [`KeepError`].
pub async fn keep_gcloud_account(
    file: &Path,
    account: &str,
    credential: &Secret<String>,
) -> Result<Kept, KeepError> {
    let text = file.to_str().ok_or_else(|| KeepError::NotText { file: file.to_owned() })?;
    private_file(file).map_err(|source| KeepError::File { file: file.to_owned(), source })?;
    let url = format!("sqlite://{}?mode=rw", percent_encoded(text));
    kept(&url, account, credential).await.map_err(|error| {
        let source = Fault::of(Dialect::Sqlite, &error);
        KeepError::Unusable { file: file.to_owned(), source }
    })
}

async fn kept(url: &str, account: &str, credential: &Secret<String>) -> Result<Kept, sqlx::Error> {
    sqlx::any::install_default_drivers();
    let options = AnyConnectOptions::from_str(url)?.disable_statement_logging();
    let mut connection = AnyConnection::connect_with(&options).await?;
    sqlx::raw_sql(TABLE).execute(&mut connection).await?;
    let known: i64 =
        sqlx::query_scalar(KNOWN).bind(account).bind(credential.reveal()).fetch_one(&mut connection).await?;
    let kept = if known > 0 {
        Kept::Already
    } else {
        sqlx::query(PUT).bind(account).bind(credential.reveal()).execute(&mut connection).await?;
        Kept::Anew
    };
    connection.close().await?;
    Ok(kept)
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS \"credentials\" (account_id TEXT PRIMARY KEY, value BLOB)";
const KNOWN: &str = "SELECT COUNT(*) FROM credentials WHERE account_id = $1 AND value = $2";
const PUT: &str = "INSERT INTO credentials (account_id, value) VALUES ($1, $2) ON CONFLICT (account_id) DO UPDATE SET value = excluded.value";

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    async fn accounts(file: &Path) -> Vec<(String, String)> {
        let url = format!("sqlite://{}?mode=ro", percent_encoded(file.to_str().unwrap()));
        let mut connection = AnyConnection::connect(&url).await.unwrap();
        sqlx::query_as("SELECT account_id, CAST(value AS TEXT) FROM credentials ORDER BY account_id")
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn an_account_is_kept_beside_others_and_changed_when_its_credential_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("credentials 100%?.db");
        let credential = |text: &str| Secret::new(text.to_owned());
        let keep = async |account: &str, text: &str| {
            keep_gcloud_account(&file, account, &credential(text)).await.unwrap()
        };
        assert_eq!(keep("ada@example.com", "{1}").await, Kept::Anew);
        assert_eq!(keep("grace@example.com", "{2}").await, Kept::Anew);
        assert_eq!(keep("ada@example.com", "{1}").await, Kept::Already);
        assert_eq!(keep("ada@example.com", "{3}").await, Kept::Anew);
        let expected = [("ada@example.com", "{3}"), ("grace@example.com", "{2}")];
        assert_eq!(
            accounts(&file).await,
            expected.map(|(account, text)| (account.to_owned(), text.to_owned()))
        );
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn what_is_no_database_is_told_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("credentials.db");
        std::fs::write(&file, "somebody's notes, which are long enough to be no database ".repeat(40))
            .unwrap();
        let secret = Secret::new("s3cret".to_owned());
        let error = keep_gcloud_account(&file, "ada@example.com", &secret).await.unwrap_err();
        assert!(matches!(error, KeepError::Unusable { .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("s3cret"));
        assert!(std::fs::read_to_string(&file).unwrap().starts_with("somebody"));
        let nowhere = keep_gcloud_account(&folder.path().join("no/file"), "a@b.example", &secret).await;
        assert!(matches!(nowhere, Err(KeepError::File { .. })));
    }
}
