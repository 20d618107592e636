//! The long-running operation that every change is, done when it is handed out.

use context::Context;
use names::{ParentName, ServiceName, Uid};
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

/// An operation on a service or something of it that succeeded now, with the record as it left it.
pub(crate) fn finished<R: Recorded>(
    context: &Context,
    kind: OperationKind,
    service: &ServiceName,
    record: &R,
) -> Operation {
    let parent = ParentName { project: service.project.clone(), location: service.location.clone() };
    let json = serde_json::to_value(record).expect("a record is JSON: the store writes it so");
    let begun = operations::begin(context, &parent, kind, service.clone(), json);
    operations::finished(begun, OperationOutcome::Succeeded)
}

/// A uid that no other resource has or had.
pub(crate) fn draw_uid(context: &Context) -> Uid {
    Uid::draw(|buffer| context.randomness().fill(buffer))
}
