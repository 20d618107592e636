//! The commands of `doorward`, one file each.
//!
//! Ada wants a token for the account `schedulerunner`. `doorward token identity --as schedulerunner --audience URL`
//! finds the address and the owner's credential in the data directory, asks the API like any other client, and
//! prints the token, alone, on standard output. What people should read goes to standard error; an error ends with
//! `hint:` and the next command.
//!
//! Every command but `up` is a client of the API and never opens the store. `up` only has its arguments here: the
//! roof runs it.

mod account_tokens;
mod acting;
mod add_binding;
mod add_exception;
mod arguments;
mod authorize;
mod completions;
mod connection;
mod credential;
mod enable_account;
mod env;
mod exec;
mod explain;
mod failure;
mod gcloud_folder;
mod inspect;
mod logs;
mod output;
mod private;
mod process;
mod program;
mod stage;
mod token;
mod variables;
mod version;

use std::process::ExitCode;

pub use account_tokens::{AccountToken, AccountTokens};
pub use arguments::{Arguments, ClientCommand, Command, UpArguments};
pub use credential::OwnerCredential;
pub use failure::Failure;
pub use private::write_private;
pub use process::{ActingInstance, Lent, Process};

/// Runs a command that is a client of the API.
///
/// `now` is read from the roof's clock for every request, so that nothing here reads the time.
pub async fn run(command: ClientCommand, process: &Process) -> ExitCode {
    match outcome(command, process).await {
        Ok(code) => code,
        Err(failure) if failure.is_unheard() => ExitCode::SUCCESS,
        Err(failure) => {
            eprint!("{failure}");
            ExitCode::from(failure.exit())
        }
    }
}

async fn outcome(command: ClientCommand, process: &Process) -> Result<ExitCode, Failure> {
    let timer = process.tasks.timer();
    match command {
        ClientCommand::AddDenyPolicyException(arguments) => add_exception::run(&arguments, timer).await,
        ClientCommand::AddIamPolicyBinding(arguments) => add_binding::run(&arguments, timer).await,
        ClientCommand::Authorize(arguments) => authorize::run(&arguments, timer).await,
        ClientCommand::Completions(arguments) => completions::run(&arguments),
        ClientCommand::Env(arguments) => env::run(&arguments, process).await,
        ClientCommand::Exec(arguments) => return exec::run(&arguments, process).await,
        ClientCommand::EnableServiceAccount(arguments) => enable_account::run(&arguments, timer).await,
        ClientCommand::Explain(arguments) => explain::run(&arguments, timer).await,
        ClientCommand::Logs(arguments) => logs::run(&arguments, timer).await,
        ClientCommand::Token(arguments) => token::run(&arguments, timer).await,
        ClientCommand::Version => version::run(),
    }
    .map(|()| ExitCode::SUCCESS)
}
