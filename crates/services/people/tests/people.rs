//! The local owner over a real store: made once, let in by what was handed out, shut out when it is taken back.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

use std::sync::Arc;

use access::Access;
use context::{Context, Seeded, Stopped};
use names::{Principal, Secret, System, Universe};
use people::{Config, Owner, OwnerError, People, Profile, RedeemError};
use store::{PersonRecord, Plan, Record, RefreshCredentialRecord, Store};
use store_sql::{DataDirectory, SqlStore};
use supervise::{Supervisor, Timer};

struct House {
    people: People,
    access: Access,
    store: Store,
    context: Context,
    folder: tempfile::TempDir,
    _supervisor: Supervisor,
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(&Timer::wall());
    let directory = DataDirectory::lock(folder.path()).unwrap();
    let store = Store::on(SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap());
    let access = Access::start(&store, Universe::default()).await.unwrap();
    let people = People::new(store.clone(), access.clone(), Config::of(&Universe::default()));
    let clock = Arc::new(Stopped::at_second(1_700_000_000));
    let context = Context::for_doorward_itself(clock, Arc::new(Seeded::new(1)));
    House { people, access, store, context, folder, _supervisor: supervisor }
}

impl House {
    async fn ensure(&self) -> Owner {
        self.people.ensure_owner(&self.context, System::acting_for_itself()).await.unwrap()
    }

    async fn redeem(&self, owner: &Owner) -> Result<people::RefreshGrant, RedeemError> {
        let token = owner.refresh_token.as_ref().unwrap();
        self.people.redeem(token, &owner.client_id, Some(&owner.client_secret)).await
    }

    async fn change(&self, owner: &Owner, change: impl FnOnce(&mut PersonRecord)) {
        let mut person = owner.person.clone();
        change(&mut person);
        self.store.apply(Plan::new().put(Record::Person(person))).await.unwrap();
    }
}

#[tokio::test]
async fn owner_is_made_once_and_the_token_is_shown_once() {
    let house = house().await;
    let first = house.ensure().await;
    assert_eq!(first.person.email.as_str(), "owner@doorward.localhost");
    assert_eq!(first.person.subject.as_str().len(), 21);
    assert!(first.person.subject.as_str().starts_with('1'));
    assert!(first.refresh_token.is_some());
    let second = house.ensure().await;
    assert_eq!(second.person, first.person);
    assert!(second.refresh_token.is_none());
    assert_eq!(house.store.all::<RefreshCredentialRecord>("").await.unwrap().len(), 1);
}

#[tokio::test]
async fn owner_is_called_as_the_configuration_says_from_the_next_start_on() {
    let house = house().await;
    let first = house.ensure().await;
    assert_eq!(first.person.profile, Profile::default());
    let profile = Profile { name: Some("Grace Hopper".to_owned()), ..Profile::default() };
    let config = Config { owner_profile: profile.clone(), ..Config::of(&Universe::default()) };
    let again = People::new(house.store.clone(), house.access.clone(), config);
    for _ in 0..2 {
        let owner = again.ensure_owner(&house.context, System::acting_for_itself()).await.unwrap();
        assert_eq!(owner.person, PersonRecord { profile: profile.clone(), ..first.person.clone() });
    }
    assert_eq!(house.access.person(&first.person.email).unwrap().profile, profile);
    let grant = house.redeem(&first).await.unwrap();
    assert_eq!(grant.generation, first.person.generation, "what was bought before stays good");
    let entries =
        house.store.backend().audit_of_resource("people/owner@doorward.localhost", 10).await.unwrap();
    let acts: Vec<_> = entries.iter().map(|entry| entry.permission.as_str()).collect();
    assert_eq!(acts, ["system.describeOwner", "system.firstStart"], "it is written once");
}

#[tokio::test]
async fn of_two_that_start_at_once_one_gets_the_token() {
    let house = house().await;
    let (one, other) = tokio::join!(house.ensure(), house.ensure());
    assert_eq!(one.person, other.person);
    assert_eq!([&one, &other].iter().filter(|owner| owner.refresh_token.is_some()).count(), 1);
}

