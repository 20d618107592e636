//! What makes an entry unique.

use context::Context;

/// An insert ID for an entry of this step, 0 to 99: among entries of one instant, those of an earlier step come first.
pub fn insert_id_of_step(context: &Context, step: u8) -> String {
    let chance = context.randomness();
    format!("{step:02}{:016x}{:08x}", chance.number(), chance.number() >> 32)
}
