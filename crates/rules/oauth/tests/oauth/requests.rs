//! Forms at the token endpoint.

use names::Secret;
use oauth::{AccessTokenAnswer, IdTokenAnswer, RefreshAnswer, Scopes, TokenError, TokenPost, TokenRequest};
use serde_json::json;

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

fn parse(content_type: Option<&str>, body: &[u8]) -> Result<TokenRequest, TokenError> {
    TokenRequest::parse(TokenPost { authorization: None, content_type, body })
}

fn refusal(body: &str) -> TokenError {
    parse(FORM, body.as_bytes()).unwrap_err()
}

#[test]
fn assertion_is_read_in_any_order_and_with_a_charset() {
    for (content_type, body) in [
        (
            "application/x-www-form-urlencoded",
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c",
        ),
        (
            "application/x-www-form-urlencoded; charset=UTF-8",
            "assertion=a.b.c&grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer",
        ),
        (
            "Application/X-WWW-Form-URLEncoded ;charset=utf-8",
            "x=1&assertion=a.b.c&grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&y=",
        ),
    ] {
        let TokenRequest::JwtBearer(request) = parse(Some(content_type), body.as_bytes()).unwrap() else {
            panic!("another grant was read");
        };
        assert_eq!(request.assertion.reveal(), "a.b.c");
    }
}

#[test]
fn refresh_token_is_read() {
    let body =
        b"grant_type=refresh_token&client_id=c&client_secret=s&refresh_token=r&scope=openid+email&rapt=x";
    let TokenRequest::RefreshToken(request) = parse(FORM, body).unwrap() else {
        panic!("another grant was read");
    };
    assert_eq!(request.client_id, "c");
    assert_eq!(request.client_secret.as_ref().unwrap().reveal(), "s");
    assert_eq!(request.refresh_token.reveal(), "r");
    assert_eq!(request.scope.as_deref(), Some("openid email"));
    assert_eq!(
        format!("{request:?}"),
        "RefreshToken { client_id: \"c\", scope: Some(\"openid email\"), .. }"
    );
}

#[test]
fn other_grants_are_refused_by_name() {
    let answer = refusal("grant_type=password&username=ada").answer();
    assert_eq!(answer.status, 400);
    assert_eq!(
        serde_json::to_value(&answer).unwrap(),
        json!({"error": "unsupported_grant_type", "error_description": "Invalid grant_type: password"})
    );
    let long = refusal(&format!("grant_type={}%0d%0aSet-Cookie", "x".repeat(1000)));
    assert_eq!(long.answer().error_description.len(), "Invalid grant_type: ".len() + 128);
    let split = refusal("grant_type=a%0d%0aSet-Cookie").answer();
    assert_eq!(split.error_description, "Invalid grant_type: aSet-Cookie");
}

#[test]
fn parameters_are_required_and_come_once() {
    assert_eq!(refusal(""), TokenError::ParameterMissing("grant_type"));
    assert_eq!(refusal("grant_type="), TokenError::ParameterMissing("grant_type"));
    let bearer = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer";
    assert_eq!(refusal(bearer), TokenError::ParameterMissing("assertion"));
    assert_eq!(
        refusal("grant_type=refresh_token&client_id=c"),
        TokenError::ParameterMissing("refresh_token")
    );
    assert_eq!(refusal("grant_type=refresh_token&refresh_token=r"), TokenError::ClientMissing);
    for name in ["assertion", "grant_type", "unknown"] {
        let body = format!("{bearer}&assertion=a.b.c&unknown=1&{name}=2");
        assert_eq!(refusal(&body), TokenError::ParameterRepeated(name.to_owned()));
    }
}

#[test]
fn only_a_form_of_bounded_length_is_read() {
    let body = b"grant_type=refresh_token&client_id=c&refresh_token=r";
    for content_type in
        [None, Some(""), Some("application/json"), Some("text/plain; application/x-www-form-urlencoded")]
    {
        assert_eq!(parse(content_type, body).unwrap_err(), TokenError::Form);
    }
    assert_eq!(parse(FORM, &[b'a'; 64 * 1024 + 1]).unwrap_err(), TokenError::Form);
}

#[test]
fn answers_have_googles_form() {
    let secret = |text: &str| Secret::new(text.to_owned());
    let access = AccessTokenAnswer { access_token: secret("ya29.a") };
    assert_eq!(
        serde_json::to_string(&access).unwrap(),
        r#"{"access_token":"ya29.a","expires_in":3599,"token_type":"Bearer"}"#
    );
    assert_eq!(
        serde_json::to_string(&IdTokenAnswer { id_token: secret("a.b.c") }).unwrap(),
        r#"{"id_token":"a.b.c"}"#
    );
    let refresh = RefreshAnswer {
        access_token: secret("ya29.a"),
        id_token: Some(secret("a.b.c")),
        scopes: Scopes::parse("openid email").unwrap(),
    };
    assert_eq!(
        serde_json::to_string(&refresh).unwrap(),
        r#"{"access_token":"ya29.a","expires_in":3599,"scope":"openid email","token_type":"Bearer","id_token":"a.b.c"}"#
    );
    assert!(!format!("{access:?}{refresh:?}").contains("ya29"));
}

