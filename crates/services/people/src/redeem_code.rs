//! What a code is worth, once.

use audit::entry_of_person;
use context::Context;
use jiff::Timestamp;
use names::{Principal, Secret};
use oauth::CodeChallenge;
use serde_json::json;
use store::{
    ApplyError, AuthorizationCodeKey, AuthorizationCodeRecord, Expectation, Plan, ReadError, Record,
    RefreshCredentialRecord, Stored,
};

use crate::{People, RefreshGrant, credential};

/// What a client shows for a code.
#[derive(Clone, Copy)]
pub struct CodeProof<'a> {
    /// The code.
    pub code: &'a Secret<String>,
    /// The client that it was made for.
    pub client_id: &'a str,
    /// The client's secret; public clients have none.
    pub client_secret: Option<&'a Secret<String>>,
    /// Where the code went.
    pub redirect_uri: &'a str,
    /// What the challenge was made from.
    pub verifier: Option<&'a Secret<String>>,
}

/// What the client of a good code may be given.
#[derive(Clone, Debug)]
pub struct CodeGrant {
    /// As a refresh token would be worth.
    pub grant: RefreshGrant,
    /// What the ID token repeats.
    pub nonce: Option<String>,
    /// The refresh token, where one was asked for.
    pub refresh_token: Option<Secret<String>>,
}

