//! Making a key.

use context::Context;
use iam::Permit;
use iam::permission::IamServiceAccountKeysCreate;
use jiff::Timestamp;
use keys::{AccountKeyPair, RingError, generate_account_key};
use names::{Secret, Uid, Universe};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use store::{AccountKeyRecord, AccountRecord, DisableReason, KeyOrigin};

use crate::{Accounts, AddKeyError};

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
    /// It could not be stored, or may not be had.
    #[error(transparent)]
    NotAdded(#[from] AddKeyError),
    /// The key could not be computed.
    #[error("no key could be made")]
    NotMade(#[source] Option<RingError>),
}

impl Accounts {
    /// Makes a key of the account of the permit. Service agents have no keys.
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
            let make = move || generate_account_key(&subject, now, Timestamp::MAX);
            self.tasks.blocking("making a key of an account", make).await
        };
        let pair = pair
            .map_err(|_| CreateKeyError::NotMade(None))?
            .map_err(|error| CreateKeyError::NotMade(Some(error)))?;
        let made = |account: &AccountRecord| AccountKeyRecord {
            account: name.clone(),
            account_unique_id: account.unique_id.clone(),
            key: pair.key_id.clone(),
            uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
            public_key_pem: pair.public_key_pem.clone(),
            certificate_pem: pair.certificate_pem.clone(),
            valid_after: now,
            valid_before: None,
            origin: KeyOrigin::Provided,
            disabled_at: None,
            disable_reason: DisableReason::default(),
            managed: None,
        };
        let (account, record) = self.add_key(context, permit, made).await?;
        let credentials_file = credentials_file(&self.universe, &account, &pair);
        Ok(NewKey { record, credentials_file })
    }
}

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
