//! Commands that are clients of a Doorward that runs.

use std::process::ExitCode;
use std::sync::Arc;

use cli::{ClientCommand, Process};
use supervise::{Supervisor, Timer};

use crate::lent::FromTheRoof;

/// Runs one command to its end.
pub async fn client(command: ClientCommand) -> ExitCode {
    let supervisor = Supervisor::new(&Timer::wall());
    let process = Process {
        lent: Arc::new(FromTheRoof),
        tasks: supervisor.tasks().clone(),
        variables: std::env::vars_os().collect(),
    };
    cli::run(command, &process).await
}
