//! `doorward completions SHELL`

use clap::CommandFactory;

use crate::Failure;
use crate::arguments::{Arguments, CompletionsArguments};

pub(crate) fn run(arguments: &CompletionsArguments) -> Result<(), Failure> {
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "doorward", &mut std::io::stdout());
    Ok(())
}
