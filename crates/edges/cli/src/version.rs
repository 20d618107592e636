//! `doorward version`

use crate::Failure;

pub(crate) fn run() -> Result<(), Failure> {
    println!("doorward {}", env!("CARGO_PKG_VERSION"));
    Ok(())
}
