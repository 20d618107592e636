//! Who keeps the picture of the configuration current.

use std::sync::Arc;

use arc_swap::ArcSwap;
use names::Revision;
use store::{Change, Follower};

use crate::picture::Picture;

/// Keeps the picture current.
pub(crate) struct Keeper {
    picture: Arc<ArcSwap<Picture>>,
}

impl Keeper {
    pub(crate) fn of(picture: Arc<ArcSwap<Picture>>) -> Self {
        Self { picture }
    }
}

impl Follower for Keeper {
    fn follow(&self, revision: Revision, changes: &[Change]) {
        let mut next = Picture::clone(&self.picture.load());
        for change in changes {
            next.take(change);
        }
        next.revision = revision;
        self.picture.store(Arc::new(next));
    }
}
