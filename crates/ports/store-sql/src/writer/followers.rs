//! Who keeps a picture of the configuration, and how far they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use names::Revision;
use store::{Change, Follower};

/// Everybody who follows. All are at the same revision.
pub(super) struct Followers {
    followers: Vec<Arc<dyn Follower>>,
    gauges: Arc<Gauges>,
}

/// What the writer has done since the store was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Transactions that were committed: each costs one sync to disk.
    pub commits: u64,
    /// Writes that those transactions carried: plans, claims and batches of decisions.
    pub plans: u64,
}

/// What can be seen of the writer from outside.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    commits: AtomicU64,
    plans: AtomicU64,
    followed: AtomicU64,
}

impl Followers {
    pub fn new(gauges: Arc<Gauges>) -> Self {
        Self { followers: Vec::new(), gauges }
    }

    /// What those who join will be told from.
    pub fn begin_at(&self, revision: Revision) {
        self.gauges.followed.store(revision.0, Ordering::Release);
    }

    /// How far everybody is.
    pub fn followed(&self) -> Revision {
        self.gauges.followed()
    }

    /// Hands over the changes up to a revision, which begin right after the one that everybody is at.
    pub fn hand_over(&self, revision: Revision, changes: &[Change]) {
        for follower in &self.followers {
            follower.follow(revision, changes);
        }
        self.gauges.followed.store(revision.0, Ordering::Release);
    }

    /// Adds one who gets everything as of a revision.
    pub fn join(&mut self, follower: Arc<dyn Follower>, revision: Revision, puts: &[Change]) {
        follower.follow(revision, puts);
        self.followers.push(follower);
    }
}

impl Gauges {
    pub fn committed(&self, plans: u64) {
        self.plans.fetch_add(plans, Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Relaxed);
    }

    pub fn counts(&self) -> Counts {
        Counts { commits: self.commits.load(Ordering::Relaxed), plans: self.plans.load(Ordering::Relaxed) }
    }

    pub fn followed(&self) -> Revision {
        Revision(self.followed.load(Ordering::Acquire))
    }
}
