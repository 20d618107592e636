//! The host in a `Host` header or authority.

use std::net::Ipv6Addr;

use names::{HostName, NameError};

/// Why a text is not `host[:port]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// What stands before the port is not a host name or address.
    #[error("the request's host is not valid")]
    Host(#[source] NameError),
    /// What stands behind the last colon is not a port.
    #[error("the port of the request's host is not a number from 0 to 65535")]
    Port,
}

/// The host in a `Host` header or authority, in lower case. `None` for an IPv6 literal, which is no host name.
///
/// # Errors
///
/// What is not a host name and port.
pub fn host_of(authority: &str) -> Result<Option<HostName>, AuthorityError> {
    let host = host(authority)?;
    check(host)?;
    Ok(HostName::parse(&host.to_ascii_lowercase()).ok())
}

/// The host without its port and without one trailing dot, unchecked.
pub(crate) fn host(authority: &str) -> Result<&str, AuthorityError> {
    let host = match authority.rsplit_once(':') {
        // The last colon of an IPv6 literal without a port stands inside its brackets.
        Some((_, after)) if after.ends_with(']') => authority,
        Some((host, port)) => {
            let digits = port.bytes().all(|byte| byte.is_ascii_digit());
            if !digits || (!port.is_empty() && port.parse::<u16>().is_err()) {
                return Err(AuthorityError::Port);
            }
            host
        }
        None => authority,
    };
    Ok(host.strip_suffix('.').unwrap_or(host))
}

/// The host in lower case; `None` when it is longer than a host can be.
pub(crate) fn fold<'buffer>(host: &str, buffer: &'buffer mut [u8; MAX_HOST_BYTES]) -> Option<&'buffer str> {
    let folded = buffer.get_mut(..host.len())?;
    folded.copy_from_slice(host.as_bytes());
    folded.make_ascii_lowercase();
    std::str::from_utf8(folded).ok()
}

/// Whether the text is a host name, an IPv4 address or an IPv6 literal in brackets.
pub(crate) fn check(host: &str) -> Result<(), AuthorityError> {
    let literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if literal.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()) {
        return Ok(());
    }
    HostName::parse(&host.to_ascii_lowercase()).map(drop).map_err(AuthorityError::Host)
}

/// The longest host name, in bytes (RFC 1123 §2.1, and `names::HostName`).
pub(crate) const MAX_HOST_BYTES: usize = 253;
