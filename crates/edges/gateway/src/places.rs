//! How many connections to services may be open at once, over all cores.

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use outbound::{Io, Target};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Places for connections to services. One target has at most three quarters of them, so that services that answer
/// slowly leave some to the others. All cores share them; they are looked at only when a connection is made or closed.
#[derive(Clone)]
pub(crate) struct Places {
    shared: Arc<Shared>,
}

struct Shared {
    all: Arc<Semaphore>,
    most_of_one: usize,
    /// Those of targets that have any, or that somebody waits for.
    shares: Mutex<HashMap<Target, Weak<Share>>>,
    /// Changes whenever somebody begins to wait.
    wanted: watch::Sender<()>,
}

struct Share {
    target: Target,
    room: Arc<Semaphore>,
}

/// A place, free again when this is dropped.
pub(crate) struct Place {
    // In this order: what is free must be so before the share is forgotten.
    _of_all: OwnedSemaphorePermit,
    _of_target: OwnedSemaphorePermit,
    _claim: Claim,
}

/// Keeps the share of a target known.
struct Claim {
    share: Option<Arc<Share>>,
    shared: Arc<Shared>,
}

impl Places {
    pub(crate) fn new(most: usize) -> Self {
        let shared = Shared {
            all: Arc::new(Semaphore::new(most)),
            most_of_one: (most - most / 4).max(1),
            shares: Mutex::default(),
            wanted: watch::Sender::new(()),
        };
        Self { shared: Arc::new(shared) }
    }

    /// A place for a connection to this target, if there is one at once.
    pub(crate) fn try_take(&self, target: &Target) -> Option<Place> {
        let claim = self.claim(target);
        let of_target = claim.room().try_acquire_owned().ok()?;
        let of_all = self.shared.all.clone().try_acquire_owned().ok()?;
        Some(Place { _of_all: of_all, _of_target: of_target, _claim: claim })
    }

    /// The next place for a connection to this target. Who came first gets it first.
    pub(crate) async fn take(&self, target: &Target) -> Place {
        let claim = self.claim(target);
        self.shared.wanted.send_replace(());
        // First that of the target: who waits for it keeps nothing from the others.
        let of_target = claim.room().acquire_owned().await.expect(OPEN);
        let of_all = self.shared.all.clone().acquire_owned().await.expect(OPEN);
        Place { _of_all: of_all, _of_target: of_target, _claim: claim }
    }

    /// Tells when somebody begins to wait.
    pub(crate) fn wanted(&self) -> watch::Receiver<()> {
        self.shared.wanted.subscribe()
    }

    /// Whether there is no place for another connection to this target.
    pub(crate) fn are_taken(&self, target: &Target) -> bool {
        let full = |room: &Semaphore| room.available_permits() == 0;
        let share = self.shared.shares().get(target).and_then(Weak::upgrade);
        let share = share.map(|share| Claim { share: Some(share), shared: self.shared.clone() });
        full(&self.shared.all) || share.is_some_and(|claim| full(&claim.room()))
    }

    fn claim(&self, target: &Target) -> Claim {
        let mut shares = self.shared.shares();
        let known = shares.get(target).and_then(Weak::upgrade);
        let share = known.unwrap_or_else(|| {
            let room = Arc::new(Semaphore::new(self.shared.most_of_one));
            let share = Arc::new(Share { target: target.clone(), room });
            shares.insert(target.clone(), Arc::downgrade(&share));
            share
        });
        Claim { share: Some(share), shared: self.shared.clone() }
    }
}

impl Shared {
    fn shares(&self) -> MutexGuard<'_, HashMap<Target, Weak<Share>>> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    fn room(&self) -> Arc<Semaphore> {
        self.share.as_ref().expect("it is taken out only when this is dropped").room.clone()
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut shares = self.shared.shares();
        // With the list locked nobody else comes by it meanwhile.
        if let Some(share) = self.share.take().and_then(Arc::into_inner) {
            shares.remove(&share.target);
        }
    }
}

/// A connection to a service, which has its place until it is closed, whatever is carried over it.
pub(crate) struct Placed {
    io: Io,
    /// Last, so that it is free only when the connection is closed.
    _place: Place,
}

impl Placed {
    pub(crate) fn new(io: Io, place: Place) -> Self {
        Self { io, _place: place }
    }
}

impl AsyncRead for Placed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl AsyncWrite for Placed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

/// Why waiting for a place cannot fail.
const OPEN: &str = "nobody closes the semaphore";

#[cfg(test)]
mod tests {
    use super::*;

    fn target(port: u16) -> Target {
        format!("http://127.0.0.1:{port}").parse::<outbound::Url>().unwrap().target().clone()
    }

    #[test]
    fn one_target_never_has_all_places_and_none_is_remembered_for_nothing() {
        let (places, [slow, other]) = (Places::new(8), [1, 2].map(target));
        let mut taken: Vec<_> = std::iter::from_fn(|| places.try_take(&slow)).collect();
        assert_eq!(taken.len(), 6);
        assert!(places.are_taken(&slow) && !places.are_taken(&other));
        taken.extend(std::iter::from_fn(|| places.try_take(&other)));
        assert_eq!(taken.len(), 8);
        assert!(places.are_taken(&other));
        assert_eq!(places.shared.shares().len(), 2);
        drop(taken);
        assert!(places.shared.shares().is_empty());
        assert_eq!(std::iter::from_fn(|| places.try_take(&other)).take(9).collect::<Vec<_>>().len(), 6);
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_nothing_behind() {
        let (places, only) = (Places::new(1), target(1));
        let mut wanted = places.wanted();
        let place = places.try_take(&only).unwrap();
        assert!(!wanted.has_changed().unwrap());
        {
            let waits = places.take(&only);
            tokio::pin!(waits);
            assert!(futures_util::poll!(&mut waits).is_pending());
        }
        assert!(wanted.has_changed().unwrap());
        wanted.mark_unchanged();
        drop(place);
        assert!(places.shared.shares().is_empty());
        assert!(places.try_take(&only).is_some());
    }
}
