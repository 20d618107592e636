//! `doorward version`

use crate::Failure;
use crate::output::print;

pub(crate) fn run() -> Result<(), Failure> {
    print(&format!("doorward {}\n", env!("CARGO_PKG_VERSION")))
}
