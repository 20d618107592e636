use crate::{AddressRange, Guard, Host, Locality, Reach, Url};

/// Any bytes are a URL or a typed error; a URL names a host that can be written down again and means the same.
pub fn url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(url) = text.parse::<Url>() else { return };
    let target = url.target();
    assert!(target.port != 0 && url.path_and_query().as_str().starts_with('/'));
    assert!(url.path_and_query().as_str().bytes().all(|byte| byte.is_ascii_graphic()));
    let again: Url =
        format!("{target}{}", url.path_and_query()).parse().expect("what was parsed can be parsed");
    assert_eq!(again, url);
    if let Host::Name(name) = &target.host {
        assert!(name.as_str().parse::<std::net::IpAddr>().is_err(), "an address hides in a name");
    }
}

/// Any bytes are a range or a typed error; a range holds its own start and prints as what it is.
pub fn range(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(range) = text.parse::<AddressRange>() else { return };
    assert_eq!(range.to_string().parse(), Ok(range));
}

/// Any address has a verdict, and opening every range opens nothing that is never called.
pub fn guard(data: &[u8]) {
    let Some((bytes, _)) = data.split_first_chunk::<16>() else { return };
    let address = (std::net::Ipv6Addr::from(*bytes), 80).into();
    let everything = ["0.0.0.0/0", "::/0"].map(|range| range.parse().expect("a range"));
    let listed = Guard::new(Reach::Listed, everything.to_vec(), vec![]);
    let home = Guard::new(Reach::LoopbackOnly, vec![], vec![]);
    let closed = Guard::new(Reach::Listed, vec![], vec![]);
    let verdict = |guard: &Guard| guard.check(address, Locality::Elsewhere);
    assert_eq!(verdict(&listed), verdict(&home));
    assert!(verdict(&closed).is_err() || verdict(&home).is_ok());
}

/// Everything in this crate that reads bytes from elsewhere.
pub fn body(data: &[u8]) {
    url(data);
    range(data);
    guard(data);
}
