use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::limited::Limited;

/// Whose bytes a connection of HTTP/1 is to carry next. Told by the service when a request reaches it and when its
/// answer has ended; read by the stream that the bytes go through. Both are polled by one task, so that no order
/// between threads has to be kept.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// How many requests reached the service, times four, and the state.
    word: AtomicU64,
    limit: Limited,
}

/// What a [`Turn`] says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Whose {
    /// A request is being answered.
    Answer,
    /// The service's last word has been handed to the HTTP library, which may not have written it yet. The number
    /// tells one answer from the next.
    Ended(u64),
    /// Bytes of another protocol, from now on.
    Foreign,
    /// No request waits for an answer and every answer is written: what is written now, the HTTP library says of its
    /// own accord.
    Library,
}

impl Turn {
    pub(crate) fn whose(&self) -> Whose {
        let word = self.word.load(Relaxed);
        match word % STATES {
            ANSWER => Whose::Answer,
            ENDED => Whose::Ended(word / STATES),
            FOREIGN => Whose::Foreign,
            _ => Whose::Library,
        }
    }

    /// Whether a request ever reached the service.
    pub(crate) fn has_begun(&self) -> bool {
        self.word.load(Relaxed) >= STATES
    }

    /// Until when the answer may be on its way.
    pub(crate) fn limit(&self) -> &Limited {
        &self.limit
    }

    /// A request reaches the service.
    pub(crate) fn begins(&self) {
        self.limit.clear();
        let word = self.word.load(Relaxed);
        self.word.store((word / STATES + 1) * STATES + ANSWER, Relaxed);
    }

    /// The HTTP library holds all that the service has to say.
    pub(crate) fn ends(&self) {
        if self.whose() == Whose::Answer {
            self.become_state(ENDED);
        }
    }

    /// All that the service had to say is written.
    pub(crate) fn is_written(&self) {
        if matches!(self.whose(), Whose::Ended(_)) {
            self.become_state(LIBRARY);
        }
    }

    /// The connection speaks another protocol from now on.
    pub(crate) fn is_handed_over(&self) {
        self.become_state(FOREIGN);
    }

    fn become_state(&self, state: u64) {
        let word = self.word.load(Relaxed);
        self.word.store(word / STATES * STATES + state, Relaxed);
    }
}

const STATES: u64 = 4;
const LIBRARY: u64 = 0;
const ANSWER: u64 = 1;
const ENDED: u64 = 2;
const FOREIGN: u64 = 3;
