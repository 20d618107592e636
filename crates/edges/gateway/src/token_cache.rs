//! Which tokens verified, for a while. What was decided about their bearers is never kept.

use std::collections::HashMap;
use std::rc::Rc;

use jiff::Timestamp;
use names::Revision;
use tokens::{IdTokenRejected, VerifiedIdToken};

use crate::VerifiesIdTokens;

/// One core's memory of verified tokens: two generations, so that it is bounded and what is used stays. Only tokens
/// that verified get in, so nobody can flood it with others.
pub(crate) struct TokenCache {
    current: HashMap<[u8; 32], Rc<VerifiedIdToken>>,
    previous: HashMap<[u8; 32], Rc<VerifiedIdToken>>,
    half: usize,
    revision: Revision,
}

impl TokenCache {
    /// A memory of at most `capacity` tokens.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            current: HashMap::new(),
            previous: HashMap::new(),
            half: (capacity / 2).max(1),
            revision: Revision::default(),
        }
    }

    /// Verifies a token, or remembers that it did: its end is looked at every time, and a change of keys forgets
    /// everything. Tokens themselves are not kept, only their digests.
    pub(crate) fn verify(
        &mut self,
        verifier: &dyn VerifiesIdTokens,
        token: &str,
        now: Timestamp,
    ) -> Result<Rc<VerifiedIdToken>, IdTokenRejected> {
        let revision = verifier.revision();
        if revision != self.revision {
            self.current.clear();
            self.previous.clear();
            self.revision = revision;
        }
        let key = jose::sha256(token.as_bytes());
        let found = self.current.get(&key).cloned().or_else(|| self.revive(key));
        if let Some(verified) = found {
            let at = verified.expires_at;
            return if now < at { Ok(verified) } else { Err(IdTokenRejected::Expired { at }) };
        }
        let verified = Rc::new(verifier.verify(token, now)?);
        self.remember(key, verified.clone());
        Ok(verified)
    }

    fn revive(&mut self, key: [u8; 32]) -> Option<Rc<VerifiedIdToken>> {
        let verified = self.previous.remove(&key)?;
        self.remember(key, verified.clone());
        Some(verified)
    }

    fn remember(&mut self, key: [u8; 32], verified: Rc<VerifiedIdToken>) {
        if self.current.len() >= self.half {
            self.previous = std::mem::take(&mut self.current);
        }
        self.current.insert(key, verified);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Mutex;

    use names::Principal;

    use super::*;

    #[derive(Default)]
    struct Counting {
        asked: Mutex<u32>,
        revision: Mutex<u64>,
    }

    impl VerifiesIdTokens for Counting {
        fn verify(&self, token: &str, _now: Timestamp) -> Result<VerifiedIdToken, IdTokenRejected> {
            *self.asked.lock().unwrap() += 1;
            if token == "bad" {
                return Err(IdTokenRejected::BadSignature);
            }
            let expires_at = Timestamp::from_second(100).unwrap();
            Ok(VerifiedIdToken {
                principal: Principal::Anonymous,
                audience: token.to_owned(),
                expires_at,
                issued_at: Timestamp::UNIX_EPOCH,
            })
        }

        fn revision(&self) -> Revision {
            Revision(*self.revision.lock().unwrap())
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn token_is_verified_once_and_its_end_is_looked_at_every_time() {
        let (verifier, mut cache) = (Counting::default(), TokenCache::new(10));
        let asked = || *verifier.asked.lock().unwrap();
        assert_eq!(cache.verify(&verifier, "a", at(1)).unwrap().audience, "a");
        assert_eq!(cache.verify(&verifier, "a", at(99)).unwrap().audience, "a");
        assert_eq!(cache.verify(&verifier, "a", at(100)), Err(IdTokenRejected::Expired { at: at(100) }));
        assert_eq!(asked(), 1);
    }

    #[test]
    fn what_did_not_verify_is_not_remembered() {
        let (verifier, mut cache) = (Counting::default(), TokenCache::new(10));
        for asked in 1..4 {
            assert_eq!(cache.verify(&verifier, "bad", at(1)), Err(IdTokenRejected::BadSignature));
            assert_eq!(*verifier.asked.lock().unwrap(), asked);
        }
    }

    #[test]
    fn change_of_keys_forgets_everything() {
        let (verifier, mut cache) = (Counting::default(), TokenCache::new(10));
        cache.verify(&verifier, "a", at(1)).unwrap();
        *verifier.revision.lock().unwrap() += 1;
        cache.verify(&verifier, "a", at(1)).unwrap();
        assert_eq!(*verifier.asked.lock().unwrap(), 2);
    }

    #[test]
    fn ten_thousand_tokens_in_turn_are_each_verified_once() {
        let verifier = Counting::default();
        let mut cache = TokenCache::new(crate::Config::default().remembered_tokens);
        for _ in 0..5 {
            for number in 0..10_000 {
                cache.verify(&verifier, &number.to_string(), at(1)).unwrap();
            }
        }
        assert_eq!(*verifier.asked.lock().unwrap(), 10_000);
    }

    #[test]
    fn memory_is_bounded_and_keeps_what_is_used() {
        let (verifier, mut cache) = (Counting::default(), TokenCache::new(8));
        let highest = Cell::new(0);
        for round in 0..100 {
            cache.verify(&verifier, "often", at(1)).unwrap();
            cache.verify(&verifier, &format!("once {round}"), at(1)).unwrap();
            highest.set(highest.get().max(cache.current.len() + cache.previous.len()));
        }
        assert!(highest.get() <= 8);
        assert_eq!(*verifier.asked.lock().unwrap(), 101);
    }
}
