//! Connections of HTTP/2 that are being made: one is enough for all who wait.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use outbound::Target;
use tokio::sync::Notify;

use crate::refusal::Refusal;

/// Who dials which target, on one core.
#[derive(Clone, Default)]
pub(crate) struct Dials {
    under_way: Rc<RefCell<HashMap<Target, Rc<Dial>>>>,
}

#[derive(Default)]
struct Dial {
    failed: RefCell<Option<Refusal>>,
    is_over: Cell<bool>,
    over: Notify,
}

/// Whether somebody dials already.
pub(crate) enum Joined {
    /// Nobody does.
    First(Dialling),
    /// Somebody does.
    Waits(Waiting),
}

/// Who dials for all. When it is dropped the others look again.
pub(crate) struct Dialling {
    dial: Rc<Dial>,
    dials: Dials,
    target: Target,
}

/// Who waits for that.
pub(crate) struct Waiting {
    dial: Rc<Dial>,
}

impl Dials {
    pub(crate) fn join(&self, target: &Target) -> Joined {
        if let Some(dial) = self.under_way.borrow().get(target) {
            return Joined::Waits(Waiting { dial: dial.clone() });
        }
        let dial = Rc::<Dial>::default();
        self.under_way.borrow_mut().insert(target.clone(), dial.clone());
        Joined::First(Dialling { dial, dials: self.clone(), target: target.clone() })
    }
}

impl Dialling {
    /// All who wait now are told the same.
    pub(crate) fn failed(self, refusal: &Refusal) {
        *self.dial.failed.borrow_mut() = Some(refusal.clone());
    }
}

impl Drop for Dialling {
    fn drop(&mut self) {
        self.dials.under_way.borrow_mut().remove(&self.target);
        self.dial.is_over.set(true);
        self.dial.over.notify_waiters();
    }
}

impl Waiting {
    /// Waits until it is over, and says why it failed, if it did.
    pub(crate) async fn over(&self) -> Option<Refusal> {
        while !self.dial.is_over.get() {
            self.dial.over.notified().await;
        }
        self.dial.failed.borrow().clone()
    }
}
