//! What an image stands for here.

use std::fmt;
use std::net::Ipv6Addr;

use names::HostName;

/// An image that this server can serve.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image(Backend);

/// Where requests to a service go.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Backend {
    /// An address where something already listens.
    Address(Address),
    /// A page that Doorward answers itself.
    BuiltIn(BuiltIn),
}

/// What Doorward answers itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BuiltIn {
    /// The page that shows who called.
    Hello,
}

/// An address as an image gives it: `http://HOST[:PORT]`, nothing more.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Address {
    scheme: Scheme,
    host: String,
    port: u16,
}

/// How an address is spoken to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

/// Why an image cannot be served.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ImageError {
    /// A URL with something that an address cannot have.
    #[error(
        "the image URL {image:?} has {part}: give only scheme, host and port, such as http://127.0.0.1:3000"
    )]
    NotAnAddress {
        /// The image, cut to 200 characters.
        image: String,
        /// What is wrong.
        part: UrlPart,
    },
    /// Neither an address nor the built-in page.
    #[error(
        "the image {image:?} cannot be run here: start the program yourself and give its address as the image, such as http://127.0.0.1:3000, or use gcr.io/cloudrun/hello"
    )]
    Unsupported {
        /// The image, cut to 200 characters.
        image: String,
    },
}

/// The part of a URL that is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UrlPart {
    /// `#…`
    Fragment,
    /// A host that is neither a name nor an address.
    Host,
    /// A path other than `/`.
    Path,
    /// A port that is not a number from 1 to 65535.
    Port,
    /// `?…`
    Query,
    /// `user:password@`
    UserInfo,
}

impl Image {
    /// Parses the image of a container.
    ///
    /// # Errors
    ///
    /// See [`ImageError`].
    pub fn parse(image: &str) -> Result<Self, ImageError> {
        if HELLO.iter().any(|hello| is_version_of(image, hello)) {
            return Ok(Self(Backend::BuiltIn(BuiltIn::Hello)));
        }
        let (scheme, rest) = match image.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
            _ => return Err(ImageError::Unsupported { image: shortened(image) }),
        };
        match Address::of_url(scheme, rest) {
            Ok(address) => Ok(Self(Backend::Address(address))),
            Err(part) => Err(ImageError::NotAnAddress { image: redacted(image), part }),
        }
    }

    /// Where its requests go.
    pub fn backend(&self) -> &Backend {
        &self.0
    }

    /// Gives the backend away.
    pub fn into_backend(self) -> Backend {
        self.0
    }
}

impl Address {
    /// How it is spoken to.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host: a name in lower case, an IPv4 address, or an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; that of the scheme when none was given.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn of_url(scheme: Scheme, rest: &str) -> Result<Self, UrlPart> {
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        if authority.contains('@') {
            return Err(UrlPart::UserInfo);
        }
        let tail = tail.strip_prefix('/').unwrap_or(tail);
        match tail.bytes().next() {
            None => {}
            Some(b'?') => return Err(UrlPart::Query),
            Some(b'#') => return Err(UrlPart::Fragment),
            Some(_) => return Err(UrlPart::Path),
        }
        let (host, port) = split_port(authority)?;
        let port = match port {
            None => scheme.default_port(),
            Some(port) => parse_port(port).ok_or(UrlPart::Port)?,
        };
        Ok(Self { scheme, host, port })
    }
}

impl Scheme {
    /// 80 or 443.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// The address as a URL with its port, as it is stored.
impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, port) = (self.scheme.as_str(), self.port);
        if self.host.contains(':') {
            write!(formatter, "{scheme}://[{}]:{port}", self.host)
        } else {
            write!(formatter, "{scheme}://{}:{port}", self.host)
        }
    }
}

impl fmt::Display for UrlPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Fragment => "a fragment",
            Self::Host => "a host that is neither a name nor an address",
            Self::Path => "a path",
            Self::Port => "a port that is not a number from 1 to 65535",
            Self::Query => "a query",
            Self::UserInfo => "a user name",
        })
    }
}

fn split_port(authority: &str) -> Result<(String, Option<&str>), UrlPart> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or(UrlPart::Host)?;
        let host: Ipv6Addr = host.parse().map_err(|_| UrlPart::Host)?;
        return match port {
            "" => Ok((host.to_string(), None)),
            port => Ok((host.to_string(), Some(port.strip_prefix(':').ok_or(UrlPart::Host)?))),
        };
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let host = HostName::parse(&host.to_ascii_lowercase()).map_err(|_| UrlPart::Host)?;
    Ok((host.to_string(), port))
}

fn parse_port(text: &str) -> Option<u16> {
    if text.is_empty() || text.len() > 5 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|port| *port != 0)
}

/// `name`, `name:tag` or `name@sha256:digest`.
fn is_version_of(image: &str, name: &str) -> bool {
    let Some(version) = image.strip_prefix(name) else { return false };
    let word = |text: &str| {
        (1..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    };
    match version.as_bytes().first() {
        None => true,
        Some(b':') => word(&version[1..]),
        Some(b'@') => version[1..].strip_prefix("sha256:").is_some_and(word),
        Some(_) => false,
    }
}

fn shortened(image: &str) -> String {
    image.chars().take(200).collect()
}

/// What stands before an `@` may be a password.
fn redacted(image: &str) -> String {
    match (image.split_once("://"), image.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => shortened(&format!("{scheme}://…@{rest}")),
        _ => shortened(image),
    }
}

const HELLO: [&str; 2] = ["gcr.io/cloudrun/hello", "us-docker.pkg.dev/cloudrun/container/hello"];
