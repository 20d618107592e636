//! Ending a token before its time, for whoever holds it (RFC 7009, facts §3.5).

use std::net::IpAddr;

use audit::entry_of_person;
use context::Context;
use names::{Secret, Uid};
use oauth::AboutTokenError;
use people::RevokeError;
use serde_json::json;
use store::{ApplyError, Plan, ReadError, Record, RefreshCredentialKey, RevokedTokenKey, RevokedTokenRecord};

use crate::Tokens;
use crate::chain::Chain;

/// Why a token was not revoked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RevokeTokenError {
    /// This caller asked more than is answered in a second.
    #[error("too many requests")]
    Busy,
    /// There is nothing to revoke.
    #[error(transparent)]
    Refused(#[from] AboutTokenError),
    /// A fault of this server; the log has it.
    #[error("the revocation could not be stored")]
    Unavailable,
}

impl Tokens {
    /// Ends an access token or a refresh token. What was bought with a refresh token ends with it, and an access token
    /// that was bought with one takes it along, as at Google. It counts no more as soon as this returns, here and after
    /// a restart. ID tokens cannot be revoked: nobody asks here before believing them. `from` is the address at the other
    /// end, where there is one.
    ///
    /// # Errors
    /// See [`RevokeTokenError`].
    pub async fn revoke(
        &self,
        context: &Context,
        from: Option<IpAddr>,
        token: &Secret<String>,
    ) -> Result<(), RevokeTokenError> {
        if !self.within.callers.admits(from, "revoke", context.now()) {
            return Err(RevokeTokenError::Busy);
        }
        let already = RevokeTokenError::Refused(AboutTokenError::RevokedAlready);
        let ended = match token.reveal().starts_with("ya29.") {
            false => self.within.people.revoke(context, token).await,
            true => {
                let body = self.open_good(context.now(), token.reveal()).map_err(|_| already)?;
                match body.grant {
                    Some(grant) => {
                        let key = RefreshCredentialKey(grant.credential_hex());
                        self.within.people.revoke_credential(context, key).await
                    }
                    None => {
                        let record = RevokedTokenRecord {
                            token: RevokedTokenKey(body.token_id.to_string()),
                            uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
                            expires_at: body.expires_at,
                        };
                        let detail = json!({ "token": record.token.0 });
                        let plan = Plan::new()
                            .audit(entry_of_person(context, &body.principal, "oauth2.revoke", detail))
                            .put(Record::RevokedToken(record));
                        self.within.store.apply(plan).await.map(|_| ()).map_err(RevokeError::StoreFailed)
                    }
                }
            }
        };
        ended.map_err(|error| match error {
            RevokeError::Unknown => already,
            RevokeError::ReadFailed(_) | RevokeError::StoreFailed(_) => {
                tracing::error!(error = %Chain(&error), "a token could not be revoked");
                RevokeTokenError::Unavailable
            }
        })
    }

    /// Forgets revoked tokens, codes and credentials that have ended by themselves.
    pub(crate) async fn forget_what_ended(&self, context: &Context) -> Result<(), ReadError> {
        let now = context.now();
        self.within.people.forget_what_ended(now).await?;
        for stored in self.within.store.all::<RevokedTokenRecord>("").await? {
            if stored.record.expires_at > now {
                continue;
            }
            match self.within.store.apply(Plan::new().delete(stored.record.token)).await {
                Ok(_) | Err(ApplyError::NotFound(_)) => {}
                Err(error) => tracing::warn!(error = %Chain(&error), "a revoked token stays in the store"),
            }
        }
        Ok(())
    }
}
