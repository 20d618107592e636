//! What differs between the product and a test of it.

use std::num::NonZeroUsize;
use std::sync::Arc;

use context::{Context, Randomness};
use keys::KeyRings;
use supervise::Timer;

use crate::chance::SystemRandomness;

/// The world that a house stands in.
pub struct Surroundings {
    /// What everything waits on and reads the time from.
    pub timer: Timer,
    /// Where chance comes from.
    pub randomness: Arc<dyn Randomness>,
    /// Where Doorward's own keys come from.
    pub keys: KeySource,
    /// How many cores the gate uses.
    pub cores: NonZeroUsize,
}

/// Where Doorward's own keys come from.
pub enum KeySource {
    /// Keys that everybody knows: for tests, where making keys is slow.
    DangerousFixed(Box<KeyRings>),
    /// Made on first start and kept in the store, sealed by the master key.
    Sealed,
}

impl Surroundings {
    /// The real world: the wall clock, the kernel's chance, every core.
    pub fn real() -> Self {
        Self {
            timer: Timer::wall(),
            randomness: Arc::new(SystemRandomness),
            keys: KeySource::Sealed,
            cores: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }

    /// A context for what Doorward does for itself.
    pub(crate) fn context(&self) -> Context {
        Context::for_doorward_itself(Arc::new(self.timer.clone()), self.randomness.clone())
    }
}
