//! The local owner as whoever asks.

use names::Principal;

use crate::People;

impl People {
    /// The local owner, unless there is none yet or they may not act. Reads memory only.
    pub fn local_owner(&self) -> Option<Principal> {
        let owner = self.access.person(&self.config.owner).filter(|person| !person.disabled)?;
        Some(Principal::Person { email: owner.email, subject: owner.subject })
    }
}
