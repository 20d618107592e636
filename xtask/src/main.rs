//! The chores of this repository, run as `cargo xtask <command>`.
//!
//! Maria has changed how a queue is paused and wants to know whether the house still stands. She runs
//! `cargo xtask check`: formatting, lints, the floors of the architecture, generated files and every test, in the
//! order of how soon each can say no. While she works on one test she runs `cargo xtask test -- paused_queue`.
//!
//! One file per command. A command prints what it does before it does it, reads nothing from standard input, and
//! ends with exit code 0 only if everything held.

mod bench;
mod check;
mod floors;
mod fuzz;
mod generated;
mod process;
mod test;
mod tree;

use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let arguments: Vec<String> = arguments.collect();
    let Some(chore) = CHORES.iter().find(|chore| chore.name == name) else {
        eprint!("{}", usage());
        return ExitCode::from(2);
    };
    match (chore.run)(&arguments) {
        Ok(Verdict::Holds) => ExitCode::SUCCESS,
        Ok(Verdict::Broken) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What a chore found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// At least one thing is not as it should be; it has been printed.
    Broken,
    /// Everything that was looked at is as it should be.
    Holds,
}

impl Verdict {
    /// `Holds` when `condition` is true.
    fn holds_if(condition: bool) -> Self {
        if condition { Self::Holds } else { Self::Broken }
    }
}

struct Chore {
    name: &'static str,
    summary: &'static str,
    run: fn(&[String]) -> Result<Verdict>,
}

fn usage() -> String {
    let mut text = String::from("usage: cargo xtask <command>\n\n");
    for chore in CHORES {
        text.push_str(&format!("  {:<18}{}\n", chore.name, chore.summary));
    }
    text
}

const CHORES: &[Chore] = &[
    Chore {
        name: "bench",
        summary: "what something costs here and now: gate, scheduler, tokens, store, decide",
        run: bench::run,
    },
    Chore {
        name: "check",
        summary: "formatting, lints, floors, dependency rules, generated files, tests",
        run: check::run,
    },
    Chore {
        name: "floors",
        summary: "who may depend on whom, and what every file must keep to",
        run: floors::run,
    },
    Chore {
        name: "fuzz",
        summary: "every parser on random bytes for a while: `fuzz --seconds 600`",
        run: fuzz::run,
    },
    Chore {
        name: "generated",
        summary: "whether generated and reviewed files are current",
        run: generated::run,
    },
    Chore { name: "test", summary: "every test, or those named after `--`", run: test::run },
];