/// Why a code buys nothing.
#[derive(Debug, thiserror::Error)]
pub enum RedeemCodeError {
    /// The client's secret is missing or wrong: `invalid_client`.
    #[error("the client's secret is wrong")]
    ClientSecret,
    /// No client has this ID: `invalid_client`.
    #[error("no such client")]
    ClientUnknown,
    /// It is unknown, has ended, was made for another client or has a broken challenge, or its person is gone or
    /// disabled: `invalid_grant`.
    #[error("the code is unknown or has expired")]
    CodeUnknown,
    /// The code went somewhere else: `redirect_uri_mismatch`.
    #[error("the redirect URI is not that of the code")]
    Redirect,
    /// The store could not be read: nothing is said about the code.
    #[error("the code could not be looked up")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("what the code buys could not be stored")]
    StoreFailed(#[source] ApplyError),
    /// It was shown before. What it bought then counts no more: one of the two who showed it stole it.
    #[error("the code was used before")]
    Used,
    /// The verifier is not the one behind the challenge: `invalid_grant`.
    #[error("the code verifier is wrong")]
    Verifier,
    /// There is no verifier: `invalid_grant`.
    #[error("the code verifier is missing")]
    VerifierMissing,
}

impl People {
    /// Whose a code is and what it buys. Whatever is wrong, a code that was shown twice takes back what it bought.
    ///
    /// # Errors
    /// Any [`RedeemCodeError`].
    pub async fn redeem_code(
        &self,
        context: &Context,
        proof: CodeProof<'_>,
    ) -> Result<CodeGrant, RedeemCodeError> {
        let client = self.config.client(proof.client_id).ok_or(RedeemCodeError::ClientUnknown)?;
        if !client.has_secret(proof.client_secret) {
            return Err(RedeemCodeError::ClientSecret);
        }
        let key = AuthorizationCodeKey(jose::sha256_hex(proof.code.reveal().as_bytes()));
        let found = self.store.find::<AuthorizationCodeRecord>(&key).await;
        let found = found.map_err(RedeemCodeError::ReadFailed)?.ok_or(RedeemCodeError::CodeUnknown)?;
        if found.record.client_id != proof.client_id {
            return Err(RedeemCodeError::CodeUnknown);
        }
        if found.record.bought.is_some() {
            self.take_back(context, &found).await?;
            return Err(RedeemCodeError::Used);
        }
        check(&found.record, &proof, context.now())?;
        let record = &found.record;
        let person = self
            .access
            .person(&record.person)
            .filter(|person| person.subject == record.subject && !person.disabled)
            .ok_or(RedeemCodeError::CodeUnknown)?;
        let (token, credential) = credential::draw(context, record);
        let grant = RefreshGrant {
            principal: Principal::Person { email: person.email, subject: person.subject },
            scopes: record.scopes.clone(),
            generation: person.generation,
            credential: credential.hash.clone(),
            offline: record.offline,
        };
        let bought = AuthorizationCodeRecord { bought: Some(credential.hash.clone()), ..record.clone() };
        let detail =
            json!({ "client": record.client_id, "scopes": record.scopes, "offline": record.offline });
        let plan = Plan::new()
            .audit(entry_of_person(context, &grant.principal, "oauth2.redeemCode", detail))
            .expect(Expectation::At(key.into(), found.revision))
            .put(Record::AuthorizationCode(bought))
            .put(Record::RefreshCredential(credential));
        match self.store.apply(plan).await {
            Ok(_) => {}
            // Somebody showed it at the same instant, and was first.
            Err(ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {
                let again = self.store.find::<AuthorizationCodeRecord>(&found.record.hash).await;
                if let Some(again) = again.map_err(RedeemCodeError::ReadFailed)? {
                    self.take_back(context, &again).await?;
                }
                return Err(RedeemCodeError::Used);
            }
            Err(error) => return Err(RedeemCodeError::StoreFailed(error)),
        }
        let refresh_token = found.record.offline.then_some(token);
        Ok(CodeGrant { grant, nonce: found.record.nonce, refresh_token })
    }

    async fn take_back(
        &self,
        context: &Context,
        found: &Stored<AuthorizationCodeRecord>,
    ) -> Result<(), RedeemCodeError> {
        let record = &found.record;
        let Some(bought) = &record.bought else { return Ok(()) };
        let person = Principal::Person { email: record.person.clone(), subject: record.subject.clone() };
        let detail = json!({ "client": record.client_id, "why": "the code was shown twice" });
        let plan = Plan::new().delete(bought.clone()).audit(entry_of_person(
            context,
            &person,
            "oauth2.revoke",
            detail,
        ));
        match self.store.apply(plan).await {
            Ok(_) | Err(ApplyError::NotFound(_)) => Ok(()),
            Err(error) => Err(RedeemCodeError::StoreFailed(error)),
        }
    }

    /// Forgets codes and credentials that have ended; how many.
    ///
    /// # Errors
    /// When the store cannot be read; what cannot be deleted now is deleted in the next round.
    pub async fn forget_what_ended(&self, now: Timestamp) -> Result<usize, ReadError> {
        let mut gone = 0;
        for stored in self.store.all::<AuthorizationCodeRecord>("").await? {
            // A used code is kept for as long as what it bought may count, so that its thief is found out.
            let kept = stored.record.expires_at.checked_add(WATCHED).is_ok_and(|end| now < end);
            if !kept && self.store.apply(Plan::new().delete(stored.record.hash)).await.is_ok() {
                gone += 1;
            }
        }
        for stored in self.store.all::<RefreshCredentialRecord>("").await? {
            let ended = stored.record.expires_at.is_some_and(|end| end <= now);
            if ended && self.store.apply(Plan::new().delete(stored.record.hash)).await.is_ok() {
                gone += 1;
            }
        }
        Ok(gone)
    }
}

fn check(
    record: &AuthorizationCodeRecord,
    proof: &CodeProof<'_>,
    now: Timestamp,
) -> Result<(), RedeemCodeError> {
    if record.expires_at <= now {
        return Err(RedeemCodeError::CodeUnknown);
    }
    if record.redirect_uri != proof.redirect_uri {
        return Err(RedeemCodeError::Redirect);
    }
    match (&record.challenge, proof.verifier) {
        (None, None) => Ok(()),
        // Who took the challenge out of the request on its way is found out here (RFC 9700 §4.8).
        (None, Some(_)) => Err(RedeemCodeError::Verifier),
        (Some(_), None) => Err(RedeemCodeError::VerifierMissing),
        (Some(challenge), Some(verifier)) => {
            let challenge = CodeChallenge::parse(challenge).ok_or(RedeemCodeError::CodeUnknown)?;
            if challenge.is_met_by(verifier.reveal()) { Ok(()) } else { Err(RedeemCodeError::Verifier) }
        }
    }
}

const WATCHED: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);
