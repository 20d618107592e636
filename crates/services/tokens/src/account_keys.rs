//! The public keys of service accounts, parsed once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jose::{KeyError, KeySet, VerifyingKey};
use names::{KeyId, UniqueId};
use store::AccountKeyRecord;

/// The registered keys of whatever accounts ever had one name.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountKeys {
    keys: BTreeMap<KeyId, RegisteredKey>,
}

#[derive(Clone, Debug)]
struct RegisteredKey {
    /// The account that it was registered for: a new one of the same name does not inherit it.
    account: UniqueId,
    key: VerifyingKey,
    valid_after: Timestamp,
    valid_before: Option<Timestamp>,
    disabled: bool,
}

impl AccountKeys {
    pub(crate) fn put(&mut self, record: &AccountKeyRecord) -> Result<(), KeyError> {
        let registered = RegisteredKey {
            account: record.account_unique_id.clone(),
            key: VerifyingKey::from_pem(&record.public_key_pem)?,
            valid_after: record.valid_after,
            valid_before: record.valid_before,
            disabled: record.disabled_at.is_some(),
        };
        self.keys.insert(record.key.clone(), registered);
        Ok(())
    }

    pub(crate) fn remove(&mut self, key: &KeyId) {
        self.keys.remove(key);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys that this account may use now.
    pub(crate) fn usable(&self, account: &UniqueId, now: Timestamp) -> KeySet {
        let usable = self
            .keys
            .iter()
            .filter(|(_, key)| key.is_usable(account, now))
            .take(KeySet::MAX_KEYS)
            .filter_map(|(id, key)| Some((jose::KeyId::new(id.as_str()).ok()?, key.key.clone())));
        KeySet::new(usable).expect("names in a map are unique, and there are not too many")
    }

    /// Whether this account may use the key now.
    pub(crate) fn is_usable(&self, key: &KeyId, account: &UniqueId, now: Timestamp) -> bool {
        self.keys.get(key).is_some_and(|key| key.is_usable(account, now))
    }
}

impl RegisteredKey {
    fn is_usable(&self, account: &UniqueId, now: Timestamp) -> bool {
        self.account == *account
            && !self.disabled
            // Who asks with a new key at once must not fail because two clocks differ by a moment.
            && self.valid_after.as_second() <= now.as_second().saturating_add(SKEW_SECONDS)
            && self.valid_before.is_none_or(|end| now < end)
    }
}

const SKEW_SECONDS: i64 = 60;
