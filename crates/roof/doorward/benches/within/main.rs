//! What a part of the house costs, measured in one process: `cargo xtask bench tokens|store|decide`.
//!
//! Nothing is asserted about speed. Each measurement prints its own floor beside its numbers, taken in the same run, so
//! that ratios can be compared and times need not be.

#![expect(clippy::disallowed_methods, reason = "measurements take place in real time")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be set up is none")]

mod decide;
mod rate;
mod store;
mod tokens;

use std::process::ExitCode;

fn main() -> ExitCode {
    // Cargo adds `--bench`; what is measured is the other word.
    let what = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("{}", rate::machine());
    match what.as_str() {
        "decide" => runtime.block_on(decide::run()),
        "store" => runtime.block_on(store::run()),
        "tokens" => runtime.block_on(tokens::run()),
        _ => {
            eprintln!("usage: cargo xtask bench tokens|store|decide");
            return ExitCode::from(2);
        }
    }
    println!("load average at the end: {}", rate::busyness());
    ExitCode::SUCCESS
}
