//! How far the answers on a connection of HTTP/2 are, in bytes that the peer has room for.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
};

use bytes::{Buf, Bytes};

use crate::limited::Limited;

/// The streams of one connection, and where the service leaves what the task that the library starts next is to have:
/// it starts that right after it called the service.
#[derive(Debug, Default)]
pub(crate) struct OpenStreams {
    activity: AtomicU64,
    at_work: AtomicUsize,
    next: Mutex<Option<Arc<Progress>>>,
}

/// How far the answer on one stream is.
#[derive(Debug)]
pub(crate) struct Progress {
    limit: Limited,
    streams: Arc<OpenStreams>,
    /// How many bytes the library has written: never more than the peer's window has room for.
    taken: AtomicU64,
    /// Whether the last piece was handed out, and the library has not asked for another.
    with_peer: AtomicBool,
}

/// A stream that the service works on, or that carries another protocol.
#[derive(Debug)]
pub(crate) struct AtWork(Arc<OpenStreams>);

/// A piece of an answer that counts what is written of it.
#[derive(Debug)]
pub struct Counted<D> {
    data: D,
    progress: Option<Arc<Progress>>,
}

impl OpenStreams {
    /// Called when a request reaches the service.
    pub(crate) fn leave(self: &Arc<Self>) -> Arc<Progress> {
        let progress = Progress::on(self);
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress.clone());
        progress
    }

    /// Called when the task of a stream starts; a task that no request belongs to carries another protocol.
    pub(crate) fn begin(self: &Arc<Self>) -> (Arc<Progress>, AtWork) {
        self.activity.fetch_add(1, Relaxed);
        self.at_work.fetch_add(1, Relaxed);
        let left = self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        (left.unwrap_or_else(|| Progress::on(self)), AtWork(self.clone()))
    }

    /// A number that changes with every stream and every byte of an answer that is taken; `None` while a stream is at work.
    pub(crate) fn at_rest(&self) -> Option<u64> {
        (self.at_work.load(Relaxed) == 0).then(|| self.activity.load(Relaxed))
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Relaxed);
    }
}

impl Progress {
    fn on(streams: &Arc<OpenStreams>) -> Arc<Progress> {
        let (taken, with_peer) = (AtomicU64::new(0), AtomicBool::new(false));
        Arc::new(Progress { limit: Limited::default(), streams: streams.clone(), taken, with_peer })
    }

    /// How many bytes the peer had, when it is the peer that more waits for; `None` while the service is at work.
    pub(crate) fn waits_for_peer(&self) -> Option<u64> {
        self.with_peer.load(Relaxed).then(|| self.taken.load(Relaxed))
    }

    /// Until when the answer may be on its way.
    pub(crate) fn limit(&self) -> &Limited {
        &self.limit
    }

    /// The library asked for a piece.
    pub(crate) fn note(&self, handed_out: bool) {
        self.with_peer.store(handed_out, Relaxed);
    }

    fn takes(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.taken.fetch_add(bytes, Relaxed);
        self.streams.activity.fetch_add(bytes, Relaxed);
    }
}

impl<D> Counted<D> {
    pub(crate) fn new(data: D, progress: Option<Arc<Progress>>) -> Counted<D> {
        Counted { data, progress }
    }

    fn counts(&self, bytes: usize) {
        if let Some(progress) = &self.progress {
            progress.takes(bytes);
        }
    }
}

impl<D: Buf> Buf for Counted<D> {
    fn remaining(&self) -> usize {
        self.data.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.data.chunk()
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [std::io::IoSlice<'a>]) -> usize {
        self.data.chunks_vectored(slices)
    }

    fn advance(&mut self, bytes: usize) {
        self.counts(bytes);
        self.data.advance(bytes);
    }

    fn copy_to_bytes(&mut self, bytes: usize) -> Bytes {
        self.counts(bytes);
        self.data.copy_to_bytes(bytes)
    }
}
