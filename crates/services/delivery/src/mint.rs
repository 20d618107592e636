//! Where tokens come from.

use async_trait::async_trait;
use context::Context;
use iam::Permit;
use iam::permission::{IamServiceAccountsGetAccessToken, IamServiceAccountsGetOpenIdToken};
use names::Secret;

/// A source of tokens for accounts, given the proof that who asks may have one.
#[async_trait]
pub trait Mint: Send + Sync {
    /// An access token of the permit's account with these scopes, separated by blanks.
    async fn access_token(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsGetAccessToken>,
        scopes: &str,
    ) -> Result<Secret<String>, MintError>;

    /// An ID token of the permit's account for this audience, with the account's e-mail in it.
    async fn id_token(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsGetOpenIdToken>,
        audience: &str,
    ) -> Result<Secret<String>, MintError>;
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// The account is disabled or gone.
    #[error("the account may not have tokens")]
    AccountState,
    /// The keys or the store cannot be used now.
    #[error("tokens cannot be minted now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
