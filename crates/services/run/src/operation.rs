//! The long-running operation that every change is, done when it is handed out.

use context::Context;
use names::{ParentName, Uid};
use store::{Operation, OperationKind, OperationOutcome, ServiceRecord};

/// Whether a change is made or only tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// It is made.
    #[default]
    Apply,
    /// It is checked, and the operation shows what it would come to; nothing is stored.
    ValidateOnly,
}

/// An operation that succeeded now.
pub(crate) fn finished(context: &Context, kind: OperationKind, record: &ServiceRecord) -> Operation {
    let parent = ParentName { project: record.name.project.clone(), location: record.name.location.clone() };
    let json = serde_json::to_value(record).expect("a record is JSON: the store writes it so");
    let begun = operations::begin(context, &parent, kind, record.name.clone(), json);
    operations::finished(begun, OperationOutcome::Succeeded)
}

/// A uid that no other resource has or had.
pub(crate) fn draw_uid(context: &Context) -> Uid {
    Uid::draw(|buffer| context.randomness().fill(buffer))
}
