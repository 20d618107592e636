//! What is kept of each attempt, for whoever may read the project's policy.

use audit::{DecidedRequest, Disclosed};
use delivery::Outcome;
use iam::permission::ResourcemanagerProjectsGetIamPolicy;
use names::Principal;
use store::{CheckRecord, Delivery, Record};

use crate::house::{AGENT, Answer, House, RUNNER, account, demo, policy};
use crate::{Rule, Running, as_runner, delivery, enqueue, nine_o_clock, run};

/// What is explained of each attempt so far, to Ada, who owns the project.
async fn explained(house: &House, running: &Running) -> Vec<Disclosed> {
    // Decisions are written in batches.
    house.clock.advance(std::time::Duration::from_secs(1)).await;
    let ada = Principal::Person { email: "ada@example.com".parse().unwrap(), subject: "1".parse().unwrap() };
    let mut explained = Vec::new();
    for request_id in running.rule.requests() {
        let permit =
            house.access.permit_as::<ResourcemanagerProjectsGetIamPolicy>(&ada, &demo(), house.timer.now());
        let sealed = house.decisions.find(&request_id).await.unwrap().expect("each attempt is written down");
        explained.push(sealed.open(&permit.unwrap(), None).expect("it is a matter of the project"));
    }
    explained
}

/// One delivery as `runner`, and what is explained of its only attempt.
async fn explained_of(house: &House, url: &str) -> Disclosed {
    let running = run(house, Rule::new());
    enqueue(house, &running, as_runner(delivery(house, "one", url), "https://hello.example")).await;
    let [only] = explained(house, &running).await.try_into().expect("one attempt");
    only
}

/// What failed, after how many checks that passed.
fn failed(explained: &Disclosed) -> (usize, CheckRecord) {
    let checks = explained.checks();
    let passed = checks.iter().take_while(|check| check.passed).count();
    let failed = checks[passed].clone();
    assert!(checks[passed..].iter().all(|check| !check.passed), "nothing passes after a failure: {checks:?}");
    (passed, failed)
}

#[tokio::test]
async fn every_attempt_is_explained_under_a_request_id_of_its_own() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[Answer::Status(503)]).await;
    let running = run(&house, Rule { retry: Some((90, 2)), ..Rule::new() });
    let sent = as_runner(delivery(&house, "one", &target.url("/a?secret=b")), "https://hello.example");
    enqueue(&house, &running, sent).await;
    house.clock.advance(std::time::Duration::from_secs(100)).await;

    let [first, second] = explained(&house, &running).await.try_into().expect("two attempts");
    assert_ne!(first.request_id, second.request_id);
    let (passed, answer) = failed(&first);
    assert_eq!((answer.subject.as_str(), answer.found.as_str()), ("the answer", "status 503"));
    assert!(passed > 3 && second.checks().iter().all(|check| check.passed), "{:?}", second.checks());
    assert_eq!(second.principal, format!("serviceAccount:{AGENT}"));
    let granted = second.permissions[0].ground.clone().unwrap();
    assert!(granted.contains("roles/cloudscheduler.serviceAgent"), "{granted}");
    let DecidedRequest::Delivery { owner, url, identity, answered_under, .. } =
        second.request.clone().unwrap().request
    else {
        panic!("{second:?}");
    };
    assert_eq!(owner, "projects/demo/locations/us-central1/jobs/report");
    assert_eq!((url, answered_under), (target.url("/a"), None), "no query, and nobody here answered");
    assert_eq!(identity.unwrap().account, RUNNER);
    assert!(!format!("{second:?}").contains("token-of-"), "no token is kept");
}

#[tokio::test]
async fn a_robbed_agent_is_named_with_what_it_lacks_and_the_command_that_gives_it_back() {
    let house = nine_o_clock().await;
    let owner_only = policy("demo", &[("roles/owner", "user:ada@example.com", None)]);
    house.put(Record::Policy(owner_only)).await;
    let explained = explained_of(&house, "http://127.0.0.1:9/").await;
    let request = explained.request.clone().unwrap();
    assert_eq!((request.status, request.reason.as_deref()), (0, Some("IAM_PERMISSION_DENIED")));
    assert_eq!(explained.principal, format!("serviceAccount:{AGENT}"));
    let [asked] = &explained.permissions[..] else { panic!("{explained:?}") };
    assert_eq!((asked.permission.as_str(), &asked.ground), ("iam.serviceAccounts.getOpenIdToken", &None));
    assert!(asked.resource.ends_with(RUNNER));
    let command = asked.command.as_deref().unwrap();
    assert!(command.contains("add-iam-policy-binding") && command.contains(AGENT), "{command}");
    let subjects: Vec<_> = explained.checks().into_iter().map(|check| check.subject).collect();
    assert!(!subjects.iter().any(|subject| subject == "the answer"), "nothing was sent: {subjects:?}");
}

#[tokio::test]
async fn a_disabled_account_is_told_after_what_its_agent_may() {
    let house = nine_o_clock().await;
    let mut disabled = account("demo", RUNNER, "100");
    disabled.disabled_at = Some(jiff::Timestamp::UNIX_EPOCH);
    house.put(Record::Account(disabled)).await;
    let explained = explained_of(&house, "http://127.0.0.1:9/").await;
    let (passed, check) = failed(&explained);
    assert_eq!(check.subject, "the account");
    assert!(passed == 1 && check.found.contains("disabled"), "{check:?}");
}

#[tokio::test]
async fn an_address_that_is_not_called_is_told_with_its_rule() {
    let house = nine_o_clock().await;
    let (_, check) = failed(&explained_of(&house, "http://169.254.169.254/").await);
    assert_eq!(check.subject, "the address");
    assert!(check.found.contains("may not be reached"), "{check:?}");
}

#[tokio::test]
async fn an_attempt_without_an_identity_asks_for_no_permission() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[]).await;
    let running = run(&house, Rule::new());
    enqueue(&house, &running, Delivery { identity: None, ..delivery(&house, "one", &target.url("/")) }).await;
    let [only] = explained(&house, &running).await.try_into().expect("one attempt");
    assert_eq!(running.rule.outcomes(), [(1, Outcome::Answered { status: 200 })]);
    assert_eq!((only.permissions.len(), only.principal.as_str()), (0, "system"));
    assert!(only.checks().iter().all(|check| check.passed));
}
