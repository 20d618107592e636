//! Which requests of a core are under way for longer than a moment, and when to look at them again.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use jiff::Timestamp;
use names::Revision;
use supervise::Tasks;
use tokio::sync::Notify;

use crate::Sources;

/// The list of one core. A look costs nothing while nothing has changed, and there is none while the list is empty.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    list: Rc<List>,
}

#[derive(Default)]
struct List {
    entries: RefCell<BTreeMap<u64, Entry>>,
    next: Cell<u64>,
    looks: Cell<bool>,
    emptied: Notify,
}

struct Entry {
    due: Timestamp,
    waker: Waker,
}

/// A request's place on the list.
pub(crate) struct Watched {
    list: Rc<List>,
    number: u64,
}

/// What decisions are made from: it differs once anything has changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    access: Revision,
    keys: Revision,
    routes: Revision,
}

impl State {
    pub(crate) fn of(sources: &Sources) -> Self {
        Self {
            access: sources.access.revision(),
            keys: sources.id_tokens.revision(),
            routes: sources.routes.revision(),
        }
    }
}

impl Watch {
    /// Puts a request on the list, which wakes it when anything has changed, and when it is due.
    pub(crate) fn enter(&self, sources: &Sources, tasks: &Tasks) -> Watched {
        let number = self.list.next.get();
        self.list.next.set(number + 1);
        if !self.list.looks.replace(true) {
            tasks.spawn_local("gate watch", self.clone().look(sources.clone(), tasks.clone()));
        }
        Watched { list: self.list.clone(), number }
    }

    async fn look(self, sources: Sources, tasks: Tasks) {
        let mut state = State::of(&sources);
        loop {
            tokio::select! {
                () = tasks.timer().sleep(INTERVAL) => {}
                () = self.list.emptied.notified() => {}
            }
            if self.list.entries.borrow().is_empty() {
                self.list.looks.set(false);
                return;
            }
            let (before, now) = (state, tasks.timer().now());
            state = State::of(&sources);
            for entry in self.list.entries.borrow().values() {
                if state != before || now >= entry.due {
                    entry.waker.wake_by_ref();
                }
            }
        }
    }
}

impl Watched {
    /// Wakes `waker` from now on: at `due`, or before when anything has changed.
    pub(crate) fn wakes(&self, waker: &Waker, due: Timestamp) {
        let mut entries = self.list.entries.borrow_mut();
        match entries.get_mut(&self.number) {
            Some(entry) => {
                entry.due = due;
                entry.waker.clone_from(waker);
            }
            None => drop(entries.insert(self.number, Entry { due, waker: waker.clone() })),
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut entries = self.list.entries.borrow_mut();
        let left = entries.remove(&self.number);
        if entries.is_empty() {
            self.list.emptied.notify_one();
        }
        // With the list released: the last waker of a task may drop the task, and with it another place.
        drop(entries);
        drop(left);
    }
}

/// How often the core looks whether anything has changed, and so how long a request that says nothing stays when its
/// caller has lost the permission.
const INTERVAL: Duration = Duration::from_secs(1);
