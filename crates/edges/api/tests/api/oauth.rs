//! The OAuth endpoints beside the token endpoint: paths, forms of answers, refusals (facts §3.1, §3.5).

use axum::body::Body;
use base64::Engine as _;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::house::{Answer, House, house};

const REDIRECT: &str = "http://127.0.0.1:49152/";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const SCOPE: &str = "openid https://www.googleapis.com/auth/userinfo.email";
const HINT: &str = "urn:ietf:params:oauth:token-type:access_token";

fn encoded(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

impl House {
    fn field(&self, name: &str) -> &str {
        &self.refresh.iter().find(|(key, _)| *key == name).unwrap().1
    }

    async fn read(&self, method: Method, path: &str, authorization: &[&str]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for value in authorization {
            request = request.header("authorization", *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    fn asks(&self, changes: &[(&'static str, &'static str)]) -> String {
        let mut asked = vec![
            ("client_id", self.field("client_id")),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", SCOPE),
            ("state", "a&b"),
            ("access_type", "offline"),
            ("code_challenge_method", "S256"),
            ("code_challenge", CHALLENGE),
        ];
        for change in changes {
            asked.retain(|(name, _)| *name != change.0);
            asked.push(*change);
        }
        format!("/o/oauth2/v2/auth?{}", encoded(&asked))
    }

    fn command_line(&self) -> String {
        format!("Bearer {}", self.field("refresh_token"))
    }

    async fn code(&self) -> String {
        let answer = self.read(Method::GET, &self.asks(&[]), &[&self.command_line()]).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{}", String::from_utf8_lossy(&answer.body));
        parameter(&answer, "code").unwrap()
    }

    async fn redeem(&self, code: &str) -> Value {
        let form = [
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("code_verifier", VERIFIER.to_owned()),
            ("client_id", self.field("client_id").to_owned()),
            ("client_secret", self.field("client_secret").to_owned()),
        ];
        let answer = self.form("/token", &form).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }
}

fn parameter(answer: &Answer, name: &str) -> Option<String> {
    let (uri, query) = answer.header("location").split_once('?')?;
    assert_eq!(uri, REDIRECT);
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn client_gets_a_code_by_the_way_back_and_its_state() {
    let house = house().await;
    for path in ["/o/oauth2/v2/auth", "/o/oauth2/auth"] {
        let asked = house.asks(&[]).replace("/o/oauth2/v2/auth", path);
        for method in [Method::GET, Method::POST] {
            let answer = house.read(method, &asked, &[&house.command_line()]).await;
            assert_eq!(answer.status, StatusCode::FOUND);
            assert!(parameter(&answer, "code").unwrap().starts_with("4/0"));
            assert_eq!(parameter(&answer, "state").as_deref(), Some("a&b"));
            assert_eq!(parameter(&answer, "scope").as_deref(), Some(SCOPE));
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
        }
    }
    let bought = house.redeem(&house.code().await).await;
    assert!(bought["refresh_token"].is_string() && bought["id_token"].is_string());
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_to_the_client_only_where_it_wants_its_answers() {
    let house = house().await;
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "https://a.example"), "invalid_scope"),
        (("code_challenge_method", "S512"), "invalid_request"),
        (("access_type", "for-ever"), "invalid_request"),
    ] {
        let answer = house.read(Method::GET, &house.asks(&[change]), &[&house.command_line()]).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{change:?}");
        assert_eq!(parameter(&answer, "error").as_deref(), Some(error));
        assert_eq!(parameter(&answer, "state").as_deref(), Some("a&b"));
        assert_eq!(parameter(&answer, "code"), None);
    }
    for (change, status, error, reason) in [
        (("client_id", "nobody"), 401, "invalid_client", "OAUTH_CLIENT_UNKNOWN"),
        (("redirect_uri", "https://evil.example/"), 400, "redirect_uri_mismatch", "OAUTH_REDIRECT_MISMATCH"),
        (("redirect_uri", ""), 400, "invalid_request", "REQUEST_MALFORMED"),
        (("client_id", ""), 400, "invalid_request", "REQUEST_MALFORMED"),
    ] {
        let answer = house.read(Method::GET, &house.asks(&[change]), &[&house.command_line()]).await;
        assert_eq!((answer.status.as_u16(), answer.reason()), (status, reason), "{change:?}");
        assert_eq!((answer.json()["error"].as_str(), answer.header("location")), (Some(error), ""));
    }
    let twice = format!("{}&state=x", house.asks(&[]));
    assert_eq!(house.read(Method::GET, &twice, &[&house.command_line()]).await.status, 400);
}

#[tokio::test]
async fn nobody_who_does_not_show_the_owners_credential_consents_for_them() {
    let house = house().await;
    let asked = house.asks(&[]);
    let nobody = house.read(Method::GET, &asked, &[]).await;
    assert_eq!((nobody.status.as_u16(), nobody.reason()), (401, "SIGN_IN_REQUIRED"));
    assert!(nobody.json()["error_description"].as_str().unwrap().contains("doorward authorize"));
    let (good, access) = (house.command_line(), format!("Bearer {}", house.owner));
    for shown in [vec!["Bearer 1//0guess"], vec![access.as_str()], vec!["Basic eDp5"], vec![&good, &good]] {
        let refused = house.read(Method::GET, &asked, &shown).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (401, "CREDENTIALS_INVALID"), "{shown:?}");
        assert_eq!(refused.header("location"), "");
    }
}

#[tokio::test]
async fn client_may_show_its_secret_in_the_header_and_is_told_how_when_it_is_wrong() {
    let house = house().await;
    let post = async |secret: &str, headers: usize| {
        let pair = format!("{}:{secret}", house.field("client_id"));
        let header = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
        let body =
            encoded(&[("grant_type", "refresh_token"), ("refresh_token", house.field("refresh_token"))]);
        let mut request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
        for _ in 0..headers {
            request = request.header("authorization", &header);
        }
        house.send(request.body(Body::from(body)).unwrap()).await
    };
    let secret = house.field("client_secret").to_owned();
    assert_eq!(post(&secret, 1).await.status, 200);
    for answer in [post("guess", 1).await, post(&secret, 2).await] {
        assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (401, Some("invalid_client")));
        assert!(answer.header("www-authenticate").starts_with("Basic"));
    }
    assert_eq!(house.form("/token", &house.refresh).await.header("www-authenticate"), "");
}

#[tokio::test]
async fn caller_who_asks_too_much_is_told_to_try_again_and_others_are_not() {
    let house = house().await;
    let body = encoded(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", "1//0guess"),
        ("client_id", house.field("client_id")),
        ("client_secret", house.field("client_secret")),
    ]);
    let ask = async |from: [u8; 4]| {
        let mut request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
        let peer = listen::Peer::Network((from, 49152).into());
        request = request.extension(peer);
        house.send(request.body(Body::from(body.clone())).unwrap()).await
    };
    let burst = tokens::Config::of(names::Universe::default(), Vec::new()).exchange_burst_per_caller;
    for _ in 0..burst {
        assert_eq!(ask([10, 0, 0, 1]).await.status, 400);
    }
    let busy = ask([10, 0, 0, 1]).await;
    assert_eq!((busy.status.as_u16(), busy.reason()), (429, "QUOTA_EXCEEDED"));
    assert_eq!(busy.json()["error"], "temporarily_unavailable", "Google's libraries try again after this");
    assert_eq!(ask([10, 0, 0, 2]).await.status, 400);
}

