//! The two doors that take other credentials than the API: the gate, and the token endpoint.

use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use serde_json::{Value, json};
use testbed::{Answer, Testbed};

use super::presented::{changed, unsigned};
use crate::self_signed::{bought, signed};

/// One line for each credential that a private service is called with.
pub async fn gate(testbed: &Testbed) -> String {
    let hello = testbed.make_service("hello", "gcr.io/cloudrun/hello").await;
    let (runner, fallen) = (testbed.make_account("runner").await, testbed.make_account("fallen").await);
    for account in [&runner, &fallen] {
        testbed.bind("roles/run.invoker", &account.member(), &hello.path()).await;
    }
    let key = testbed.make_key(&runner).await;
    let old = testbed.id_token_of(&runner.email, &hello.url).await;
    testbed.advance(Duration::from_secs(7200)).await;
    let good = testbed.id_token_of(&runner.email, &hello.url).await;
    let of_the_fallen = testbed.id_token_of(&fallen.email, &hello.url).await;
    for token in [&good, &of_the_fallen] {
        assert_eq!(testbed.invoke(&hello.host, Some(token)).await.verdict(), "200");
    }
    testbed.owner().await.post(&format!("{}:disable", fallen.path()), json!({})).await.fine();

    let bearer = |token: &str| format!("Bearer {token}");
    let forged = json!({"iss": "https://accounts.google.com", "aud": hello.url, "email": runner.email, "email_verified": true});
    let credentials = [
        ("no credential", vec![]),
        ("no bearer", vec![format!("Basic {good}")]),
        ("an empty bearer", vec!["Bearer ".to_owned()]),
        ("two headers, both good", vec![bearer(&good), bearer(&good)]),
        ("gibberish", vec![bearer("gibberish")]),
        ("an ID token, changed", vec![bearer(&changed(&good))]),
        ("an ID token, without signature", vec![bearer(&unsigned(&good))]),
        ("an ID token, expired", vec![bearer(&old)]),
        ("an ID token, account disabled", vec![bearer(&of_the_fallen)]),
        (
            "an ID token for elsewhere",
            vec![bearer(&testbed.id_token_of(&runner.email, "https://a.example").await)],
        ),
        ("an ID token that the account forged", vec![bearer(&signed(&key, testbed.now(), &forged))]),
        ("self-signed", vec![bearer(&signed(&key, testbed.now(), &json!({"aud": hello.url})))]),
        ("an access token", vec![bearer(&testbed.access_token_of(&runner.email).await)]),
    ];
    let mut text = String::new();
    for (name, headers) in credentials {
        let answer = testbed.invoke_with_headers(&hello.host, &headers).await;
        assert!([401, 403].contains(&answer.status.as_u16()), "{name}: {answer:?}");
        assert_eq!(answer.header("x-doorward-request-id").len(), 32);
        writeln!(text, "{name:<36} {}", answer.verdict()).unwrap();
    }
    let hidden = Request::get("/")
        .header(header::HOST, &hello.host)
        .header(header::AUTHORIZATION, bearer(&good))
        .header("x-serverless-authorization", "Bearer gibberish");
    let answer = testbed.gate(hidden.body(Full::<Bytes>::default()).unwrap()).await;
    writeln!(text, "{:<36} {}", "gibberish for the gate, good beside", answer.verdict()).unwrap();
    text
}

/// One line for each form that the token endpoint is sent.
pub async fn token_endpoint(testbed: &Testbed) -> String {
    let (runner, fallen) = (testbed.make_account("runner").await, testbed.make_account("fallen").await);
    let (key, gone) = (testbed.make_key(&runner).await, testbed.make_key(&runner).await);
    let (of_the_fallen, other) = (testbed.make_key(&fallen).await, testbed.make_account("another").await);
    let scope = json!({"scope": "https://www.googleapis.com/auth/cloud-platform"});
    for key in [&key, &gone, &of_the_fallen] {
        assert_eq!(bought(testbed, key, scope.clone()).await.status, 200);
    }
    let owner = testbed.owner().await;
    owner.delete(&gone.path()).await.fine();
    owner.post(&format!("{}:disable", fallen.path()), json!({})).await.fine();

    let now = testbed.now().as_second();
    let with = |more: Value| {
        let mut all = scope.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let mut lines = Vec::new();
    for (name, key, claims) in [
        ("an assertion, its key deleted", &gone, with(json!({}))),
        ("an assertion, account disabled", &of_the_fallen, with(json!({}))),
        ("an assertion, expired", &key, with(json!({"iat": now - 7200, "exp": now - 3600}))),
        ("an assertion, from the future", &key, with(json!({"iat": now + 7200, "exp": now + 10800}))),
        ("an assertion of two hours", &key, with(json!({"exp": now + 7200}))),
        ("an assertion for elsewhere", &key, with(json!({"aud": "https://a.example/token"}))),
        ("an assertion for somebody else", &key, with(json!({"iss": other.email, "sub": other.email}))),
        ("an assertion that asks for nothing", &key, json!({})),
    ] {
        lines.push((name, bought(testbed, key, claims).await));
    }
    let assertion = signed(&key, testbed.now(), &with(json!({"aud": "https://oauth2.googleapis.com/token"})));
    for (name, assertion) in [
        ("an assertion, changed", changed(&assertion)),
        ("an assertion, without signature", unsigned(&assertion)),
        ("gibberish as assertion", "gibberish".to_owned()),
    ] {
        let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned());
        lines.push((name, testbed.token_endpoint(&[grant, ("assertion", assertion)]).await));
    }
    lines.extend(refreshes(testbed).await);
    let mut text = String::new();
    for (name, answer) in lines {
        let error = answer.json();
        let [kind, why] =
            ["error", "error_description"].map(|field| error[field].as_str().unwrap_or_default().to_owned());
        assert!((400..500).contains(&answer.status.as_u16()), "{name}: {answer:?}");
        writeln!(text, "{name:<36} {} | {kind}: {why}", answer.verdict()).unwrap();
    }
    text
}

async fn refreshes(testbed: &Testbed) -> Vec<(&'static str, Answer)> {
    let file = std::fs::read_to_string(testbed.data().join("owner.json")).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    let mut lines = Vec::new();
    for (name, wrong) in [
        ("a refresh token, changed", "refresh_token"),
        ("a refresh token, wrong client", "client_id"),
        ("a refresh token, wrong secret", "client_secret"),
    ] {
        let field = |name: &'static str| {
            let text = file[name].as_str().unwrap().to_owned();
            (name, if name == wrong { changed(&text) } else { text })
        };
        let grant = ("grant_type", "refresh_token".to_owned());
        let form = [grant, field("refresh_token"), field("client_id"), field("client_secret")];
        lines.push((name, testbed.token_endpoint(&form).await));
    }
    let field = |name: &'static str| (name, file[name].as_str().unwrap().to_owned());
    let code = [
        ("grant_type", "authorization_code".to_owned()),
        ("code", "4/0gibberish".to_owned()),
        ("redirect_uri", "http://localhost:1/".to_owned()),
        field("client_id"),
        field("client_secret"),
    ];
    lines.push(("gibberish as code", testbed.token_endpoint(&code).await));
    lines
}
