//! Where tokens come from.

use std::error::Error;

use async_trait::async_trait;
use jiff::Timestamp;
use names::Secret;

/// Makes tokens of the one account that a program is. Whether it may is decided there.
#[async_trait]
pub trait Minting: Send + Sync {
    /// An access token for these scopes, of which there is at least one.
    ///
    /// # Errors
    /// See [`MintError`].
    async fn access_token(&self, scopes: &[String]) -> Result<Minted, MintError>;

    /// An ID token for this audience, which is not empty. It says whose it is by e-mail, as on Cloud Run (facts §6.2).
    ///
    /// # Errors
    /// See [`MintError`].
    async fn id_token(&self, audience: &str) -> Result<Minted, MintError>;
}

/// A token and its end.
#[derive(Clone, Debug)]
pub struct Minted {
    /// When it ends.
    pub expires_at: Timestamp,
    /// The token.
    pub token: Secret<String>,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// The account is gone.
    #[error("there is no such account")]
    AccountUnknown,
    /// What was asked for cannot be: a scope that is none.
    #[error("{message}")]
    Invalid {
        /// What is wrong with it.
        message: String,
    },
    /// Whoever runs the program may not act as the account, or it is disabled.
    #[error("{message}")]
    Refused {
        /// Why, and what would change it.
        message: String,
    },
    /// Nobody could be asked; later it may work.
    #[error("tokens cannot be made at the moment")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}
