//! Tokens that are given out again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::Minted;

/// What was asked for: who asks for the same gets the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Asked {
    Access { scopes: Vec<String> },
    Identity { audience: String },
}

/// Tokens until five minutes before their end (facts §6.2).
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    tokens: Mutex<BTreeMap<Asked, Minted>>,
}

impl Remembered {
    pub(crate) fn find(&self, asked: &Asked, now: Timestamp) -> Option<Minted> {
        self.tokens().get(asked).filter(|minted| is_fresh(minted, now)).cloned()
    }

    /// Keeps a token. Where there are too many, those that have ended go, and then whichever ends first.
    pub(crate) fn keep(&self, asked: Asked, minted: Minted, now: Timestamp) {
        let mut tokens = self.tokens();
        tokens.retain(|_, minted| is_fresh(minted, now));
        if tokens.len() >= MOST {
            let first = tokens.iter().min_by_key(|(_, minted)| minted.expires_at);
            if let Some(first) = first.map(|(asked, _)| asked.clone()) {
                tokens.remove(&first);
            }
        }
        tokens.insert(asked, minted);
    }

    fn tokens(&self) -> MutexGuard<'_, BTreeMap<Asked, Minted>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_fresh(minted: &Minted, now: Timestamp) -> bool {
    now.checked_add(MARGIN).is_ok_and(|end| end < minted.expires_at)
}

/// How long before its end a token is given out for the last time.
const MARGIN: Duration = Duration::from_secs(5 * 60);
/// How many tokens are kept: a program calls few services.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_so_many_are_kept_and_the_first_to_end_goes() {
        let remembered = Remembered::default();
        let now: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
        let asked = |number: usize| Asked::Identity { audience: number.to_string() };
        for number in 0..=MOST {
            let expires_at = now + Duration::from_secs(3600 + number as u64);
            remembered.keep(asked(number), Minted { expires_at, token: String::new().into() }, now);
        }
        assert!(remembered.find(&asked(0), now).is_none());
        assert!(remembered.find(&asked(1), now).is_some());
        assert_eq!(remembered.tokens().len(), MOST);
    }
}