#[tokio::test]
async fn token_information_has_the_members_of_each_version() {
    let house = house().await;
    let bought = house.redeem(&house.code().await).await;
    let (access, id) = (bought["access_token"].as_str().unwrap(), bought["id_token"].as_str().unwrap());
    let client = house.field("client_id");
    let subject =
        house.read(Method::GET, &format!("/tokeninfo?id_token={id}"), &[]).await.json()["sub"].clone();
    for path in ["/tokeninfo", "/oauth2/v3/tokeninfo"] {
        for method in [Method::GET, Method::POST] {
            let told = house.read(method, &format!("{path}?access_token={access}"), &[]).await;
            let expected = json!({
                "azp": client, "aud": client, "sub": subject, "scope": SCOPE, "exp": "1700003600",
                "expires_in": "3600", "email": "owner@doorward.localhost", "email_verified": "true",
                "access_type": "offline",
            });
            assert_eq!((told.status.as_u16(), told.json()), (200, expected));
        }
        let told = house.form(path, &[("id_token", id.to_owned())]).await.json();
        assert!(told.as_object().unwrap().values().all(Value::is_string), "{told}");
        for (claim, value) in [("alg", "RS256"), ("typ", "JWT"), ("iss", "https://accounts.google.com")] {
            assert_eq!(told[claim], value);
        }
        for claim in ["at_hash", "azp", "email", "email_verified", "exp", "iat", "kid"] {
            assert!(told[claim].is_string(), "{claim}");
        }
    }
    for path in ["/oauth2/v1/tokeninfo", "/oauth2/v2/tokeninfo"] {
        let told = house.read(Method::GET, &format!("{path}?access_token={access}"), &[]).await.json();
        let expected = json!({
            "issued_to": client, "audience": client, "user_id": subject, "scope": SCOPE, "expires_in": 3600,
            "email": "owner@doorward.localhost", "verified_email": true, "access_type": "offline",
        });
        assert_eq!(told, expected);
        let told = house.read(Method::GET, &format!("{path}?id_token={id}"), &[]).await.json();
        assert_eq!((told["user_id"].clone(), told["audience"].as_str()), (subject.clone(), Some(client)));
    }
}

