//! What a token says, for whoever holds it (facts §3.5).

use jiff::Timestamp;
use jose::{Compact, IdTokenClaims};
use keys::AccessTokenBody;
use names::Principal;
use oauth::Scopes;
use serde_json::{Map, Value};

use crate::about_person::EMAIL_SCOPES;
use crate::{AboutPerson, IdTokenRejected, Rejected, Tokens};

/// What an access token says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessTokenInfo {
    /// The client that a person uses; the account itself, by its unique ID, where it is one.
    pub client: String,
    /// The number of the person or account.
    pub subject: String,
    /// The address, where the scopes show it.
    pub email: Option<String>,
    /// What else the scopes show of a person.
    pub about: AboutPerson,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How long from now, in seconds.
    pub expires_in: i64,
    /// Whether a refresh token came with it.
    pub offline: bool,
}

/// What an ID token says.
#[derive(Clone, PartialEq, Debug)]
pub struct IdTokenInfo {
    /// Every claim, as it stands in the token.
    pub claims: Map<String, Value>,
    /// The key that signed it.
    pub key_id: String,
    /// How long it counts from now, in seconds.
    pub expires_in: i64,
}

impl AccessTokenInfo {
    /// Whether its scopes say who it is about.
    #[must_use]
    pub fn shows_subject(&self) -> bool {
        SUBJECT_SCOPES.iter().any(|scope| self.scopes.contains(scope))
    }
}

impl Tokens {
    /// What an access token says that counts now, whatever it may be used for.
    ///
    /// # Errors
    /// Any [`Rejected`] but [`Rejected::ScopeInsufficient`] and [`Rejected::WrongType`].
    pub fn access_token_info(&self, now: Timestamp, token: &str) -> Result<AccessTokenInfo, Rejected> {
        let AccessTokenBody { principal, scopes, expires_at, grant, .. } = self.open_good(now, token)?;
        let (email, subject, about) = match &principal {
            Principal::Person { email, subject } => {
                (email.to_string(), subject.to_string(), self.about_person(email, &scopes))
            }
            Principal::ServiceAccount { email, unique_id } => {
                (email.to_string(), unique_id.to_string(), AboutPerson::default())
            }
            Principal::Anonymous | Principal::Federated { .. } | Principal::System(_) => {
                return Err(Rejected::Invalid);
            }
        };
        let shows_email = EMAIL_SCOPES.iter().any(|scope| scopes.contains(scope));
        Ok(AccessTokenInfo {
            client: grant.as_ref().map_or_else(|| subject.clone(), |grant| grant.client_id.clone()),
            subject,
            email: shows_email.then_some(email),
            about,
            scopes,
            expires_at,
            expires_in: expires_at.as_second() - now.as_second(),
            offline: grant.is_some_and(|grant| grant.offline),
        })
    }

    /// What an ID token of this server says that counts now.
    ///
    /// # Errors
    /// See [`IdTokenRejected`].
    pub fn id_token_info(&self, now: Timestamp, token: &str) -> Result<IdTokenInfo, IdTokenRejected> {
        let verified = self.id_tokens().verify(token, now)?;
        let compact = Compact::parse(token).map_err(|_| IdTokenRejected::Malformed)?;
        let picture = self.within.picture.load();
        let proof = picture.with_verifying(now, |keys| keys.verify(compact));
        let proof = proof.map_err(|_| IdTokenRejected::UnknownKey)?;
        let claims = proof.claims::<IdTokenClaims>().map_err(|_| IdTokenRejected::Malformed)?;
        let Ok(Value::Object(claims)) = serde_json::to_value(&*claims) else {
            return Err(IdTokenRejected::Malformed);
        };
        Ok(IdTokenInfo {
            claims,
            key_id: proof.key_id().to_string(),
            expires_in: verified.expires_at.as_second() - now.as_second(),
        })
    }
}

/// Those that show who a token is about.
const SUBJECT_SCOPES: [&str; 5] = [
    "openid",
    "email",
    "profile",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
];
