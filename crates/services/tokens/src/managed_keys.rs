//! Keys that Doorward keeps for each account, to sign in its name: made when they are first needed, turned by the worker.
//!
//! A key signs until its successor, which was published for the overlap before that, takes over; it stays published for
//! as long as what it signed may count. An account whose first key was just made has published none before, so what is
//! published of an account without one may not be remembered by anybody (see [`Tokens::account_keys`]).

use audit::entry_of_system;
use context::Context;
use iam::SystemAct;
use jiff::Timestamp;
use keys::{ManagedKeyError, ManagedKeyPair, Rotation, SigningKey};
use names::{AccountName, KeyId, ResourceName, Uid, UniqueId};
use serde_json::json;
use store::{
    AccountKeyKey, AccountKeyRecord, ApplyError, AuditEntry, DisableReason, Expectation, KeyOrigin,
    ManagedKey, Plan, ReadError, Record, Recorded, Stored,
};

use crate::Tokens;

/// Why an account has no key that signs for it.
#[derive(Debug, thiserror::Error)]
pub enum ManagedKeysError {
    /// The account went away meanwhile.
    #[error("the service account does not exist any more")]
    AccountGone,
    /// The work that makes keys broke off.
    #[error("making a key broke off")]
    Interrupted,
    /// A key could not be made or opened.
    #[error("a key could not be made or opened")]
    Key(#[from] ManagedKeyError),
    /// The store could not be read.
    #[error("the keys of the account could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the key could not be stored")]
    StoreFailed(#[source] ApplyError),
}

/// One managed key, as far as time is concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) sign_from: Timestamp,
    pub(crate) ends: Option<Timestamp>,
}

/// What is due for the keys of one account; indices into the spans.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Due {
    /// Nobody needs these any more.
    pub(crate) ended: Vec<usize>,
    /// This one gets a successor, which signs from then on.
    pub(crate) succeeded: Option<(usize, Timestamp)>,
}

/// What is due at `now` for keys in the order in which they sign. An account that has none gets none.
pub(crate) fn due(spans: &[Span], rotation: Rotation, now: Timestamp) -> Due {
    let ended = |span: &Span| span.ends.is_some_and(|end| end <= now);
    let mut due = Due { ended: (0..spans.len()).filter(|at| ended(&spans[*at])).collect(), succeeded: None };
    let Some(last) = spans.len().checked_sub(1).filter(|last| !ended(&spans[*last])) else { return due };
    let handover = later(spans[last].sign_from, rotation.period);
    // Twice the overlap, so that a worker that looks in time never delays the handover.
    if later(now, rotation.overlap * 2) >= handover {
        due.succeeded = Some((last, handover.max(later(now, rotation.overlap))));
    }
    due
}

