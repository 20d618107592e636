//! The program: reads the command line, runs what it says.

use std::process::ExitCode;

use clap::Parser;
use cli::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no threads can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(async {
        match arguments.command {
            Command::Client(command) => doorward::client(command).await,
            Command::Up(arguments) => doorward::up(&arguments).await,
        }
    })
}
