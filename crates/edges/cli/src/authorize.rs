//! `doorward authorize URL`

use supervise::Timer;

use crate::Failure;
use crate::arguments::AuthorizeArguments;
use crate::connection::Connection;
use crate::output::print;

pub(crate) async fn run(arguments: &AuthorizeArguments, timer: &Timer) -> Result<(), Failure> {
    let target = target(&arguments.url)?;
    let connection = Connection::open(&arguments.connection, timer)?;
    print(&format!("{}\n", connection.authorize(target).await?))
}

/// Path and query of the address that a program opens. Its host is not looked at: a program that was made for Google's
/// opens theirs, and the credential goes nowhere but to the Doorward that it is of.
fn target(url: &str) -> Result<&str, Failure> {
    let target = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
    let target =
        target.filter(|target| PATHS.iter().any(|path| target.strip_prefix(path).is_some_and(is_query)));
    target.ok_or_else(|| {
        Failure::new("this is not the address of an authorization endpoint")
            .hint("give the whole address that the program opens or prints, in quotes: doorward authorize 'https://accounts.google.com/o/oauth2/v2/auth?client_id=…'")
    })
}

fn is_query(rest: &str) -> bool {
    rest.starts_with('?') && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
}

const PATHS: [&str; 2] = ["/o/oauth2/auth", "/o/oauth2/v2/auth"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_authorization_endpoint_is_opened() {
        let good = "https://accounts.google.com/o/oauth2/v2/auth?client_id=c&scope=openid";
        assert_eq!(target(good).unwrap(), "/o/oauth2/v2/auth?client_id=c&scope=openid");
        assert_eq!(target("http://127.0.0.1:8090/o/oauth2/auth?x=y").unwrap(), "/o/oauth2/auth?x=y");
        for bad in [
            "",
            "/o/oauth2/auth?x",
            "https://accounts.google.com",
            "https://accounts.google.com/o/oauth2/auth",
            "https://accounts.google.com/o/oauth2/v2/authors?x",
            "https://accounts.google.com/revoke?token=x",
            "https://accounts.google.com/o/oauth2/v2/auth?a b",
            "https://accounts.google.com/o/oauth2/v2/auth?a#b",
        ] {
            assert!(target(bad).is_err(), "{bad}");
        }
    }
}
