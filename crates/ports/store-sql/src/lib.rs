//! The store on a database: SQLite within the process, or PostgreSQL shared by many nodes.
//!
//! Ada's Doorward runs on her laptop with its data in one directory. She creates a job; the scheduler hands a plan
//! to [`SqlStore`], whose one writer joins it with whatever else is waiting, commits all of it with one sync to
//! disk, tells the followers and only then answers. Grace reads her jobs meanwhile without waiting for the writer.
//!
//! ```
//! use store::{Page, Record, Recorded, Store};
//! use store_sql::{DataDirectory, SqlStore};
//! use supervise::{Supervisor, Timer};
//!
//! # let temporary = tempfile::tempdir().unwrap();
//! # let path = temporary.path();
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let supervisor = Supervisor::new(&Timer::wall());
//! let directory = DataDirectory::lock(path)?;
//! let database = SqlStore::open_sqlite(directory, supervisor.tasks()).await?;
//!
//! let store = Store::on(database.clone());
//! let jobs = store.all::<store::JobRecord>("projects/demo/").await.unwrap();
//! assert!(jobs.is_empty());
//!
//! database.close().await;
//! # Ok::<(), store_sql::OpenError>(())
//! # }).unwrap();
//! ```
//!
//! Where things are: a table each in `tables`, the transaction in `writer`, what differs between the two databases
//! in `dialect` and nowhere else.
//!
//! Invariants:
//! - An answer to a write is given after its commit, and after every follower has seen every change up to it.
//! - A plan is applied whole or not at all, whatever happens to those that share its transaction.
//! - Revisions are handed out under the lock of one row, so that commit order and revision agree on every node, and
//!   a follower sees neither a gap nor a change out of order.
//! - One process has a data directory at a time. A database that a newer program wrote is not touched.
//! - Errors hold neither stored values nor the database's password.

mod backend;
mod dialect;
mod directory;
mod fault;
mod gcloud_accounts;
mod instant;
mod migrations;
mod open;
mod origin;
mod tables;
mod wake;
mod writer;

pub use directory::DataDirectory;
pub use fault::Fault;
pub use gcloud_accounts::{KeepError, Kept, keep_gcloud_account};
pub use open::{OpenError, SqlStore};
pub use writer::Counts;
