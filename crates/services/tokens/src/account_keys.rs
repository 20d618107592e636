//! The public keys of service accounts, parsed once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jose::{KeyError, KeySet, VerifyingKey};
use names::{KeyId, UniqueId};
use store::{AccountKeyRecord, ManagedKey};

use crate::managed_keys::Span;

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
    certificate_pem: String,
    managed: Option<ManagedKey>,
}

/// A key that verifies what its account signs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountKey {
    /// Its name.
    pub key_id: KeyId,
    /// The key.
    pub key: VerifyingKey,
    /// The certificate around it, in PEM.
    pub certificate_pem: String,
}

impl AccountKeys {
    pub(crate) fn put(&mut self, record: &AccountKeyRecord) -> Result<(), KeyError> {
        let registered = RegisteredKey {
            account: record.account_unique_id.clone(),
            key: VerifyingKey::from_pem(&record.public_key_pem)?,
            valid_after: record.valid_after,
            valid_before: record.valid_before,
            disabled: record.disabled_at.is_some(),
            certificate_pem: record.certificate_pem.clone(),
            managed: record.managed.clone(),
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

    /// The keys that this account may use now, as they are published.
    pub(crate) fn published(&self, account: &UniqueId, now: Timestamp) -> Vec<AccountKey> {
        let usable = self.keys.iter().filter(|(_, key)| key.is_usable(account, now));
        usable
            .map(|(id, key)| AccountKey {
                key_id: id.clone(),
                key: key.key.clone(),
                certificate_pem: key.certificate_pem.clone(),
            })
            .collect()
    }

    /// The key that signs for this account now: the latest that has begun. If the clock was set back to before the
    /// first, the first.
    pub(crate) fn managed(&self, account: &UniqueId, now: Timestamp) -> Option<(KeyId, Vec<u8>)> {
        let usable = self.keys.iter().filter(|(_, key)| key.is_usable(account, now));
        let managed: Vec<_> = usable.filter_map(|(id, key)| Some((id, key.managed.as_ref()?))).collect();
        let begun = managed.iter().filter(|(_, key)| key.sign_from <= now);
        let (id, key) = begun
            .max_by_key(|(id, key)| (key.sign_from, *id))
            .or_else(|| managed.iter().min_by_key(|(id, key)| (key.sign_from, *id)))?;
        Some(((*id).clone(), key.sealed.clone()))
    }

    /// The times of the managed keys, in the order in which they sign.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let managed = self.keys.values().filter_map(|key| Some((key, key.managed.as_ref()?)));
        let mut spans: Vec<Span> = managed
            .map(|(key, managed)| Span { sign_from: managed.sign_from, ends: key.valid_before })
            .collect();
        spans.sort_by_key(|span| span.sign_from);
        spans
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