#[tokio::test]
async fn refresh_token_buys_every_scope_for_its_person() {
    let house = house().await;
    let owner = house.ensure().await;
    let grant = house.redeem(&owner).await.unwrap();
    let Principal::Person { email, subject } = grant.principal else { panic!("a person") };
    assert_eq!((email, subject), (owner.person.email, owner.person.subject));
    assert_eq!(grant.generation, 1);
    for scope in ["openid", "https://www.googleapis.com/auth/cloud-platform"] {
        assert!(grant.scopes.iter().any(|granted| granted == scope), "{scope}");
    }
}

#[tokio::test]
async fn another_token_is_revoked_and_another_client_unknown() {
    let house = house().await;
    let owner = house.ensure().await;
    let secret = Some(&owner.client_secret);
    let token = owner.refresh_token.clone().unwrap();
    for forged in ["", "1//0", &format!("{}0", token.reveal()), &token.reveal()[..40]] {
        let forged = Secret::new(forged.to_owned());
        let refusal = house.people.redeem(&forged, &owner.client_id, secret).await.unwrap_err();
        assert!(matches!(refusal, RedeemError::Revoked));
    }
    // Whoever knows the digest that is stored knows nothing.
    let digest = house.store.all::<RefreshCredentialRecord>("").await.unwrap()[0].record.hash.0.clone();
    let refusal = house.people.redeem(&Secret::new(digest), &owner.client_id, secret).await.unwrap_err();
    assert!(matches!(refusal, RedeemError::Revoked));

    let refusal = house.people.redeem(&token, "another-client", secret).await.unwrap_err();
    assert!(matches!(refusal, RedeemError::ClientUnknown));
    for secret in [None, Some(Secret::new("guess".to_owned()))] {
        let refusal = house.people.redeem(&token, &owner.client_id, secret.as_ref()).await.unwrap_err();
        assert!(matches!(refusal, RedeemError::ClientSecret));
    }
}

#[tokio::test]
async fn disabled_person_is_refused_and_another_of_that_address_inherits_nothing() {
    let house = house().await;
    let owner = house.ensure().await;
    house.change(&owner, |person| person.disabled_at = Some(house.context.now())).await;
    assert!(matches!(house.redeem(&owner).await, Err(RedeemError::PersonDisabled)));
    house.change(&owner, |person| person.generation += 1).await;
    assert_eq!(house.redeem(&owner).await.unwrap().generation, 2);
    house.change(&owner, |person| person.subject = names::UniqueId::parse("1").unwrap()).await;
    assert!(matches!(house.redeem(&owner).await, Err(RedeemError::Revoked)));
    house.store.apply(Plan::new().delete(owner.person.email.clone())).await.unwrap();
    assert!(matches!(house.redeem(&owner).await, Err(RedeemError::Revoked)));
}

#[tokio::test]
async fn new_credential_voids_the_old_one() {
    let house = house().await;
    let reissue = || house.people.reissue_owner_credential(&house.context, System::acting_for_itself());
    assert!(matches!(reissue().await, Err(OwnerError::NotFound)));
    let old = house.ensure().await;
    let new = reissue().await.unwrap();
    assert!(matches!(house.redeem(&old).await, Err(RedeemError::Revoked)));
    let grant = house.redeem(&new).await.unwrap();
    assert_eq!(grant.generation, 2);
    assert_eq!(new.person.subject, old.person.subject);
    assert_eq!(house.store.all::<RefreshCredentialRecord>("").await.unwrap().len(), 1);
}

#[tokio::test]
async fn token_is_neither_on_disk_nor_in_debug_output() {
    let house = house().await;
    let owner = house.ensure().await;
    let token = owner.refresh_token.clone().unwrap().into_revealed();
    assert!(!format!("{owner:?}").contains(&token));
    let mut read = 0;
    for file in std::fs::read_dir(house.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        read += bytes.len();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
    assert!(read > 0, "something was stored");
}
