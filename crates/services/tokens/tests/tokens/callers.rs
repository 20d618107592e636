//! How much one caller may ask of the token endpoint, and that it costs nobody else anything.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::json;

use crate::support::*;

async fn status(house: &House, from: &str, form: &[(&str, &str)]) -> u16 {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let from: Option<IpAddr> = Some(from.parse().unwrap());
    let post = post(Some("application/x-www-form-urlencoded"), body.as_bytes());
    match house.tokens.exchange(&house.context, from, post).await {
        Ok(_) => 200,
        Err(error) => {
            let answer = error.answer();
            assert!(answer.status != 429 || answer.error == "temporarily_unavailable", "clients try again");
            answer.status
        }
    }
}

#[tokio::test]
async fn caller_who_asks_too_much_is_told_to_wait_and_nobody_else_is() {
    let config =
        tokens::Config { exchanges_per_caller_per_second: 1, exchange_burst_per_caller: 2, ..config() };
    let house = house_with(config).await;
    let assertion = house.assertion(json!({"scope": CLOUD_PLATFORM}));
    let of_account =
        [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.as_str())];
    let (token, client) = (house.refresh_token(), house.owner.client_id.clone());
    let secret = house.owner.client_secret.reveal().clone();
    let of_owner = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str()),
        ("client_id", client.as_str()),
        ("client_secret", secret.as_str()),
    ];
    let guessed = replaced(&of_owner, &[("refresh_token", "1//0guess")]);
    let mut found = Vec::new();
    for _ in 0..3 {
        found.push(status(&house, "10.0.0.1", &of_account).await);
    }
    assert_eq!(found, [200, 200, 429]);
    assert_eq!(status(&house, "10.0.0.2", &of_account).await, 200, "the same account from elsewhere");
    assert_eq!(status(&house, "10.0.0.1", &of_owner).await, 200, "another caller at the same address");
    // Guesses are counted too, and only where they come from.
    for expected in [400, 400, 429] {
        assert_eq!(status(&house, "10.0.0.3", &guessed).await, expected);
    }
    assert_eq!(status(&house, "10.0.0.4", &of_owner).await, 200);
    house.clock.advance(Duration::from_secs(1)).await;
    assert_eq!(status(&house, "10.0.0.1", &of_account).await, 200);
}