#[tokio::test]
async fn nothing_is_told_about_a_token_that_does_not_count() {
    let house = house().await;
    let invalid = json!({"error": "invalid_token", "error_description": "Invalid Value"});
    for path in ["/tokeninfo", "/oauth2/v1/tokeninfo", "/oauth2/v2/tokeninfo", "/oauth2/v3/tokeninfo"] {
        for query in ["access_token=ya29.x", "id_token=a.b.c", "access_token=a.b.c", "id_token=ya29.x"] {
            let refused = house.read(Method::GET, &format!("{path}?{query}"), &[]).await;
            assert_eq!((refused.status.as_u16(), refused.json()), (400, invalid.clone()), "{path}?{query}");
            assert_eq!(refused.reason(), "CREDENTIALS_INVALID");
        }
        for query in ["", "?access_token=", "?access_token=a&id_token=b", "?access_token=a&access_token=b"] {
            let refused = house.read(Method::GET, &format!("{path}{query}"), &[]).await;
            assert_eq!((refused.status.as_u16(), refused.reason()), (400, "REQUEST_MALFORMED"), "{query}");
        }
    }
}

#[tokio::test]
async fn introspection_says_what_counts_and_of_all_else_that_it_does_not() {
    let house = house().await;
    let bought = house.redeem(&house.code().await).await;
    let (access, id) = (bought["access_token"].as_str().unwrap(), bought["id_token"].as_str().unwrap());
    let of = |token: &str| [("token", token.to_owned()), ("token_type_hint", HINT.to_owned())];
    let subject =
        house.read(Method::GET, &format!("/tokeninfo?access_token={access}"), &[]).await.json()["sub"]
            .clone();
    let told = house.form("/v1/introspect", &of(access)).await;
    let expected = json!({
        "active": true, "client_id": house.field("client_id"), "exp": 1_700_003_600, "scope": SCOPE,
        "sub": subject, "token_type": "Bearer", "username": "owner@doorward.localhost",
    });
    assert_eq!((told.status.as_u16(), told.json()), (200, expected));
    let narrow = house.bought(Some("https://www.googleapis.com/auth/cloud-platform")).await;
    let told = house.form("/v1/introspect", &of(&narrow)).await.json();
    assert_eq!((&told["active"], told.get("username"), told.get("sub")), (&json!(true), None, None));
    for bad in ["ya29.x", "x", id] {
        let told = house.form("/v1/introspect", &of(bad)).await;
        assert_eq!((told.status.as_u16(), told.json()), (200, json!({"active": false})), "{bad}");
    }
    let revoked = house.form("/revoke", &[("token", access.to_owned())]).await;
    assert_eq!(revoked.status.as_u16(), 200);
    assert_eq!(house.form("/v1/introspect", &of(access)).await.json(), json!({"active": false}));
    let refused = house.form("/v1/introspect", &[("access_token", access.to_owned())]).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (400, "REQUEST_MALFORMED"));
    for (method, status) in [(Method::GET, 405), (Method::POST, 400)] {
        let refused = house.read(method, &format!("/v1/introspect?token={narrow}"), &[]).await;
        assert_eq!(refused.status.as_u16(), status, "a token does not belong in a URL");
    }
}

