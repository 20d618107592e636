use std::{
    borrow::Cow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::Drain;

/// Whether all parts of the process serve. Cheap to clone; `/healthz` reads it.
///
/// Each part that must serve declares itself with [`Readiness::part`] while the process is being built; the roof
/// then calls [`Readiness::all_declared`]. Until that call nothing is ready, so that a quick part cannot make the
/// process look ready before a slow one was even named.
#[derive(Clone, Debug)]
pub struct Readiness {
    board: Arc<Board>,
}

/// One declared part. Dropping it without [`Part::ready`] leaves the process not ready, on purpose: whoever was to
/// make it ready gave up.
#[derive(Debug)]
pub struct Part {
    board: Arc<Board>,
    index: usize,
}

/// What [`Readiness`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The process was asked to stop; it finishes what it has and wants nothing new.
    Draining,
    /// Tasks without which the process cannot serve have ended; it stays so until a restart.
    Failed {
        /// The names of those tasks.
        tasks: Vec<Cow<'static, str>>,
    },
    /// Everything serves.
    Ready,
    /// Not everything serves yet.
    Starting {
        /// The parts that are awaited; empty while parts are still being declared.
        waiting_for: Vec<Cow<'static, str>>,
    },
}

impl Readiness {
    /// Declares a part that has to be ready before the process is.
    pub fn part(&self, name: impl Into<Cow<'static, str>>) -> Part {
        let mut facts = self.board.facts();
        facts.parts.push((name.into(), false));
        Part { board: self.board.clone(), index: facts.parts.len() - 1 }
    }

    /// Says that every part has been declared.
    pub fn all_declared(&self) {
        self.board.facts().all_declared = true;
        self.board.changed.notify_waiters();
    }

    /// The present state.
    pub fn state(&self) -> State {
        if self.board.drain.is_draining() {
            return State::Draining;
        }
        let facts = self.board.facts();
        if !facts.failed.is_empty() {
            return State::Failed { tasks: facts.failed.clone() };
        }
        let waiting_for: Vec<_> =
            facts.parts.iter().filter(|(_, ready)| !ready).map(|(name, _)| name.clone()).collect();
        if facts.all_declared && waiting_for.is_empty() {
            State::Ready
        } else {
            State::Starting { waiting_for }
        }
    }

    /// Whether the state is [`State::Ready`].
    pub fn is_ready(&self) -> bool {
        self.state() == State::Ready
    }

    /// Waits until the state is no longer [`State::Starting`], and says which it is then.
    pub async fn settled(&self) -> State {
        loop {
            // Ask to be told before looking, so that a change in between is not missed.
            let changed = self.board.changed.notified();
            match self.state() {
                State::Starting { .. } => {
                    if self.board.drain.unless_draining(changed).await.is_none() {
                        return State::Draining;
                    }
                }
                state => return state,
            }
        }
    }

    pub(crate) fn new(drain: Drain) -> Readiness {
        Readiness { board: Arc::new(Board { changed: Notify::new(), drain, facts: Mutex::default() }) }
    }

    pub(crate) fn fail(&self, task: Cow<'static, str>) {
        self.board.facts().failed.push(task);
        self.board.changed.notify_waiters();
    }
}

impl Part {
    /// Says that this part serves.
    pub fn ready(self) {
        self.board.facts().parts[self.index].1 = true;
        self.board.changed.notify_waiters();
    }
}

#[derive(Debug)]
struct Board {
    changed: Notify,
    drain: Drain,
    facts: Mutex<Facts>,
}

#[derive(Debug, Default)]
struct Facts {
    all_declared: bool,
    failed: Vec<Cow<'static, str>>,
    parts: Vec<(Cow<'static, str>, bool)>,
}

impl Board {
    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
