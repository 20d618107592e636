//! The bound on attempts at once, of all and of each owner and project.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use names::{ProjectId, Uid};
use store::{Delivery, Shares};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Config, Handle};

/// As many as there are attempts at once.
pub(crate) struct Hands {
    all: u32,
    shares: Mutex<Shares>,
    slots: Arc<Semaphore>,
}

/// One that is busy with an attempt. When it is dropped, however the attempt ended, it is free again, and the engine
/// looks for what waited for it.
pub(crate) struct Hand {
    hands: Arc<Hands>,
    handle: Handle,
    owner: Uid,
    project: ProjectId,
    slot: Option<OwnedSemaphorePermit>,
}

impl Hands {
    pub(crate) fn of(config: &Config) -> Arc<Self> {
        let all = config.attempts_at_once.max(1);
        let shares = Shares::of(config.attempts_at_once_per_owner, config.attempts_at_once_per_project);
        Arc::new(Self { all, shares: Mutex::new(shares), slots: Arc::new(Semaphore::new(all as usize)) })
    }

    /// How many are free.
    pub(crate) fn free(&self) -> u32 {
        u32::try_from(self.slots.available_permits()).unwrap_or(u32::MAX)
    }

    /// Who is being sent for now.
    pub(crate) fn shares(&self) -> Shares {
        self.counts().clone()
    }

    /// A hand for this delivery; `None` if none is free, or none for its owner or project.
    pub(crate) fn take(self: &Arc<Self>, handle: &Handle, delivery: &Delivery) -> Option<Hand> {
        let slot = self.slots.clone().try_acquire_owned().ok()?;
        let (owner, project) = (delivery.owner_uid.clone(), delivery.project.clone());
        self.counts().take(&owner, &project).then(|| Hand {
            hands: self.clone(),
            handle: handle.clone(),
            owner,
            project,
            slot: Some(slot),
        })
    }

    /// Waits until all are free.
    pub(crate) async fn all_free(&self) {
        // Nobody closes the slots.
        let _all = self.slots.acquire_many(self.all).await;
    }

    fn counts(&self) -> MutexGuard<'_, Shares> {
        // Whoever counts does not stop half way.
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.hands.counts().give_back(&self.owner, &self.project);
        drop(self.slot.take());
        self.handle.wake();
    }
}
