use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use tokio::{sync::Notify, task::AbortHandle};

use crate::{Drain, Readiness, Tasks, Timer};

/// The owner of every task; the roof has the only one. Dropping it without [`Supervisor::drain`] ends all tasks
/// where they stand.
#[derive(Debug)]
pub struct Supervisor {
    tasks: Tasks,
    register: Arc<Register>,
}

impl Supervisor {
    /// An owner without tasks yet, whose tasks wait on `timer`.
    pub fn new(timer: &Timer) -> Supervisor {
        let drain = Drain::default();
        let register = Arc::new(Register::default());
        let readiness = Readiness::new(drain.clone());
        Supervisor { tasks: Tasks::new(timer.clone(), drain, readiness, register.clone()), register }
    }

    /// The way to start tasks, handed to every service and edge.
    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Whether all parts serve.
    pub fn readiness(&self) -> &Readiness {
        self.tasks.readiness()
    }

    /// Asks every task to end, waits until all have or the clock shows `deadline`, then ends the rest where they
    /// stand.
    ///
    /// # Errors
    ///
    /// The names of the tasks that did not end by themselves.
    pub async fn drain(self, deadline: Timestamp) -> Result<(), Undrained> {
        self.tasks.drain().begin();
        let timer = self.tasks.timer().clone();
        if timer.timeout_at(deadline, self.register.all_ended()).await.is_ok() {
            return Ok(());
        }
        let names = self.register.close();
        if names.is_empty() { Ok(()) } else { Err(Undrained { names }) }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.tasks.drain().begin();
        self.register.close();
    }
}

/// Some tasks had to be ended because they did not end by themselves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these tasks did not end in time and were ended: {}", names.join(", "))]
pub struct Undrained {
    /// Their names in alphabetical order, one entry for each task.
    pub names: Vec<Cow<'static, str>>,
}

/// Who is at work.
#[derive(Debug, Default)]
pub(crate) struct Register {
    facts: Mutex<Facts>,
    ended: Notify,
}

#[derive(Debug, Default)]
struct Facts {
    closed: bool,
    next: u64,
    entries: BTreeMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    name: Cow<'static, str>,
    /// There is none between the entry and the start, and for work that cannot be ended.
    abort: Option<AbortHandle>,
}

impl Register {
    /// Enters a task that is about to start; `None` after the register was closed.
    pub(crate) fn enter(self: &Arc<Register>, name: Cow<'static, str>) -> Option<Entered> {
        let mut facts = self.facts();
        if facts.closed {
            return None;
        }
        facts.next += 1;
        let number = facts.next;
        facts.entries.insert(number, Entry { name, abort: None });
        Some(Entered { register: self.clone(), number })
    }

    /// Keeps the way to end the task `number`, unless it has ended; ends it if the register was closed meanwhile.
    pub(crate) fn started(&self, number: u64, abort: AbortHandle) {
        let mut facts = self.facts();
        if facts.closed {
            drop(facts);
            abort.abort();
        } else if let Some(entry) = facts.entries.get_mut(&number) {
            entry.abort = Some(abort);
        }
    }

    async fn all_ended(&self) {
        loop {
            // Ask to be told before looking, so that an end in between is not missed.
            let mut ended = std::pin::pin!(self.ended.notified());
            ended.as_mut().enable();
            if self.facts().entries.is_empty() {
                return;
            }
            ended.await;
        }
    }

    /// Ends every task and lets none start any more; the names of those that were at work.
    fn close(&self) -> Vec<Cow<'static, str>> {
        let mut facts = self.facts();
        facts.closed = true;
        let entries = std::mem::take(&mut facts.entries);
        drop(facts);
        let mut names: Vec<_> = entries
            .into_values()
            .map(|entry| {
                if let Some(abort) = entry.abort {
                    abort.abort();
                }
                entry.name
            })
            .collect();
        names.sort();
        names
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entry of one task; dropping it says that the task has ended.
#[derive(Debug)]
pub(crate) struct Entered {
    register: Arc<Register>,
    pub(crate) number: u64,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut facts = self.register.facts();
        facts.entries.remove(&self.number);
        if facts.entries.is_empty() {
            drop(facts);
            self.register.ended.notify_waiters();
        }
    }
}
