//! The keys as minting and checking need them, in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use jose::KeySet;
use keys::{
    AccessTokenBody, Change as RingChange, KeyRings, RingError, Rotation, SignIn, SigningRing, TokenId,
};
use names::{AccountName, KeyId, Revision, UniqueId};
use rpds::HashTrieMapSync;
use store::{AccountKeyKey, AccountKeyRecord, Change, Follower, Record, RecordKey, RingKeyRecord};

use crate::account_keys::{AccountKey, AccountKeys};
use crate::chain::Chain;
use crate::managed_keys::{self, Due};
use crate::ring_records::{self, RecordError};

/// One state of all keys. Cloning it shares nearly everything.
#[derive(Clone)]
pub(crate) struct Picture {
    pub(crate) rings: KeyRings,
    /// When the rings last changed.
    pub(crate) rings_revision: Revision,
    /// What verifies ID tokens, made ready.
    verifying: Arc<Verifying>,
    account_keys: HashTrieMapSync<AccountName, Arc<AccountKeys>>,
    /// Sign-ins that were not revoked.
    sign_ins: HashTrieMapSync<[u8; 32], ()>,
    /// Access tokens that count no more although they have not ended.
    revoked: HashTrieMapSync<TokenId, ()>,
    /// The first stored key that could not be read.
    pub(crate) fault: Option<Arc<RingFault>>,
}

