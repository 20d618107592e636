//! The long-running operation that every change is, done when it is handed out.

use context::{Context, Randomness};
use names::{OperationId, OperationName, ServiceName, Uid};
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
    let ServiceName { project, location, .. } = record.name.clone();
    let operation =
        OperationId::parse(&draw(context.randomness().as_ref())).expect("hexadecimal with hyphens");
    Operation {
        name: OperationName { project, location, operation },
        kind,
        target: record.name.clone().into(),
        record: serde_json::to_value(record).expect("a record is JSON: the store writes it so"),
        create_time: context.now(),
        outcome: Some(OperationOutcome::Succeeded),
    }
}

/// A uid that no other resource has or had.
pub(crate) fn draw_uid(context: &Context) -> Uid {
    Uid::parse(&draw(context.randomness().as_ref())).expect("hexadecimal with hyphens")
}

/// A random UUID (RFC 9562 §5.4).
fn draw(randomness: &dyn Randomness) -> String {
    let mut bytes = [0; 16];
    randomness.fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if [4, 6, 8, 10].contains(&at) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).expect("a nibble"));
        }
    }
    text
}
