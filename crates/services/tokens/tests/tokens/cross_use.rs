//! Each kind of token is taken in its one place and refused in every other.

use serde_json::json;
use tokens::{AuthorizedParty, IdTokenRequest};

use crate::support::*;

/// Where a token can be shown.
const PLACES: [&str; 4] = ["api", "gate", "assertion", "refresh"];

async fn taken(house: &House, token: &str) -> Vec<&'static str> {
    let taken = [
        house.tokens.authenticate(house.now(), token, &scheduler()).is_ok(),
        house.tokens.id_tokens().verify(token, house.now()).is_ok(),
        house.exchange(token).await.is_ok(),
        house.refresh(token, &[]).await.is_ok(),
    ];
    PLACES.into_iter().zip(taken).filter(|(_, taken)| *taken).map(|(place, _)| place).collect()
}

#[tokio::test]
async fn every_token_opens_exactly_one_door() {
    let house = house().await;
    let request = IdTokenRequest {
        audience: "https://cloudscheduler.googleapis.com/".to_owned(),
        include_email: true,
        azp: AuthorizedParty::Email,
        include_organization_number: false,
    };
    let minted = house.tokens.mint_id_token(&house.context, house.may(), request).await.unwrap();
    let owners = house.refresh(&house.refresh_token(), &[]).await.unwrap();
    let owners = |member: &str| owners[member].as_str().unwrap().to_owned();
    for (kind, token, expected) in [
        ("access token of an account", house.bought_access_token().await, vec!["api"]),
        ("access token of a person", owners("access_token"), vec!["api"]),
        ("ID token of an account, for an API", minted.into_revealed(), vec!["gate"]),
        ("ID token of a person", owners("id_token"), vec!["gate"]),
        (
            "ID token for the token endpoint",
            house.ring_signed(json!({"aud": GOOGLES_ENDPOINT})),
            vec!["gate"],
        ),
        ("assertion with scopes", house.assertion(json!({"scope": CLOUD_PLATFORM})), vec!["assertion"]),
        (
            "assertion with scopes that names itself",
            house.assertion(json!({"scope": CLOUD_PLATFORM, "sub": BATCH})),
            vec!["assertion"],
        ),
        (
            "assertion with an audience",
            house.assertion(json!({"target_audience": "https://cloudscheduler.googleapis.com/"})),
            vec!["assertion"],
        ),
        (
            "self-signed for the API",
            house.self_signed(json!({"aud": "https://cloudscheduler.googleapis.com/"})),
            vec!["api"],
        ),
        ("self-signed with scopes", house.self_signed(json!({"scope": CLOUD_PLATFORM})), vec!["api"]),
        (
            "self-signed for another API",
            house.self_signed(json!({"aud": "https://pubsub.googleapis.com/"})),
            vec![],
        ),
        ("refresh token", house.refresh_token(), vec!["refresh"]),
        ("ring-signed in an account's name", house.ring_signed(json!({"iss": BATCH, "sub": BATCH})), vec![]),
    ] {
        assert_eq!(taken(&house, &token).await, expected, "{kind}");
    }
}
