//! Who gets tokens without asking over the API: deliveries.

use async_trait::async_trait;
use context::Context;
use delivery::{Mint, MintError};
use iam::Permit;
use iam::permission::IamServiceAccountsGetOpenIdToken;
use names::Secret;
use tokens::{AuthorizedParty, IdTokenRequest, Tokens};

/// ID tokens for deliveries.
pub(crate) struct Minted {
    pub(crate) tokens: Tokens,
}

#[async_trait]
impl Mint for Minted {
    async fn id_token(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsGetOpenIdToken>,
        audience: &str,
    ) -> Result<Secret<String>, MintError> {
        let request = IdTokenRequest {
            audience: audience.to_owned(),
            include_email: true,
            azp: AuthorizedParty::UniqueId,
        };
        self.tokens.mint_id_token(context, permit, request).await.map_err(|error| match error {
            tokens::MintError::AccountDisabled | tokens::MintError::AccountGone => MintError::AccountState,
            other @ (tokens::MintError::Audience
            | tokens::MintError::KeysFailed(_)
            | tokens::MintError::SigningFailed(_)) => MintError::Unavailable(Box::new(other)),
        })
    }
}
