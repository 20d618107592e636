//! Where tokens get their keys from, and who gets tokens from them.

use std::net::SocketAddr;
use std::path::Path;

use access::Access;
use async_trait::async_trait;
use context::Context;
use delivery::{Mint, MintError};
use iam::Permit;
use iam::permission::IamServiceAccountsGetOpenIdToken;
use keys::MasterKey;
use names::Secret;
use people::People;
use store::Store;
use tokens::{AuthorizedParty, IdTokenRequest, Tokens};

use crate::house::BuildError;
use crate::{Config, KeySource};

/// What is known about keys when the house is built.
pub(crate) struct Keys<'a> {
    pub(crate) config: &'a Config,
    pub(crate) data: &'a Path,
    pub(crate) source: KeySource,
}

impl Keys<'_> {
    /// Tokens over sealed keys, or over keys that everybody knows.
    pub(crate) async fn tokens(
        self,
        context: &Context,
        store: &Store,
        access: &Access,
        people: People,
        api: SocketAddr,
    ) -> Result<Tokens, BuildError> {
        let port = api.port();
        let own = [format!("http://{api}/token"), format!("http://localhost:{port}/token")];
        let config = tokens::Config::of(self.config.universe.clone(), own.to_vec());
        let started = match self.source {
            KeySource::DangerousFixed(rings) => {
                Tokens::dangerous_start_with_fixed_keys(
                    config,
                    store,
                    access.clone(),
                    people,
                    *rings,
                    context,
                )
                .await
            }
            KeySource::Sealed => {
                let master = match &self.config.master_key {
                    Some(text) => MasterKey::from_base64(text)?,
                    None => MasterKey::from_file(&self.data.join("master.key"))?,
                };
                Tokens::start(config, store, access.clone(), people, master, context).await
            }
        };
        Ok(started?)
    }
}

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
