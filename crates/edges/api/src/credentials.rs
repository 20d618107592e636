//! `google.iam.credentials.v1.IAMCredentials`: tokens for those who may have them (facts §4.3).

use std::time::Duration;

use access::Access;
use context::Context;
use names::{AddressedAccountName, ShellWord};
use oauth::{Scope, Scopes};
use problem::{Problem, Reason};
use tokens::{AuthorizedParty, IdTokenRequest, MintAccessTokenError, MintError, SignForAccountError, Tokens};
use tonic::{Request, Response, Status};
use wire::google::iam::credentials::v1::iam_credentials_server::IamCredentials;
use wire::google::iam::credentials::v1::*;
use wire::time;

use crate::call::reply;
use crate::permits::Permits;
use crate::refusal::{internal, invalid, malformed};
use crate::surface;

/// The service.
pub(crate) struct Credentials {
    permits: Permits,
    tokens: Tokens,
}

impl Credentials {
    pub(crate) fn new(tokens: Tokens, access: Access) -> Self {
        Self { permits: Permits::new(access, &surface::CREDENTIALS), tokens }
    }

    fn not_signed(&self, error: &SignForAccountError, asked: &str) -> Problem {
        match error {
            SignForAccountError::AccountDisabled => self.wrong_state(error, asked),
            SignForAccountError::AccountGone => missing(asked),
            SignForAccountError::Claims(_)
            | SignForAccountError::Empty
            | SignForAccountError::Expired
            | SignForAccountError::TooLong
            | SignForAccountError::TooMuch => invalid("payload", error.to_string()),
            SignForAccountError::KeysFailed(_) | SignForAccountError::SigningFailed(_) => internal(error),
        }
    }

    /// The account is disabled.
    fn wrong_state(&self, error: &dyn std::error::Error, asked: &str) -> Problem {
        let email = asked.rsplit('/').next().unwrap_or_default();
        Problem::new(Reason::WRONG_STATE, format!("Not possible: {error}."))
            .about(asked)
            .try_command(format!("doorward enable-service-account {}", ShellWord(email)))
    }

    async fn id_token(
        &self,
        context: Context,
        request: GenerateIdTokenRequest,
    ) -> Result<GenerateIdTokenResponse, Problem> {
        let delegated = self.permits.delegated(&context, &request.delegates, &request.name)?;
        let azp = if request.use_email_azp { AuthorizedParty::Email } else { AuthorizedParty::UniqueId };
        let wanted = IdTokenRequest {
            audience: request.audience,
            include_email: request.include_email,
            azp,
            include_organization_number: request.organization_number_included,
        };
        let token = self.tokens.mint_id_token(&context, delegated, wanted).await;
        let token = token.map_err(|error| match &error {
            MintError::AccountDisabled => self.wrong_state(&error, &request.name),
            MintError::AccountGone => missing(&request.name),
            MintError::Audience => invalid("audience", error.to_string()),
            MintError::KeysFailed(_) | MintError::SigningFailed(_) => internal(&error),
        })?;
        Ok(GenerateIdTokenResponse { token: token.into_revealed() })
    }

    async fn access_token(
        &self,
        context: Context,
        request: GenerateAccessTokenRequest,
    ) -> Result<GenerateAccessTokenResponse, Problem> {
        let delegated = self.permits.delegated(&context, &request.delegates, &request.name)?;
        let scope = |text: &String| Scope::parse(text).map_err(|error| invalid("scope", error.to_string()));
        let scopes = request.scope.iter().map(scope).collect::<Result<Vec<_>, _>>()?;
        let scopes = Scopes::new(scopes).map_err(|error| invalid("scope", error.to_string()))?;
        let lifetime = match &request.lifetime {
            Some(lifetime) => time::span(lifetime).map_err(|error| invalid("lifetime", error.to_string()))?,
            None => DEFAULT_LIFETIME,
        };
        let minted = self.tokens.mint_access_token(&context, delegated, scopes, lifetime).await;
        let (token, ends) = minted.map_err(|error| match &error {
            MintAccessTokenError::AccountDisabled => self.wrong_state(&error, &request.name),
            MintAccessTokenError::AccountGone => missing(&request.name),
            MintAccessTokenError::LifetimeNotExtended(email) => {
                let list = format!(
                    "ask for at most 3600s, or list {email} under `[constraints]` as \"{LIFETIME_EXTENSION}\" in the file that `doorward up --config` reads, and start Doorward again"
                );
                Problem::new(Reason::FIELD_INVALID, error.to_string()).at_field("lifetime", list)
            }
            MintAccessTokenError::LifetimeTooLong(_) | MintAccessTokenError::LifetimeTooShort => {
                Problem::new(Reason::FIELD_INVALID, error.to_string()).at_field("lifetime", error.to_string())
            }
            MintAccessTokenError::ScopeUnknown
            | MintAccessTokenError::ScopesMissing
            | MintAccessTokenError::TooManyScopes => invalid("scope", error.to_string()),
            MintAccessTokenError::SealingFailed(_) => internal(&error),
        })?;
        Ok(GenerateAccessTokenResponse {
            access_token: token.into_revealed(),
            expire_time: Some(time::timestamp(ends)),
        })
    }

