//! Keys of service accounts, over a real store.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

use std::sync::Arc;

use access::Access;
use accounts::{Accounts, CreateKeyError, DeleteError, MAX_KEYS};
use context::{Caller, Context, Seeded, Stopped};
use iam::permission::{
    IamServiceAccountKeysCreate, IamServiceAccountKeysList, IamServiceAccountsDelete,
    IamServiceAccountsDisable,
};
use iam::{Binding, Grantee, Policy};
use jiff::Timestamp;
use names::*;
use store::{AccountKind, AccountRecord, Plan, PolicyRecord, ProjectRecord, ProjectState, Record, Store};
use store_sql::{DataDirectory, SqlStore};
use supervise::{Supervisor, Timer};

struct House {
    access: Access,
    accounts: Accounts,
    store: Store,
    _supervisor: Supervisor,
    _folder: tempfile::TempDir,
}

fn uid(text: &str) -> Uid {
    Uid::parse(text).unwrap()
}

fn demo() -> ProjectId {
    ProjectId::parse("demo").unwrap()
}

fn owner() -> Principal {
    Principal::Person {
        email: Email::parse("owner@example.com").unwrap(),
        subject: UniqueId::parse("1").unwrap(),
    }
}

fn context(principal: Principal) -> Context {
    Context::new(Caller::of(principal), Arc::new(Stopped::at_second(1_700_000_000)), Arc::new(Seeded::new(1)))
}

fn account(unique_id: &str) -> AccountRecord {
    AccountRecord {
        name: AccountName::parse_canonical(
            "projects/demo/serviceAccounts/job-one@demo.iam.gserviceaccount.com",
        )
        .unwrap(),
        unique_id: UniqueId::parse(unique_id).unwrap(),
        uid: uid(&format!("account-{unique_id}")),
        display_name: String::new(),
        description: String::new(),
        kind: AccountKind::UserManaged,
        disabled_at: None,
        generation: 1,
        create_time: Timestamp::UNIX_EPOCH,
    }
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(&Timer::wall());
    let sql =
        SqlStore::open_sqlite(DataDirectory::lock(folder.path()).unwrap(), supervisor.tasks()).await.unwrap();
    let store = Store::on(sql);
    let project = ProjectRecord {
        id: demo(),
        number: ProjectNumber::parse("42").unwrap(),
        uid: uid("project"),
        parent: OrganizationId::parse("1").unwrap().into(),
        display_name: String::new(),
        labels: Default::default(),
        state: ProjectState::Active,
        create_time: Timestamp::UNIX_EPOCH,
        update_time: Timestamp::UNIX_EPOCH,
    };
    let person = store::PersonRecord {
        email: Email::parse("owner@example.com").unwrap(),
        subject: UniqueId::parse("1").unwrap(),
        uid: uid("person"),
        disabled_at: None,
        generation: 1,
        create_time: Timestamp::UNIX_EPOCH,
    };
    let member = Grantee { member: Member::parse("user:owner@example.com").unwrap(), unique_id: None };
    let policy = Policy::of(vec![Binding {
        role: RoleName::parse("roles/owner").unwrap(),
        members: vec![member],
        condition: None,
    }]);
    let policy = PolicyRecord { resource: demo().into(), uid: uid("project"), policy, version: 1 };
    let records = [
        Record::Project(project),
        Record::Person(person),
        Record::Policy(policy),
        Record::Account(account("111")),
    ];
    store.apply(records.into_iter().fold(Plan::new(), Plan::put)).await.unwrap();
    let access = Access::start(&store, Universe::default()).await.unwrap();
    let accounts = Accounts::new(store.clone(), access.clone(), Universe::default());
    House { access, accounts, store, _supervisor: supervisor, _folder: folder }
}

async fn make(house: &House) -> Result<accounts::NewKey, CreateKeyError> {
    let context = context(owner());
    let permit = house.access.permit::<IamServiceAccountKeysCreate>(&context, &account("111").name).unwrap();
    house.accounts.create_key(&context, permit).await
}

