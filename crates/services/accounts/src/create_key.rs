//! Making a key.

use audit::entry;
use context::Context;
use iam::Permit;
use iam::permission::IamServiceAccountKeysCreate;
use jiff::Timestamp;
use keys::{AccountKeyPair, RingError, generate_account_key};
use names::{AccountName, Secret, Uid, Universe};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use store::{
    AccountKeyRecord, AccountKind, AccountRecord, ApplyError, Expectation, KeyOrigin, Plan, ReadError,
    Record, Stored,
};

use crate::{Accounts, MAX_KEYS};

/// A new key and the file that its owner keeps.
#[derive(Debug)]
pub struct NewKey {
    /// The public half.
    pub record: AccountKeyRecord,
    /// The credentials file (facts §4.2). It is here and nowhere else.
    pub credentials_file: Secret<Vec<u8>>,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateKeyError {
    /// Others changed the account all the while; the caller may try again.
    #[error("{0} was changed by somebody else at the same time; repeat the call")]
    Contended(AccountName),
    /// The account went away meanwhile.
    #[error("Unknown service account")]
    NotFound(AccountName),
    /// The key could not be computed.
    #[error("no key could be made")]
    NotMade(#[source] Option<RingError>),
    /// The account has as many keys as it may have.
    #[error("Maximum number of keys on account reached.")]
    QuotaExceeded,
    /// The caller may not any more.
    #[error("the permission to make keys of {0} was taken away meanwhile")]
    Revoked(AccountName),
    /// Doorward's own accounts have no keys: with one, its bearer could mint tokens of every account in the project.
    #[error("{0} is a service agent; service agents have no keys")]
    ServiceAgent(AccountName),
    /// The store could not be read.
    #[error("the keys of the account could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the key could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl Accounts {
    /// Makes a key of the account of the permit. Service agents have no keys. Making one takes a while, so the decision
    /// is made again before the key is stored: a right that was taken away meanwhile buys no key.
    pub async fn create_key(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountKeysCreate>,
    ) -> Result<NewKey, CreateKeyError> {
        let name = permit.name().clone();
        self.room_for_a_key(&name, permit.uid()).await?;
        let (now, subject) = (context.now(), name.email.to_string());
        let pair = {
            let _turn = self.key_makers.acquire().await.map_err(|_| CreateKeyError::NotMade(None))?;
            tokio::task::spawn_blocking(move || generate_account_key(&subject, now, Timestamp::MAX)).await
        };
        let pair = pair
            .map_err(|_| CreateKeyError::NotMade(None))?
            .map_err(|error| CreateKeyError::NotMade(Some(error)))?;
        for _ in 0..MOST_TRIES {
            let again = self.access.permit_as::<IamServiceAccountKeysCreate>(
                permit.principal(),
                &name,
                context.now(),
            );
            let again = again.map_err(|_| CreateKeyError::Revoked(name.clone()))?;
            let account = self.room_for_a_key(&name, permit.uid()).await?;
            let record = AccountKeyRecord {
                account: name.clone(),
                account_unique_id: account.record.unique_id.clone(),
                key: pair.key_id.clone(),
                uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
                public_key_pem: pair.public_key_pem.clone(),
                certificate_pem: pair.certificate_pem.clone(),
                valid_after: now,
                valid_before: None,
                origin: KeyOrigin::Provided,
                disabled_at: None,
            };
            let credentials_file = credentials_file(&self.universe, &account.record, &pair);
            let detail = json!({ "key": record.key });
            // The account is written along, so that of two creations, or of a creation and a deletion, one is second.
            let plan = Plan::new()
                .expect(Expectation::At(name.clone().into(), account.revision))
                .audit(entry(context, &again, name.clone(), Some(permit.uid()), detail))
                .put(Record::Account(account.record))
                .put(Record::AccountKey(record.clone()));
            match self.store.apply(plan).await {
                Ok(_) => return Ok(NewKey { record, credentials_file }),
                Err(ApplyError::Conflict(_)) => {}
                Err(ApplyError::NotFound(_)) => return Err(CreateKeyError::NotFound(name)),
                Err(error) => return Err(CreateKeyError::StoreFailed(error)),
            }
        }
        Err(CreateKeyError::Contended(name))
    }

    /// The account, if it may have one more key.
    async fn room_for_a_key(
        &self,
        name: &AccountName,
        uid: &Uid,
    ) -> Result<Stored<AccountRecord>, CreateKeyError> {
        let account = self.store.find::<AccountRecord>(name).await.map_err(CreateKeyError::ReadFailed)?;
        let account = account
            .filter(|stored| stored.record.uid == *uid)
            .ok_or_else(|| CreateKeyError::NotFound(name.clone()))?;
        if account.record.kind == AccountKind::ServiceAgent {
            return Err(CreateKeyError::ServiceAgent(name.clone()));
        }
        let present = self.store.all::<AccountKeyRecord>(&format!("{name}/keys/")).await;
        if present.map_err(CreateKeyError::ReadFailed)?.len() >= MAX_KEYS {
            return Err(CreateKeyError::QuotaExceeded);
        }
        Ok(account)
    }
}

/// How often a key is stored anew when somebody else changed the account at the same instant.
const MOST_TRIES: usize = 10;

fn credentials_file(universe: &Universe, account: &AccountRecord, pair: &AccountKeyPair) -> Secret<Vec<u8>> {
    let email = account.email().as_str();
    let quoted =
        utf8_percent_encode(email, NON_ALPHANUMERIC).to_string().replace("%2E", ".").replace("%2D", "-");
    let www = universe.api_host("www");
    let file = json!({
        "type": "service_account",
        "project_id": account.name.project,
        "private_key_id": pair.key_id,
        "private_key": pair.private_key_pem.reveal(),
        "client_email": email,
        "client_id": account.unique_id,
        "auth_uri": format!("{}/o/oauth2/auth", universe.issuer()),
        "token_uri": universe.token_endpoint(),
        "auth_provider_x509_cert_url": format!("https://{www}/oauth2/v1/certs"),
        "client_x509_cert_url": format!("https://{www}/robot/v1/metadata/x509/{quoted}"),
        "universe_domain": universe.domain(),
    });
    Secret::new(format!("{file:#}\n").into_bytes())
}
