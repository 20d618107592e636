//! The project `demo`, its owner, and the account `batch` with a registered key.

use std::sync::Arc;

use access::Access;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use context::{Caller, Context, Seeded};
use iam::{Binding, Delegated, Grantee, Permission, Policy};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use keys::{FixedKeys, KeyRings, MasterKey};
use names::*;
use oauth::TokenPost;
use people::{Owner, People};
use serde_json::{Value, json};
use store::{
    AccountKeyKey, AccountKeyRecord, AccountKind, AccountRecord, DisableReason, KeyOrigin,
    OrganizationRecord, Plan, PolicyRecord, ProjectRecord, ProjectState, Record, Store,
};
use store_sql::{DataDirectory, SqlStore};
use supervise::{HandClock, Supervisor, Timer};
use tokens::{ApiAudience, Config, Tokens};

use crate::shop;

pub const START: i64 = 1_700_000_000;
pub const BATCH: &str = "batch-1@demo.iam.gserviceaccount.com";
pub const KEY: &str = "00112233445566778899aabbccddeeff00112233";
pub const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
pub const GOOGLES_ENDPOINT: &str = "https://oauth2.googleapis.com/token";
pub const OWN_ENDPOINT: &str = "http://127.0.0.1:8085/token";
/// The account's key; the ring that signs ID tokens has Ada's.
pub const ACCOUNT_PRIVATE: &str = include_str!("../../../../rules/jose/tests/keys/grace.rsa.pem");
const ACCOUNT_PUBLIC: &str = include_str!("../../../../rules/jose/tests/keys/grace.rsa.public.pem");
pub const RING_PRIVATE: &str = include_str!("../../../../rules/jose/tests/keys/ada.rsa.pem");
const RING_P256: &str = include_str!("../../../../rules/jose/tests/keys/ada.p256.pem");

pub struct House {
    pub tokens: Tokens,
    pub access: Access,
    pub people: People,
    pub store: Store,
    pub owner: Owner,
    pub context: Context,
    pub clock: HandClock,
    pub supervisor: Supervisor,
    pub folder: tempfile::TempDir,
}

/// What stands before there are tokens.
pub struct Ground {
    pub access: Access,
    pub people: People,
    pub store: Store,
    pub owner: Owner,
    pub context: Context,
    pub clock: HandClock,
    pub supervisor: Supervisor,
    pub folder: tempfile::TempDir,
}

pub fn config() -> Config {
    Config::of(Universe::default(), vec![OWN_ENDPOINT.to_owned()])
}

/// A house whose keys are known and stay.
pub async fn house() -> House {
    house_with(config()).await
}

pub async fn house_with(config: Config) -> House {
    let ground = ground().await;
    let rings = KeyRings::dangerous_fixed(FixedKeys {
        assertions: RING_P256,
        id_tokens: RING_PRIVATE,
        access_tokens: &[7; 32],
    });
    let tokens = Tokens::dangerous_start_with_fixed_keys(
        config,
        &ground.store,
        ground.access.clone(),
        ground.people.clone(),
        rings.unwrap(),
        ground.supervisor.tasks(),
        &ground.context,
    );
    let tokens = tokens.await.unwrap();
    let Ground { access, people, store, owner, context, clock, supervisor, folder } = ground;
    House { tokens, access, people, store, owner, context, clock, supervisor, folder }
}

pub async fn ground() -> Ground {
    let folder = tempfile::tempdir().unwrap();
    let (timer, clock) = Timer::by_hand(Timestamp::from_second(START).unwrap());
    let supervisor = Supervisor::new(&timer);
    let directory = DataDirectory::lock(folder.path()).unwrap();
    let store = Store::on(SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap());
    let access = Access::start(&store, Universe::default()).await.unwrap();
    let people = People::new(store.clone(), access.clone(), shop::people_config());
    let context = Context::for_doorward_itself(Arc::new(timer), Arc::new(Seeded::new(1)));
    let owner = people.ensure_owner(&context, System::acting_for_itself()).await.unwrap();

    let project = ProjectRecord {
        id: demo(),
        number: ProjectNumber::parse("42").unwrap(),
        uid: Uid::parse("project").unwrap(),
        parent: OrganizationId::parse("1").unwrap().into(),
        display_name: String::new(),
        labels: Default::default(),
        state: ProjectState::Active,
        create_time: context.now(),
        update_time: context.now(),
        deleted_at: None,
        apis: Default::default(),
    };
    let binding = Binding {
        role: RoleName::parse("roles/iam.serviceAccountTokenCreator").unwrap(),
        members: vec![Grantee { member: Member::User(owner.person.email.clone()), unique_id: None }],
        condition: None,
    };
    let policy = PolicyRecord {
        resource: demo().into(),
        uid: project.uid.clone(),
        policy: Policy::of(vec![binding]),
        version: 1,
    };
    let organization = OrganizationRecord {
        id: OrganizationId::parse("1").unwrap(),
        uid: Uid::parse("organization").unwrap(),
        display_name: "example.com".to_owned(),
        create_time: context.now(),
    };
    let plan = Plan::new()
        .put(Record::Organization(organization))
        .put(Record::Project(project))
        .put(Record::Policy(policy))
        .put(Record::Account(batch("117")))
        .put(Record::AccountKey(key("117")));
    store.apply(plan).await.unwrap();
    Ground { access, people, store, owner, context, clock, supervisor, folder }
}

