//! `doorward enable-service-account EMAIL`

use names::Email;
use serde_json::json;
use supervise::Timer;

use crate::Failure;
use crate::arguments::EnableAccountArguments;
use crate::connection::Connection;

/// Enables the account, in whichever project it is.
pub(crate) async fn run(arguments: &EnableAccountArguments, timer: &Timer) -> Result<(), Failure> {
    let email = Email::parse(&arguments.email).map_err(|error| {
        Failure::new(error.to_string())
            .hint("for example: doorward enable-service-account robot@demo.iam.gserviceaccount.com")
    })?;
    let connection = Connection::open(&arguments.connection, timer)?;
    connection.post(&format!("/v1/projects/-/serviceAccounts/{email}:enable"), &json!({})).await?;
    eprintln!("{email} is enabled.");
    Ok(())
}