    async fn blob(&self, context: Context, request: SignBlobRequest) -> Result<SignBlobResponse, Problem> {
        let delegated = self.permits.delegated(&context, &request.delegates, &request.name)?;
        match self.tokens.sign_blob(&context, delegated, &request.payload).await {
            Ok(signed) => {
                Ok(SignBlobResponse { key_id: signed.key.to_string(), signed_blob: signed.signature })
            }
            Err(error) => Err(self.not_signed(&error, &request.name)),
        }
    }

    async fn jwt(&self, context: Context, request: SignJwtRequest) -> Result<SignJwtResponse, Problem> {
        let delegated = self.permits.delegated(&context, &request.delegates, &request.name)?;
        match self.tokens.sign_jwt(&context, delegated, &request.payload).await {
            Ok(signed) => Ok(SignJwtResponse {
                key_id: signed.key.to_string(),
                signed_jwt: signed.token.into_revealed(),
            }),
            Err(error) => Err(self.not_signed(&error, &request.name)),
        }
    }

    /// Every caller may ask; no account is confined to regions, and the answer does not depend on which one is named.
    async fn allowed_locations(
        &self,
        _: Context,
        request: GetAllowedLocationsRequest,
    ) -> Result<AllowedLocations, Problem> {
        let name = request.name.strip_suffix("/allowedLocations").unwrap_or(&request.name);
        AddressedAccountName::parse(name).map_err(|error| malformed("name", &error))?;
        Ok(AllowedLocations { encoded_locations: ANYWHERE.to_owned(), locations: Vec::new() })
    }
}

#[tonic::async_trait]
impl IamCredentials for Credentials {
    async fn generate_access_token(
        &self,
        request: Request<GenerateAccessTokenRequest>,
    ) -> Result<Response<GenerateAccessTokenResponse>, Status> {
        reply(&surface::CREDENTIALS, request, |context, message| self.access_token(context, message)).await
    }

    async fn generate_id_token(
        &self,
        request: Request<GenerateIdTokenRequest>,
    ) -> Result<Response<GenerateIdTokenResponse>, Status> {
        reply(&surface::CREDENTIALS, request, |context, message| self.id_token(context, message)).await
    }

    async fn sign_blob(
        &self,
        request: Request<SignBlobRequest>,
    ) -> Result<Response<SignBlobResponse>, Status> {
        reply(&surface::CREDENTIALS, request, |context, message| self.blob(context, message)).await
    }

    async fn sign_jwt(&self, request: Request<SignJwtRequest>) -> Result<Response<SignJwtResponse>, Status> {
        reply(&surface::CREDENTIALS, request, |context, message| self.jwt(context, message)).await
    }

    async fn get_allowed_locations(
        &self,
        request: Request<GetAllowedLocationsRequest>,
    ) -> Result<Response<AllowedLocations>, Status> {
        reply(&surface::CREDENTIALS, request, |context, message| self.allowed_locations(context, message))
            .await
    }
}

fn missing(asked: &str) -> Problem {
    let email = asked.rsplit('/').next().unwrap_or_default();
    Problem::new(Reason::RESOURCE_NOT_FOUND, surface::CREDENTIALS.missing(email)).about(asked)
}

/// The constraint that lists accounts whose tokens may live longer than an hour, as Google names it.
const LIFETIME_EXTENSION: &str = "iam.allowServiceAccountCredentialLifetimeExtension";
/// How long an access token lives when nobody says (facts §4.3).
const DEFAULT_LIFETIME: Duration = Duration::from_secs(3600);
/// The bit mask of regions that means no restriction; gcloud and google-auth send it on as `x-allowed-locations`.
const ANYWHERE: &str = "0x0";
