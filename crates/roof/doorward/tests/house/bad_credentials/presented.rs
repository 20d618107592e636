//! Credentials that must not count, and those beside them that do: else a test could pass by refusing everything.

use std::time::Duration;

use serde_json::json;
use testbed::Testbed;

use crate::self_signed::{bearer, bought, signed};

/// `Authorization` headers by the name of what they are.
pub type Headers = Vec<(&'static str, Vec<String>)>;

/// What is presented.
pub struct Presented {
    pub bad: Headers,
    pub good: Headers,
}

impl Presented {
    /// To the API. Every account is without any role, so that a call that is let in changes nothing.
    pub async fn to_the_api(testbed: &Testbed) -> Self {
        let (runner, fallen) = (testbed.make_account("runner").await, testbed.make_account("fallen").await);
        let (key, gone) = (testbed.make_key(&runner).await, testbed.make_key(&runner).await);
        let old = testbed.access_token_of(&runner.email).await;
        let signed_long_ago = bearer(testbed, &key);
        testbed.advance(Duration::from_secs(7200)).await;

        let access = testbed.access_token_of(&runner.email).await;
        let of_the_fallen = testbed.access_token_of(&fallen.email).await;
        let platform = json!({"scope": "https://www.googleapis.com/auth/cloud-platform"});
        let bought =
            bought(testbed, &gone, platform).await.fine()["access_token"].as_str().unwrap().to_owned();
        let self_signed = bearer(testbed, &gone);
        for token in [&of_the_fallen, &bought, &self_signed] {
            let before = testbed.api(token).get("/v1/projects/demo").await;
            assert_eq!(before.verdict(), "403 IAM_PERMISSION_DENIED", "it was good until it was taken away");
        }
        let owner = testbed.owner().await;
        owner.delete(&gone.path()).await.fine();
        owner.post(&format!("{}:disable", fallen.path()), json!({})).await.fine();

        let narrow = json!({"scope": ["https://www.googleapis.com/auth/userinfo.email"]});
        let narrow = owner.post(&format!("{}:generateAccessToken", runner.path()), narrow).await.fine();
        let narrow = narrow["accessToken"].as_str().unwrap();
        let elsewhere = json!({"aud": "https://storage.googleapis.com/"});
        let bad = [
            ("no credential", vec![]),
            ("no bearer", vec![format!("Basic {access}")]),
            ("an empty bearer", vec!["Bearer ".to_owned()]),
            ("two headers, both good", vec![format!("Bearer {access}"), format!("Bearer {access}")]),
            ("gibberish", vec!["Bearer gibberish".to_owned()]),
            ("an access token, changed", vec![format!("Bearer {}", changed(&access))]),
            ("an access token, expired", vec![format!("Bearer {old}")]),
            ("an access token, account disabled", vec![format!("Bearer {of_the_fallen}")]),
            ("an access token, its scope too narrow", vec![format!("Bearer {narrow}")]),
            ("an access token, its key deleted", vec![format!("Bearer {bought}")]),
            ("an ID token", vec![format!("Bearer {}", id_token(testbed, &runner.email).await)]),
            ("self-signed, expired", vec![format!("Bearer {signed_long_ago}")]),
            ("self-signed, key deleted", vec![format!("Bearer {self_signed}")]),
            ("self-signed, signature changed", vec![format!("Bearer {}", changed(&bearer(testbed, &key)))]),
            (
                "self-signed, for an API elsewhere",
                vec![format!("Bearer {}", signed(&key, testbed.now(), &elsewhere))],
            ),
            ("self-signed, without signature", vec![format!("Bearer {}", unsigned(&bearer(testbed, &key)))]),
        ];
        let good = [
            ("an access token", vec![format!("Bearer {access}")]),
            ("self-signed", vec![format!("Bearer {}", bearer(testbed, &key))]),
        ];
        Self { bad: bad.into(), good: good.into() }
    }
}

async fn id_token(testbed: &Testbed, email: &str) -> String {
    testbed.id_token_of(email, &format!("http://{}/", testbed.house.addresses.api)).await
}

/// With another character near its end, where it says no longer what was signed or sealed.
pub fn changed(token: &str) -> String {
    let at = token.len() - 10;
    let other = if &token[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

/// The same claims under a header that says that nobody signed.
pub fn unsigned(token: &str) -> String {
    // {"alg":"none"}
    format!("eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).unwrap())
}
