//! What stops at once, and what ends with its hour.

use std::time::Duration;

use serde_json::json;
use testbed::{KeyFile, Testbed};

use crate::firing::{Bakery, MINUTE, bakery};
use crate::self_signed::{bearer, bought};

const PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
const ANY_CALLER: &str =
    "/v1/projects/-/serviceAccounts/runner@demo.iam.gserviceaccount.com/allowedLocations";

/// Everything that an account can present.
struct Presented {
    impersonated: String,
    bought: String,
    self_signed: String,
    id_token: String,
}

impl Presented {
    async fn of(bakery: &Bakery, key: &KeyFile) -> Self {
        let testbed = &bakery.testbed;
        let access = bought(testbed, key, json!({"scope": PLATFORM})).await.fine();
        let identity = bought(testbed, key, json!({"target_audience": bakery.orders.url})).await.fine();
        Self {
            impersonated: testbed.access_token_of(&bakery.runner.email).await,
            bought: access["access_token"].as_str().unwrap().to_owned(),
            self_signed: bearer(testbed, key),
            id_token: identity["id_token"].as_str().unwrap().to_owned(),
        }
    }

    /// Verdicts on the impersonated, the bought and the self-signed token at the API, and the ID token at the gate.
    async fn verdicts(&self, bakery: &Bakery) -> [String; 4] {
        let api = async |token: &str| bakery.testbed.api(token).get(ANY_CALLER).await.verdict();
        [
            api(&self.impersonated).await,
            api(&self.bought).await,
            api(&self.self_signed).await,
            bakery.testbed.invoke(&bakery.orders.host, Some(&self.id_token)).await.verdict(),
        ]
    }
}

async fn with_a_key() -> (Bakery, KeyFile, Presented) {
    let bakery = bakery().await;
    let key = bakery.testbed.make_key(&bakery.runner).await;
    let presented = Presented::of(&bakery, &key).await;
    assert_eq!(presented.verdicts(&bakery).await, ["200", "200", "200", "200"]);
    (bakery, key, presented)
}

