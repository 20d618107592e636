//! Service accounts and their keys.
//!
//! Grace makes the account `schedulerunner` and a key for it. The key file is given to her once and kept nowhere;
//! Doorward keeps the public half. When she disables the account, everything that came from it stops at once:
//! its keys mint nothing, its access tokens open nothing, its ID tokens open no service.
//!
//! Use cases: [`Accounts::create`], [`Accounts::get`], [`Accounts::list`], [`Accounts::disable`],
//! [`Accounts::enable`], [`Accounts::delete`], [`Accounts::create_key`], [`Accounts::get_key`],
//! [`Accounts::list_keys`], [`Accounts::delete_key`].
//!
//! Invariants: a unique ID is never given out twice; an account made anew under an old e-mail has no keys, no
//! policy and no place in any policy; a private key is in no record, log or error.

mod create;
mod create_key;
mod delete;
mod delete_key;
mod get;
mod list;
mod list_keys;
mod state;

use std::sync::Arc;

use access::Access;
use names::Universe;
use store::Store;
use tokio::sync::Semaphore;

pub use create::{CreateError, NewAccount};
pub use create_key::{CreateKeyError, NewKey};
pub use delete::DeleteError;
pub use delete_key::DeleteKeyError;
pub use get::GetError;
pub use list::ListError;
pub use list_keys::KeysError;
pub use state::SetStateError;
pub use store::{AccountKeyRecord, AccountRecord, KeyOrigin, Listing, Page, Stored};

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
    /// Making a key computes for long: so many at once, and the rest wait.
    key_makers: Arc<Semaphore>,
}

/// Keys made at once.
const KEY_MAKERS: usize = 2;

impl Accounts {
    /// The use cases over this store.
    pub fn new(store: Store, access: Access, universe: Universe) -> Self {
        let key_makers = Arc::new(Semaphore::new(KEY_MAKERS));
        Self { store, access, universe: Arc::new(universe), key_makers }
    }
}
