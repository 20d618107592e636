//! What commands need and only the roof may choose: the door to SQLite, and a metadata server.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use cli::{AccountToken, AccountTokens, ActingInstance, Failure, Lent};
use listen::Socket;
use metadata::{Instance, Metadata, MintError, Minted, Minting};
use names::Secret;
use store_sql::{Kept, keep_gcloud_account};
use supervise::Tasks;

/// Everything that is lent.
pub(crate) struct FromTheRoof;

#[async_trait]
impl Lent for FromTheRoof {
    async fn keep_gcloud_account(
        &self,
        file: &Path,
        account: &str,
        credential: &Secret<String>,
    ) -> Result<bool, Box<dyn Error + Send + Sync>> {
        Ok(keep_gcloud_account(file, account, credential).await? == Kept::Anew)
    }

    fn serve_metadata(
        &self,
        instance: ActingInstance,
        tasks: &Tasks,
    ) -> Result<SocketAddr, Box<dyn Error + Send + Sync>> {
        let ActingInstance { account, id, number, project, region, tokens, universe } = instance;
        let socket = Socket::bind("a free port", (Ipv4Addr::LOCALHOST, 0).into())?;
        let address = socket.local_address();
        let instance = Instance { account, id, number, project, region, universe };
        Metadata::new(instance, Arc::new(FromTheApi(tokens)), address, tasks).serve(&socket, tasks)?;
        Ok(address)
    }
}

/// Tokens that a client of the API may create.
struct FromTheApi(AccountTokens);

#[async_trait]
impl Minting for FromTheApi {
    async fn access_token(&self, scopes: &[String]) -> Result<Minted, MintError> {
        self.0.access_token(scopes).await.map(minted).map_err(|failure| refused(&failure))
    }

    async fn id_token(&self, audience: &str) -> Result<Minted, MintError> {
        self.0.id_token(audience).await.map(minted).map_err(|failure| refused(&failure))
    }
}

fn minted(token: AccountToken) -> Minted {
    Minted { expires_at: token.expires_at, token: token.token }
}

/// What the API said, with the command that it proposes.
fn refused(failure: &Failure) -> MintError {
    let message = match &failure.hint {
        Some(hint) => format!("{}; hint: {hint}", failure.message),
        None => failure.message.clone(),
    };
    match failure.status() {
        Some(404) => MintError::AccountUnknown,
        Some(400) => MintError::Invalid { message },
        Some(401 | 403) => MintError::Refused { message },
        _ => MintError::Unavailable(message.into()),
    }
}
