//! Signed JSON tokens: compact JWS, JWK and JWKS, and claims with strict types.
//!
//! Whoever calls a private service shows a token that somebody signed. This crate answers three questions about it
//! and no other: *is the text a token*, *did this key sign it*, and *do its claims have the types they must have*.
//! It reads no clock, no network and no randomness; whether the caller may do what it asks is decided elsewhere.
//!
//! # Example
//!
//! Ada's scheduled job carries a token for Grace's service. Grace's side holds the published keys.
//!
//! ```
//! use jose::{Compact, IdTokenClaims, Jwks, KeySet, Leeway, UnixSeconds};
//!
//! # fn admit(published: &[u8], token: &str, now: UnixSeconds) -> Result<String, Box<dyn std::error::Error>> {
//! let keys = KeySet::try_from(&Jwks::parse(published)?)?;
//! let verified = keys.verify(Compact::parse(token)?)?;
//! let claims = verified.claims::<IdTokenClaims>()?;
//! claims.validity().check(now, Leeway::seconds(30))?;
//! if claims.audience != "https://hello-1047.europe-west1.run.app" {
//!     return Err("this token is for somebody else".into());
//! }
//! Ok(claims.email.clone().unwrap_or_default())
//! # }
//! # assert!(admit(b"{\"keys\":[]}", "a.b.c", UnixSeconds::new(0)).is_err());
//! ```
//!
//! # Invariants
//!
//! * The algorithm belongs to the key. A token's `alg` must agree with it and never chooses anything; there is no
//!   symmetric algorithm and no `none`.
//! * `kid` is a map key and nothing else. `jku`, `jwk`, `x5u` and `x5c` are ignored, `crit` is refused.
//! * [`Verified`] is made by a successful verification only.
//! * A claim of the wrong type is an error, never an absent claim; a member that occurs twice is an error.
//! * Parsing is total and bounded: a token is at most [`Compact::MAX_BYTES`] long, a key set at most
//!   [`Jwks::MAX_BYTES`].

mod assertion;
mod claims;
mod claims_text;
mod compact;
mod digest;
#[doc(hidden)]
pub mod fuzz;
mod header;
mod json;
mod jwk;
mod key;
mod key_set;
pub mod pem;
mod sign;
mod time;
mod verified;

pub use assertion::{AssertionClaims, Claimed};
pub use claims::{ClaimsError, GoogleClaims, IdTokenClaims, SelfSignedClaims};
pub use claims_text::{ClaimsText, ClaimsTextError};
pub use compact::{Compact, ParseError, Segment};
pub use digest::{sha1, sha256, sha256_hex};
pub use header::{Algorithm, Header, HeaderError, KeyId, KeyIdError};
pub use json::JsonError;
pub use jwk::{Jwk, JwkError, Jwks};
pub use key::{KeyError, VerifyingKey};
pub use key_set::{KeySet, KeySetError, SelectedKey, VerifyError};
pub use sign::{SignError, Signer, sign_claims, sign_compact};
pub use time::{Leeway, TimeError, UnixSeconds, Validity};
pub use verified::Verified;
