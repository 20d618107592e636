//! A second start on the same data, and a second Doorward on it.

use doorward::BuildError;
use serde_json::{Value, json};
use testbed::Testbed;

use crate::firing::MINUTE;

/// Everything that the API shows.
async fn shown(testbed: &Testbed) -> Vec<Value> {
    let owner = testbed.owner().await;
    let location = "projects/demo/locations/us-central1";
    let mut shown = vec![
        owner.get("/v1/projects/demo").await.fine(),
        owner.post("/v1/projects/demo:getIamPolicy", json!({})).await.fine(),
        owner.get("/v1/projects/demo/serviceAccounts").await.fine(),
        owner.get(&format!("/v2/{location}/services")).await.fine(),
        owner.get(&format!("/v2/{location}/services/hello:getIamPolicy")).await.fine(),
        owner.get(&format!("/v2/{location}/operations")).await.fine(),
        owner.get(&format!("/v1/{location}/jobs")).await.fine(),
        owner.get("/oauth2/v3/certs").await.fine(),
        json!(testbed.logs().await),
    ];
    let accounts = shown[2]["accounts"].as_array().cloned().unwrap_or_default();
    for account in &accounts {
        let keys = format!("/v1/{}/keys", account["name"].as_str().unwrap());
        shown.push(owner.get(&keys).await.fine());
    }
    shown
}

#[tokio::test]
async fn restart_on_the_same_data_changes_nothing() {
    let testbed = Testbed::start_with_sealed_keys().await;
    let hello = testbed.make_service("hello", "gcr.io/cloudrun/hello").await;
    let runner = testbed.make_account("runner").await;
    testbed.make_key(&runner).await;
    testbed.bind("roles/run.invoker", &runner.member(), &hello.path()).await;
    let job = testbed.make_job("report", "* * * * *", &hello, &runner).await;
    testbed.advance(MINUTE).await;
    let (token, id_token) =
        (testbed.owner_token().await, testbed.id_token_of(&runner.email, &hello.url).await);
    let (before, revision) = (shown(&testbed).await, testbed.house.access.revision());
    let files = credential_and_master_key(&testbed);

    let testbed = testbed.restart().await;
    assert_eq!(shown(&testbed).await, before);
    assert_eq!(testbed.house.access.revision(), revision);
    assert_eq!(credential_and_master_key(&testbed), files);
    assert_eq!(testbed.api(&token).get(&hello.path()).await.verdict(), "200");
    assert_eq!(testbed.invoke(&hello.host, Some(&id_token)).await.verdict(), "200");
    let written = testbed.logs().await.len();
    testbed.advance(MINUTE).await;
    assert_eq!(
        testbed.logs().await.len(),
        written + 2,
        "the job goes on firing: {}",
        testbed.job(&job).await
    );
}

// On threads of its own, an engine that is started too early dials while the house is still being built.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fell_due_meanwhile_finds_the_api_after_a_restart() {
    let testbed = Testbed::start().await;
    let runner = testbed.make_account("runner").await;
    testbed.bind("roles/run.viewer", &runner.member(), "/v1/projects/demo").await;
    let target = json!({
        "uri": "https://run.googleapis.com/v2/projects/demo/locations/us-central1/services",
        "httpMethod": "GET",
        "oauthToken": {"serviceAccountEmail": runner.email},
    });
    let job = testbed.make_job_of("inventory", "* * * * *", target).await;
    let testbed = testbed.restart_after(MINUTE).await;
    testbed.settle().await;
    let shown = testbed.job(&job).await;
    assert!(shown["lastAttemptTime"].is_string(), "nothing was tried: {shown}");
    assert_eq!(shown["status"], json!({}), "the only attempt found the API: {shown}");
    assert_eq!(testbed.logs().await.len(), 2, "one attempt: begun and ended");
}

fn credential_and_master_key(testbed: &Testbed) -> [Vec<u8>; 2] {
    ["owner.json", "master.key"].map(|name| std::fs::read(testbed.data().join(name)).unwrap())
}

#[tokio::test]
async fn second_doorward_on_the_same_data_is_refused_and_the_first_goes_on() {
    let testbed = Testbed::start().await;
    let Err(error) = testbed.start_another().await else { panic!("two on one data directory") };
    assert!(matches!(error, BuildError::Open(_)), "{error:?}");
    assert!(error.to_string().contains("is in use by another process"), "{error}");
    assert_eq!(testbed.owner().await.get("/v1/projects/demo").await.verdict(), "200");
}