async fn count(house: &House) -> usize {
    let permit =
        house.access.permit::<IamServiceAccountKeysList>(&context(owner()), &account("111").name).unwrap();
    house.accounts.list_keys(&permit).await.unwrap().len()
}

#[tokio::test]
async fn a_key_file_has_the_members_that_clients_read_and_prints_nothing() {
    let house = house().await;
    let new = make(&house).await.unwrap();
    let file: serde_json::Value = serde_json::from_slice(new.credentials_file.reveal()).unwrap();
    assert_eq!(file["type"], "service_account");
    assert_eq!(file["client_email"], "job-one@demo.iam.gserviceaccount.com");
    assert_eq!(file["private_key_id"], new.record.key.as_str());
    assert_eq!(file["token_uri"], "https://oauth2.googleapis.com/token");
    assert!(
        file["client_x509_cert_url"].as_str().unwrap().ends_with("/job-one%40demo.iam.gserviceaccount.com")
    );
    assert!(file["private_key"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY-----"));
    assert!(!format!("{new:?}").contains("PRIVATE"));
}

#[tokio::test]
async fn a_right_that_was_taken_away_meanwhile_buys_no_key() {
    let house = house().await;
    let context = context(owner());
    let permit = house.access.permit::<IamServiceAccountKeysCreate>(&context, &account("111").name).unwrap();
    let policy =
        PolicyRecord { resource: demo().into(), uid: uid("project"), policy: Policy::of(vec![]), version: 2 };
    house.store.apply(Plan::new().put(Record::Policy(policy))).await.unwrap();
    let refused = house.accounts.create_key(&context, permit).await;
    assert!(matches!(refused, Err(CreateKeyError::Revoked(_))), "{refused:?}");
}

#[tokio::test]
async fn however_many_ask_at_once_an_account_has_no_more_keys_than_it_may() {
    let house = house().await;
    let made = tokio::join!(
        make(&house),
        make(&house),
        make(&house),
        make(&house),
        make(&house),
        make(&house),
        make(&house),
        make(&house),
        make(&house),
        make(&house),
        make(&house),
        make(&house),
    );
    let refused = [
        made.0.is_err(),
        made.1.is_err(),
        made.2.is_err(),
        made.3.is_err(),
        made.4.is_err(),
        made.5.is_err(),
        made.6.is_err(),
        made.7.is_err(),
        made.8.is_err(),
        made.9.is_err(),
        made.10.is_err(),
        made.11.is_err(),
    ];
    assert_eq!(refused.iter().filter(|refused| **refused).count(), 2);
    assert_eq!(count(&house).await, MAX_KEYS);
}

#[tokio::test]
async fn service_agents_have_no_keys() {
    let house = house().await;
    let agent = AccountRecord { kind: AccountKind::ServiceAgent, ..account("111") };
    house.store.apply(Plan::new().put(Record::Account(agent))).await.unwrap();
    assert!(matches!(make(&house).await, Err(CreateKeyError::ServiceAgent(_))));
}

#[tokio::test]
async fn keys_go_with_their_account_and_a_disabled_account_is_a_new_generation() {
    let house = house().await;
    make(&house).await.unwrap();
    let context = context(owner());
    let disable = house.access.permit::<IamServiceAccountsDisable>(&context, &account("111").name).unwrap();
    house.accounts.disable(&context, disable).await.unwrap();
    let state = house.access.account(&account("111").name.email).unwrap();
    assert!(state.disabled && state.generation == 2);
    let delete = || house.access.permit::<IamServiceAccountsDelete>(&context, &account("111").name).unwrap();
    let (first, second) = (delete(), delete());
    house.accounts.delete(&context, first).await.unwrap();
    assert!(matches!(house.accounts.delete(&context, second).await, Err(DeleteError::NotFound(_))));
    house.store.apply(Plan::new().put(Record::Account(account("111")))).await.unwrap();
    assert_eq!(count(&house).await, 0);
}
