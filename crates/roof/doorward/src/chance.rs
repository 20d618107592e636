//! The operating system's chance.

use context::Randomness;

/// Random bytes from the kernel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer)
            .expect("a kernel that gives no random bytes can keep no secret: better to stop");
    }
}