#[tokio::test]
async fn user_information_has_the_members_of_each_version_and_its_own_refusals() {
    let house = house().await;
    let bearer = format!("Bearer {}", house.owner);
    let narrow =
        format!("Bearer {}", house.bought(Some("https://www.googleapis.com/auth/cloud-platform")).await);
    let subject = house.read(Method::GET, "/v1/userinfo", &[&bearer]).await.json()["sub"].clone();
    assert_eq!(subject.as_str().unwrap().len(), 21);
    let email = "owner@doorward.localhost";
    let oidc = json!({"sub": subject, "email": email, "email_verified": true, "hd": "doorward.localhost"});
    let api = json!({"id": subject, "email": email, "verified_email": true, "hd": "doorward.localhost"});
    for (path, expected, is_oauth) in [
        ("/v1/userinfo", &oidc, true),
        ("/oauth2/v3/userinfo", &oidc, true),
        ("/oauth2/v1/userinfo", &api, false),
        ("/oauth2/v2/userinfo", &api, false),
        ("/userinfo/v2/me", &api, false),
    ] {
        assert_eq!(house.read(Method::GET, path, &[&bearer]).await.json(), *expected, "{path}");
        assert_eq!(house.read(Method::POST, path, &[&bearer]).await.json(), *expected, "{path}");
        let by_query = format!("{path}?access_token={}", house.owner);
        assert_eq!(house.read(Method::GET, &by_query, &[]).await.json(), *expected, "{path}");
        for shown in
            [vec![], vec!["Bearer ya29.x"], vec![bearer.as_str(), bearer.as_str()], vec!["Basic eDp5"]]
        {
            let refused = house.read(Method::GET, path, &shown).await;
            assert_eq!((refused.status.as_u16(), refused.reason()), (401, "CREDENTIALS_INVALID"), "{path}");
            assert!(refused.header("www-authenticate").starts_with("Bearer"));
            let error = refused.json();
            if is_oauth {
                assert_eq!(
                    error,
                    json!({"error": "invalid_request", "error_description": "Invalid Credentials"})
                );
            } else {
                assert_eq!(
                    (error["error"]["code"].as_i64(), error["error"]["status"].as_str()),
                    (Some(401), Some("UNAUTHENTICATED"))
                );
            }
        }
        let refused = house.read(Method::GET, path, &[&narrow]).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"));
    }
}

#[tokio::test]
async fn revoked_token_opens_nothing_from_the_next_request_on() {
    let house = house().await;
    let opens = async |token: &str| {
        let answer = house.read(Method::GET, "/v1/userinfo", &[&format!("Bearer {token}")]).await;
        answer.status == 200
    };
    for (form, which) in
        [(true, "refresh_token"), (false, "refresh_token"), (true, "access_token"), (false, "access_token")]
    {
        let bought = house.redeem(&house.code().await).await;
        let (token, access) = (bought[which].as_str().unwrap(), bought["access_token"].as_str().unwrap());
        assert!(opens(access).await);
        let revoke = async || match form {
            true => house.form("/revoke", &[("token", token.to_owned())]).await,
            false => {
                house
                    .read(Method::POST, &format!("/o/oauth2/revoke?{}", encoded(&[("token", token)])), &[])
                    .await
            }
        };
        let revoked = revoke().await;
        assert_eq!((revoked.status.as_u16(), revoked.json()), (200, json!({})));
        assert!(!opens(access).await);
        let again = revoke().await;
        assert_eq!((again.status.as_u16(), again.json()["error"].as_str()), (400, Some("invalid_token")));
    }
    assert_eq!(house.read(Method::POST, "/revoke", &[]).await.json()["error"], "invalid_request");
    assert_eq!(house.read(Method::GET, "/revoke?token=x", &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn discovery_names_what_is_served_and_nothing_else() {
    let house = house().await;
    let told = house.read(Method::GET, "/.well-known/openid-configuration", &[]).await.json();
    let path = |name: &str| {
        let url = told[name].as_str().unwrap_or_else(|| panic!("{name}"));
        url.split_once("://").unwrap().1.split_once('/').map(|(_, path)| format!("/{path}")).unwrap()
    };
    for (endpoint, method) in [
        ("authorization_endpoint", Method::GET),
        ("token_endpoint", Method::POST),
        ("userinfo_endpoint", Method::GET),
        ("revocation_endpoint", Method::POST),
        ("jwks_uri", Method::GET),
    ] {
        let answer = house.read(method, &path(endpoint), &[]).await;
        assert!(!matches!(answer.status.as_u16(), 404 | 405 | 501), "{endpoint}");
    }
    for (name, expected) in [
        ("issuer", json!("https://accounts.google.com")),
        ("response_types_supported", json!(["code"])),
        ("subject_types_supported", json!(["public"])),
        ("id_token_signing_alg_values_supported", json!(["RS256"])),
        ("scopes_supported", json!(["openid", "email", "profile"])),
        ("token_endpoint_auth_methods_supported", json!(["client_secret_post", "client_secret_basic"])),
        ("code_challenge_methods_supported", json!(["plain", "S256"])),
    ] {
        assert_eq!(told[name], expected, "{name}");
    }
    assert_eq!(told["device_authorization_endpoint"], Value::Null);
    let device = house.read(Method::POST, "/device/code", &[]).await;
    assert_eq!((device.status.as_u16(), device.reason()), (501, "METHOD_UNIMPLEMENTED"));
    let bought = house.redeem(&house.code().await).await;
    let claims = bought["id_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    for claim in claims.as_object().unwrap().keys() {
        assert!(told["claims_supported"].as_array().unwrap().contains(&json!(claim)), "{claim}");
    }
}
