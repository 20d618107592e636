//! Fuzz bodies: any bytes give a path or a typed error, and any authority leads where its host name does.

use names::{HostName, ProjectNumber, ServiceName, Universe};

use crate::{CanonicalPath, FunctionPath, Route, Routes};

/// The bytes as a request target.
pub fn path(bytes: &[u8]) {
    let path = match CanonicalPath::parse(bytes) {
        Ok(path) => path,
        Err(ambiguous) => return assert!(ambiguous.at <= bytes.len()),
    };
    let text = path.as_str();
    assert_eq!(CanonicalPath::parse(text.as_bytes()).as_ref(), Ok(&path));
    assert!(text.starts_with('/') && text.is_ascii());
    for forbidden in ["//", "/./", "/../", "\\", ";", "?", "#", "%2F", "%5C", "%00"] {
        assert!(!text.contains(forbidden), "{forbidden} in {text}");
    }
    assert!(path.segments().all(|segment| segment != "." && segment != ".."));
    let without_query = bytes.split(|byte| *byte == b'?').next().unwrap_or_default();
    assert_eq!(CanonicalPath::parse(without_query).as_ref(), Ok(&path));
    let Ok(target) = std::str::from_utf8(bytes) else { return };
    let function = FunctionPath::parse(target).expect("it has a canonical path");
    // What is forwarded is read as what was decided about, without its first segment.
    let below = CanonicalPath::parse(function.below().as_bytes()).expect("what is left has one reading, too");
    let rest: Vec<_> = path.segments().skip(1).collect();
    assert_eq!(below.segments().collect::<Vec<_>>(), if rest.is_empty() { vec![""] } else { rest });
    if path.segments().next().is_some_and(|first| first.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        assert_eq!(path.segments().next(), Some(function.name()));
    }
}

/// The bytes as the authority of a request.
pub fn authority(bytes: &[u8]) {
    let Ok(authority) = std::str::from_utf8(bytes) else { return };
    let routes = one_service();
    match (routes.lookup_authority(authority), crate::authority::host(authority)) {
        (Ok(found), Ok(host)) => match HostName::parse(&host.to_ascii_lowercase()) {
            Ok(host) => assert_eq!(found, routes.lookup(&host)),
            Err(_) => assert!(found.is_none() && authority.starts_with('[')),
        },
        (Ok(_), Err(error)) => panic!("{error}, and yet it was looked up"),
        (Err(error), _) => assert!(!error.to_string().is_empty()),
    }
}

/// Both, on the same bytes.
pub fn body(bytes: &[u8]) {
    path(bytes);
    authority(bytes);
}

fn one_service() -> Routes {
    let service = ServiceName::parse_canonical("projects/demo/locations/us-central1/services/hello");
    let number = ProjectNumber::parse("42");
    let (Ok(service), Ok(number)) = (service, number) else { unreachable!("valid literals") };
    let mut routes = Routes::default();
    let replaced = routes.insert(Route::of_service(&Universe::default(), service, number));
    assert_eq!(replaced, Ok(None));
    routes
}
