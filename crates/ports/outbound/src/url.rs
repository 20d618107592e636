use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use http::{HeaderValue, uri::PathAndQuery};
use names::HostName;

/// An absolute `http` or `https` URL that can be called (RFC 3986, RFC 9110 §4.2), parsed strictly.
///
/// User names and fragments are refused rather than dropped: whoever wrote them expected something of them. What
/// is printed leaves the query out, since people put secrets there.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    path_and_query: PathAndQuery,
    target: Target,
}

/// Where a connection goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The machine.
    pub host: Host,
    /// The TCP port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub scheme: Scheme,
}

/// The machine that a URL names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// An IP address, written as four decimal numbers or in brackets.
    Address(IpAddr),
    /// A DNS name in lower case, without a trailing dot.
    Name(HostName),
}

/// The protocol below the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

/// Why a text is not a URL that can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// A `%` is not followed by two hexadecimal digits.
    #[error("`%` must be followed by two hexadecimal digits")]
    BrokenEscape,
    /// A byte that does not belong in a URL; it has to be percent-encoded.
    #[error("the character at byte {at} does not belong in a URL; percent-encode it")]
    Character {
        /// Its position from the start, counted in bytes from 0.
        at: usize,
    },
    /// There is a `#`, which never reaches a server.
    #[error("a fragment (`#…`) is never sent; remove it")]
    Fragment,
    /// The host is neither a DNS name, nor four decimal numbers, nor an IPv6 address in brackets.
    #[error(
        "the host must be a DNS name, an IPv4 address of four decimal numbers, or an IPv6 address in brackets"
    )]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the port must be a number from 1 to 65535")]
    Port,
    /// It does not start with `http://` or `https://`.
    #[error("expected a URL that starts with `http://` or `https://`")]
    Scheme,
    /// It is longer than 8192 bytes.
    #[error("a URL may have at most {LONGEST} bytes")]
    TooLong,
    /// A user name or password stands before the host.
    #[error("a user name or password before the host is never sent; use a header")]
    UserInfo,
}

impl Url {
    /// Where to connect.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The path and query that stand in the request line, as they were written; `/` if nothing was.
    pub fn path_and_query(&self) -> &PathAndQuery {
        &self.path_and_query
    }
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Url, UrlError> {
        if text.len() > LONGEST {
            return Err(UrlError::TooLong);
        }
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(UrlError::Scheme),
        };
        check_characters(text)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path_and_query) = rest.split_at(end);
        if authority.contains('@') {
            return Err(UrlError::UserInfo);
        }
        let (host, port) = parse_authority(authority)?;
        let path_and_query = if path_and_query.starts_with('/') {
            PathAndQuery::try_from(path_and_query)
        } else {
            PathAndQuery::try_from(format!("/{path_and_query}"))
        };
        let path_and_query =
            path_and_query.map_err(|_| UrlError::Character { at: text.len() - rest.len() + end })?;
        Ok(Url {
            path_and_query,
            target: Target { host, port: port.unwrap_or(scheme.default_port()), scheme },
        })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.target, self.path_and_query.path())?;
        formatter.write_str(if self.path_and_query.query().is_some() { "?…" } else { "" })
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Url({self})")
    }
}

impl Target {
    /// The value of the `Host` header: the port is left out where the scheme implies it (RFC 9110 §7.2).
    pub fn host_header(&self) -> HeaderValue {
        let text = self.authority();
        HeaderValue::try_from(text).expect("a host and a port are visible ASCII")
    }

    fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.scheme, self.authority())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Address(IpAddr::V4(address)) => write!(formatter, "{address}"),
            Host::Address(IpAddr::V6(address)) => write!(formatter, "[{address}]"),
            Host::Name(name) => formatter.write_str(name.as_str()),
        }
    }
}

impl Scheme {
    /// The port that a URL without one means: 80 or 443.
    pub fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        })
    }
}

/// Everything in a URL is visible ASCII from the grammar of RFC 3986 §2. Brackets are taken in the query too,
/// where the grammar forbids them and half of the world's forms write them.
fn check_characters(text: &str) -> Result<(), UrlError> {
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'#' => return Err(UrlError::Fragment),
            b'%' => {
                let digits = bytes.get(at + 1..at + 3).ok_or(UrlError::BrokenEscape)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(UrlError::BrokenEscape);
                }
            }
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                return Err(UrlError::Character { at });
            }
            0x21..=0x7e => {}
            _ => return Err(UrlError::Character { at }),
        }
    }
    Ok(())
}

fn parse_authority(authority: &str) -> Result<(Host, Option<u16>), UrlError> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']').ok_or(UrlError::Host)?;
        let address: Ipv6Addr = address.parse().map_err(|_| UrlError::Host)?;
        let port = match port.strip_prefix(':') {
            Some(digits) => Some(parse_port(digits)?),
            None if port.is_empty() => None,
            None => return Err(UrlError::Host),
        };
        return Ok((Host::Address(address.into()), port));
    }
    match authority.split_once(':') {
        Some((host, digits)) => Ok((parse_host(host)?, Some(parse_port(digits)?))),
        None => Ok((parse_host(authority)?, None)),
    }
}

/// A name whose last label starts like a number would be read as an address by some resolvers (`127.1`, `0x7f.1`,
/// `2130706433`), so it is an address of four decimal numbers or nothing.
fn parse_host(text: &str) -> Result<Host, UrlError> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let last = text.rsplit('.').next().unwrap_or(text);
    if last.starts_with(|first: char| first.is_ascii_digit()) {
        let numeric = last.bytes().all(|byte| byte.is_ascii_digit());
        let hexadecimal = last.len() >= 2 && last.as_bytes()[1].eq_ignore_ascii_case(&b'x');
        if numeric || hexadecimal {
            let address: Ipv4Addr = text.parse().map_err(|_| UrlError::Host)?;
            return Ok(Host::Address(address.into()));
        }
    }
    HostName::parse(&text.to_ascii_lowercase()).map(Host::Name).map_err(|_| UrlError::Host)
}

fn parse_port(digits: &str) -> Result<u16, UrlError> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(UrlError::Port);
    }
    digits.parse().ok().filter(|port| *port != 0).ok_or(UrlError::Port)
}

/// More than any of the APIs above takes (2083 bytes), so that theirs is the message people see.
const LONGEST: usize = 8192;
