//! Registering a key whose private half Doorward never sees.

use context::Context;
use iam::Permit;
use iam::permission::IamServiceAccountKeysCreate;
use jiff::Timestamp;
use keys::{CertificateFault, UploadedKey};
use names::Uid;
use store::{AccountKeyRecord, AccountRecord, DisableReason, KeyOrigin};

use crate::{Accounts, AddKeyError};

/// Why a key was not registered.
#[derive(Debug, thiserror::Error)]
pub enum UploadKeyError {
    /// What was sent is not a certificate of a key that counts here.
    #[error(transparent)]
    Certificate(#[from] CertificateFault),
    /// The certificate has ended.
    #[error("the certificate has expired: it was valid until {0}")]
    Expired(Timestamp),
    /// It could not be stored, or may not be had.
    #[error(transparent)]
    NotAdded(#[from] AddKeyError),
}

impl Accounts {
    /// Registers the public key in an X.509 certificate (PEM) for the account of the permit. The key counts for as long
    /// as the certificate is valid; who signed the certificate does not matter. A key that an account has is not
    /// registered twice.
    pub async fn upload_key(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountKeysCreate>,
        certificate: &[u8],
    ) -> Result<AccountKeyRecord, UploadKeyError> {
        let uploaded = UploadedKey::read(certificate)?;
        if uploaded.not_after <= context.now() {
            return Err(UploadKeyError::Expired(uploaded.not_after));
        }
        let name = permit.name().clone();
        let registered = |account: &AccountRecord| AccountKeyRecord {
            account: name.clone(),
            account_unique_id: account.unique_id.clone(),
            key: uploaded.key_id.clone(),
            uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
            public_key_pem: uploaded.public_key_pem.clone(),
            certificate_pem: uploaded.certificate_pem.clone(),
            valid_after: uploaded.not_before,
            valid_before: Some(uploaded.not_after),
            origin: KeyOrigin::Uploaded,
            disabled_at: None,
            disable_reason: DisableReason::default(),
            managed: None,
        };
        let (_, record) = self.add_key(context, permit, registered).await?;
        Ok(record)
    }
}
