//! Keys come, hand over and go, and nobody who follows the rules ever meets a token that does not verify.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use jose::{Compact, Jwks, KeySet};
use keys::MasterKey;
use names::Secret;
use store::{Plan, RevokedTokenRecord, RingKeyRecord};
use tokens::{AuthorizedParty, Config, IdTokenRequest, StartError, Tokens};

use crate::support::*;

const HOUR: Duration = Duration::from_secs(3600);

async fn start(ground: &Ground, master: MasterKey) -> Result<Tokens, StartError> {
    start_with(config(), ground, master).await
}

async fn start_with(config: Config, ground: &Ground, master: MasterKey) -> Result<Tokens, StartError> {
    Tokens::start(
        config,
        &ground.store,
        ground.access.clone(),
        ground.people.clone(),
        master,
        ground.supervisor.tasks(),
        &ground.context,
    )
    .await
}

pub async fn sealed_house() -> House {
    sealed_house_with(config()).await
}

async fn sealed_house_with(config: Config) -> House {
    let ground = ground().await;
    let tokens = start_with(config, &ground, master()).await.unwrap();
    let Ground { access, people, store, owner, context, clock, supervisor, folder } = ground;
    House { tokens, access, people, store, owner, context, clock, supervisor, folder }
}

fn published(tokens: &Tokens) -> BTreeSet<String> {
    let (jwks, _) = tokens.jwks();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn id_token(house: &House) -> String {
    let request = IdTokenRequest {
        audience: "https://hello.example".to_owned(),
        include_email: true,
        azp: AuthorizedParty::UniqueId,
        include_organization_number: false,
    };
    let permit = house.may();
    house.tokens.mint_id_token(&house.context, permit, request).await.unwrap().into_revealed()
}

#[tokio::test]
async fn first_start_publishes_two_keys_and_their_certificates() {
    let house = sealed_house().await;
    let (jwks, max_age) = house.tokens.jwks();
    assert_eq!(max_age, 6 * HOUR);
    let keys = jwks["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        assert_eq!(sorted_members(key), ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!((&key["alg"], &key["e"]), (&"RS256".into(), &"AQAB".into()));
        assert_eq!(key["kid"].as_str().unwrap().len(), 40);
    }
    let (certificates, _) = house.tokens.certificates().unwrap();
    assert_eq!(certificates.keys().cloned().collect::<BTreeSet<_>>(), published(&house.tokens));
    assert!(certificates.values().all(|pem| pem.starts_with("-----BEGIN CERTIFICATE-----\n")));
    let discovery = house.tokens.discovery();
    assert_eq!(discovery["issuer"], "https://accounts.google.com");
    assert_eq!(discovery["jwks_uri"], "https://www.googleapis.com/oauth2/v3/certs");
}

#[tokio::test]
async fn two_that_start_at_once_agree() {
    let ground = ground().await;
    let (one, other) = tokio::join!(start(&ground, master()), start(&ground, master()));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(published(&one).len(), 2);
    assert_eq!(published(&one), published(&other));
    // Three rings with a key and a successor, and the head.
    assert_eq!(ground.store.all::<RingKeyRecord>("").await.unwrap().len(), 7);
}

#[tokio::test]
async fn restart_finds_the_same_keys_and_the_tokens_they_made() {
    let house = sealed_house().await;
    let access_token = house.bought_access_token().await;
    let id_token = id_token(&house).await;
    let again = Tokens::start(
        config(),
        &house.store,
        house.access.clone(),
        house.people.clone(),
        master(),
        house.supervisor.tasks(),
        &house.context,
    );
    let again = again.await.unwrap();
    assert_eq!(published(&again), published(&house.tokens));
    assert!(again.authenticate(house.now(), &access_token, &scheduler()).is_ok());
    assert!(again.id_tokens().verify(&id_token, house.now()).is_ok());
}

#[tokio::test]
async fn another_master_key_opens_nothing_and_makes_nothing() {
    let house = sealed_house().await;
    let before = house.store.all::<RingKeyRecord>("").await.unwrap();
    let other = "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned();
    let refusal = Tokens::start(
        config(),
        &house.store,
        house.access.clone(),
        house.people.clone(),
        MasterKey::from_base64(&Secret::new(other)).unwrap(),
        house.supervisor.tasks(),
        &house.context,
    );
    assert!(matches!(refusal.await, Err(StartError::Unusable(_))));
    assert_eq!(house.store.all::<RingKeyRecord>("").await.unwrap(), before);
}

#[tokio::test]
async fn verifier_that_remembers_the_published_keys_never_meets_an_unknown_one() {
    let mut config = config();
    config.rotation.id_tokens.period = 24 * HOUR;
    let house = sealed_house_with(config).await;
    let (rotation, tasks) = (house.tokens.rotation(), house.supervisor.tasks().clone());
    house.supervisor.tasks().spawn_loop("key rotation", move || rotation.clone().run(tasks.clone()));
    let fetch = || {
        let (jwks, max_age) = house.tokens.jwks();
        let keys = KeySet::try_from(&Jwks::parse(jwks.to_string().as_bytes()).unwrap()).unwrap();
        (keys, house.now().checked_add(max_age).unwrap())
    };
    let gate = house.tokens.id_tokens();
    let (mut remembered, mut until): (KeySet, Timestamp) = fetch();
    let (mut signers, mut revisions) = (BTreeSet::new(), BTreeSet::new());
    let mut access_tokens = vec![house.bought_access_token().await];
    let mut last = id_token(&house).await;
    // Four days, in steps that do not fall together with the hours of anything.
    for _ in 0..4 * 24 {
        house.clock.advance(Duration::from_secs(3571)).await;
        if house.now() >= until {
            (remembered, until) = fetch();
        }
        let token = id_token(&house).await;
        let verified = remembered.verify(Compact::parse(&token).unwrap()).expect("a key that is remembered");
        signers.insert(verified.key_id().clone());
        assert!(gate.verify(&token, house.now()).is_ok());
        assert!(gate.verify(&last, house.now()).is_ok(), "a token counts for its whole hour");
        last = token;
        let previous = access_tokens.pop().unwrap();
        assert!(house.tokens.authenticate(house.now(), &previous, &scheduler()).is_ok());
        access_tokens.push(house.bought_access_token().await);
        assert!((2..=3).contains(&published(&house.tokens).len()));
        revisions.insert(gate.revision());
    }
    assert!(signers.len() >= 4, "the keys did turn");
    assert!(revisions.len() >= 4, "and whoever remembers was told");
    // Keys that nobody needs are gone: three rings with two or three keys, and the head.
    assert!(house.store.all::<RingKeyRecord>("").await.unwrap().len() <= 10);
}

#[tokio::test]
async fn keys_hand_over_by_time_alone_where_nobody_turns_them() {
    let house = sealed_house().await;
    let (both, before) = (published(&house.tokens), id_token(&house).await);
    let certificates = house.tokens.certificates().unwrap().0;
    assert_eq!(house.tokens.certificates().unwrap().0, certificates, "remembered");
    house.clock.advance(7 * 24 * HOUR + 2 * HOUR).await;
    let left = published(&house.tokens);
    assert!(left.len() == 1 && left.is_subset(&both), "the first key has gone");
    assert_eq!(house.tokens.certificates().unwrap().0.into_keys().collect::<BTreeSet<_>>(), left);
    let gate = house.tokens.id_tokens();
    assert!(gate.verify(&id_token(&house).await, house.now()).is_ok());
    assert_eq!(gate.verify(&before, house.now()), Err(tokens::IdTokenRejected::UnknownKey));
}

#[tokio::test]
async fn key_that_is_taken_out_elsewhere_stops_here_at_once() {
    let house = sealed_house().await;
    let gate = house.tokens.id_tokens();
    let token = id_token(&house).await;
    assert!(gate.verify(&token, house.now()).is_ok());
    let before = gate.revision();
    let key_id = Compact::parse(&token).unwrap().header().unwrap().key_id().unwrap().to_string();
    let records = house.store.all::<RingKeyRecord>("id-tokens/").await.unwrap();
    let record = records.into_iter().find(|stored| stored.record.key.key_id == key_id).unwrap();
    house.store.apply(Plan::new().delete(record.record.key)).await.unwrap();
    assert_eq!(gate.verify(&token, house.now()), Err(tokens::IdTokenRejected::UnknownKey));
    assert!(gate.revision() > before, "what is remembered elsewhere is to be forgotten");
    let token = id_token(&house).await;
    assert!(gate.verify(&token, house.now()).is_ok(), "the successor signs");
}

#[tokio::test]
async fn making_and_removing_keys_is_in_the_audit_log() {
    let house = sealed_house().await;
    let entries = house.store.backend().audit_of_resource("keyRings/id-tokens", 10).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].principal, "system");
    let added: BTreeSet<_> = entries[0].detail["added"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(added, published(&house.tokens));
}

#[tokio::test]
async fn what_was_revoked_is_remembered_until_it_would_have_ended() {
    let house = sealed_house().await;
    let (rotation, tasks) = (house.tokens.rotation(), house.supervisor.tasks().clone());
    house.supervisor.tasks().spawn_loop("key rotation", move || rotation.clone().run(tasks.clone()));
    let token = Secret::new(house.bought_access_token().await);
    house.tokens.revoke(&house.context, None, &token).await.unwrap();
    let remembered = async || house.store.all::<RevokedTokenRecord>("").await.unwrap().len();
    let opens = || house.tokens.authenticate(house.now(), token.reveal(), &scheduler()).is_ok();
    let (now, minute) = (house.now(), Duration::from_secs(60));
    while house.now() < now + Duration::from_secs(3599) {
        assert_eq!((remembered().await, opens()), (1, false));
        house.clock.advance(10 * minute).await;
    }
    house.clock.advance(2 * HOUR).await;
    assert_eq!((remembered().await, opens()), (0, false));
}
