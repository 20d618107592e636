use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering::Relaxed},
};

/// Tells the service whether an answer of its was cut off here, and why. A handle; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    why: Arc<AtomicU8>,
}

/// Why an answer was cut off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CutBecause {
    /// The peer took nothing of it for the patience of the server.
    NothingTaken,
    /// The peer had not taken all of it within its limit.
    TookTooLong,
}

impl Cut {
    /// Why the answer was cut off; `None` as long as it was not, and where the peer left by itself.
    pub fn why(&self) -> Option<CutBecause> {
        match self.why.load(Relaxed) {
            NOTHING_TAKEN => Some(CutBecause::NothingTaken),
            TOOK_TOO_LONG => Some(CutBecause::TookTooLong),
            _ => None,
        }
    }

    pub(crate) fn is_because(&self, why: CutBecause) {
        let why = match why {
            CutBecause::NothingTaken => NOTHING_TAKEN,
            CutBecause::TookTooLong => TOOK_TOO_LONG,
        };
        self.why.store(why, Relaxed);
    }
}

const NOTHING_TAKEN: u8 = 1;
const TOOK_TOO_LONG: u8 = 2;
