//! People, and what keeps them signed in on a command line.
//!
//! Grace starts Doorward on her laptop. Nobody has signed in yet, so [`People::ensure_owner`] makes the local owner
//! and hands out a refresh token, once; `doorward up` writes it into the credentials file that gcloud and the client
//! libraries read. Whenever they need an access token they show that refresh token at the token endpoint, which asks
//! [`People::redeem`] whose it is. Grace loses the file: [`People::reissue_owner_credential`] voids what was handed
//! out and hands out another.
//!
//! ```
//! use names::{Secret, System};
//! use people::{OwnerError, People, RedeemError};
//!
//! # async fn example(people: People, context: context::Context) -> Result<(), Box<dyn std::error::Error>> {
//! let first = people.ensure_owner(&context, System::acting_for_itself()).await?;
//! let token = first.refresh_token.expect("the owner is new");
//! let again = people.ensure_owner(&context, System::acting_for_itself()).await?;
//! assert!(again.refresh_token.is_none(), "a token is shown once");
//!
//! let grant = people.redeem(&token, &first.client_id, Some(&first.client_secret)).await?;
//! assert_eq!(grant.principal.email(), Some(&first.person.email));
//! # Ok(())
//! # }
//! ```
//!
//! Ada's own program wants to act in Grace's name: it is one of the [`Config::clients`], Grace lets it
//! ([`People::authorize`]), and it exchanges the code for tokens once ([`People::redeem_code`]). When she has had enough
//! of it, [`People::revoke`] ends what it has.
//!
//! Use cases: [`People::authorize`], [`People::ensure_owner`], [`People::local_owner`], [`People::redeem`],
//! [`People::redeem_code`], [`People::reissue_owner_credential`], [`People::revoke`].
//!
//! Invariants: a refresh token or a code is stored by its SHA-256 only and is shown in the answer that makes it, nowhere
//! else; a code buys once, and one that is shown twice takes back what it bought;
//! a token made for one person is void when another person has the address; a disabled person's tokens buy nothing.

mod authorize;
mod config;
mod credential;
mod ensure_owner;
mod local_owner;
mod redeem;
mod redeem_code;
mod revoke;

use std::sync::Arc;

use access::Access;
use store::Store;

pub use authorize::{Authorization, AuthorizeError};
pub use config::{Config, NotADigest, OauthClient, SecretDigest};
pub use ensure_owner::{Owner, OwnerError};
pub use redeem::{RedeemError, RefreshGrant};
pub use redeem_code::{CodeGrant, CodeProof, RedeemCodeError};
pub use revoke::RevokeError;
pub use store::Profile;

/// The use cases of people. A cheap-clone handle.
#[derive(Clone)]
pub struct People {
    store: Store,
    access: Access,
    config: Arc<Config>,
}

impl People {
    /// The use cases over this store.
    pub fn new(store: Store, access: Access, config: Config) -> Self {
        Self { store, access, config: Arc::new(config) }
    }

    /// The OAuth client that refresh tokens are made for.
    pub fn client_id(&self) -> &str {
        &self.config.command_line().id
    }
}
