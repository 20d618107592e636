//! Who somebody is, as a text that can be shown: access tokens, ID tokens, and the keys behind them.
//!
//! Ada's batch job has a key file. At the token endpoint ([`Tokens::exchange`]) its assertion buys an access token;
//! with that it calls the API, whose edge asks [`Tokens::authenticate`] who is calling. Grace's scheduled job has no
//! key: the service agent that may mint for its account gets an ID token for one audience
//! ([`Tokens::mint_id_token`]), and the gate before the service checks it with [`Tokens::id_tokens`]. Grace disables
//! the account: from that instant its access tokens open nothing, its key buys nothing and nothing is minted for it.
//!
//! ```
//! use iam::{Delegated, Permit, permission::IamServiceAccountsGetOpenIdToken};
//! use tokens::{AuthorizedParty, IdTokenRequest, Tokens};
//!
//! # async fn example(
//! #     tokens: Tokens, context: context::Context, permit: Permit<IamServiceAccountsGetOpenIdToken>,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let request = IdTokenRequest {
//!     audience: "https://hello-1047.us-central1.run.app".to_owned(),
//!     include_email: true,
//!     azp: AuthorizedParty::UniqueId,
//!     include_organization_number: false,
//! };
//! let token = tokens.mint_id_token(&context, Delegated::direct(permit), request).await?;
//!
//! let gate = tokens.id_tokens();
//! let verified = gate.verify(token.reveal(), context.now())?;
//! assert_eq!(verified.audience, "https://hello-1047.us-central1.run.app");
//! # Ok(())
//! # }
//! ```
//!
//! Use cases: [`Tokens::authenticate`], [`Tokens::authenticate_uncredentialed`], [`Tokens::exchange`],
//! [`Tokens::mint_access_token`], [`Tokens::mint_id_token`], [`Tokens::carry_id_token`], [`Tokens::sign_blob`], [`Tokens::sign_jwt`],
//! [`Tokens::account_keys`], [`Tokens::authorize`], [`Tokens::revoke`],
//! [`Tokens::access_token_info`], [`Tokens::id_token_info`], [`Tokens::jwks`], [`Tokens::certificates`], [`Tokens::discovery`],
//! [`Tokens::id_tokens`], [`Tokens::inspect`], [`Tokens::rotation`].
//!
//! Invariants: minting and checking write nothing and read only memory, but for a refresh token's record; nothing is
//! minted for an account that is disabled or gone, or carried for it again, whatever permit is shown; each kind of token is taken in its one
//! place and refused in every other; a key is published before it signs and until its last token has ended; no
//! token, key or assertion stands in a `Debug` output or an error.

mod about_person;
mod account_keys;
mod anonymous_owner;
mod audience;
mod authenticate;
mod authorize;
mod callers;
mod carry_id_token;
mod chain;
mod config;
mod exchange;
mod exchange_for_people;
#[doc(hidden)]
pub mod fuzz;
mod id_tokens;
mod inspect;
mod managed_keys;
mod mint_access_token;
mod mint_id_token;
mod picture;
mod publish;
mod revoke;
mod ring_records;
mod rotate;
mod scopes;
mod self_signed;
mod sign;
mod start;
mod throttle;
mod token_info;
mod worker;

use std::sync::Arc;

use access::Access;
use arc_swap::ArcSwap;
use context::{Clock, Randomness};
use people::People;
use store::Store;
use supervise::Tasks;
use tokio::sync::Semaphore;

pub use about_person::AboutPerson;
pub use account_keys::AccountKey;
pub use anonymous_owner::{DangerousAnonymousOwner, Nobody, NotLoopback, Sender, Uncredentialed};
pub use audience::{ApiAudience, Authority};
pub use authenticate::Rejected;
pub use authorize::AuthorizeError;
pub use config::Config;
pub use exchange::{ExchangeError, TokenAnswer};
pub use id_tokens::{IdTokenRejected, IdTokens, VerifiedIdToken};
pub use inspect::{Inspection, TokenKind};
pub use managed_keys::ManagedKeysError;
pub use mint_access_token::MintAccessTokenError;
pub use mint_id_token::{AuthorizedParty, IdTokenRequest, MintError};
pub use revoke::RevokeTokenError;
pub use rotate::RotateError;
pub use scopes::{ApiFamily, Effect, check_scopes, sufficient_scopes};
pub use sign::{SignForAccountError, SignedBlob, SignedJwt};
pub use start::StartError;
pub use token_info::{AccessTokenInfo, IdTokenInfo};
pub use worker::Rotation;

use callers::Callers;
use carry_id_token::Carried;
use picture::Picture;
use throttle::Throttle;

/// The use cases of tokens. A cheap-clone handle.
#[derive(Clone)]
pub struct Tokens {
    within: Arc<Within>,
}

struct Within {
    config: Config,
    /// Every audience that means this token endpoint.
    token_endpoints: Vec<String>,
    store: Store,
    access: Access,
    people: People,
    picture: Arc<ArcSwap<Picture>>,
    callers: Callers,
    carried: Carried,
    tasks: Tasks,
    throttle: Throttle,
    /// Making a key computes for long: so many at once, and the rest wait.
    key_makers: Semaphore,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}
