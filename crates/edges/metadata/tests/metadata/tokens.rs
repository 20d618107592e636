//! Tokens: made once, given out again, refused in the words that clients know.

use std::time::Duration;

use names::Universe;
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, Mint, OWN, World};

const TOKEN: &str = "instance/service-accounts/default/token";
const IDENTITY: &str = "instance/service-accounts/default/identity";
const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

#[tokio::test]
async fn access_token_is_for_everything_unless_scopes_are_named() {
    let world = World::new();
    let answer = world.get(TOKEN).await;
    assert_eq!(answer.headers()["content-type"], "application/json");
    let token: Value = serde_json::from_str(answer.body()).expect("JSON");
    let expected =
        json!({ "access_token": format!("{CLOUD_PLATFORM} 1"), "expires_in": 3600, "token_type": "Bearer" });
    assert_eq!(token, expected);
    let some = world.get(&format!("{TOKEN}?scopes=a%2Cb")).await;
    assert!(some.body().contains("\"a b 2\""), "{}", some.body());
}

#[tokio::test]
async fn token_is_given_out_again_until_five_minutes_before_its_end() {
    let world = World::new();
    let first = world.get(&format!("{IDENTITY}?audience=https://hello.example&format=full")).await;
    assert_eq!(first.body(), "https://hello.example 1");
    world.clock.advance(Duration::from_secs(3299)).await;
    let other_spelling =
        format!("instance/service-accounts/{ACCOUNT}/identity?audience=https%3A%2F%2Fhello.example");
    assert_eq!(world.get(&other_spelling).await.body(), "https://hello.example 1");
    world.clock.advance(Duration::from_secs(1)).await;
    assert_eq!(world.get(&other_spelling).await.body(), "https://hello.example 2");
}

#[tokio::test]
async fn what_is_left_of_a_token_is_told() {
    let world = World::new();
    world.get(TOKEN).await;
    world.clock.advance(Duration::from_secs(600)).await;
    let token: Value = serde_json::from_str(world.get(TOKEN).await.body()).expect("JSON");
    assert_eq!((world.minted(), &token["expires_in"]), (1, &json!(3000)));
}

#[tokio::test]
async fn nobody_gets_what_another_asked_for() {
    let world = World::new();
    for audience in ["https://a.example", "https://b.example"] {
        let answer = world.get(&format!("{IDENTITY}?audience={audience}")).await;
        assert!(answer.body().starts_with(audience));
    }
    assert!(world.get(&format!("{TOKEN}?scopes=a")).await.body().contains("\"a 3\""));
    assert_eq!(world.minted(), 3);
}

#[rstest]
#[case("")]
#[case("?audience=")]
#[case("?format=full")]
#[tokio::test]
async fn id_token_needs_an_audience(#[case] query: &str) {
    let world = World::new();
    let answer = world.get(&format!("{IDENTITY}{query}")).await;
    assert_eq!(answer.status(), 400);
    assert!(answer.body().contains("non-empty audience parameter required"));
    assert_eq!(world.minted(), 0);
}

#[tokio::test]
async fn post_is_answered_like_get() {
    let world = World::new();
    let headers = [("host", OWN), ("metadata-flavor", "Google")];
    let path = format!("/computeMetadata/v1/{IDENTITY}?audience=a");
    assert_eq!(world.ask("POST", &path, &headers).await.body(), "a 1");
    assert_eq!(world.get(&format!("{IDENTITY}?audience=a")).await.body(), "a 1");
}

#[rstest]
#[case(
    Mint::Gone,
    404,
    "Unable to generate access token; IAM returned 404 Not Found: Not found; Gaia id not found for email loafbot@demo.iam.gserviceaccount.com"
)]
#[case(
    Mint::Refuses,
    403,
    "Unable to generate access token; IAM returned 403 Forbidden: no &lt;permission&gt;"
)]
#[case(Mint::WrongScope, 400, "IAM returned 400 Bad Request: no such scope")]
#[case(Mint::Unavailable, 503, "nobody answers")]
#[tokio::test]
async fn refusal_says_why_and_is_not_remembered(
    #[case] mint: Mint,
    #[case] status: u16,
    #[case] words: &str,
) {
    let world = World::with(mint, Universe::default());
    for asked in 1..=2 {
        let answer = world.get(TOKEN).await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["metadata-flavor"], "Google");
        assert!(answer.body().contains(words), "{}", answer.body());
        assert_eq!(world.minted(), asked);
    }
}
