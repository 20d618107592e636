//! Whose token is sent, and when none is.

use delivery::{NoToken, Outcome};
use store::{Delivery, Record, TokenKind};

use crate::house::{AGENT, Answer, House, RUNNER, account, policy, uid};
use crate::{Rule, as_runner, delivery, enqueue, nine_o_clock, run};

#[tokio::test]
async fn the_agent_mints_the_accounts_token_and_it_replaces_the_users_header() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[Answer::Status(302)]).await;
    let running = run(&house, Rule::new());
    let sent = as_runner(delivery(&house, "one", &target.url("/")), "https://hello.example");
    enqueue(&house, &running, sent).await;

    let [seen] = target.seen().try_into().expect("one request, and none to where the answer pointed");
    assert_eq!(seen.headers["authorization"], format!("Bearer token-of-{RUNNER}-for-https://hello.example"));
    let minted = (format!("serviceAccount:{AGENT}"), RUNNER.to_owned(), "https://hello.example".to_owned());
    assert_eq!(house.mint.minted(), [minted]);
}

/// Sends one delivery as `runner` after this change, and tells why there was no token.
async fn refused_after(change: Record) -> (House, NoToken) {
    let house = nine_o_clock().await;
    house.put(change).await;
    let target = house.upstream(&[]).await;
    let running = run(&house, Rule::new());
    enqueue(&house, &running, as_runner(delivery(&house, "one", &target.url("/")), "a")).await;
    assert_eq!(target.seen().len(), 0, "nothing is sent without its token");
    assert_eq!(house.mint.minted(), []);
    let [(1, Outcome::NoToken(why))] = <[_; 1]>::try_from(running.rule.outcomes()).unwrap() else {
        panic!("there was a token");
    };
    (house, why)
}

#[tokio::test]
async fn an_agent_that_may_not_mint_sends_nothing() {
    let owner_only = policy("demo", &[("roles/owner", "user:ada@example.com", None)]);
    let (_, why) = refused_after(Record::Policy(owner_only)).await;
    let NoToken::NotGranted { agent, account, permission } = why else { panic!("{why}") };
    assert_eq!((agent.as_str(), account.email.as_str()), (AGENT, RUNNER));
    assert_eq!(permission, "iam.serviceAccounts.getOpenIdToken");
}

#[tokio::test]
async fn an_access_token_is_minted_by_the_agent_too_and_needs_its_own_permission() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[]).await;
    let running = run(&house, Rule::new());
    let scopes = "https://www.googleapis.com/auth/cloud-platform";
    let mut sent = as_runner(delivery(&house, "one", &target.url("/")), "");
    if let Some(identity) = &mut sent.identity {
        identity.token = TokenKind::Access(scopes.into());
    }
    enqueue(&house, &running, sent.clone()).await;
    let bearer = format!("Bearer access-token-of-{RUNNER}-for-{scopes}");
    assert_eq!(target.seen()[0].headers["authorization"], bearer);
    assert_eq!(house.mint.minted()[0].0, format!("serviceAccount:{AGENT}"));

    house.put(Record::Policy(policy("demo", &[("roles/owner", "user:ada@example.com", None)]))).await;
    enqueue(&house, &running, Delivery { uid: uid("two"), ..sent }).await;
    assert_eq!(target.seen().len(), 1);
    let Some((1, Outcome::NoToken(NoToken::NotGranted { permission, .. }))) = running.rule.outcomes().pop()
    else {
        panic!("{:?}", running.rule.outcomes());
    };
    assert_eq!(permission, "iam.serviceAccounts.getAccessToken");
}

#[tokio::test]
async fn a_disabled_account_sends_nothing() {
    let mut disabled = account("demo", RUNNER, "100");
    disabled.disabled_at = Some(jiff::Timestamp::UNIX_EPOCH);
    let (_, why) = refused_after(Record::Account(disabled)).await;
    assert_eq!(why, NoToken::AccountDisabled { email: RUNNER.parse().unwrap() });
}

#[tokio::test]
async fn another_account_of_the_same_name_sends_nothing() {
    let (_, why) = refused_after(Record::Account(account("demo", RUNNER, "101"))).await;
    assert_eq!(why, NoToken::AccountGone { email: RUNNER.parse().unwrap() });
}