impl Tokens {
    /// The key that signs for an account at this instant; its first one is made now.
    pub(crate) async fn managed_signer(
        &self,
        context: &Context,
        name: &AccountName,
        unique_id: &UniqueId,
    ) -> Result<SigningKey, ManagedKeysError> {
        if let Some(key) = self.open_managed(name, unique_id, context.now())? {
            return Ok(key);
        }
        let turn = self.within.key_makers.acquire().await;
        let _turn = turn.map_err(|_| ManagedKeysError::Interrupted)?;
        // Somebody else may have made it while this one waited.
        if self.open_managed(name, unique_id, context.now())?.is_none() {
            let uid = self.within.access.uid(&ResourceName::from(name.clone()));
            let uid = uid.ok_or(ManagedKeysError::AccountGone)?;
            let now = context.now();
            let maker = self.key_maker(context, name, unique_id);
            let made = self.within.tasks.blocking(MAKING, maker).await;
            let made = made.map_err(|_| ManagedKeysError::Interrupted)??;
            let record = record(context, name, unique_id, made, now);
            let plan = Plan::new()
                .expect(Expectation::Is(name.clone().into(), uid))
                .audit(entry(context, name, &[&record.key], &[]))
                .put(Record::AccountKey(record));
            match self.within.store.apply(plan).await {
                Ok(_) => {}
                Err(ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {
                    return Err(ManagedKeysError::AccountGone);
                }
                Err(error) => return Err(ManagedKeysError::StoreFailed(error)),
            }
        }
        self.open_managed(name, unique_id, context.now())?.ok_or(ManagedKeysError::AccountGone)
    }

    fn open_managed(
        &self,
        name: &AccountName,
        unique_id: &UniqueId,
        now: Timestamp,
    ) -> Result<Option<SigningKey>, ManagedKeyError> {
        let picture = self.within.picture.load();
        let Some((key, sealed)) = picture.managed_key(name, unique_id, now) else { return Ok(None) };
        picture.rings.open_managed_key(unique_id, &key, &sealed).map(Some)
    }

    /// The work of making a key of the account: some hundred milliseconds of computing, to be done off the asynchronous
    /// threads.
    fn key_maker(
        &self,
        context: &Context,
        name: &AccountName,
        unique_id: &UniqueId,
    ) -> impl FnOnce() -> Result<ManagedKeyPair, ManagedKeyError> + Send + 'static {
        let (picture, owner, now) = (self.within.picture.load_full(), unique_id.clone(), context.now());
        let email = name.email.to_string();
        move || picture.rings.make_managed_key(&owner, &email, now)
    }

    /// Turns the keys of every account for which something is due. A failure concerns one account; the others are
    /// turned all the same, and this one is tried again in the next round.
    pub(crate) async fn turn_managed_keys(&self, context: &Context) -> Result<(), ManagedKeysError> {
        let due = self.within.picture.load().accounts_due(self.within.config.account_keys, context.now());
        let mut outcome = Ok(());
        for name in due {
            if let Err(error) = self.turn_managed_keys_of(context, &name).await {
                outcome = Err(error);
            }
        }
        outcome
    }

    async fn turn_managed_keys_of(
        &self,
        context: &Context,
        name: &AccountName,
    ) -> Result<(), ManagedKeysError> {
        let rotation = self.within.config.account_keys;
        let stored = self.within.store.all::<AccountKeyRecord>(&format!("{name}/keys/")).await;
        let stored = stored.map_err(ManagedKeysError::ReadFailed)?;
        let (spans, keys) = in_order(stored);
        let Some(uid) = self.within.access.uid(&ResourceName::from(name.clone())) else { return Ok(()) };
        let mut successor = None;
        if let Some((at, _)) = due(&spans, rotation, context.now()).succeeded {
            let maker = self.key_maker(context, name, &keys[at].record.account_unique_id);
            let made = self.within.tasks.blocking(MAKING, maker).await;
            successor = Some(made.map_err(|_| ManagedKeysError::Interrupted)??);
        }
        // Making it took a while, and what is due is due from now on.
        let due = due(&spans, rotation, context.now());
        let mut plan = Plan::new().expect(Expectation::Is(name.clone().into(), uid));
        let mut removed = Vec::new();
        for at in &due.ended {
            let key: AccountKeyKey = keys[*at].record.key();
            plan = plan.expect(Expectation::At(key.clone().into(), keys[*at].revision)).delete(key);
            removed.push(&keys[*at].record.key);
        }
        let mut added = Vec::new();
        if let (Some((at, handover)), Some(made)) = (due.succeeded, successor) {
            let mut old = keys[at].record.clone();
            let successor = record(context, name, &old.account_unique_id, made, handover);
            if let Some(managed) = &mut old.managed {
                managed.sign_until = Some(handover);
            }
            old.valid_before = Some(later(later(handover, rotation.token_lifetime), SKEW));
            plan = plan.expect(Expectation::At(old.key().into(), keys[at].revision));
            added.push(successor.key.clone());
            plan = plan.put(Record::AccountKey(old)).put(Record::AccountKey(successor));
        }
        if removed.is_empty() && added.is_empty() {
            return Ok(());
        }
        let plan = plan.audit(entry(context, name, &added.iter().collect::<Vec<_>>(), &removed));
        match self.within.store.apply(plan).await {
            // Another process turned them, or the account went: either way there is nothing left to do.
            Ok(_) | Err(ApplyError::Conflict(_) | ApplyError::NotFound(_)) => Ok(()),
            Err(error) => Err(ManagedKeysError::StoreFailed(error)),
        }
    }
}

