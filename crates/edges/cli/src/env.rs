//! `doorward env [--as owner|anonymous]`

use crate::acting::Acting;
use crate::arguments::EnvArguments;
use crate::output::print;
use crate::stage::Stage;
use crate::variables::SignedIn;
use crate::{Failure, Process};

pub(crate) async fn run(arguments: &EnvArguments, process: &Process) -> Result<(), Failure> {
    let stage = Stage::set(&arguments.whose, process).await?;
    let signed_in = match &stage.acting {
        Acting::Account(account) => {
            return Err(Failure::new(format!(
                "variables alone do not make a program {account}: its tokens come from a metadata server, which has to run as long as the program"
            ))
            .hint(format!("run the program, or a shell, under it: doorward exec --as {account} -- bash")));
        }
        Acting::Anonymous => SignedIn::Nobody,
        Acting::Owner => stage.sign_in(process).await?,
    };
    print(&stage.variables(&signed_in, process)?.to_shell()?)
}
