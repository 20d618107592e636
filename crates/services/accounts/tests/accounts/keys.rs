//! Keys of service accounts, over a real store.

use accounts::{
    AddKeyError, CreateKeyError, DeleteError, DisableReason, MAX_KEYS, SetKeyStateError, UploadKeyError,
    WhichKeys,
};
use iam::Policy;
use iam::permission::*;
use keys::CertificateFault;
use names::*;
use store::{
    AccountKeyRecord, AccountKind, AccountRecord, KeyOrigin, ManagedKey, Plan, PolicyRecord, Record,
};

use crate::support::*;

async fn make(house: &House) -> Result<accounts::NewKey, CreateKeyError> {
    house.accounts.create_key(&house.context(), house.may()).await
}

async fn upload(house: &House, certificate: &str) -> Result<AccountKeyRecord, UploadKeyError> {
    house.accounts.upload_key(&house.context(), house.may(), certificate.as_bytes()).await
}

async fn count(house: &House) -> usize {
    let permit =
        house.access.permit::<IamServiceAccountKeysList>(&house.context(), &account("111").name).unwrap();
    house.accounts.list_keys(&permit, WhichKeys::All).await.unwrap().len()
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
    let context = house.context();
    let permit = house.access.permit::<IamServiceAccountKeysCreate>(&context, &account("111").name).unwrap();
    let policy =
        PolicyRecord { resource: demo().into(), uid: uid("project"), policy: Policy::of(vec![]), version: 2 };
    house.store.apply(Plan::new().put(Record::Policy(policy))).await.unwrap();
    let refused = house.accounts.create_key(&context, permit).await;
    assert!(matches!(refused, Err(CreateKeyError::NotAdded(AddKeyError::Revoked(_)))), "{refused:?}");
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
async fn account_keeps_its_etag_when_keys_come_and_go() {
    let house = house().await;
    let revision =
        async || house.store.find::<AccountRecord>(&account("111").name).await.unwrap().unwrap().revision;
    let before = revision().await;
    make(&house).await.unwrap();
    make(&house).await.unwrap();
    assert_eq!(revision().await, before);
}

#[tokio::test]
async fn key_that_is_made_while_its_account_goes_does_not_stay_behind() {
    for _ in 0..5 {
        let house = house().await;
        let context = house.context();
        let delete = house.access.permit::<IamServiceAccountsDelete>(&context, &account("111").name).unwrap();
        let (made, deleted) = tokio::join!(make(&house), house.accounts.delete(&context, delete));
        assert!(made.is_ok() || deleted.is_ok());
        let account = house.store.find::<AccountRecord>(&account("111").name).await.unwrap();
        assert_eq!(account.is_none(), deleted.is_ok());
        let keys = house.store.all::<AccountKeyRecord>("").await.unwrap();
        assert!(account.is_some() || keys.is_empty(), "a key of nobody");
    }
}

#[tokio::test]
async fn service_agents_have_no_keys() {
    let house = house().await;
    let agent = AccountRecord { kind: AccountKind::ServiceAgent, ..account("111") };
    house.store.apply(Plan::new().put(Record::Account(agent))).await.unwrap();
    assert!(matches!(make(&house).await, Err(CreateKeyError::NotAdded(AddKeyError::ServiceAgent(_)))));
}

#[tokio::test]
async fn keys_go_with_their_account_and_a_disabled_account_is_a_new_generation() {
    let house = house().await;
    make(&house).await.unwrap();
    let context = house.context();
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

#[tokio::test]
async fn uploaded_key_has_the_name_that_ours_would_have_and_ends_with_its_certificate() {
    let house = house().await;
    let now = house.now();
    let (begin, end) = (now - HOUR, now + HOUR);
    let pair = keys::generate_account_key("night-job", begin, end).unwrap();
    let record = upload(&house, &pair.certificate_pem).await.unwrap();
    assert_eq!((&record.key, record.origin), (&pair.key_id, KeyOrigin::Uploaded));
    assert_eq!((record.valid_after, record.valid_before), (begin, Some(end)));
    assert_eq!(
        (&record.public_key_pem, &record.certificate_pem),
        (&pair.public_key_pem, &pair.certificate_pem)
    );
    let again = upload(&house, &pair.certificate_pem).await;
    assert!(matches!(again, Err(UploadKeyError::NotAdded(AddKeyError::Exists(_)))), "{again:?}");
    assert_eq!(count(&house).await, 1);
}

#[tokio::test]
async fn what_is_no_certificate_of_a_living_key_is_refused() {
    let house = house().await;
    let now = house.now();
    let expired = keys::generate_account_key("late", now - HOUR * 2, now).unwrap();
    let refused = upload(&house, &expired.certificate_pem).await;
    assert!(matches!(refused, Err(UploadKeyError::Expired(end)) if end == now), "{refused:?}");
    for (sent, fault) in [
        (String::new(), CertificateFault::Pem),
        (expired.public_key_pem.clone(), CertificateFault::Pem),
        (jose::pem::encode("CERTIFICATE", b"rye"), CertificateFault::Certificate),
        (format!("{0}{0}", expired.certificate_pem), CertificateFault::Pem),
    ] {
        let refused = upload(&house, &sent).await;
        assert!(
            matches!(&refused, Err(UploadKeyError::Certificate(found)) if *found == fault),
            "{refused:?}"
        );
    }
    assert_eq!(count(&house).await, 0);
}

#[tokio::test]
async fn key_that_is_disabled_stays_and_says_so_until_it_is_enabled() {
    let house = house().await;
    let key = make(&house).await.unwrap().record.key;
    let context = house.context();
    let disabled = async || {
        let permit = house.may::<IamServiceAccountKeysGet>();
        let found = house.accounts.get_key(&permit, key.clone()).await.unwrap();
        found.disabled_at.map(|_| found.disable_reason)
    };
    for reason in [DisableReason::Exposed, DisableReason::UserInitiated] {
        house.accounts.disable_key(&context, house.may(), key.clone(), reason).await.unwrap();
        assert_eq!(disabled().await, Some(DisableReason::Exposed), "the first time counts");
    }
    for _ in 0..2 {
        house.accounts.enable_key(&context, house.may(), key.clone()).await.unwrap();
        assert_eq!(disabled().await, None);
    }
    let absent = KeyId::parse(&"0".repeat(40)).unwrap();
    let refused = house.accounts.disable_key(&context, house.may(), absent, DisableReason::default()).await;
    assert!(matches!(refused, Err(SetKeyStateError::NotFound(_))), "{refused:?}");
}

#[tokio::test]
async fn key_that_doorward_manages_is_listed_apart_counts_for_no_limit_and_is_not_touched() {
    let house = house().await;
    let made = make(&house).await.unwrap().record;
    let managed = ManagedKey { sign_from: house.now(), sign_until: None, sealed: b"sealed".to_vec() };
    let name = KeyId::parse(&"a".repeat(40)).unwrap();
    let record =
        AccountKeyRecord { key: name.clone(), managed: Some(managed), uid: uid("managed"), ..made.clone() };
    house.store.apply(Plan::new().put(Record::AccountKey(record))).await.unwrap();
    let permit = house.may::<IamServiceAccountKeysList>();
    for (which, listed) in [
        (WhichKeys::All, vec![made.key.clone(), name.clone()]),
        (WhichKeys::SystemManaged, vec![name.clone()]),
        (WhichKeys::UserManaged, vec![made.key.clone()]),
    ] {
        let mut found: Vec<_> =
            house.accounts.list_keys(&permit, which).await.unwrap().into_iter().map(|key| key.key).collect();
        found.sort();
        let mut listed = listed;
        listed.sort();
        assert_eq!(found, listed, "{which:?}");
    }
    let context = house.context();
    let refused =
        house.accounts.disable_key(&context, house.may(), name.clone(), DisableReason::default()).await;
    assert!(matches!(refused, Err(SetKeyStateError::Managed(_))), "{refused:?}");
    let refused = house.accounts.delete_key(&context, house.may(), name).await;
    assert!(matches!(refused, Err(accounts::DeleteKeyError::Managed(_))), "{refused:?}");
    for _ in 1..MAX_KEYS {
        make(&house).await.unwrap();
    }
    assert!(matches!(make(&house).await, Err(CreateKeyError::NotAdded(AddKeyError::QuotaExceeded))));
}

const HOUR: std::time::Duration = std::time::Duration::from_secs(3600);