/// The record of a new key of the account, which signs from `sign_from` on.
fn record(
    context: &Context,
    name: &AccountName,
    unique_id: &UniqueId,
    made: ManagedKeyPair,
    sign_from: Timestamp,
) -> AccountKeyRecord {
    AccountKeyRecord {
        account: name.clone(),
        account_unique_id: unique_id.clone(),
        key: made.key_id,
        uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
        public_key_pem: made.public_key_pem,
        certificate_pem: made.certificate_pem,
        valid_after: context.now(),
        valid_before: None,
        origin: KeyOrigin::Provided,
        disabled_at: None,
        disable_reason: DisableReason::default(),
        managed: Some(ManagedKey { sign_from, sign_until: None, sealed: made.sealed }),
    }
}

/// The managed ones among the keys of an account, in the order in which they sign.
fn in_order(stored: Vec<Stored<AccountKeyRecord>>) -> (Vec<Span>, Vec<Stored<AccountKeyRecord>>) {
    let mut keys: Vec<(Span, Stored<AccountKeyRecord>)> = stored
        .into_iter()
        .filter_map(|stored| {
            let sign_from = stored.record.managed.as_ref()?.sign_from;
            Some((Span { sign_from, ends: stored.record.valid_before }, stored))
        })
        .collect();
    keys.sort_by_key(|(span, _)| span.sign_from);
    keys.into_iter().unzip()
}

fn entry(context: &Context, name: &AccountName, added: &[&KeyId], removed: &[&KeyId]) -> AuditEntry {
    let detail = json!({ "added": added, "removed": removed });
    entry_of_system(context, SystemAct::RotateKeys, name.to_string(), None, detail)
}

fn later(instant: Timestamp, duration: std::time::Duration) -> Timestamp {
    instant.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// Clocks of verifiers may be behind; a key outlives what it signed by this.
const SKEW: std::time::Duration = std::time::Duration::from_secs(10 * 60);
/// What the work is called that makes a key.
const MAKING: &str = "making the key of an account";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const ROTATION: Rotation =
        Rotation { period: HOUR.saturating_mul(100), overlap: HOUR, token_lifetime: HOUR };

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * 3600).unwrap()
    }

    fn span(sign_from: i64, ends: Option<i64>) -> Span {
        Span { sign_from: at(sign_from), ends: ends.map(at) }
    }

    #[test]
    fn successor_is_made_in_time_and_signs_after_the_period() {
        let keys = [span(0, None)];
        assert_eq!(due(&keys, ROTATION, at(97)), Due::default());
        assert_eq!(due(&keys, ROTATION, at(98)).succeeded, Some((0, at(100))));
        assert_eq!(due(&[span(0, Some(101)), span(100, None)], ROTATION, at(99)), Due::default());
    }

    #[test]
    fn successor_that_comes_late_is_published_for_the_overlap_all_the_same() {
        assert_eq!(due(&[span(0, None)], ROTATION, at(500)).succeeded, Some((0, at(501))));
    }

    #[test]
    fn key_whose_tokens_have_ended_goes_and_an_account_without_keys_gets_none() {
        let keys = [span(0, Some(101)), span(100, None)];
        assert_eq!(due(&keys, ROTATION, at(101)), Due { ended: vec![0], succeeded: None });
        assert_eq!(due(&[], ROTATION, at(101)), Due::default());
        assert_eq!(due(&[span(0, Some(1))], ROTATION, at(2)), Due { ended: vec![0], succeeded: None });
    }
}
