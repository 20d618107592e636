//! What a fuzzer drives: any bytes give a value or a typed error, and what is accepted keeps its promises.

use jose::KeySet;
use names::Secret;

use crate::{Account, Assertion, JwtBearer, Scopes, TokenError, TokenRequest};

/// Feeds `data` to every parser of this crate.
///
/// # Panics
/// When an accepted value breaks a promise, which is what the fuzzer looks for.
pub fn body(data: &[u8]) {
    match TokenRequest::parse(Some("application/x-www-form-urlencoded"), data) {
        Ok(TokenRequest::JwtBearer(request)) => assertion(&request),
        Ok(TokenRequest::RefreshToken(request)) => assert!(!request.client_id.is_empty()),
        Err(error) => assert!(error.answer().error_description.len() < 1024, "answers are short"),
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
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
