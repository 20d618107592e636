//! As whom a program runs: `--as`.

use names::{Email, Member, Universe};

use crate::Failure;
use crate::connection::Connection;

/// As whom a program runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Acting {
    /// As a service account, whose tokens the local owner creates.
    Account(Email),
    /// As nobody.
    Anonymous,
    /// As the local owner.
    Owner,
}

impl Acting {
    /// Reads `owner`, `anonymous`, a service account by short ID or e-mail, or a member of a policy.
    pub(crate) fn parse(text: &str, connection: &Connection) -> Result<Self, Failure> {
        let owner = connection.owner();
        match text {
            "anonymous" | "allUsers" => return Ok(Self::Anonymous),
            "owner" => return Ok(Self::Owner),
            _ if text == owner => return Ok(Self::Owner),
            _ => {}
        }
        let email = match Member::parse(text) {
            Ok(Member::User(email)) if email.as_str() == owner => return Ok(Self::Owner),
            Ok(Member::User(email)) => return Err(person(&email)),
            Ok(Member::ServiceAccount(email)) => email,
            Ok(_) => return Err(nobody(text)),
            Err(_) => connection
                .account_email(text)
                .ok()
                .and_then(|email| Email::parse(&email).ok())
                .ok_or_else(|| nobody(text))?,
        };
        if is_account(&email, &connection.universe()?) {
            Ok(Self::Account(email))
        } else {
            Err(person(&email))
        }
    }
}

/// Whether an address is a service account's, of this universe or Google's own.
fn is_account(email: &Email, universe: &Universe) -> bool {
    universe.account_parts(email).is_some() || email.domain().ends_with(".gserviceaccount.com")
}

fn person(email: &Email) -> Failure {
    Failure::new(format!("nobody here has a credential of {email}: the local owner is the only person whose credential this machine keeps"))
        .hint("leave out --as to act as the local owner, or name a service account: doorward exec --as SA -- COMMAND")
}

fn nobody(text: &str) -> Failure {
    Failure::new(format!("{text} is nobody that a program can run as")).hint(
        "--as takes owner, anonymous, or a service account by short ID or e-mail: doorward exec --as SA@PROJECT.iam.gserviceaccount.com -- COMMAND",
    )
}
