//! No token, key or assertion stands where it can be read by accident.

use serde_json::json;
use tokens::{AuthorizedParty, IdTokenRequest};

use crate::support::*;

#[tokio::test]
async fn answers_and_errors_show_no_token() {
    let house = house().await;
    let body = |assertion: &str| {
        let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        format!("grant_type={grant}&assertion={assertion}")
    };
    let form = Some("application/x-www-form-urlencoded");
    for wanted in [json!({"scope": CLOUD_PLATFORM}), json!({"target_audience": "https://hello.example"})] {
        let assertion = house.assertion(wanted);
        let answer = house
            .tokens
            .exchange(&house.context, None, post(form, body(&assertion).as_bytes()))
            .await
            .unwrap();
        let shown = format!("{answer:?}");
        assert!(!shown.contains("ya29.") && !shown.contains("eyJ"), "{shown}");
    }
    for event in [Event::KeyDeleted, Event::AccountDisabled] {
        house.happens(event).await;
        let assertion = house.assertion(json!({"scope": CLOUD_PLATFORM}));
        let error = house
            .tokens
            .exchange(&house.context, None, post(form, body(&assertion).as_bytes()))
            .await
            .unwrap_err();
        assert!(!format!("{error:?}").contains("eyJ"));
    }
    let refused = house.refresh("1//0canary", &[]).await.unwrap_err();
    assert!(!format!("{refused:?}").contains("canary"));
}

#[tokio::test]
async fn nothing_that_was_issued_is_on_disk() {
    let house = house().await;
    let request = IdTokenRequest {
        audience: "https://hello.example".to_owned(),
        include_email: true,
        azp: AuthorizedParty::Email,
        include_organization_number: false,
    };
    let permit = house.may();
    let minted = house.tokens.mint_id_token(&house.context, permit, request).await.unwrap();
    let refreshed = house.refresh(&house.refresh_token(), &[]).await.unwrap();
    let issued = [
        house.bought_access_token().await,
        minted.into_revealed(),
        refreshed["access_token"].as_str().unwrap().to_owned(),
        refreshed["id_token"].as_str().unwrap().to_owned(),
        house.refresh_token(),
    ];
    for file in std::fs::read_dir(house.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for token in &issued {
            let canary = &token.as_bytes()[token.len() - 40..];
            assert!(!bytes.windows(canary.len()).any(|window| window == canary));
        }
    }
}
