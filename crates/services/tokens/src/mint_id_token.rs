//! An ID token for an account, for whoever may have one made (facts §3.4, §4.3).

use std::sync::Arc;

use access::AccountState;
use context::Context;
use iam::Delegated;
use iam::permission::IamServiceAccountsGetOpenIdToken;
use jiff::Timestamp;
use jose::{GoogleClaims, IdTokenClaims, SignError, UnixSeconds, sign_compact};
use keys::{RingError, SigningKey, SigningRing};
use names::{AccountName, ResourceName, Secret, Uid};

use crate::{AboutPerson, Tokens};

/// What an ID token should say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdTokenRequest {
    /// For which receiver: 1 to 2048 bytes without control characters.
    pub audience: String,
    /// Whether the account's e-mail address is in it. Without, the receiver knows the account by its unique ID.
    pub include_email: bool,
    /// What `azp` says.
    pub azp: AuthorizedParty,
    /// Whether the number of the organization that the account's project is in is said too.
    pub include_organization_number: bool,
}

/// What the claim `azp` of an account's ID token holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuthorizedParty {
    /// The account's e-mail address: at the token endpoint, and where a client asks for it.
    Email,
    /// The account's unique ID.
    UniqueId,
}

/// Why there is no ID token.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// The account is disabled.
    #[error("the service account is disabled")]
    AccountDisabled,
    /// The account is gone, or another one has its name now.
    #[error("the service account does not exist any more")]
    AccountGone,
    /// The audience is empty, too long, or has control characters.
    #[error("the audience must have 1 to {MAX_AUDIENCE_BYTES} bytes and no control characters")]
    Audience,
    /// There is no key that signs.
    #[error("no key signs ID tokens")]
    KeysFailed(#[source] RingError),
    /// The key did not sign.
    #[error("the ID token could not be signed")]
    SigningFailed(#[source] SignError),
}

/// Why nothing is minted for an account, whatever permit is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unfit {
    Disabled,
    Gone,
}

impl Tokens {
    /// Makes an ID token for the permit's account. It lives one hour.
    ///
    /// # Errors
    /// See [`MintError`].
    pub async fn mint_id_token(
        &self,
        context: &Context,
        delegated: Delegated<IamServiceAccountsGetOpenIdToken>,
        request: IdTokenRequest,
    ) -> Result<Secret<String>, MintError> {
        let account = self.fit_for_id_token(&delegated)?;
        self.id_token_of(&account, &request, context.now())
    }

    /// The permit's account, if it may have ID tokens now.
    pub(crate) fn fit_for_id_token(
        &self,
        delegated: &Delegated<IamServiceAccountsGetOpenIdToken>,
    ) -> Result<AccountState, MintError> {
        let permit = delegated.permit();
        self.fit(permit.name(), permit.uid()).map_err(|unfit| match unfit {
            Unfit::Disabled => MintError::AccountDisabled,
            Unfit::Gone => MintError::AccountGone,
        })
    }

    /// The account, if it is the one that was meant and may act.
    pub(crate) fn fit(&self, name: &AccountName, uid: &Uid) -> Result<AccountState, Unfit> {
        let access = &self.within.access;
        let account = access.account(&name.email).ok_or(Unfit::Gone)?;
        if account.name != *name || access.uid(&ResourceName::from(name.clone())).as_ref() != Some(uid) {
            return Err(Unfit::Gone);
        }
        if account.disabled { Err(Unfit::Disabled) } else { Ok(account) }
    }

    pub(crate) fn id_token_of(
        &self,
        account: &AccountState,
        request: &IdTokenRequest,
        now: Timestamp,
    ) -> Result<Secret<String>, MintError> {
        sign(self.id_token_signer(now)?.as_ref(), &self.claims_of(account, request, now)?)
    }

    /// What an account's ID token says that is made now.
    pub(crate) fn claims_of(
        &self,
        account: &AccountState,
        request: &IdTokenRequest,
        now: Timestamp,
    ) -> Result<IdTokenClaims, MintError> {
        let email = account.name.email.as_str();
        let unique_id = account.unique_id.as_str();
        let azp = match request.azp {
            AuthorizedParty::Email => email,
            AuthorizedParty::UniqueId => unique_id,
        };
        let email = request.include_email.then_some(email);
        let organization = request.include_organization_number.then(|| self.organization_number(account));
        let subject = Subject {
            azp,
            unique_id,
            email,
            about: AboutPerson::default(),
            organization: organization.flatten(),
            session: None,
        };
        self.claims_about(subject, &request.audience, now)
    }

    fn organization_number(&self, account: &AccountState) -> Option<u64> {
        self.within.access.organization_of(&account.name.project)?.as_str().parse().ok()
    }

    pub(crate) fn sign_id_token(
        &self,
        subject: Subject<'_>,
        audience: &str,
        now: Timestamp,
    ) -> Result<Secret<String>, MintError> {
        sign(self.id_token_signer(now)?.as_ref(), &self.claims_about(subject, audience, now)?)
    }

    /// The key that signs ID tokens now.
    pub(crate) fn id_token_signer(&self, now: Timestamp) -> Result<Arc<SigningKey>, MintError> {
        self.within.picture.load().rings.signer(SigningRing::IdTokens, now).map_err(MintError::KeysFailed)
    }

    fn claims_about(
        &self,
        subject: Subject<'_>,
        audience: &str,
        now: Timestamp,
    ) -> Result<IdTokenClaims, MintError> {
        if audience.is_empty()
            || audience.len() > MAX_AUDIENCE_BYTES
            || audience.chars().any(char::is_control)
        {
            return Err(MintError::Audience);
        }
        let issued_at = UnixSeconds::new(now.as_second());
        Ok(IdTokenClaims {
            issuer: self.within.config.universe.issuer(),
            authorized_party: Some(subject.azp.to_owned()),
            audience: audience.to_owned(),
            subject: subject.unique_id.to_owned(),
            email: subject.email.map(str::to_owned),
            email_verified: subject.email.map(|_| true),
            name: subject.about.profile.name,
            given_name: subject.about.profile.given_name,
            family_name: subject.about.profile.family_name,
            picture: subject.about.profile.picture,
            hd: subject.about.hosted_domain,
            issued_at,
            expires_at: issued_at.plus(LIFETIME_SECONDS),
            not_before: None,
            google: subject.organization.map(|number| GoogleClaims { organization_number: Some(number) }),
            nonce: subject.session.as_ref().and_then(|session| session.nonce.clone()),
            at_hash: subject.session.map(|session| session.access_token_hash),
        })
    }
}

/// The token with these claims.
pub(crate) fn sign(signer: &SigningKey, claims: &IdTokenClaims) -> Result<Secret<String>, MintError> {
    sign_compact(signer, claims).map(Secret::new).map_err(MintError::SigningFailed)
}

/// Whom an ID token is about.
pub(crate) struct Subject<'a> {
    pub(crate) azp: &'a str,
    pub(crate) unique_id: &'a str,
    pub(crate) email: Option<&'a str>,
    pub(crate) about: AboutPerson,
    pub(crate) organization: Option<u64>,
    /// What ties the token of a person to what it came with.
    pub(crate) session: Option<Session>,
}

/// An access token that came along, and what the client sent when the person signed in.
pub(crate) struct Session {
    /// The first half of the SHA-256, in base64url (OpenID Connect Core §3.1.3.6).
    pub(crate) access_token_hash: String,
    pub(crate) nonce: Option<String>,
}

const MAX_AUDIENCE_BYTES: usize = 2048;
const LIFETIME_SECONDS: i64 = 3600;
