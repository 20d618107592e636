//! `doorward exec [--as WHO] -- COMMAND…`

use std::process::ExitCode;

use crate::acting::Acting;
use crate::arguments::ExecArguments;
use crate::stage::Stage;
use crate::variables::SignedIn;
use crate::{Failure, Process, program};

pub(crate) async fn run(arguments: &ExecArguments, process: &Process) -> Result<ExitCode, Failure> {
    let stage = Stage::set(&arguments.whose, process).await?;
    let signed_in = match stage.acting.clone() {
        Acting::Account(account) => SignedIn::Metadata(stage.serve_metadata(account, process).await?),
        Acting::Anonymous => SignedIn::Nobody,
        Acting::Owner => stage.sign_in(process).await?,
    };
    let variables = stage.variables(&signed_in, process)?;
    program::run(&arguments.command, &variables, &process.tasks).await
}
