//! Threats A (docs/threats.md) where no socket is needed.

#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

use names::{ProjectNumber, ServiceName, Universe};
use proptest::prelude::*;
use routes::{CanonicalPath, Route, Routes};

fn table() -> Routes {
    let mut routes = Routes::default();
    for service in ["hello", "orders"] {
        let name = format!("projects/demo/locations/us-central1/services/{service}");
        let name = ServiceName::parse_canonical(&name).unwrap();
        let number = ProjectNumber::parse("42").unwrap();
        routes.insert(Route::of_service(&Universe::default(), name, number)).unwrap();
    }
    routes
}

fn service_at(routes: &Routes, authority: &str) -> Option<String> {
    let found = routes.lookup_authority(authority).ok().flatten()?;
    Some(found.route.service().service.as_str().to_owned())
}

proptest! {
    #[test]
    fn a01_a_query_makes_no_difference_to_the_path(path in "/[a-z/.%;2f5c]{0,20}", query in "[^#]{0,40}") {
        let alone = CanonicalPath::parse(path.as_bytes());
        let target = format!("{path}?{query}");
        prop_assert_eq!(CanonicalPath::parse(target.as_bytes()), alone);
    }

    #[test]
    fn a04_a_fragment_has_no_path(before in "/[a-z/]{0,10}", after in "[a-z/?]{0,10}") {
        let target = format!("{before}#{after}");
        prop_assert!(CanonicalPath::parse(target.as_bytes()).is_err());
    }

    #[test]
    fn a06_an_authority_leads_to_the_service_that_it_names_or_nowhere(
        before in "[a-zA-Z0-9.@:,_ -]{0,12}",
        after in "[a-zA-Z0-9.@:,_ /\\\\-]{0,12}",
    ) {
        let host = "hello-42.us-central1.run.app";
        let authority = format!("{before}{host}{after}");
        if service_at(&table(), &authority).is_some() {
            // Only a port and a last dot may stand beside a name.
            let bare = authority.to_ascii_lowercase();
            let (name, port) = bare.split_once(':').unwrap_or((&bare, ""));
            prop_assert_eq!(name.strip_suffix('.').unwrap_or(name), host);
            prop_assert!(port.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}

#[test]
fn a06_names_beside_a_host_lead_nowhere() {
    let routes = table();
    assert_eq!(service_at(&routes, "ORDERS-42.us-central1.run.app.:8080").as_deref(), Some("orders"));
    for authority in [
        "hello-42.us-central1.run.app@orders-42.us-central1.run.app",
        "hello-42.us-central1.run.app:80@orders-42.us-central1.run.app",
        "hello-42.us-central1.run.app, orders-42.us-central1.run.app",
        "hello-42.us-central1.run.app orders-42.us-central1.run.app",
        "hello-42.us-central1.run.app/orders-42.us-central1.run.app",
        "hello-42.us-central1.run.app:80:80",
        "hello-42.us-central1.run.app..",
        "x.hello-42.us-central1.run.app",
    ] {
        assert_eq!(service_at(&routes, authority), None, "{authority}");
    }
}
