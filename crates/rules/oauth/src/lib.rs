//! The OAuth 2 grammar of the token endpoint and the endpoints beside it: what is asked, whether it may be answered, and
//! with which words.
//!
//! A service account's key file proves itself at the token endpoint with an *assertion*, a short-lived token that
//! it signed itself (RFC 7523), and asks for an access token or an ID token. A person's credential asks with a
//! refresh token (RFC 6749 §6), a program that a person lets act for them with the code that it was given (§4.1). This crate reads such requests, makes the checks of the JWT-bearer grant in the order
//! and with the texts that Google's endpoint has (facts §3.2), and knows the form of every answer. It looks nothing
//! up: keys, accounts and the time are handed in.
//!
//! # Example
//!
//! Ada's batch job asks for an ID token for Grace's service. The checks take three steps, each of which can be
//! reached only through the one before it.
//!
//! ```
//! use jose::{KeySet, UnixSeconds};
//! use oauth::{Account, Assertion, Expected, TokenError, TokenPost, TokenRequest, Wanted};
//!
//! # fn keys_of(_: &str) -> Option<KeySet> { None }
//! fn answer(body: &[u8], now: UnixSeconds) -> Result<String, TokenError> {
//!     let content_type = Some("application/x-www-form-urlencoded");
//!     let request = TokenRequest::parse(TokenPost { authorization: None, content_type, body })?;
//!     let TokenRequest::JwtBearer(request) = request else { return Err(TokenError::AssertionMalformed) };
//!     let assertion = Assertion::parse(&request)?;
//!     let account = match assertion.claimed_issuer().and_then(keys_of) {
//!         Some(keys) => Account::Active(keys),
//!         None => Account::Unknown,
//!     };
//!     let verified = assertion.verify(&account)?;
//!     let endpoints = ["https://oauth2.googleapis.com/token".to_owned()];
//!     let grant = verified.grant(&Expected { token_endpoints: &endpoints, now })?;
//!     Ok(match grant.wanted {
//!         Wanted::AccessToken { scopes } => format!("{} may use {scopes}", grant.issuer),
//!         Wanted::IdToken { audience } => format!("{} proves itself to {audience}", grant.issuer),
//!     })
//! }
//! # let body = b"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.b.c";
//! # assert!(answer(body, UnixSeconds::new(0)).is_err());
//! ```
//!
//! # Invariants
//!
//! * Parsing is total and bounded: a form is at most [`TokenRequest::MAX_BYTES`] long, and a parameter that occurs
//!   twice is refused.
//! * A [`Grant`] exists only for an assertion whose signature verified under the keys of the account it names.
//! * Every refusal is a [`TokenError`], and its answer is a function of the variant alone.
//! * Assertions, tokens and client secrets are in no `Debug` output and no error.

mod about;
mod answer;
mod assertion;
mod authorization;
mod error;
mod form;
#[doc(hidden)]
pub mod fuzz;
mod request;
mod scope;

pub use about::{AboutTokenError, ShownToken, named_token};
pub use answer::{AccessTokenAnswer, CodeAnswer, ErrorAnswer, IdTokenAnswer, RefreshAnswer};
pub use assertion::{Account, Assertion, Expected, Grant, VerifiedAssertion, Wanted};
pub use authorization::{
    AccessType, AuthorizationError, AuthorizationFault, AuthorizationRequest, CodeChallenge, RedirectUri,
    RedirectUriError, Terms,
};
pub use error::TokenError;
pub use request::{AuthorizationCode, JwtBearer, RefreshToken, TokenPost, TokenRequest};
pub use scope::{Scope, ScopeError, Scopes};
