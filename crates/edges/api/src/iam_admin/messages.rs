//! Records as messages.

use ::accounts::{AccountKeyRecord, AccountRecord, DisableReason, KeyOrigin, Stored};
use jose::VerifyingKey;
use wire::google::iam::admin::v1::{
    ServiceAccount, ServiceAccountKey, ServiceAccountKeyAlgorithm, ServiceAccountKeyDisableReason,
    ServiceAccountKeyOrigin, ServiceAccountPublicKeyType, list_service_account_keys_request::KeyType,
};
use wire::time;

/// An account; its etag is the revision at which it was written.
pub(super) fn account(stored: &Stored<AccountRecord>) -> ServiceAccount {
    let record = &stored.record;
    #[expect(deprecated, reason = "gcloud and Terraform still show it")]
    ServiceAccount {
        name: record.name.to_string(),
        project_id: record.name.project.to_string(),
        unique_id: record.unique_id.to_string(),
        email: record.name.email.to_string(),
        display_name: record.display_name.clone(),
        etag: stored.revision.0.to_be_bytes().to_vec(),
        description: record.description.clone(),
        oauth2_client_id: record.unique_id.to_string(),
        disabled: record.disabled_at.is_some(),
    }
}

/// A key, with its public half in the form that was asked for. The private half is in no record.
pub(super) fn key(record: &AccountKeyRecord, public: ServiceAccountPublicKeyType) -> ServiceAccountKey {
    let public_key_data = match public {
        ServiceAccountPublicKeyType::TypeNone => Vec::new(),
        ServiceAccountPublicKeyType::TypeRawPublicKey => record.public_key_pem.clone().into_bytes(),
        ServiceAccountPublicKeyType::TypeX509PemFile => record.certificate_pem.clone().into_bytes(),
    };
    let origin = match record.origin {
        KeyOrigin::Provided => ServiceAccountKeyOrigin::GoogleProvided,
        KeyOrigin::Uploaded => ServiceAccountKeyOrigin::UserProvided,
    };
    let end = record.valid_before.map_or(NO_END, time::timestamp);
    ServiceAccountKey {
        name: format!("{}/keys/{}", record.account, record.key),
        key_algorithm: algorithm(record).into(),
        public_key_data,
        valid_after_time: Some(time::timestamp(record.valid_after)),
        valid_before_time: Some(end),
        key_origin: origin.into(),
        key_type: if record.managed.is_some() { KeyType::SystemManaged } else { KeyType::UserManaged }.into(),
        disabled: record.disabled_at.is_some(),
        disable_reason: record.disabled_at.map_or(0, |_| disable_reason(record.disable_reason).into()),
        ..ServiceAccountKey::default()
    }
}

fn disable_reason(reason: DisableReason) -> ServiceAccountKeyDisableReason {
    match reason {
        DisableReason::CompromiseDetected => ServiceAccountKeyDisableReason::CompromiseDetected,
        DisableReason::Exposed => ServiceAccountKeyDisableReason::Exposed,
        DisableReason::UserInitiated => ServiceAccountKeyDisableReason::UserInitiated,
    }
}

/// Google has names for two lengths; an uploaded key may be longer.
fn algorithm(record: &AccountKeyRecord) -> ServiceAccountKeyAlgorithm {
    let bits = VerifyingKey::from_pem(&record.public_key_pem).ok().and_then(|key| key.modulus_bits());
    match bits {
        Some(2048) => ServiceAccountKeyAlgorithm::KeyAlgRsa2048,
        _ => ServiceAccountKeyAlgorithm::KeyAlgUnspecified,
    }
}

/// `9999-12-31T23:59:59Z`: how Google writes that a key has no end (facts §4.2).
const NO_END: prost_types::Timestamp = prost_types::Timestamp { seconds: 253_402_300_799, nanos: 0 };
