//! Accounts that are made, changed, deleted and brought back.

use std::time::Duration;

use accounts::{
    AccountChange, CreateError, DeleteError, MAX_ACCOUNTS, NewAccount, TextTooLong, UndeleteError,
    UpdateError,
};
use iam::permission::*;
use iam::{Binding, Grantee, Policy};
use names::*;
use store::{AccountKind, AccountRecord, Plan, PolicyRecord, ProjectRecord, Record};

use crate::support::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn delete(house: &House) {
    house.accounts.delete(&house.context(), house.may()).await.unwrap();
}

async fn undelete(house: &House, unique_id: &str) -> Result<AccountRecord, UndeleteError> {
    let permit = house.may_in_the_project::<IamServiceAccountsUndelete>();
    let unique_id = UniqueId::parse(unique_id).unwrap();
    house.accounts.undelete(&house.context(), permit, unique_id).await.map(|stored| stored.record)
}

async fn create(house: &House, id: &str) -> Result<AccountRecord, CreateError> {
    let new = NewAccount {
        account_id: AccountId::parse(id).unwrap(),
        display_name: String::new(),
        description: String::new(),
    };
    let permit = house.may_in_the_project();
    house.accounts.create(&house.context(), permit, new).await.map(|stored| stored.record)
}

#[tokio::test]
async fn account_that_comes_back_has_its_keys_and_its_policy_and_none_of_its_old_tokens() {
    let house = house().await;
    house.accounts.create_key(&house.context(), house.may()).await.unwrap();
    let member = Grantee { member: Member::parse("user:grace@example.com").unwrap(), unique_id: None };
    let role = RoleName::parse("roles/iam.serviceAccountUser").unwrap();
    let policy = PolicyRecord {
        resource: account("111").name.into(),
        uid: uid("account-111"),
        policy: Policy::of(vec![Binding { role, members: vec![member], condition: None }]),
        version: 1,
    };
    house.store.apply(Plan::new().put(Record::Policy(policy.clone()))).await.unwrap();
    delete(&house).await;
    assert!(house.access.account(&account("111").name.email).is_none());
    let unique_id = UniqueId::parse("111").unwrap();
    assert_eq!(house.access.project_of_deleted_account(&unique_id), Some(demo()));

    house.clock.advance(DAY * 29).await;
    let restored = undelete(&house, "111").await.unwrap();
    assert_eq!(restored, AccountRecord { generation: 2, ..account("111") });
    assert_eq!(house.access.account(&restored.name.email).unwrap().generation, 2);
    assert_eq!(house.access.project_of_deleted_account(&unique_id), None);
    let permit = house.may::<IamServiceAccountKeysList>();
    assert_eq!(house.accounts.list_keys(&permit, accounts::WhichKeys::All).await.unwrap().len(), 1);
    let found = house.store.find::<PolicyRecord>(&store::PolicyKey(uid("account-111"))).await.unwrap();
    assert_eq!(found.map(|stored| stored.record), Some(policy));
    assert!(matches!(undelete(&house, "111").await, Err(UndeleteError::NotFound(_))), "it is back");
}

#[tokio::test]
async fn account_comes_back_within_thirty_days_and_where_its_email_is_free() {
    let house = house().await;
    delete(&house).await;
    create(&house, "job-one").await.unwrap();
    assert!(matches!(undelete(&house, "111").await, Err(UndeleteError::EmailTaken(_))));
    delete(&house).await;
    house.clock.advance(DAY * 30).await;
    assert!(matches!(undelete(&house, "111").await, Err(UndeleteError::NotFound(_))));
    assert!(matches!(undelete(&house, "112").await, Err(UndeleteError::NotFound(_))));
}

#[tokio::test]
async fn project_has_a_hundred_accounts_and_no_more_however_many_are_made_at_once() {
    let house = house().await;
    let revision = async || house.store.find::<ProjectRecord>(&demo()).await.unwrap().unwrap().revision;
    let before = revision().await;
    for at in 1..MAX_ACCOUNTS - 2 {
        create(&house, &format!("account-{at}")).await.unwrap();
    }
    let made = tokio::join!(
        create(&house, "once-a"),
        create(&house, "once-b"),
        create(&house, "once-c"),
        create(&house, "once-d")
    );
    let refused = [made.0.is_err(), made.1.is_err(), made.2.is_err(), made.3.is_err()];
    assert_eq!(refused.iter().filter(|refused| **refused).count(), 2);
    assert_eq!(revision().await, before, "the project keeps its etag");
    let refused = create(&house, "one-more").await.unwrap_err();
    assert_eq!(refused.to_string(), "Maximum number of service accounts on project reached.");
    delete(&house).await;
    create(&house, "one-more").await.unwrap();
    assert!(matches!(undelete(&house, "111").await, Err(UndeleteError::QuotaExceeded)));
}

#[tokio::test]
async fn change_touches_what_it_names_and_needs_the_account_as_it_was_read() {
    let house = house().await;
    let update = async |change| house.accounts.update(&house.context(), house.may(), change).await;
    let named = AccountChange { display_name: Some("Ada's robot".into()), ..AccountChange::default() };
    let first = update(named.clone()).await.unwrap();
    assert_eq!((first.record.display_name.as_str(), first.record.description.as_str()), ("Ada's robot", ""));
    assert_eq!(update(named).await.unwrap().revision, first.revision, "nothing changed, nothing is written");
    let described = |expected| AccountChange {
        description: Some("It walks.".into()),
        expected: Some(expected),
        ..AccountChange::default()
    };
    let second = update(described(first.revision)).await.unwrap();
    assert_eq!(second.record.display_name, "Ada's robot");
    assert!(matches!(update(described(first.revision)).await, Err(UpdateError::Concurrent)));
    for (change, fault) in [
        (
            AccountChange { display_name: Some("x".repeat(101)), ..AccountChange::default() },
            TextTooLong::DisplayName(101),
        ),
        (
            AccountChange { description: Some("x".repeat(257)), ..AccountChange::default() },
            TextTooLong::Description(257),
        ),
    ] {
        assert!(matches!(update(change).await, Err(UpdateError::TooLong(found)) if found == fault));
    }
}

#[tokio::test]
async fn service_agents_are_not_deleted() {
    let house = house().await;
    let agent = AccountRecord { kind: AccountKind::ServiceAgent, ..account("111") };
    house.store.apply(Plan::new().put(Record::Account(agent))).await.unwrap();
    let refused = house.accounts.delete(&house.context(), house.may()).await;
    assert!(matches!(refused, Err(DeleteError::ServiceAgent(_))), "{refused:?}");
}
