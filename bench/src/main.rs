//! Measurements of a started `doorward`, from outside: nothing here links against the house.
//!
//! Maria has changed how tokens are remembered and wants to know what a request costs now. She runs
//! `cargo xtask bench gate`: a `doorward` of its own is started on free loopback ports, services, accounts and tokens
//! are made through its API, and every way through the gate is loaded in turn, next to a process that only copies
//! bytes. `cargo xtask bench scheduler` does the like for jobs, and tells how late they fire. She compares the ratios of one run with those in `bench/README.md`, never the times of two runs.
//!
//! Invariants: load is bounded in count and in time; only loopback is called; every answer is checked; a row is
//! measured only after the gate has shown that it refuses what it should.

mod api;
mod clock;
mod cpu;
mod doorward;
mod flood;
mod floor;
mod gate;
mod instructions;
mod load;
mod machine;
mod nginx;
mod pins;
mod process;
mod scheduler;
mod setting;
mod table;
mod upstream;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;

/// What a measurement may cost and where it keeps its things.
#[derive(clap::Args, Debug)]
pub struct GateArguments {
    /// The program to measure.
    #[arg(long, value_name = "FILE")]
    doorward: PathBuf,
    /// A folder for data and logs; what an earlier run left there is removed.
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// How long everything may take; the rounds that fit are measured.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(20..=3600))]
    seconds: u64,
    /// Rounds that count, after one that does not.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Connections that the load comes over.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
}

/// Measures a started doorward.
#[derive(Parser, Debug)]
#[command(name = "bench")]
enum Arguments {
    /// Copy bytes between whoever connects and this address: the least that a proxy can do.
    Floor {
        #[arg(long)]
        to: SocketAddr,
    },
    /// How long a good client waits while another one floods the gate.
    Flood(flood::FloodArguments),
    /// CPU per request through the gate.
    Gate(GateArguments),
    /// Instructions per request through the gate.
    Instructions(instructions::InstructionsArguments),
    /// How late jobs fire.
    Scheduler(scheduler::SchedulerArguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    // Before the runtime makes threads: they inherit where they may run.
    let pins = match &arguments {
        Arguments::Floor { .. } => pins::Pins::default(),
        Arguments::Flood(_) | Arguments::Gate(_) | Arguments::Instructions(_) | Arguments::Scheduler(_) => {
            pins::Pins::split_and_pin_ourselves()
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("no runtime can be started")?;
    tokio::task::LocalSet::new().block_on(&runtime, async {
        match arguments {
            Arguments::Floor { to } => floor::serve(to).await,
            Arguments::Flood(arguments) => flood::run(&arguments, &pins).await,
            Arguments::Gate(arguments) => gate::run(&arguments, &pins).await,
            Arguments::Instructions(arguments) => instructions::run(&arguments, &pins).await,
            Arguments::Scheduler(arguments) => scheduler::run(&arguments, &pins).await,
        }
    })
}