pub fn master() -> MasterKey {
    MasterKey::from_base64(&Secret::new("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned())).unwrap()
}

pub fn demo() -> ProjectId {
    ProjectId::parse("demo").unwrap()
}

pub fn batch_name() -> AccountName {
    AccountName { project: demo(), email: Email::parse(BATCH).unwrap() }
}

pub fn batch(unique_id: &str) -> AccountRecord {
    AccountRecord {
        name: batch_name(),
        unique_id: UniqueId::parse(unique_id).unwrap(),
        uid: Uid::parse(&format!("account-{unique_id}")).unwrap(),
        display_name: String::new(),
        description: String::new(),
        kind: AccountKind::UserManaged,
        disabled_at: None,
        generation: 1,
        create_time: Timestamp::UNIX_EPOCH,
    }
}

pub fn key(unique_id: &str) -> AccountKeyRecord {
    AccountKeyRecord {
        account: batch_name(),
        account_unique_id: UniqueId::parse(unique_id).unwrap(),
        key: KeyId::parse(KEY).unwrap(),
        uid: Uid::parse("key").unwrap(),
        public_key_pem: ACCOUNT_PUBLIC.to_owned(),
        certificate_pem: String::new(),
        valid_after: Timestamp::UNIX_EPOCH,
        valid_before: None,
        origin: KeyOrigin::Provided,
        disabled_at: None,
        disable_reason: DisableReason::default(),
        managed: None,
    }
}

/// The API that is called, and a method of it that changes something.
pub fn scheduler() -> ApiAudience {
    ApiAudience::of(vec![HostName::parse("cloudscheduler.googleapis.com").unwrap()])
}

/// What happens to an account or its key while something it was issued is still out there.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    AccountDeleted,
    AccountDisabled,
    AccountDisabledAndEnabled,
    AccountMadeAnew,
    KeyDeleted,
    KeyDisabled,
    KeyEnded,
}

impl House {
    pub fn now(&self) -> Timestamp {
        self.context.now()
    }

    pub fn second(&self) -> i64 {
        self.now().as_second()
    }

    pub async fn put(&self, record: Record) {
        self.store.apply(Plan::new().put(record)).await.unwrap();
    }

    pub async fn happens(&self, event: Event) {
        let disabled = AccountRecord { disabled_at: Some(self.now()), generation: 2, ..batch("117") };
        let key_id = AccountKeyKey { account: batch_name(), key: KeyId::parse(KEY).unwrap() };
        match event {
            Event::AccountDeleted => drop(self.store.apply(Plan::new().delete(batch_name())).await.unwrap()),
            Event::AccountDisabled => self.put(Record::Account(disabled)).await,
            Event::AccountDisabledAndEnabled => {
                self.put(Record::Account(disabled.clone())).await;
                self.put(Record::Account(AccountRecord { disabled_at: None, ..disabled })).await;
            }
            Event::AccountMadeAnew => {
                self.store.apply(Plan::new().delete(batch_name())).await.unwrap();
                self.put(Record::Account(batch("118"))).await;
            }
            Event::KeyDeleted => drop(self.store.apply(Plan::new().delete(key_id)).await.unwrap()),
            Event::KeyDisabled => {
                self.put(Record::AccountKey(AccountKeyRecord {
                    disabled_at: Some(self.now()),
                    ..key("117")
                }))
                .await;
            }
            Event::KeyEnded => {
                self.put(Record::AccountKey(AccountKeyRecord {
                    valid_before: Some(self.now()),
                    ..key("117")
                }))
                .await;
            }
        }
    }

    /// An assertion for the token endpoint, with these claims beside the usual ones.
    pub fn assertion(&self, claims: Value) -> String {
        signed(ACCOUNT_PRIVATE, Some(KEY), &self.assertion_claims(claims))
    }

    pub fn assertion_claims(&self, claims: Value) -> Value {
        let now = self.second();
        merged(json!({"iss": BATCH, "aud": GOOGLES_ENDPOINT, "iat": now, "exp": now + 3600}), claims)
    }

    /// A token that the account signed itself for an API, with these claims beside the usual ones.
    pub fn self_signed(&self, claims: Value) -> String {
        let now = self.second();
        let usual = json!({"iss": BATCH, "sub": BATCH, "iat": now, "exp": now + 3600});
        signed(ACCOUNT_PRIVATE, Some(KEY), &merged(usual, claims))
    }

    /// A token signed by the ring of ID tokens itself, with these claims beside the usual ones.
    pub fn ring_signed(&self, claims: Value) -> String {
        let now = self.second();
        let usual = json!({
            "iss": "https://accounts.google.com", "aud": "https://hello.example", "azp": "117", "sub": "117",
            "email": BATCH, "email_verified": true, "iat": now, "exp": now + 3600,
        });
        signed(RING_PRIVATE, Some(&self.ring_key_id()), &merged(usual, claims))
    }

    pub fn ring_key_id(&self) -> String {
        self.tokens.jwks().0["keys"][0]["kid"].as_str().unwrap().to_owned()
    }

    pub async fn post(&self, parameters: &[(&str, &str)]) -> Result<Value, oauth::ErrorAnswer> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let form = Some("application/x-www-form-urlencoded; charset=UTF-8");
        let answer = self.tokens.exchange(&self.context, None, post(form, body.as_bytes())).await;
        let answer = answer.map_err(|error| error.answer())?;
        Ok(serde_json::to_value(answer).unwrap())
    }

    pub async fn exchange(&self, assertion: &str) -> Result<Value, oauth::ErrorAnswer> {
        let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        self.post(&[("assertion", assertion), ("grant_type", grant)]).await
    }

    pub async fn refresh(&self, token: &str, more: &[(&str, &str)]) -> Result<Value, oauth::ErrorAnswer> {
        let secret = self.owner.client_secret.reveal();
        let usual = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", self.owner.client_id.as_str()),
            ("client_secret", secret),
        ];
        self.post(&replaced(&usual, more)).await
    }

    pub async fn bought_access_token(&self) -> String {
        let answer = self.exchange(&self.assertion(json!({"scope": CLOUD_PLATFORM}))).await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub fn refresh_token(&self) -> String {
        self.owner.refresh_token.clone().unwrap().into_revealed()
    }

    pub fn as_owner(&self) -> Context {
        let person = &self.owner.person;
        let principal = Principal::Person { email: person.email.clone(), subject: person.subject.clone() };
        Context::new(Caller::of(principal), self.context.clock().clone(), self.context.randomness().clone())
    }

    /// What the owner, who is a token creator, may have made for the account.
    pub fn may<P: Permission<Resource = AccountName>>(&self) -> Delegated<P> {
        Delegated::direct(self.access.permit(&self.as_owner(), &batch_name()).unwrap())
    }
}

/// Parameters with others in their place; an empty one counts as absent.
pub fn replaced<'a>(usual: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut parameters = usual.to_vec();
    for (name, value) in more {
        parameters.retain(|(present, _)| present != name);
        parameters.push((name, value));
    }
    parameters
}

/// What a client posts without a header of its own.
pub fn post<'a>(content_type: Option<&'a str>, body: &'a [u8]) -> TokenPost<'a> {
    TokenPost { authorization: None, content_type, body }
}

pub fn signed(private: &str, key_id: Option<&str>, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = key_id.map(ToOwned::to_owned);
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_rsa_pem(private.as_bytes()).unwrap()).unwrap()
}

/// `null` takes a claim away.
pub fn merged(mut usual: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            usual.as_object_mut().unwrap().remove(name);
        } else {
            usual[name] = value.clone();
        }
    }
    usual
}

pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

pub fn sorted_members(value: &Value) -> Vec<&str> {
    let mut members: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    members
}
