//! Whose metadata server is meant by Google's names for it.
//!
//! Each program that runs as a service account has a metadata server of its own on a port of loopback. The intercept is
//! one for all programs, so that each says which is its own: the address of the proxy in its environment is
//! `http://metadata:PORT@HOST:PORT`, which clients turn into a `Proxy-Authorization` (RFC 7617). That is no secret and
//! opens nothing: whoever reaches the intercept is on this machine, and can call the port without it.

use std::net::{IpAddr, Ipv4Addr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, header};
use outbound::{Host, Scheme, Target};

/// Why nobody is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoMetadata {
    /// A metadata server answers plain HTTP on port 80 only.
    Port(u16),
    /// The client did not say as which account it runs, if as any.
    Unknown,
}

/// Where the metadata server is that a request is meant for; `None` where it is meant for anything else. Its address
/// at Google is a stranger's to who has named none.
pub(crate) fn meant(target: &Target, headers: &HeaderMap) -> Option<Result<Target, NoMetadata>> {
    let is_its_name = match &target.host {
        Host::Address(address) if *address == ADDRESS => false,
        Host::Name(name) if name.as_str() == NAME => true,
        Host::Address(_) | Host::Name(_) => return None,
    };
    match named(headers) {
        _ if target.port != PORT => is_its_name.then_some(Err(NoMetadata::Port(target.port))),
        Some(port) => {
            let host = Host::Address(Ipv4Addr::LOCALHOST.into());
            Some(Ok(Target { host, port, scheme: Scheme::Http }))
        }
        None => is_its_name.then_some(Err(NoMetadata::Unknown)),
    }
}

/// The port that a client names as its metadata server's.
pub(crate) fn named(headers: &HeaderMap) -> Option<u16> {
    let mut said = headers.get_all(header::PROXY_AUTHORIZATION).iter();
    let (Some(said), None) = (said.next(), said.next()) else { return None };
    let (scheme, credentials) = said.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let port = decoded.strip_prefix("metadata:")?;
    // As it is written, and no other way: no sign, no zeroes in front.
    port.parse::<u16>().ok().filter(|number| *number != 0 && number.to_string() == port)
}

const NAME: &str = "metadata.google.internal";
/// Where it is at Google, which some clients ask without its name.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));
const PORT: u16 = 80;

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use outbound::Url;

    use super::*;

    fn said(credentials: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for said in credentials {
            headers.append(header::PROXY_AUTHORIZATION, HeaderValue::from_str(said).unwrap());
        }
        headers
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    fn asked(url: &str, headers: &HeaderMap) -> Option<Result<String, NoMetadata>> {
        let url: Url = url.parse().unwrap();
        meant(url.target(), headers)
            .map(|meant| meant.map(|target| format!("{}:{}", target.host, target.port)))
    }

    #[test]
    fn who_says_where_its_metadata_server_is_is_led_there() {
        let headers = said(&[&basic("metadata:4711")]);
        for url in [
            "http://metadata.google.internal/",
            "http://Metadata.Google.Internal.:80/x",
            "http://169.254.169.254/",
        ] {
            assert_eq!(asked(url, &headers), Some(Ok("127.0.0.1:4711".to_owned())), "{url}");
        }
        for url in [
            "http://metadata.google.internal.evil.example/",
            "http://169.254.169.253/",
            "http://example.com/",
        ] {
            assert_eq!(asked(url, &headers), None, "{url}");
        }
    }

    #[test]
    fn who_says_nothing_that_can_be_read_is_led_nowhere() {
        let unread = [
            basic("metadata:"),
            basic("metadata:0"),
            basic("metadata:65536"),
            basic("metadata:+80"),
            basic("metadata:080"),
            basic("metadata:80 "),
            basic("someone:4711"),
            basic("4711"),
            "Basic !".to_owned(),
            "Bearer bWV0YWRhdGE6NDcxMQ==".to_owned(),
            "Basic".to_owned(),
        ];
        for credentials in &unread {
            assert_eq!(named(&said(&[credentials])), None, "{credentials}");
        }
        assert_eq!(named(&said(&[&basic("metadata:1"), &basic("metadata:2")])), None);
        assert_eq!(
            asked("http://metadata.google.internal/", &HeaderMap::new()),
            Some(Err(NoMetadata::Unknown))
        );
        assert_eq!(asked("http://169.254.169.254/", &HeaderMap::new()), None);
    }

    #[test]
    fn there_is_no_metadata_server_on_another_port() {
        let headers = said(&[&basic("metadata:4711")]);
        assert_eq!(
            asked("http://metadata.google.internal:8080/", &headers),
            Some(Err(NoMetadata::Port(8080)))
        );
        assert_eq!(asked("http://169.254.169.254:8080/", &headers), None);
    }
}