async fn refusal_of_assertion(testbed: &Testbed, key: &KeyFile) -> String {
    let answer = bought(testbed, key, json!({"scope": PLATFORM})).await;
    format!("{} {}", answer.status.as_u16(), answer.json()["error"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn disabled_account_stops_at_once_with_every_token_it_has() {
    let (bakery, key, presented) = with_a_key().await;
    let owner = bakery.testbed.owner().await;
    owner.post(&format!("{}:disable", bakery.runner.path()), json!({})).await.fine();
    let gone = "401 ACCOUNT_STATE_INVALID";
    assert_eq!(presented.verdicts(&bakery).await, [gone, gone, gone, gone]);
    assert_eq!(refusal_of_assertion(&bakery.testbed, &key).await, "400 invalid_grant");

    let before = bakery.kitchen.seen().len();
    bakery.testbed.advance(MINUTE).await;
    assert_eq!(bakery.kitchen.seen().len(), before, "nothing is sent for a disabled account");
    assert_eq!(bakery.last_code().await, 16);
    let entry = bakery.last_entry().await;
    assert_eq!(entry["jsonPayload"]["status"], "UNAUTHENTICATED");
    assert!(entry["labels"]["doorward.dev/cause"].as_str().unwrap().contains("disabled"), "{entry}");
}

#[tokio::test]
async fn enabled_again_an_account_has_to_ask_for_new_tokens() {
    let (bakery, key, presented) = with_a_key().await;
    let owner = bakery.testbed.owner().await;
    for verb in ["disable", "enable"] {
        owner.post(&format!("{}:{verb}", bakery.runner.path()), json!({})).await.fine();
    }
    let [impersonated, bought, ..] = presented.verdicts(&bakery).await;
    assert_eq!([impersonated, bought], ["401 ACCOUNT_STATE_INVALID", "401 ACCOUNT_STATE_INVALID"]);
    let fresh = Presented::of(&bakery, &key).await;
    assert_eq!(fresh.verdicts(&bakery).await, ["200", "200", "200", "200"]);
    bakery.testbed.advance(MINUTE).await;
    assert_eq!(bakery.last_code().await, 0);
}

#[tokio::test]
async fn deleted_account_stops_at_once_and_a_namesake_inherits_nothing() {
    let (bakery, key, presented) = with_a_key().await;
    let owner = bakery.testbed.owner().await;
    owner.delete(&bakery.runner.path()).await.fine();
    let before = bakery.kitchen.seen().len();
    for _ in ["while it is gone", "while a namesake is there"] {
        let verdicts = presented.verdicts(&bakery).await;
        assert!(verdicts.iter().all(|verdict| verdict.starts_with("401 ")), "{verdicts:?}");
        assert_eq!(refusal_of_assertion(&bakery.testbed, &key).await, "400 invalid_grant");
        bakery.testbed.advance(MINUTE).await;
        assert_eq!((bakery.kitchen.seen().len(), bakery.last_code().await), (before, 16));
        if bakery.testbed.owner().await.get(&bakery.runner.path()).await.status != 200 {
            bakery.testbed.make_account("runner").await;
        }
    }
    let namesake = bakery.testbed.id_token_of(&bakery.runner.email, &bakery.orders.url).await;
    let refused = bakery.testbed.invoke(&bakery.orders.host, Some(&namesake)).await;
    assert_eq!(refused.verdict(), "403 INVOKER_PERMISSION_DENIED");
}

#[tokio::test]
async fn what_came_from_a_deleted_key_stops_at_once_but_its_id_token_lives_out_its_hour() {
    let (bakery, key, presented) = with_a_key().await;
    bakery.testbed.owner().await.delete(&key.path()).await.fine();
    let gone = "401 CREDENTIALS_INVALID";
    assert_eq!(presented.verdicts(&bakery).await, ["200", gone, gone, "200"]);
    assert_eq!(refusal_of_assertion(&bakery.testbed, &key).await, "400 invalid_grant");

    bakery.testbed.advance(Duration::from_secs(3590)).await;
    let before = bakery.testbed.invoke(&bakery.orders.host, Some(&presented.id_token)).await;
    assert_eq!(before.verdict(), "200");
    bakery.testbed.advance(MINUTE * 10).await;
    assert_eq!(
        presented.verdicts(&bakery).await,
        ["401 ACCESS_TOKEN_EXPIRED", "401 ACCESS_TOKEN_EXPIRED", gone, "401 INVOKER_TOKEN_EXPIRED"]
    );
}

#[tokio::test]
async fn service_agent_without_its_role_gets_no_token_to_send() {
    let bakery = bakery().await;
    let (testbed, number) = (&bakery.testbed, &bakery.testbed.house.project.1);
    let agent = format!("serviceAccount:service-{number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com");
    testbed.unbind("roles/cloudscheduler.serviceAgent", &agent, "/v1/projects/demo").await;
    testbed.advance(MINUTE).await;
    assert_eq!((bakery.kitchen.seen().len(), bakery.last_code().await), (0, 7));
    let entry = bakery.last_entry().await;
    assert_eq!(entry["jsonPayload"]["status"], "PERMISSION_DENIED");
    let cause = entry["labels"]["doorward.dev/cause"].as_str().unwrap();
    assert!(cause.contains("lacks iam.serviceAccounts.getOpenIdToken"), "{cause}");

    testbed.bind("roles/cloudscheduler.serviceAgent", &agent, "/v1/projects/demo").await;
    testbed.advance(MINUTE).await;
    assert_eq!((bakery.kitchen.seen().len(), bakery.last_code().await), (1, 0));
}

#[tokio::test]
async fn a_tokens_hour_ends_on_the_clock() {
    let (bakery, _, presented) = with_a_key().await;
    bakery.testbed.advance(Duration::from_secs(3590)).await;
    assert_eq!(presented.verdicts(&bakery).await, ["200", "200", "200", "200"]);
    bakery.testbed.advance(MINUTE * 10).await;
    let ended = "401 ACCESS_TOKEN_EXPIRED";
    assert_eq!(presented.verdicts(&bakery).await, [ended, ended, ended, "401 INVOKER_TOKEN_EXPIRED"]);
}
