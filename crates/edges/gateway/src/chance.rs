//! What the IDs of requests are drawn from.

use std::cell::RefCell;
use std::sync::Arc;

use context::{Randomness, RequestId};
use jiff::Timestamp;

/// Random bytes of one core, drawn for many IDs at a time: asking the kernel for ten bytes costs as much as asking it for
/// hundreds. Only IDs come from here. What keeps a secret is drawn where it is made.
pub(crate) struct Chance {
    drawn: RefCell<Drawn>,
    source: Arc<dyn Randomness>,
}

struct Drawn {
    bytes: [u8; IDS * RequestId::CHANCE_BYTES],
    /// How many of them, from the beginning, have not been given out.
    left: usize,
}

impl Chance {
    pub(crate) fn of(source: Arc<dyn Randomness>) -> Self {
        let drawn = Drawn { bytes: [0; IDS * RequestId::CHANCE_BYTES], left: 0 };
        Self { drawn: RefCell::new(drawn), source }
    }

    /// The ID of a request that comes now. What it is made of is given out once and not kept.
    pub(crate) fn id(&self, now: Timestamp) -> RequestId {
        let mut drawn = self.drawn.borrow_mut();
        if drawn.left == 0 {
            self.source.fill(&mut drawn.bytes);
            drawn.left = drawn.bytes.len();
        }
        let end = drawn.left;
        drawn.left -= RequestId::CHANCE_BYTES;
        let start = drawn.left;
        let mut chance = [0; RequestId::CHANCE_BYTES];
        chance.swap_with_slice(&mut drawn.bytes[start..end]);
        RequestId::of(now, chance)
    }
}

/// For how many IDs is drawn at a time.
const IDS: usize = 50;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use context::Seeded;

    use super::*;

    struct Counting {
        asked: AtomicUsize,
        seeded: Seeded,
    }

    impl Randomness for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.seeded.fill(buffer);
        }
    }

    #[test]
    fn ids_differ_and_the_kernel_is_asked_once_for_many_of_them() {
        let source = Arc::new(Counting { asked: AtomicUsize::new(0), seeded: Seeded::new(7) });
        let chance = Chance::of(source.clone());
        let drawn: BTreeSet<_> = (0..3 * IDS).map(|_| chance.id(Timestamp::UNIX_EPOCH)).collect();
        assert_eq!((drawn.len(), source.asked.load(Ordering::Relaxed)), (3 * IDS, 3));
    }

    #[test]
    fn what_an_id_was_made_of_is_not_kept() {
        let chance = Chance::of(Arc::new(Seeded::new(7)));
        for _ in 0..IDS {
            chance.id(Timestamp::UNIX_EPOCH);
        }
        assert!(chance.drawn.borrow().bytes.iter().all(|byte| *byte == 0));
    }
}
