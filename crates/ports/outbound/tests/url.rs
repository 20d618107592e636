//! Which URLs can be called, and what of them is printed.

use outbound::{Host, Scheme, Url, UrlError};

#[test]
fn a_url_says_where_to_connect_and_what_to_ask() {
    for (text, host, port, scheme, path, header) in [
        ("http://example.com", "example.com", 80, Scheme::Http, "/", "example.com"),
        ("HTTPS://Example.COM/", "example.com", 443, Scheme::Https, "/", "example.com"),
        ("https://example.com.:443/a", "example.com", 443, Scheme::Https, "/a", "example.com"),
        ("http://example.com:8080?x=1", "example.com", 8080, Scheme::Http, "/?x=1", "example.com:8080"),
        (
            "http://127.0.0.1:3000/a//b/../c%2f",
            "127.0.0.1",
            3000,
            Scheme::Http,
            "/a//b/../c%2f",
            "127.0.0.1:3000",
        ),
        ("http://[::1]/?a[]=1&b=@", "[::1]", 80, Scheme::Http, "/?a[]=1&b=@", "[::1]"),
        ("https://[2606:4700::1]:8443/", "[2606:4700::1]", 8443, Scheme::Https, "/", "[2606:4700::1]:8443"),
        ("http://a_b.run.localhost/", "a_b.run.localhost", 80, Scheme::Http, "/", "a_b.run.localhost"),
    ] {
        let url: Url = text.parse().unwrap();
        let target = url.target();
        assert_eq!(
            (target.host.to_string().as_str(), target.port, target.scheme),
            (host, port, scheme),
            "{text}"
        );
        assert_eq!(url.path_and_query().as_str(), path, "{text}");
        assert_eq!(target.host_header(), header, "{text}");
    }
}

#[test]
fn what_cannot_be_called_says_why() {
    for (text, error) in [
        ("", UrlError::Scheme),
        ("example.com", UrlError::Scheme),
        ("ftp://example.com", UrlError::Scheme),
        ("file:///etc/passwd", UrlError::Scheme),
        ("http:/example.com", UrlError::Scheme),
        (" http://example.com", UrlError::Scheme),
        ("http://", UrlError::Host),
        ("http:///path", UrlError::Host),
        ("http://:80/", UrlError::Host),
        ("http://a..b/", UrlError::Host),
        ("http://-a/", UrlError::Host),
        ("http://127.1/", UrlError::Host),
        ("http://2130706433/", UrlError::Host),
        ("http://0x7f000001/", UrlError::Host),
        ("http://0x7f.0.0.1/", UrlError::Host),
        ("http://0177.0.0.1/", UrlError::Host),
        ("http://1.2.3.4.5/", UrlError::Host),
        ("http://a.0x1/", UrlError::Host),
        ("http://[::1/", UrlError::Host),
        ("http://[::1]x/", UrlError::Host),
        ("http://[fe80::1%25eth0]/", UrlError::Host),
        ("http://exa%6dple.com/", UrlError::Host),
        ("http://example.com:/", UrlError::Port),
        ("http://example.com:0/", UrlError::Port),
        ("http://example.com:+80/", UrlError::Port),
        ("http://example.com:65536/", UrlError::Port),
        ("http://example.com:80:80/", UrlError::Port),
        ("http://user@example.com/", UrlError::UserInfo),
        ("http://user:password@example.com/", UrlError::UserInfo),
        ("http://trusted.com@evil.com/", UrlError::UserInfo),
        ("http://example.com/#there", UrlError::Fragment),
        ("http://evil.com#@trusted.com/", UrlError::Fragment),
        ("http://example.com/%", UrlError::BrokenEscape),
        ("http://example.com/%2", UrlError::BrokenEscape),
        ("http://example.com/%zz", UrlError::BrokenEscape),
        ("http://example.com/a b", UrlError::Character { at: 20 }),
        ("http://example.com/a\r\nHost: evil", UrlError::Character { at: 20 }),
        ("http://example.com\\@evil.com/", UrlError::Character { at: 18 }),
        ("http://exämple.com/", UrlError::Character { at: 9 }),
        ("http://example.com/\0", UrlError::Character { at: 19 }),
    ] {
        assert_eq!(text.parse::<Url>(), Err(error), "{text}");
    }
    assert_eq!(format!("http://a/{}", "b".repeat(8192)).parse::<Url>(), Err(UrlError::TooLong));
}

#[test]
fn a_printed_url_shows_no_query() {
    let url: Url = "https://example.com:8443/hook?token=hunter2".parse().unwrap();
    assert_eq!(url.to_string(), "https://example.com:8443/hook?…");
    assert!(!format!("{url:?} {url:#?}").contains("hunter2"));
}

#[test]
fn an_address_is_an_address_and_a_name_a_name() {
    let host = |text: &str| text.parse::<Url>().unwrap().target().host.clone();
    assert!(matches!(host("http://10.0.0.1/"), Host::Address(_)));
    assert!(matches!(host("http://10.0.0.1.example.com/"), Host::Name(_)));
    assert!(matches!(host("http://1password.com/"), Host::Name(_)));
    assert!(matches!(host("http://3com/"), Host::Name(_)));
}
