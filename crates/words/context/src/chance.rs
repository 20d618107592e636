//! Where chance comes from.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random bytes. The roof hands in the operating system's; tests a seeded one.
pub trait Randomness: Send + Sync {
    /// Fills the buffer with bytes that nobody can foresee.
    fn fill(&self, buffer: &mut [u8]);

    /// A random number.
    fn number(&self) -> u64 {
        let mut buffer = [0; 8];
        self.fill(&mut buffer);
        u64::from_le_bytes(buffer)
    }
}

/// Reproducible chance for tests (SplitMix64). Never for secrets.
#[derive(Debug)]
pub struct Seeded(AtomicU64);

impl Seeded {
    /// The same seed gives the same sequence.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Randomness for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        for chunk in buffer.chunks_mut(8) {
            let mut word = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(word ^ (word >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}
