//! Opening and closing.

use std::path::PathBuf;
use std::sync::Arc;

use names::{Revision, Secret};
use sqlx::AnyPool;
use supervise::{Tasks, Timer};

use crate::dialect::Dialect;
use crate::directory::DataDirectory;
use crate::fault::Fault;
use crate::migrations::{self, STEPS};
use crate::origin::{self, Origin};
use crate::wake;
use crate::writer::{Counts, Entrance, Writer};

/// A store on a database. Shared as `Arc`; [`store::Store::on`] makes the typed handle.
pub struct SqlStore {
    pub(crate) dialect: Dialect,
    pub(crate) readers: AnyPool,
    pub(crate) timer: Timer,
    pub(crate) writer: Entrance,
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data directory cannot be made or written.
    #[error("the data directory {} cannot be used", directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Others may read or change the data directory or a secret in it.
    #[error("{} has mode {mode:04o}, so that others may look into it", path.display())]
    Exposed {
        /// The directory, or the file in it.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The data directory or a secret in it belongs to another user.
    #[error("{} belongs to user {owner}, and this process is user {user}", path.display())]
    Foreign {
        /// The directory, or the file in it.
        path: PathBuf,
        /// The number of the user whose it is.
        owner: u32,
        /// The number of this process's user.
        user: u32,
    },
    /// Another process has the data directory.
    #[error("the data directory {} is in use by another process", directory.display())]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// A newer program wrote the database.
    #[error(
        "the database has schema version {found}, this program knows versions up to {known}: use a newer one"
    )]
    Newer {
        /// What the database has.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// The path of the data directory is not UTF-8.
    #[error("the path of the data directory {} is not text", directory.display())]
    NotText {
        /// The directory.
        directory: PathBuf,
    },
    /// The database does not work.
    #[error("the database cannot be opened")]
    Unusable(#[source] Fault),
}

impl SqlStore {
    /// Opens the SQLite database in a data directory, making it where it is missing. The directory is given back
    /// when the store is closed, or soon after its last handle is gone.
    ///
    /// The writer is one of `tasks`. It does not end when the drain begins, because those who drain still write:
    /// it ends when the last handle is gone, or at [`SqlStore::close`].
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub async fn open_sqlite(directory: DataDirectory, tasks: &Tasks) -> Result<Arc<Self>, OpenError> {
        for file in origin::FILES {
            directory.private(file)?;
        }
        let origin = Origin::sqlite(directory.path())?;
        Self::open(origin, Some(directory), tasks).await
    }

    /// Opens a PostgreSQL database, which other nodes may be using: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
    /// Two tasks: the writer, as with SQLite, and one that follows the other nodes until the drain begins.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub async fn open_postgres(url: Secret<String>, tasks: &Tasks) -> Result<Arc<Self>, OpenError> {
        Self::open(Origin::postgres(url), None, tasks).await
    }

    /// Applies everything that was asked for so far, then lets go of the database and of the data directory. What
    /// is asked for afterwards is refused as unavailable.
    pub async fn close(&self) {
        self.writer.close().await;
    }

    /// What the writer has done since the store was opened.
    pub fn counts(&self) -> Counts {
        self.writer.counts()
    }

    /// The revision that this process's followers have reached.
    pub fn followed(&self) -> Revision {
        self.writer.followed()
    }

    async fn open(
        origin: Origin,
        directory: Option<DataDirectory>,
        tasks: &Tasks,
    ) -> Result<Arc<Self>, OpenError> {
        let dialect = origin.dialect;
        let broken = |error| OpenError::Unusable(Fault::of(dialect, &error));
        let timer = tasks.timer().clone();
        let preparing = async {
            let mut connection = origin.writer().await.map_err(broken)?;
            migrations::migrate(&mut connection, dialect, timer.now(), STEPS).await?;
            Ok(connection)
        };
        let connection = timer.outside("the store opens", preparing).await?;
        let readers = origin.readers().map_err(broken)?;
        let writer = Writer::new(origin.clone(), connection, readers.clone(), directory, timer.clone());
        let entrance = timer.outside("the store opens", writer.start(tasks)).await.map_err(broken)?;
        if dialect.has_other_writers() {
            wake::start(tasks, origin.url, entrance.waker());
        }
        Ok(Arc::new(Self { dialect, readers, timer, writer: entrance }))
    }
}

impl std::fmt::Debug for SqlStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SqlStore").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}
