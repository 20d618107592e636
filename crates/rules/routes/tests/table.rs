//! Hosts lead to their services, and snapshots stay as they were.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use std::collections::BTreeMap;
use std::sync::Arc;

use names::{HostName, ProjectNumber, ServiceName, Universe};
use proptest::prelude::*;
use routes::{AuthorityError, Entrance, HostTaken, Route, Routes, Target};
use rstest::rstest;

fn service(id: &str) -> ServiceName {
    ServiceName::parse_canonical(&format!("projects/demo/locations/us-central1/services/{id}")).unwrap()
}

fn number() -> ProjectNumber {
    ProjectNumber::parse("42").unwrap()
}

fn host(text: &str) -> HostName {
    HostName::parse(text).unwrap()
}

fn default_route(id: &str) -> Route {
    Route::of_service(&Universe::default(), service(id), number())
}

fn route_at(id: &str, hosts: &[&str]) -> Route {
    let entrances = hosts.iter().map(|text| Entrance { host: host(text), target: Target::Service }).collect();
    Route::new(service(id), number(), entrances)
}

fn found<'routes>(routes: &'routes Routes, authority: &str) -> Option<&'routes ServiceName> {
    routes.lookup_authority(authority).unwrap().map(|found| found.route.service())
}

#[rstest]
#[case("hello-42.us-central1.run.app")]
#[case("hello-42.us-central1.run.app:443")]
#[case("hello-42.us-central1.run.app:")]
#[case("hello-42.us-central1.run.app.")]
#[case("hello-42.us-central1.run.app.:443")]
#[case("Hello-42.US-Central1.Run.App")]
#[case("hello-42.us-central1.run.localhost")]
#[case("hello-42.us-central1.run.localhost:8080")]
fn service_is_reached_at_its_hosts(#[case] authority: &str) {
    let mut routes = Routes::default();
    routes.insert(default_route("hello")).unwrap();
    assert_eq!(found(&routes, authority), Some(&service("hello")));
}

#[rstest]
#[case("hello-42.us-central1.run.app.example.com")]
#[case("x.hello-42.us-central1.run.app")]
#[case("hello-43.us-central1.run.app")]
#[case("hello-42.us-east1.run.app")]
#[case("us-central1.run.app")]
#[case("localhost:8080")]
#[case("127.0.0.1:8080")]
#[case("[::1]:8080")]
#[case("[::1]")]
fn other_host_leads_nowhere(#[case] authority: &str) {
    let mut routes = Routes::default();
    routes.insert(default_route("hello")).unwrap();
    assert_eq!(found(&routes, authority), None);
}

#[rstest]
#[case("")]
#[case(":80")]
#[case(".")]
#[case("hello-42.us-central1.run.app..")]
#[case(" hello-42.us-central1.run.app")]
#[case("user@hello-42.us-central1.run.app")]
#[case("hello-42.us-central1.run.app/x")]
#[case("hello-42.us-central1.run.app\0")]
#[case("hello-42.us-central1.run.app, hello-42.us-central1.run.app")]
#[case("hello-42.us-central1.run.app:80:80")]
#[case("héllo.example.com")]
#[case("[::1")]
#[case("[fe80::1%25eth0]")]
#[case(&"a".repeat(300))]
fn junk_is_not_a_host(#[case] authority: &str) {
    let routes = Routes::default();
    assert!(matches!(routes.lookup_authority(authority), Err(AuthorityError::Host(_))), "{authority:?}");
}

#[rstest]
#[case("hello.example.com:http")]
#[case("hello.example.com:65536")]
#[case("hello.example.com:+80")]
#[case("hello.example.com:8 0")]
fn junk_is_not_a_port(#[case] authority: &str) {
    assert_eq!(Routes::default().lookup_authority(authority), Err(AuthorityError::Port));
}

#[test]
fn replaced_service_leaves_its_old_hosts() {
    let mut routes = Routes::default();
    routes.insert(route_at("hello", &["a.example.com", "b.example.com"])).unwrap();
    let replaced = routes.insert(route_at("hello", &["b.example.com", "c.example.com"])).unwrap();
    assert_eq!(replaced.as_deref(), Some(&route_at("hello", &["a.example.com", "b.example.com"])));
    assert_eq!(found(&routes, "a.example.com"), None);
    assert_eq!(found(&routes, "b.example.com"), Some(&service("hello")));
    assert_eq!(found(&routes, "c.example.com"), Some(&service("hello")));
}

