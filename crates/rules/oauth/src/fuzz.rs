//! What a fuzzer drives: any bytes give a value or a typed error, and what is accepted keeps its promises.

use jose::KeySet;
use names::Secret;

use crate::{
    Account, Assertion, AuthorizationRequest, JwtBearer, RedirectUri, Scopes, ShownToken, TokenError,
    TokenPost, TokenRequest, named_token,
};

/// Feeds `data` to every parser of this crate.
///
/// # Panics
/// When an accepted value breaks a promise, which is what the fuzzer looks for.
pub fn body(data: &[u8]) {
    let header = std::str::from_utf8(data).ok().map(|text| format!("Basic {text}"));
    let _ = TokenRequest::parse(TokenPost {
        authorization: header.as_deref(),
        content_type: FORM,
        body: REFRESH,
    });
    match TokenRequest::parse(TokenPost { authorization: None, content_type: FORM, body: data }) {
        Ok(TokenRequest::JwtBearer(request)) => assertion(&request),
        Ok(TokenRequest::AuthorizationCode(request)) => assert!(!request.redirect_uri.is_empty()),
        Ok(TokenRequest::RefreshToken(request)) => assert!(!request.client_id.is_empty()),
        Err(error) => assert!(error.answer().error_description.len() < 1024, "answers are short"),
    }
    if let Ok(request) = AuthorizationRequest::parse(data) {
        assert!(request.answer(&[("code", "x")]).starts_with(&request.redirect_uri));
    }
    let _ = (ShownToken::parse(data), named_token(data));
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(uri) = RedirectUri::parse(text) {
        assert!(uri.accepts(text) && !uri.accepts(&format!("{text}x")));
    }
    assertion(&JwtBearer { assertion: Secret::new(text.to_owned()) });
    if let Ok(scopes) = Scopes::parse(text) {
        assert_eq!(Scopes::parse(&scopes.to_string()), Ok(scopes));
    }
}

fn assertion(request: &JwtBearer) {
    for account in [Account::Unknown, Account::Active(KeySet::default())] {
        let Ok(assertion) = Assertion::parse(request) else { return };
        let refusal = assertion.verify(&account).expect_err("an account without keys has signed nothing");
        assert!(matches!(refusal, TokenError::AccountNotFound | TokenError::Signature));
    }
}

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
const REFRESH: &[u8] = b"grant_type=refresh_token&refresh_token=r";
