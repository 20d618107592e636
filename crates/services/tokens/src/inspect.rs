//! What a token says, for whoever holds it.

use context::Credential;
use jiff::Timestamp;
use jose::Compact;
use names::Principal;
use serde_json::{Map, Value, json};

use crate::{ApiAudience, ApiFamily, IdTokenRejected, Rejected, Tokens};

/// Which kind of token a text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// An access token of this server.
    Access,
    /// An ID token, or one that says that this server issued it.
    Id,
    /// One that a service account signed, or that says so.
    SelfSigned,
    /// None of these.
    Unknown,
}

/// A token as it was read and checked.
#[derive(Clone, PartialEq, Debug)]
pub struct Inspection {
    /// Which kind it is.
    pub kind: TokenKind,
    /// The header of a JSON Web Token.
    pub header: Option<Map<String, Value>>,
    /// What it says; to be believed only without a fault.
    pub claims: Option<Map<String, Value>>,
    /// Whom it is about, where it counts.
    pub principal: Option<Principal>,
    /// For whom it is, where it counts and says so.
    pub audience: Option<String>,
    /// When it ends, as it says.
    pub expires_at: Option<Timestamp>,
    /// Why it does not count now, in words.
    pub fault: Option<String>,
}

impl Tokens {
    /// Reads a token and checks it by the rules of the place where its kind is shown: an ID token as the gate does, any
    /// other as an API does that takes every scope. `anywhere` is the audience of all APIs.
    pub fn inspect(&self, now: Timestamp, token: &str, anywhere: &ApiAudience) -> Inspection {
        let compact = Compact::parse(token).ok();
        let issuer = compact.and_then(|compact| compact.claimed_issuer().ok().flatten());
        let claims = compact.and_then(|compact| compact.payload_members().ok());
        let mut inspection = Inspection {
            kind: TokenKind::Unknown,
            header: compact.and_then(|compact| compact.header_members().ok()),
            audience: None,
            principal: None,
            expires_at: claims.as_ref().and_then(expiry),
            claims,
            fault: None,
        };
        if issuer.as_deref().is_some_and(|issuer| self.is_own_issuer(issuer)) {
            inspection.kind = TokenKind::Id;
            match self.id_tokens().verify(token, now) {
                Ok(verified) => {
                    inspection.audience = Some(verified.audience);
                    inspection.principal = Some(verified.principal);
                }
                Err(rejected) => inspection.fault = Some(why_no_id_token(&rejected)),
            }
            return inspection;
        }
        // A family knows scopes that another does not.
        let shown = self.authenticate(now, token, anywhere).or_else(|rejected| match rejected {
            Rejected::ScopeInsufficient { .. } => {
                self.authenticate(now, token, &ApiAudience { family: ApiFamily::Iam, ..anywhere.clone() })
            }
            other => Err(other),
        });
        match shown {
            Ok(caller) => {
                inspection.kind = match caller.credential {
                    Credential::AccessToken { ref scopes, ref key, expires_at } => {
                        inspection.expires_at = Some(expires_at);
                        inspection.claims = Some(sealed(&caller.principal, scopes, key.as_ref(), expires_at));
                        TokenKind::Access
                    }
                    _ => TokenKind::SelfSigned,
                };
                inspection.audience = text(inspection.claims.as_ref(), "aud");
                inspection.principal = Some(caller.principal);
            }
            Err(rejected) => {
                inspection.kind = match (token.starts_with("ya29."), compact) {
                    (true, _) => TokenKind::Access,
                    (false, Some(_)) => TokenKind::SelfSigned,
                    (false, None) => TokenKind::Unknown,
                };
                inspection.fault = Some(why_no_credential(rejected).to_owned());
            }
        }
        inspection
    }
}

/// What an access token holds sealed.
fn sealed(
    principal: &Principal,
    scopes: &[String],
    key: Option<&names::KeyId>,
    expires_at: Timestamp,
) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("principal".to_owned(), json!(principal.to_string()));
    claims.insert("scope".to_owned(), json!(scopes.join(" ")));
    claims.insert("exp".to_owned(), json!(expires_at.as_second()));
    if let Some(key) = key {
        claims.insert("issuing_key".to_owned(), json!(key.to_string()));
    }
    claims
}

fn expiry(claims: &Map<String, Value>) -> Option<Timestamp> {
    Timestamp::from_second(claims.get("exp")?.as_i64()?).ok()
}

fn text(claims: Option<&Map<String, Value>>, name: &str) -> Option<String> {
    claims?.get(name)?.as_str().map(str::to_owned)
}

fn why_no_id_token(rejected: &IdTokenRejected) -> String {
    match rejected {
        IdTokenRejected::Expired { at } => format!("it ended at {at}; mint a new one"),
        other => other.to_string(),
    }
}

fn why_no_credential(rejected: Rejected) -> &'static str {
    match rejected {
        Rejected::AccountState => {
            "its account is disabled, deleted or made anew, was disabled since the token was issued, or is in a project that is marked for deletion"
        }
        Rejected::Expired => "it has ended; get a new one",
        Rejected::Invalid => {
            "it was changed, its key is unknown, disabled or deleted, or its claims are not those of a credential for APIs"
        }
        Rejected::ScopeInsufficient { .. } => "it has no scope that any API takes",
        Rejected::WrongType => "an ID token is no credential for an API",
    }
}
