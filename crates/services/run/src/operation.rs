//! The long-running operation that every change is, done when it is handed out.

use context::Context;
use names::{FunctionName, ParentName, ResourceName, ServiceName, Uid};
use store::{Operation, OperationKind, OperationOutcome, Recorded};

/// Whether a change is made or only tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// It is made.
    #[default]
    Apply,
    /// It is checked, and the operation shows what it would come to; nothing is stored.
    ValidateOnly,
}

/// An operation on a function, or on a service or something of it, that succeeded now, with the record as it left it.
pub(crate) fn finished<R: Recorded, N: Placed>(
    context: &Context,
    kind: OperationKind,
    target: &N,
    record: &R,
) -> Operation {
    let json = serde_json::to_value(record).expect("a record is JSON: the store writes it so");
    let begun = operations::begin(context, &target.parent(), kind, target.clone(), json);
    operations::finished(begun, OperationOutcome::Succeeded)
}

/// What lives in a project and a region.
pub(crate) trait Placed: Clone + Into<ResourceName> {
    fn parent(&self) -> ParentName;
}

impl Placed for FunctionName {
    fn parent(&self) -> ParentName {
        ParentName { project: self.project.clone(), location: self.location.clone() }
    }
}

impl Placed for ServiceName {
    fn parent(&self) -> ParentName {
        ParentName { project: self.project.clone(), location: self.location.clone() }
    }
}

/// A uid that no other resource has or had.
pub(crate) fn draw_uid(context: &Context) -> Uid {
    Uid::draw(|buffer| context.randomness().fill(buffer))
}
