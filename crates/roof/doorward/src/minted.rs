//! Who gets tokens without asking over the API: deliveries.

use std::time::Duration;

use async_trait::async_trait;
use context::Context;
use delivery::{Mint, MintError};
use iam::permission::{IamServiceAccountsGetAccessToken, IamServiceAccountsGetOpenIdToken};
use iam::{Delegated, Permit};
use names::Secret;
use oauth::Scopes;
use tokens::{AuthorizedParty, IdTokenRequest, Tokens};

/// Tokens for deliveries.
pub(crate) struct Minted {
    pub(crate) tokens: Tokens,
}

#[async_trait]
impl Mint for Minted {
    async fn access_token(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsGetAccessToken>,
        scopes: &str,
    ) -> Result<Secret<String>, MintError> {
        let scopes = Scopes::parse(scopes).map_err(|error| MintError::Unavailable(Box::new(error)))?;
        let minted = self
            .tokens
            .mint_access_token(context, Delegated::direct(permit), scopes, ACCESS_TOKEN_LIFETIME)
            .await;
        minted.map(|(token, _)| token).map_err(|error| match error {
            tokens::MintAccessTokenError::AccountDisabled | tokens::MintAccessTokenError::AccountGone => {
                MintError::AccountState
            }
            other => MintError::Unavailable(Box::new(other)),
        })
    }

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
            include_organization_number: false,
        };
        self.tokens.carry_id_token(context, Delegated::direct(permit), request).await.map_err(|error| {
            match error {
                tokens::MintError::AccountDisabled | tokens::MintError::AccountGone => {
                    MintError::AccountState
                }
                other @ (tokens::MintError::Audience
                | tokens::MintError::KeysFailed(_)
                | tokens::MintError::SigningFailed(_)) => MintError::Unavailable(Box::new(other)),
            }
        })
    }
}

/// As long as access tokens live at most; a delivery takes half of that at most.
const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);
