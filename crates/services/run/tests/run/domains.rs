use iam::permission::*;
use names::{DomainMappingName, HostName, Location, ProjectId, ServiceId};
use rstest::rstest;
use run::*;
use store::{Plan, Record};

use crate::support::*;

const SHOP: &str = "shop.example.com";

fn mapping(domain: &str) -> NewDomainMapping {
    NewDomainMapping {
        location: Some(hello().location),
        domain: host(domain),
        service: ServiceId::parse("hello").unwrap(),
        labels: Default::default(),
        annotations: Default::default(),
        certificate_mode: String::new(),
        mode: Mode::Apply,
    }
}

fn name(domain: &str) -> DomainMappingName {
    let project = ProjectId::parse("demo").unwrap();
    DomainMappingName { project, location: hello().location, domain: host(domain) }
}

impl World {
    async fn map(&self, new: NewDomainMapping) -> Result<DomainMappingView, CreateDomainMappingError> {
        self.run.create_domain_mapping(&self.context, on_project::<RunDomainmappingsCreate>(), new).await
    }

    fn at(&self, domain: &str) -> Option<Entered> {
        self.run.routes().lookup(&host(domain))
    }
}

#[tokio::test]
async fn mapped_domain_leads_to_its_service_until_it_is_taken_away() {
    let world = world().await;
    world.create_hello(of_image("gcr.io/cloudrun/hello")).await.unwrap();
    let view = world.map(mapping(SHOP)).await.unwrap();
    assert!(view.is_routed);
    let entered = world.at(SHOP).unwrap();
    assert_eq!(entered.service.name, run::Invoked::Service(hello()));
    assert!(
        !entered.service.audiences.iter().any(|audience| audience.contains(SHOP)),
        "no audience by itself"
    );
    let permit = permit::<RunDomainmappingsDelete>(name(SHOP), &view.record.uid);
    world.run.delete_domain_mapping(&world.context, permit, Mode::Apply).await.unwrap();
    assert_eq!(world.at(SHOP), None);
    assert!(world.at("hello-42.us-central1.run.app").is_some());
}

#[tokio::test]
async fn domain_is_mapped_once_whoever_comes_second() {
    let world = world().await;
    world.map(mapping(SHOP)).await.unwrap();
    let elsewhere =
        NewDomainMapping { location: Some(Location::parse("us-east1").unwrap()), ..mapping(SHOP) };
    for second in [mapping(SHOP), elsewhere] {
        let refused = world.map(second).await;
        assert!(
            matches!(refused, Err(CreateDomainMappingError::AlreadyExists(domain)) if domain == host(SHOP))
        );
    }
    let permit = on_project::<RunDomainmappingsList>();
    let listed = world.run.list_domain_mappings(&world.context, &permit, &Where::Everywhere).await.unwrap();
    assert_eq!(listed.len(), 1);
}

#[tokio::test]
async fn domains_are_listed_in_their_order_to_their_project_alone() {
    let world = world().await;
    let elsewhere = Location::parse("us-east1").unwrap();
    for (domain, location) in
        [("b.example.com", None), ("a.example.com", Some(&elsewhere)), ("c.example.com", None)]
    {
        let location = Some(location.cloned().unwrap_or(hello().location));
        world.map(NewDomainMapping { location, ..mapping(domain) }).await.unwrap();
    }
    let stored = world.store.all::<DomainMappingRecord>("b.example.com").await.unwrap().pop().unwrap().record;
    let foreign = DomainMappingName { project: ProjectId::parse("other").unwrap(), ..name("d.example.com") };
    let foreign = Record::DomainMapping(DomainMappingRecord { name: foreign, ..stored });
    world.store.apply(Plan::new().put(foreign)).await.unwrap();
    let permit = on_project::<RunDomainmappingsList>();
    for (place, expected) in [
        (Where::Everywhere, &["a.example.com", "b.example.com", "c.example.com"][..]),
        (Where::Region(elsewhere), &["a.example.com"]),
        (Where::Region(hello().location), &["b.example.com", "c.example.com"]),
    ] {
        let listed = world.run.list_domain_mappings(&world.context, &permit, &place).await.unwrap();
        let domains: Vec<_> = listed.iter().map(|view| view.record.name.domain.to_string()).collect();
        assert_eq!(domains, expected);
    }
}

#[tokio::test]
async fn domain_waits_for_its_service_and_survives_it() {
    let world = world().await;
    assert!(!world.map(mapping(SHOP)).await.unwrap().is_routed);
    assert_eq!(world.at(SHOP), None);
    world
        .create_hello(ServiceSpec { default_uri_disabled: true, ..of_image("gcr.io/cloudrun/hello") })
        .await
        .unwrap();
    assert!(world.at(SHOP).is_some());
    let again = Run::start(&world.store, names::Universe::default(), Config::default()).await.unwrap();
    assert!(again.routes().lookup(&host(SHOP)).is_some(), "also after a start");
    world.run.delete(&world.context, world.on_hello().await, Deletion::default()).await.unwrap();
    assert_eq!(world.at(SHOP), None);
}

#[tokio::test]
async fn region_that_is_not_said_is_that_of_the_only_service_of_the_name() {
    let world = world().await;
    let unsaid = || NewDomainMapping { location: None, ..mapping(SHOP) };
    assert!(matches!(world.map(unsaid()).await, Err(CreateDomainMappingError::Location(_))));
    world.create_hello(of_image("gcr.io/cloudrun/hello")).await.unwrap();
    assert_eq!(world.map(unsaid()).await.unwrap().record.name, name(SHOP));
    let second = NewService {
        location: Location::parse("us-east1").unwrap(),
        ..new_hello(of_image("gcr.io/cloudrun/hello"))
    };
    world.run.create(&world.context, on_project(), second, None, None).await.unwrap();
    let other = NewDomainMapping { domain: host("other.example.com"), ..unsaid() };
    assert!(matches!(world.map(other).await, Err(CreateDomainMappingError::Location(_))), "one of two");
    let domain = HostName::parse(SHOP).unwrap();
    let (own, other) = (ProjectId::parse("demo").unwrap(), ProjectId::parse("other").unwrap());
    assert_eq!(world.run.domain_mapping_of(&own, &domain), Some(name(SHOP)));
    assert_eq!(world.run.domain_mapping_of(&other, &domain), None);
}

#[tokio::test]
async fn from_a_mapped_domain_every_request_comes_from_outside() {
    let world = world().await;
    world
        .create_hello(ServiceSpec { ingress: Ingress::Internal, ..of_image("gcr.io/cloudrun/hello") })
        .await
        .unwrap();
    world.map(mapping(SHOP)).await.unwrap();
    let own = ProjectId::parse("demo").unwrap();
    assert!(!world.at(SHOP).unwrap().admits(Some(&own)));
    assert!(world.at("hello-42.us-central1.run.app").unwrap().admits(Some(&own)));
    assert!(!world.run.routes().owns(&host(SHOP)), "deliveries look for it outside");
}

#[rstest]
#[case("shop")]
#[case("localhost")]
#[case("shop.localhost")]
#[case("127.0.0.1")]
#[case("a_b.example.com")]
#[case("other-42.us-central1.run.app")]
#[case("other-42.us-central1.run.localhost")]
#[case("run.googleapis.com")]
#[case("googleapis.com")]
#[tokio::test]
async fn name_that_is_nobodys_own_is_not_mapped(#[case] domain: &str) {
    let world = world().await;
    let refused = world.map(mapping(domain)).await;
    assert!(matches!(refused, Err(CreateDomainMappingError::Domain(found)) if found == host(domain)));
}
