//! Who is let in: facts §6.1, and the checks that keep out what a web page or a proxy sends.

use std::net::{IpAddr, SocketAddr};

use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, header};

/// Why a request is not looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stranger {
    /// It came through a proxy.
    Forwarded,
    /// It is meant for somebody else: a name that was made to lead here (DNS rebinding).
    Host,
    /// It does not say that it knows whom it asks.
    NoFlavor,
}

/// Checks the head of a request. Only `/` may be asked without the header: that is how clients find out who is there.
pub(crate) fn check(head: &Parts, own: SocketAddr) -> Result<(), Stranger> {
    if head.headers.keys().any(|name| name.as_str().replace('_', "-") == FORWARDED_FOR) {
        return Err(Stranger::Forwarded);
    }
    if !is_meant(head, own) {
        return Err(Stranger::Host);
    }
    if head.uri.path() != "/" && !has_flavor(&head.headers) {
        return Err(Stranger::NoFlavor);
    }
    Ok(())
}

/// Whether all that says for whom the request is names us.
fn is_meant(head: &Parts, own: SocketAddr) -> bool {
    let mut hosts = head.headers.get_all(header::HOST).iter().map(|host| host.as_bytes()).peekable();
    let target = head.uri.authority().map(|authority| authority.as_str().as_bytes());
    let is_named = target.is_some() || hosts.peek().is_some();
    is_named && hosts.chain(target).all(|host| is_ours(host, own))
}

/// Whether a host with its port is ours: the address that is listened on, loopback at the same port, or one of the
/// server's names at Google.
pub(crate) fn is_ours(host: &[u8], own: SocketAddr) -> bool {
    let Ok(authority) = Authority::try_from(host) else { return false };
    if authority.as_str().contains('@') {
        return false;
    }
    let port = match authority.port() {
        Some(port) => port.as_u16(),
        None if authority.as_str().ends_with(':') => return false,
        None => USUAL_PORT,
    };
    let host = authority.host();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(address) if address.is_loopback() || address == own.ip() => port == own.port(),
        _ => {
            NAMES.iter().any(|name| host.eq_ignore_ascii_case(name))
                && [USUAL_PORT, own.port()].contains(&port)
        }
    }
}

fn has_flavor(headers: &HeaderMap) -> bool {
    let mut flavors = headers.get_all(FLAVOR).iter().peekable();
    flavors.peek().is_some() && flavors.all(|flavor| flavor == GOOGLE)
}

pub(crate) const FLAVOR: &str = "metadata-flavor";
pub(crate) const GOOGLE: &str = "Google";
const FORWARDED_FOR: &str = "x-forwarded-for";
const NAMES: [&str; 3] = ["metadata.google.internal", "metadata", "169.254.169.254"];
const USUAL_PORT: u16 = 80;

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> SocketAddr {
        "127.0.0.1:4711".parse().unwrap()
    }

    #[test]
    fn our_names_and_addresses_are_ours() {
        for host in [
            "127.0.0.1:4711",
            "127.0.0.2:4711",
            "[::1]:4711",
            "metadata.google.internal",
            "Metadata.Google.Internal:80",
            "metadata",
            "metadata:4711",
            "169.254.169.254",
            "169.254.169.254:80",
        ] {
            assert!(is_ours(host.as_bytes(), own()), "{host}");
        }
    }

    #[test]
    fn other_names_are_not_wherever_they_lead() {
        for host in [
            "",
            "localhost:4711",
            "rebound.example:4711",
            "rebound.example",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1:",
            "127.0.0.1.rebound.example:4711",
            "metadata.google.internal.rebound.example",
            "x.metadata.google.internal",
            "metadata.google.internal:8080",
            "someone@metadata.google.internal",
            "[::ffff:127.0.0.1]:4711",
            "2130706433:4711",
            "10.0.0.1:4711",
            "169.254.169.253",
            "0.0.0.0:4711",
        ] {
            assert!(!is_ours(host.as_bytes(), own()), "{host}");
        }
    }
}
