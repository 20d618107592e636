//! The ID token that deliveries carry: one for five minutes, as long as a fresh one could be made.

use serde_json::json;
use store::RingKeyRecord;
use testbed::{Account, Testbed, Upstream};

use crate::firing::MINUTE;

/// The account `runner`, as which a job calls the till every minute: a program of somebody else, which keeps the tokens
/// that it is sent.
struct Shop {
    testbed: Testbed,
    till: Upstream,
    runner: Account,
}

async fn shop_in(testbed: Testbed) -> Shop {
    let till = testbed.upstream().await;
    let runner = testbed.make_account("runner").await;
    let target = json!({
        "uri": till.url("/"), "httpMethod": "GET",
        "oidcToken": {"serviceAccountEmail": runner.email, "audience": "https://till.example"},
    });
    testbed.make_job_of("report", "* * * * *", target).await;
    Shop { testbed, till, runner }
}

async fn shop() -> Shop {
    shop_in(Testbed::start().await).await
}

impl Shop {
    /// What was carried to the till in so many minutes.
    async fn carried_in(&self, minutes: u32) -> Vec<String> {
        let before = self.till.seen().len();
        self.testbed.advance(MINUTE * minutes).await;
        self.till.seen()[before..].iter().flat_map(|seen| seen.values("authorization")).collect()
    }
}

#[tokio::test]
async fn a_token_is_carried_for_five_minutes_and_every_receiver_has_one_for_55() {
    let shop = shop().await;
    let carried = shop.carried_in(11).await;
    assert_eq!(carried.len(), 11);
    let distinct = [&carried[0], &carried[5], &carried[10]];
    for (minute, token) in carried.iter().enumerate() {
        assert_eq!(token, distinct[minute / 5], "minute {minute}");
    }
    assert!(distinct[0] != distinct[1] && distinct[1] != distinct[2]);
    let claims = testbed::claims_of(distinct[1]);
    assert_eq!(
        (&claims["aud"], &claims["email"]),
        (&json!("https://till.example"), &json!(shop.runner.email))
    );
    // The job fired at nine first.
    assert_eq!(claims["iat"], "2026-03-02T09:05:00Z".parse::<jiff::Timestamp>().unwrap().as_second());
}

#[tokio::test]
async fn the_kept_token_of_a_disabled_account_is_not_carried_and_none_from_before_when_it_is_enabled_again() {
    let shop = shop().await;
    let [kept] = &shop.carried_in(1).await[..] else { panic!("one call") };
    let owner = shop.testbed.owner().await;
    owner.post(&format!("{}:disable", shop.runner.path()), json!({})).await.fine();
    assert_eq!(shop.carried_in(1).await, Vec::<String>::new());
    owner.post(&format!("{}:enable", shop.runner.path()), json!({})).await.fine();
    let [fresh] = &shop.carried_in(1).await[..] else { panic!("one call") };
    assert_ne!(fresh, kept);
}

#[tokio::test]
async fn a_kept_token_is_not_carried_when_its_key_signs_no_more() {
    let shop = shop_in(Testbed::start_with_sealed_keys().await).await;
    let [kept] = &shop.carried_in(1).await[..] else { panic!("one call") };
    let signed_by =
        |token: &str| jsonwebtoken::decode_header(token.trim_start_matches("Bearer ")).unwrap().kid.unwrap();
    let store = &shop.testbed.house.store;
    let keys = store.all::<RingKeyRecord>("id-tokens/").await.unwrap();
    let key = keys.into_iter().find(|key| key.record.key.key_id == signed_by(kept)).unwrap();
    store.apply(store::Plan::new().delete(key.record.key)).await.unwrap();
    let [fresh] = &shop.carried_in(1).await[..] else { panic!("one call") };
    assert_ne!(signed_by(fresh), signed_by(kept));
}
