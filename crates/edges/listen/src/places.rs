use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many connections of a [`Socket`](crate::Socket) may be open at once, over all runtimes.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    inside: Arc<Semaphore>,
    /// For those who are only told that there is no place inside.
    doorstep: Arc<Semaphore>,
}

/// One of the places of a [`Socket`](crate::Socket), free again when this is dropped. A connection in memory takes none.
#[derive(Debug)]
pub struct Place {
    _permit: Option<OwnedSemaphorePermit>,
    where_to: WhereTo,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum WhereTo {
    Doorstep,
    Inside,
}

impl Places {
    pub(crate) fn new(inside: usize) -> Places {
        Places { inside: Arc::new(Semaphore::new(inside)), doorstep: Arc::new(Semaphore::new(DOORSTEP)) }
    }

    /// The next place, on the doorstep when there is none inside. Waits when that is full too.
    pub(crate) async fn next(&self) -> Place {
        let (inside, doorstep) = (self.inside.clone(), self.doorstep.clone());
        tokio::select! {
            biased;
            permit = inside.acquire_owned() => Place::of(permit.expect(OPEN), WhereTo::Inside),
            permit = doorstep.acquire_owned() => Place::of(permit.expect(OPEN), WhereTo::Doorstep),
        }
    }

    /// The same place, or one inside that has become free since.
    pub(crate) fn better(&self, place: Place) -> Place {
        match place.where_to {
            WhereTo::Inside => place,
            WhereTo::Doorstep => match self.inside.clone().try_acquire_owned() {
                Ok(permit) => Place::of(permit, WhereTo::Inside),
                Err(_) => place,
            },
        }
    }
}

impl Place {
    pub(crate) fn outside() -> Place {
        Place { _permit: None, where_to: WhereTo::Inside }
    }

    /// Whether whoever has it is only told that there is no place.
    pub(crate) fn is_doorstep(&self) -> bool {
        self.where_to == WhereTo::Doorstep
    }

    fn of(permit: OwnedSemaphorePermit, where_to: WhereTo) -> Place {
        Place { _permit: Some(permit), where_to }
    }
}

/// Why waiting for a place cannot fail.
const OPEN: &str = "nobody closes the semaphore";
/// How many are told at once; who comes then waits in the kernel's queue.
const DOORSTEP: usize = 64;
