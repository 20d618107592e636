//! `doorward token access|identity [--as SA] [--audience A]` and `doorward token inspect [TOKEN]`

use serde_json::json;
use supervise::Timer;

use crate::Failure;
use crate::arguments::{TokenArguments, TokenCommand, WhoseArguments};
use crate::connection::{Connection, member};
use crate::inspect;
use crate::output::print;

pub(crate) async fn run(arguments: &TokenArguments, timer: &Timer) -> Result<(), Failure> {
    let connection = Connection::open(&arguments.connection, timer)?;
    let token = match &arguments.command {
        TokenCommand::Access(whose) => access(&connection, whose).await?,
        TokenCommand::Identity(whose) => identity(&connection, whose).await?,
        TokenCommand::Inspect(arguments) => return inspect::run(&connection, arguments).await,
    };
    print(&format!("{token}\n"))
}

async fn access(connection: &Connection, whose: &WhoseArguments) -> Result<String, Failure> {
    if whose.audience.is_some() {
        return Err(Failure::new("an access token has no audience").hint(
            "leave out --audience, or ask for an identity token: `doorward token identity --as SA --audience A`",
        ));
    }
    match &whose.account {
        None => Ok(connection.owner_tokens().await?.access_token),
        Some(account) => access_token(connection, account).await,
    }
}

async fn identity(connection: &Connection, whose: &WhoseArguments) -> Result<String, Failure> {
    match (&whose.account, &whose.audience) {
        (None, None) => Ok(connection.owner_tokens().await?.id_token),
        (None, Some(audience)) => Err(Failure::new(
            "a person's identity token is always for gcloud's client ID, never for another audience",
        )
        .hint(format!("use a service account: `doorward token identity --as SA --audience {audience}`"))),
        (Some(account), Some(audience)) => identity_token(connection, account, audience).await,
        (Some(account), None) => Err(Failure::new("a service account's identity token needs an audience").hint(format!(
            "name the service's URL: `doorward token identity --as {account} --audience https://SERVICE-NUMBER.REGION.run.app`"
        ))),
    }
}

async fn access_token(connection: &Connection, account: &str) -> Result<String, Failure> {
    let body = json!({ "scope": ["https://www.googleapis.com/auth/cloud-platform"] });
    let answer = connection.post(&path(connection, account, "generateAccessToken")?, &body).await?;
    member(&answer, "accessToken")
}

async fn identity_token(connection: &Connection, account: &str, audience: &str) -> Result<String, Failure> {
    let body = json!({ "audience": audience, "includeEmail": true });
    let answer = connection.post(&path(connection, account, "generateIdToken")?, &body).await?;
    member(&answer, "token")
}

fn path(connection: &Connection, account: &str, verb: &str) -> Result<String, Failure> {
    let email = connection.account_email(account)?;
    Ok(format!("/v1/projects/-/serviceAccounts/{email}:{verb}"))
}
