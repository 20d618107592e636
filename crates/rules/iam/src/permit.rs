//! Proof that a decision was made.

use std::marker::PhantomData;

use names::{Principal, Revision, Uid};

use crate::{Ground, Permission};

/// Proof that `P` was granted on one resource. Made only by [`crate::decide`]; a write takes it by value, so that
/// one decision allows one change.
#[derive(Debug)]
#[must_use = "a permit that is not used means that a check was made for nothing"]
pub struct Permit<P: Permission> {
    name: P::Resource,
    uid: Uid,
    principal: Principal,
    ground: Ground,
    revision: Revision,
    permission: PhantomData<P>,
}

impl<P: Permission> Permit<P> {
    pub(crate) fn new(
        name: P::Resource,
        uid: Uid,
        principal: Principal,
        ground: Ground,
        revision: Revision,
    ) -> Self {
        Self { name, uid, principal, ground, revision, permission: PhantomData }
    }

    /// The resource that the decision was about. Use cases take the resource from here, never from the request.
    pub fn name(&self) -> &P::Resource {
        &self.name
    }

    /// The resource's uid: another resource that takes over the name later is not meant.
    pub fn uid(&self) -> &Uid {
        &self.uid
    }

    /// To whom it was granted.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Why it was granted.
    pub fn ground(&self) -> &Ground {
        &self.ground
    }

    /// The configuration on which it was decided.
    pub fn revision(&self) -> Revision {
        self.revision
    }
}