/// Why a stored ring key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RingFault {
    /// The record is not one of a ring key.
    #[error("a stored key is not readable")]
    Record(#[from] RecordError),
    /// The key cannot be unsealed.
    #[error("a stored key does not open")]
    Ring(#[from] RingError),
}

/// A published set and the time in which it does not change by itself.
struct Verifying {
    keys: KeySet,
    /// Made when somebody first asks: each costs a signature.
    certificates: OnceLock<BTreeMap<String, String>>,
    from: Timestamp,
    until: Timestamp,
}

impl Picture {
    pub(crate) fn of(rings: KeyRings, now: Timestamp) -> Self {
        Self {
            verifying: Arc::new(Verifying::of(&rings, now)),
            rings,
            rings_revision: Revision::default(),
            account_keys: HashTrieMapSync::default(),
            sign_ins: HashTrieMapSync::default(),
            revoked: HashTrieMapSync::default(),
            fault: None,
        }
    }

    /// The keys that verify ID tokens at `now`, to be looked at.
    pub(crate) fn with_verifying<T>(&self, now: Timestamp, look: impl FnOnce(&KeySet) -> T) -> T {
        if self.verifying.holds_at(now) {
            look(&self.verifying.keys)
        } else {
            // A key came or went by time alone; until the rings turn next, that is worked out each time.
            look(&self.rings.published(SigningRing::IdTokens, now))
        }
    }

    /// The same keys as certificates.
    pub(crate) fn certificates(&self, now: Timestamp) -> Result<BTreeMap<String, String>, RingError> {
        let remembered = self.verifying.certificates.get().filter(|_| self.verifying.holds_at(now));
        if let Some(certificates) = remembered {
            return Ok(certificates.clone());
        }
        let certificates = self.rings.certificates(SigningRing::IdTokens, CERTIFICATE_SUBJECT, now)?;
        if self.verifying.holds_at(now) {
            // Whoever else made them at the same time made the same.
            let _ = self.verifying.certificates.set(certificates.clone());
        }
        Ok(certificates)
    }

    /// The keys that a living account may use now.
    pub(crate) fn usable_keys(&self, account: &access::AccountState, now: Timestamp) -> KeySet {
        match self.account_keys.get(&account.name) {
            Some(keys) => keys.usable(&account.unique_id, now),
            None => KeySet::default(),
        }
    }

    /// The keys that a living account may use now, as they are published.
    pub(crate) fn published_account_keys(
        &self,
        account: &access::AccountState,
        now: Timestamp,
    ) -> Vec<AccountKey> {
        let keys = self.account_keys.get(&account.name);
        keys.map(|keys| keys.published(&account.unique_id, now)).unwrap_or_default()
    }

    /// The key that Doorward keeps for an account and signs with now, sealed.
    pub(crate) fn managed_key(
        &self,
        account: &AccountName,
        unique_id: &UniqueId,
        now: Timestamp,
    ) -> Option<(KeyId, Vec<u8>)> {
        self.account_keys.get(account)?.managed(unique_id, now)
    }

    /// The accounts whose managed keys have to be turned.
    pub(crate) fn accounts_due(&self, rotation: Rotation, now: Timestamp) -> Vec<AccountName> {
        let has_to = |keys: &AccountKeys| managed_keys::due(&keys.spans(), rotation, now) != Due::default();
        self.account_keys.iter().filter(|(_, keys)| has_to(keys)).map(|(name, _)| name.clone()).collect()
    }

    /// Whether a living account may use this key now.
    pub(crate) fn is_usable(&self, key: &KeyId, account: &access::AccountState, now: Timestamp) -> bool {
        self.account_keys.get(&account.name).is_some_and(|keys| keys.is_usable(key, &account.unique_id, now))
    }

    /// Whether a token was revoked, or what it was bought with.
    pub(crate) fn is_revoked(&self, body: &AccessTokenBody) -> bool {
        let gone = |sign_in: &SignIn| !self.sign_ins.contains_key(&sign_in.credential);
        body.grant.as_ref().is_some_and(gone) || self.revoked.contains_key(&body.token_id)
    }

    fn put_account_key(&mut self, record: &AccountKeyRecord) {
        let mut keys = self
            .account_keys
            .get(&record.account)
            .map_or_else(AccountKeys::default, |keys| AccountKeys::clone(keys));
        // A key that is replaced by something unreadable must not go on counting.
        keys.remove(&record.key);
        if let Err(error) = keys.put(record) {
            tracing::error!(%error, account = %record.account, key = %record.key, "an account's key is not readable");
        }
        self.account_keys.insert_mut(record.account.clone(), Arc::new(keys));
    }

    fn remove_account_key(&mut self, key: &AccountKeyKey) {
        let Some(keys) = self.account_keys.get(&key.account) else { return };
        let mut keys = AccountKeys::clone(keys);
        keys.remove(&key.key);
        if keys.is_empty() {
            self.account_keys.remove_mut(&key.account);
        } else {
            self.account_keys.insert_mut(key.account.clone(), Arc::new(keys));
        }
    }

    fn put_ring_key(&mut self, record: &RingKeyRecord) -> Result<(), RingFault> {
        let Some(sealed) = ring_records::sealed(record)? else { return Ok(()) };
        if let Some(change) = ring_records::put(&self.rings, sealed) {
            self.rings = self.rings.apply(&[change])?;
        }
        Ok(())
    }

    fn remove_ring_key(&mut self, ring: &str, key_id: &str) -> Result<(), RingFault> {
        let found = self.rings.records().find(|own| own.ring.as_str() == ring && own.key_id == key_id);
        if let Some(own) = found {
            let change = RingChange::Remove { ring: own.ring, key_id: own.key_id.clone() };
            self.rings = self.rings.apply(&[change])?;
        }
        Ok(())
    }
}

impl Verifying {
    fn of(rings: &KeyRings, now: Timestamp) -> Self {
        let changes =
            rings.records().flat_map(|record| [Some(record.publish_at), record.expire_at]).flatten();
        let until = changes.filter(|instant| *instant > now).min().unwrap_or(Timestamp::MAX);
        let keys = rings.published(SigningRing::IdTokens, now);
        Self { keys, certificates: OnceLock::new(), from: now, until }
    }

    fn holds_at(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

/// Keeps the picture current.
pub(crate) struct Keeper {
    pub(crate) picture: Arc<ArcSwap<Picture>>,
    pub(crate) clock: Arc<dyn context::Clock>,
    pub(crate) rings: RingSource,
}

/// Where the rings come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RingSource {
    /// They were handed in, for a test, and stay.
    Fixed,
    /// From the store.
    Stored,
}

impl Follower for Keeper {
    fn follow(&self, revision: Revision, changes: &[Change]) {
        if !changes.iter().any(is_about_tokens) {
            return;
        }
        let mut next = Picture::clone(&self.picture.load());
        let mut rings_changed = false;
        for change in changes {
            let outcome = match change {
                Change::Delete(RecordKey::AccountKey(key)) => {
                    next.remove_account_key(key);
                    continue;
                }
                Change::Delete(RecordKey::RefreshCredential(key)) => {
                    if let Some(digest) = SignIn::digest(&key.0) {
                        next.sign_ins.remove_mut(&digest);
                    }
                    continue;
                }
                Change::Delete(RecordKey::RevokedToken(key)) => {
                    if let Some(token) = TokenId::parse(&key.0) {
                        next.revoked.remove_mut(&token);
                    }
                    continue;
                }
                Change::Put(record) => match &**record {
                    Record::AccountKey(key) => {
                        next.put_account_key(key);
                        continue;
                    }
                    Record::RefreshCredential(credential) => {
                        if let Some(digest) = SignIn::digest(&credential.hash.0) {
                            next.sign_ins.insert_mut(digest, ());
                        }
                        continue;
                    }
                    Record::RevokedToken(token) => {
                        if let Some(token) = TokenId::parse(&token.token.0) {
                            next.revoked.insert_mut(token, ());
                        }
                        continue;
                    }
                    Record::RingKey(key) if self.rings == RingSource::Stored => next.put_ring_key(key),
                    _ => continue,
                },
                Change::Delete(RecordKey::RingKey(key)) if self.rings == RingSource::Stored => {
                    next.remove_ring_key(&key.ring, &key.key_id)
                }
                Change::Delete(_) => continue,
            };
            rings_changed = true;
            if let Err(error) = outcome {
                let error = Arc::new(error);
                tracing::error!(error = %Chain(&*error), "a stored ring key cannot be used");
                next.fault.get_or_insert(error);
            }
        }
        if rings_changed {
            next.rings_revision = revision;
            next.verifying = Arc::new(Verifying::of(&next.rings, self.clock.now()));
        }
        self.picture.store(Arc::new(next));
    }
}

fn is_about_tokens(change: &Change) -> bool {
    match change {
        Change::Delete(key) => matches!(
            key,
            RecordKey::AccountKey(_)
                | RecordKey::RefreshCredential(_)
                | RecordKey::RevokedToken(_)
                | RecordKey::RingKey(_)
        ),
        Change::Put(record) => matches!(
            **record,
            Record::AccountKey(_)
                | Record::RefreshCredential(_)
                | Record::RevokedToken(_)
                | Record::RingKey(_)
        ),
    }
}

/// Whom the certificates name, as Google's do.
const CERTIFICATE_SUBJECT: &str = "federated-signon.system.gserviceaccount.com";