#[test]
fn host_of_another_service_is_not_taken_over() {
    let mut routes = Routes::default();
    routes.insert(route_at("hello", &["a.example.com"])).unwrap();
    let refused = routes.insert(route_at("other", &["free.example.com", "a.example.com"]));
    assert_eq!(refused, Err(HostTaken { host: host("a.example.com"), service: service("hello") }));
    assert_eq!(found(&routes, "a.example.com"), Some(&service("hello")));
    assert_eq!(found(&routes, "free.example.com"), None);
    assert!(routes.of_service(&service("other")).is_none());
}

#[test]
fn removed_service_is_gone_and_its_hosts_are_free() {
    let mut routes = Routes::default();
    routes.insert(route_at("hello", &["a.example.com"])).unwrap();
    assert!(routes.remove(&service("hello")).is_some());
    assert!(routes.remove(&service("hello")).is_none());
    assert_eq!(found(&routes, "a.example.com"), None);
    assert_eq!(routes.insert(route_at("other", &["a.example.com"])), Ok(None));
}

#[test]
fn snapshot_stays_as_it_was() {
    let mut routes = Routes::default();
    routes.insert(default_route("hello")).unwrap();
    let snapshot = routes.clone();
    routes.remove(&service("hello"));
    routes.insert(default_route("other")).unwrap();
    assert_eq!(found(&snapshot, "hello-42.us-central1.run.app"), Some(&service("hello")));
    assert_eq!(found(&snapshot, "other-42.us-central1.run.app"), None);
}

#[test]
fn snapshot_goes_between_threads() {
    fn goes<T: Send + Sync + 'static>() {}
    goes::<Routes>();
}

#[derive(Clone, Debug)]
enum Change {
    Insert { service: u8, hosts: Vec<u8> },
    Remove { service: u8 },
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (0u8..6, prop::collection::vec(0u8..12, 0..4)).prop_map(|(service, hosts)| Change::Insert { service, hosts }),
        1 => (0u8..6).prop_map(|service| Change::Remove { service }),
    ]
}

proptest! {
    #[test]
    fn table_does_what_a_plain_map_does(changes in prop::collection::vec(change(), 0..40)) {
        let mut routes = Routes::default();
        let mut model = BTreeMap::<u8, Vec<u8>>::new();
        for change in changes {
            match change {
                Change::Insert { service: id, hosts } => {
                    let texts: Vec<String> = hosts.iter().map(|host| format!("h{host}.example.com")).collect();
                    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                    let taken = model.iter().any(|(other, theirs)| *other != id && theirs.iter().any(|host| hosts.contains(host)));
                    let inserted = routes.insert(route_at(&format!("s{id}"), &texts));
                    prop_assert_eq!(inserted.is_err(), taken);
                    if !taken {
                        model.insert(id, hosts);
                    }
                }
                Change::Remove { service: id } => {
                    prop_assert_eq!(routes.remove(&service(&format!("s{id}"))).is_some(), model.remove(&id).is_some());
                }
            }
            for host in 0u8..12 {
                let expected = model.iter().find(|(_, hosts)| hosts.contains(&host)).map(|(id, _)| service(&format!("s{id}")));
                prop_assert_eq!(found(&routes, &format!("h{host}.example.com")).cloned(), expected);
            }
            let services: Vec<ServiceName> = routes.iter().map(Arc::as_ref).map(Route::service).cloned().collect();
            let expected: Vec<ServiceName> = model.keys().map(|id| service(&format!("s{id}"))).collect();
            prop_assert_eq!(services, expected);
        }
    }

    #[test]
    fn case_port_and_dot_make_no_difference(mask in any::<u32>(), port in prop::option::of(any::<u16>()), dot in prop::option::of(Just("."))) {
        let mut routes = Routes::default();
        routes.insert(default_route("hello")).unwrap();
        let mut authority: String = "hello-42.us-central1.run.app"
            .chars()
            .enumerate()
            .map(|(index, letter)| if mask >> index & 1 == 1 { letter.to_ascii_uppercase() } else { letter })
            .collect();
        authority.push_str(dot.unwrap_or_default());
        if let Some(port) = port {
            authority.push_str(&format!(":{port}"));
        }
        prop_assert_eq!(found(&routes, &authority), Some(&service("hello")));
    }
}
