//! Operations as values, for the plan of whoever does the work.

use context::Context;
use names::{OperationId, OperationName, ParentName, ResourceName};
use store::{Operation, OperationKind, OperationOutcome};

use crate::OperationsOf;

/// An operation that is accepted now and has not ended. `record` is the target as the operation is making it.
pub fn begin(
    context: &Context,
    parent: &ParentName,
    kind: OperationKind,
    target: impl Into<ResourceName>,
    record: serde_json::Value,
) -> Operation {
    let name = OperationName {
        project: parent.project.clone(),
        location: parent.location.clone(),
        operation: draw_id(context, kind),
    };
    Operation { name, kind, target: target.into(), record, create_time: context.now(), outcome: None }
}

/// The same operation, ended like this.
pub fn finished(operation: Operation, outcome: OperationOutcome) -> Operation {
    Operation { outcome: Some(outcome), ..operation }
}

/// In the shape of a UUID, as clients know the IDs of operations, after what tells whose it is.
fn draw_id(context: &Context, kind: OperationKind) -> OperationId {
    let (high, low) = (context.randomness().number(), context.randomness().number());
    let text = format!(
        "{}{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        OperationsOf::prefix(kind),
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    );
    OperationId::parse(&text).expect("lower-case letters, hexadecimal digits and hyphens")
}