#[test]
fn refusals_have_googles_words() {
    let answers: Vec<_> = [
        TokenError::AssertionMalformed,
        TokenError::Signature,
        TokenError::AccountNotFound,
        TokenError::IssuedAtMissing,
        TokenError::ExpiresAtMissing,
        TokenError::Timeframe,
        TokenError::Scope,
        TokenError::Audience,
        TokenError::Delegation,
        TokenError::RefreshToken,
        TokenError::ClientNotFound,
        TokenError::ClientSecret,
    ]
    .iter()
    .map(|error| {
        let answer = error.answer();
        (answer.status, answer.error, answer.error_description)
    })
    .collect();
    let expected: Vec<_> = [
        (400, "invalid_request", "Bad Request"),
        (400, "invalid_grant", "Invalid JWT Signature."),
        (400, "invalid_grant", "Invalid grant: account not found"),
        (400, "invalid_grant", "Invalid JWT: iat (issued at) is not set."),
        (400, "invalid_grant", "Invalid JWT: exp (expiration time) is not set."),
        (400, "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."),
        (400, "invalid_scope", "Invalid OAuth scope or ID token audience provided."),
        (400, "invalid_grant", "Invalid JWT: Failed audience check."),
        (401, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."),
        (400, "invalid_grant", "Token has been expired or revoked."),
        (401, "invalid_client", "The OAuth client was not found."),
        (401, "invalid_client", "Unauthorized"),
    ]
    .into_iter()
    .map(|(status, error, text)| (status, error, text.to_owned()))
    .collect();
    assert_eq!(answers, expected);
}

#[test]
fn code_is_read_with_what_proves_it() {
    let body = b"grant_type=authorization_code&client_id=c&client_secret=s&code=x&redirect_uri=https%3A%2F%2Fa.example&code_verifier=v";
    let TokenRequest::AuthorizationCode(request) = parse(FORM, body).unwrap() else {
        panic!("another grant was read");
    };
    assert_eq!((request.client_id.as_str(), request.redirect_uri.as_str()), ("c", "https://a.example"));
    assert_eq!(request.code.reveal(), "x");
    assert_eq!(request.code_verifier.as_ref().unwrap().reveal(), "v");
    assert_eq!(
        format!("{request:?}"),
        "AuthorizationCode { client_id: \"c\", redirect_uri: \"https://a.example\", .. }"
    );
    assert_eq!(refusal("grant_type=authorization_code&client_id=c"), TokenError::ParameterMissing("code"));
    assert_eq!(
        refusal("grant_type=authorization_code&client_id=c&code=x"),
        TokenError::ParameterMissing("redirect_uri")
    );
    assert_eq!(refusal("grant_type=authorization_code&code=x"), TokenError::ClientMissing);
}

#[test]
fn client_shows_its_secret_in_the_header_or_in_the_form_and_not_in_both() {
    let with = |authorization: &str, body: &str| {
        let body = format!("grant_type=refresh_token&refresh_token=r{body}");
        let authorization = Some(authorization);
        TokenRequest::parse(TokenPost { authorization, content_type: FORM, body: body.as_bytes() })
    };
    // "a b:s%3A" form-encoded: `a+b:s%253A`.
    for header in ["Basic YStiOnMlMjUzQQ==", "basic YStiOnMlMjUzQQ=="] {
        for body in ["", "&client_id=a+b"] {
            let Ok(TokenRequest::RefreshToken(request)) = with(header, body) else {
                panic!("{header} {body}")
            };
            assert_eq!(request.client_id, "a b");
            assert_eq!(request.client_secret.unwrap().reveal(), "s%3A");
        }
        for body in ["&client_secret=s%253A", "&client_id=another"] {
            assert_eq!(with(header, body).unwrap_err(), TokenError::ClientTwice, "{body}");
        }
    }
    for header in
        ["", "Basic", "Basic ", "Basic !", "Basic YQ==", "Basic OnM=", "Bearer YStiOnM=", "Basic YSZiOnM="]
    {
        assert_eq!(with(header, "").unwrap_err(), TokenError::ClientSecret, "{header}");
        assert_eq!(with(header, "&client_id=c").unwrap_err(), TokenError::ClientSecret, "{header}");
    }
}
