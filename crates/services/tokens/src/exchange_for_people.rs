//! What a person's refresh token and a client's code buy at the token endpoint (facts §3.3).

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use context::Context;
use jiff::Timestamp;
use keys::SignIn;
use names::{Principal, Secret};
use oauth::{AuthorizationCode, CodeAnswer, RefreshAnswer, RefreshToken, Scope, Scopes, TokenError};
use people::{CodeGrant, CodeProof, RedeemCodeError, RedeemError, RefreshGrant};

use crate::about_person::EMAIL_SCOPES;
use crate::chain::Chain;
use crate::mint_access_token::{LONGEST, Purchase};
use crate::mint_id_token::{Session, Subject};
use crate::{ExchangeError, TokenAnswer, Tokens};

impl Tokens {
    pub(crate) async fn redeem_refresh_token(
        &self,
        context: &Context,
        from: Option<IpAddr>,
        request: &RefreshToken,
    ) -> Result<TokenAnswer, ExchangeError> {
        self.admit_caller(context, from, &request.client_id)?;
        let grant = self
            .within
            .people
            .redeem(&request.refresh_token, &request.client_id, request.client_secret.as_ref())
            .await?;
        let scopes = narrowed(&grant, request.scope.as_deref())?;
        self.admit(context)?;
        let bought = self.sell_to_a_person(context, grant, &request.client_id, scopes, None)?;
        Ok(TokenAnswer::Refresh(bought))
    }

    pub(crate) async fn redeem_code(
        &self,
        context: &Context,
        from: Option<IpAddr>,
        request: &AuthorizationCode,
    ) -> Result<TokenAnswer, ExchangeError> {
        // Not counted with all others: a code that is refused for being one too many would be spent, and there are as
        // many as a person lets there be.
        self.admit_caller(context, from, &request.client_id)?;
        let proof = CodeProof {
            code: &request.code,
            client_id: &request.client_id,
            client_secret: request.client_secret.as_ref(),
            redirect_uri: &request.redirect_uri,
            verifier: request.code_verifier.as_ref(),
        };
        let CodeGrant { grant, nonce, refresh_token } =
            self.within.people.redeem_code(context, proof).await?;
        let scopes = narrowed(&grant, None)?;
        let bought = self.sell_to_a_person(context, grant, &request.client_id, scopes, nonce)?;
        Ok(TokenAnswer::Code(CodeAnswer { bought, refresh_token }))
    }

    /// An access token and, where `openid` was granted, an ID token for the client.
    fn sell_to_a_person(
        &self,
        context: &Context,
        grant: RefreshGrant,
        client_id: &str,
        scopes: Scopes,
        nonce: Option<String>,
    ) -> Result<RefreshAnswer, ExchangeError> {
        let credential = SignIn::digest(&grant.credential.0).ok_or(TokenError::RefreshToken)?;
        let sign_in = SignIn { client_id: client_id.to_owned(), credential, offline: grant.offline };
        let purchase = Purchase {
            principal: grant.principal.clone(),
            generation: grant.generation,
            scopes: scopes.clone(),
            key: None,
            grant: Some(sign_in),
            lifetime: LONGEST,
        };
        let (access_token, _) = self.seal_access_token(context, purchase)?;
        let id_token = if scopes.contains(Scope::OPENID) {
            let hash = jose::sha256(access_token.reveal().as_bytes());
            let access_token_hash = URL_SAFE_NO_PAD.encode(&hash[..16]);
            let session = Session { access_token_hash, nonce };
            Some(self.id_token_of_person(&grant.principal, client_id, &scopes, session, context.now())?)
        } else {
            None
        };
        Ok(RefreshAnswer { access_token, id_token, scopes })
    }

    /// A person's ID token is for the client that the person uses.
    fn id_token_of_person(
        &self,
        principal: &Principal,
        client_id: &str,
        scopes: &Scopes,
        session: Session,
        now: Timestamp,
    ) -> Result<Secret<String>, ExchangeError> {
        let Principal::Person { email, subject } = principal else {
            return Err(TokenError::RefreshToken.into());
        };
        let shows_email = EMAIL_SCOPES.iter().any(|scope| scopes.contains(scope));
        let subject = Subject {
            azp: client_id,
            unique_id: subject.as_str(),
            email: shows_email.then_some(email.as_str()),
            about: self.about_person(email, scopes),
            organization: None,
            session: Some(session),
        };
        Ok(self.sign_id_token(subject, client_id, now)?)
    }
}

/// What was asked for, if it is no more than what was granted; everything, where nothing was asked for.
fn narrowed(grant: &RefreshGrant, asked: Option<&str>) -> Result<Scopes, TokenError> {
    let granted = Scopes::parse(&grant.scopes.join(" ")).map_err(|_| TokenError::Scope)?;
    let Some(asked) = asked else { return Ok(granted) };
    let asked = Scopes::parse(asked).map_err(|_| TokenError::Scope)?;
    let within = !asked.is_empty() && asked.iter().all(|scope| granted.contains(scope.as_str()));
    if within { Ok(asked) } else { Err(TokenError::Scope) }
}

impl From<RedeemError> for ExchangeError {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::ClientSecret => Self::Refused(TokenError::ClientSecret),
            RedeemError::ClientUnknown => Self::Refused(TokenError::ClientNotFound),
            RedeemError::PersonDisabled => Self::PersonDisabled,
            RedeemError::Revoked => Self::Refused(TokenError::RefreshToken),
            RedeemError::StoreFailed(error) => {
                tracing::error!(error = %Chain(&error), "a refresh token could not be looked up");
                Self::Unavailable
            }
        }
    }
}

impl From<RedeemCodeError> for ExchangeError {
    fn from(error: RedeemCodeError) -> Self {
        Self::Refused(match error {
            RedeemCodeError::ClientSecret => TokenError::ClientSecret,
            RedeemCodeError::ClientUnknown => TokenError::ClientNotFound,
            RedeemCodeError::CodeUnknown | RedeemCodeError::Used => TokenError::Code,
            RedeemCodeError::Redirect => TokenError::RedirectUri,
            RedeemCodeError::Verifier => TokenError::CodeVerifier,
            RedeemCodeError::VerifierMissing => TokenError::CodeVerifierMissing,
            RedeemCodeError::ReadFailed(_) | RedeemCodeError::StoreFailed(_) => {
                tracing::error!(error = %Chain(&error), "a code could not be redeemed");
                return Self::Unavailable;
            }
        })
    }
}
