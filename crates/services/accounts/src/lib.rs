//! Service accounts and their keys.
//!
//! Grace makes the account `schedulerunner` and a key for it. The key file is given to her once and kept nowhere;
//! Doorward keeps the public half. When she disables the account, everything that came from it stops at once:
//! its keys mint nothing, its access tokens open nothing, its ID tokens open no service. She deletes it, finds out within
//! 30 days that a night job needed it, and brings it back by its unique ID: its keys and its place in policies with it.
//!
//! Use cases: [`Accounts::create`], [`Accounts::get`], [`Accounts::list`], [`Accounts::disable`],
//! [`Accounts::enable`], [`Accounts::update`], [`Accounts::delete`], [`Accounts::undelete`], [`Accounts::create_key`],
//! [`Accounts::upload_key`], [`Accounts::get_key`], [`Accounts::list_keys`], [`Accounts::disable_key`],
//! [`Accounts::enable_key`], [`Accounts::delete_key`].
//!
//! Invariants: a unique ID is never given out twice; an account made anew under an old e-mail has no keys, no
//! policy and no place in any policy; a private key is in no record, log or error.

mod add_key;
mod create;
mod create_key;
mod delete;
mod delete_key;
mod get;
mod key_state;
mod list;
mod list_keys;
mod room;
mod state;
mod texts;
mod undelete;
mod update;
mod upload_key;

use std::sync::Arc;

use access::Access;
use names::Universe;
use store::Store;
use supervise::Tasks;
use tokio::sync::Semaphore;

pub use add_key::AddKeyError;
pub use create::{CreateError, NewAccount};
pub use create_key::{CreateKeyError, NewKey};
pub use delete::DeleteError;
pub use delete_key::DeleteKeyError;
pub use get::GetError;
pub use key_state::SetKeyStateError;
pub use list::ListError;
pub use list_keys::{KeysError, WhichKeys};
pub use state::SetStateError;
pub use store::{AccountKeyRecord, AccountRecord, DisableReason, KeyOrigin, Listing, Page, Stored};
pub use texts::TextTooLong;
pub use undelete::UndeleteError;
pub use update::{AccountChange, UpdateError};
pub use upload_key::UploadKeyError;

/// The most accounts of a project, service agents not counted (facts §4.1).
pub const MAX_ACCOUNTS: usize = 100;
/// The most user-managed keys of an account (facts §4.2).
pub const MAX_KEYS: usize = 10;

/// The use cases of service accounts. A cheap-clone handle.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    access: Access,
    universe: Arc<Universe>,
    tasks: Tasks,
    /// Making a key computes for long: so many at once, and the rest wait.
    key_makers: Arc<Semaphore>,
}

/// Keys made at once.
const KEY_MAKERS: usize = 2;

impl Accounts {
    /// The use cases over this store. What computes for long runs as one of `tasks`.
    pub fn new(store: Store, access: Access, universe: Universe, tasks: Tasks) -> Self {
        let key_makers = Arc::new(Semaphore::new(KEY_MAKERS));
        Self { store, access, universe: Arc::new(universe), tasks, key_makers }
    }
}
