//! A database for one test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use names::Secret;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use store::{Backend, Store};
use store_sql::{DataDirectory, OpenError, SqlStore};
use supervise::{Supervisor, Timer};
use tempfile::TempDir;

/// An open store on a database that nobody else uses.
pub struct Database {
    pub store: Arc<SqlStore>,
    supervisor: Supervisor,
    place: Place,
}

enum Place {
    Directory(TempDir),
    Server { url: String, administration: String, name: String },
}

impl Database {
    pub async fn on_sqlite() -> Self {
        let place = Place::Directory(tempfile::tempdir().unwrap());
        let supervisor = Supervisor::new(&Timer::wall());
        let store = open(&place, &supervisor).await.unwrap();
        Self { store, supervisor, place }
    }

    /// `None`, said on the terminal, where there is no PostgreSQL.
    pub async fn on_postgres(test: &str) -> Option<Self> {
        let administration = cluster(test)?;
        sqlx::any::install_default_drivers();
        let name = format!("doorward_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection = AnyConnection::connect(&administration).await.unwrap();
        // A language whose order is not that of bytes, where the server knows one.
        let sorted =
            format!("CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'");
        if sqlx::raw_sql(AssertSqlSafe(sorted)).execute(&mut connection).await.is_err() {
            let plain = format!("CREATE DATABASE {name}");
            sqlx::raw_sql(AssertSqlSafe(plain)).execute(&mut connection).await.unwrap();
        }
        let (server, _) = administration.rsplit_once('/').unwrap();
        let url = format!("{server}/{name}");
        let place = Place::Server { url, administration, name };
        let supervisor = Supervisor::new(&Timer::wall());
        let store = open(&place, &supervisor).await.unwrap();
        Some(Self { store, supervisor, place })
    }

    /// The port.
    pub fn backend(&self) -> &dyn Backend {
        &*self.store
    }

    /// The typed handle.
    pub fn handle(&self) -> Store {
        Store::on(self.store.clone())
    }

    /// Closes the store and opens the database anew.
    pub async fn reopened(&self) -> Result<Arc<SqlStore>, OpenError> {
        self.store.close().await;
        open(&self.place, &self.supervisor).await
    }

    /// Opens the same database once more, as another node would.
    pub async fn another_node(&self) -> Arc<SqlStore> {
        open(&self.place, &self.supervisor).await.unwrap()
    }

    /// A connection past the store.
    pub async fn connection(&self) -> AnyConnection {
        AnyConnection::connect(&self.address()).await.unwrap()
    }

    /// Where the database is, for [`at`].
    pub fn address(&self) -> String {
        match &self.place {
            Place::Directory(directory) => format!("sqlite://{}/doorward.db", directory.path().display()),
            Place::Server { url, .. } => url.clone(),
        }
    }

    /// Where the data directory is, or the server.
    pub fn place(&self) -> String {
        match &self.place {
            Place::Directory(directory) => directory.path().display().to_string(),
            Place::Server { url, .. } => url.clone(),
        }
    }

    /// Closes the store and removes the database.
    pub async fn end(self) {
        self.store.close().await;
        if let Place::Server { administration, name, .. } = &self.place {
            let mut connection = AnyConnection::connect(administration).await.unwrap();
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
        }
    }
}

/// Opens the store at [`Database::place`].
pub async fn at(place: &str, supervisor: &Supervisor) -> Result<Arc<SqlStore>, OpenError> {
    if place.starts_with("postgres:") {
        return SqlStore::open_postgres(Secret::new(place.to_owned()), supervisor.tasks()).await;
    }
    SqlStore::open_sqlite(DataDirectory::lock(place.as_ref())?, supervisor.tasks()).await
}

async fn open(place: &Place, supervisor: &Supervisor) -> Result<Arc<SqlStore>, OpenError> {
    match place {
        Place::Directory(directory) => at(directory.path().to_str().unwrap(), supervisor).await,
        Place::Server { url, .. } => at(url, supervisor).await,
    }
}

#[expect(clippy::disallowed_methods, reason = "the cluster is made for the whole run of the tests")]
fn cluster(test: &str) -> Option<String> {
    let found = std::env::var("DOORWARD_TEST_POSTGRES").ok();
    if found.is_none() {
        println!("skipped: {test} on PostgreSQL, DOORWARD_TEST_POSTGRES is not set");
    }
    found
}

static NUMBER: AtomicU32 = AtomicU32::new(0);
