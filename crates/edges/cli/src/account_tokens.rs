//! Tokens of a service account, as whoever may create them gets them from the API.

use std::time::Duration;

use jiff::Timestamp;
use names::{Email, Secret};
use serde_json::{Value, json};

use crate::Failure;
use crate::connection::{Connection, member};

/// Makes tokens of one account. The API decides about each.
pub struct AccountTokens {
    account: Email,
    connection: Connection,
}

/// A token and its end.
pub struct AccountToken {
    /// When it ends.
    pub expires_at: Timestamp,
    /// The token.
    pub token: Secret<String>,
}

impl AccountTokens {
    pub(crate) fn of(account: Email, connection: Connection) -> Self {
        Self { account, connection }
    }

    /// An access token for these scopes.
    ///
    /// # Errors
    /// What the API said, in [`Failure::status`] too.
    pub async fn access_token(&self, scopes: &[String]) -> Result<AccountToken, Failure> {
        let answer = self.ask("generateAccessToken", &json!({ "scope": scopes })).await?;
        let expires_at = member(&answer, "expireTime")?;
        let expires_at = expires_at.parse().map_err(|error: jiff::Error| {
            Failure::new(format!("{expires_at} is not the time at which a token ends")).because(&error)
        })?;
        Ok(AccountToken { expires_at, token: member(&answer, "accessToken")?.into() })
    }

    /// An ID token for this audience, which says whose it is.
    ///
    /// # Errors
    /// What the API said, in [`Failure::status`] too.
    pub async fn id_token(&self, audience: &str) -> Result<AccountToken, Failure> {
        let expires_at = self.connection.now() + LIFETIME;
        let body = json!({ "audience": audience, "includeEmail": true });
        let answer = self.ask("generateIdToken", &body).await?;
        Ok(AccountToken { expires_at, token: member(&answer, "token")?.into() })
    }

    async fn ask(&self, verb: &str, body: &Value) -> Result<Value, Failure> {
        let path = format!("/v1/projects/-/serviceAccounts/{}:{verb}", self.account);
        self.connection.post(&path, body).await
    }
}

/// How long an ID token lives (facts §3.4).
const LIFETIME: Duration = Duration::from_secs(3600);
