//! Who opens what.

use iam::{Binding, Grantee, Level, Permission, Policy, Question, Standing};
use names::{Email, Member, Principal, Revision, RoleName, Uid, UniqueId};

use super::*;

/// What `access` would give to who owns everything.
fn permit<P: Permission>(name: P::Resource) -> Permit<P> {
    let email = Email::parse("grace@example.com").unwrap();
    let grace = Grantee { member: Member::User(email.clone()), unique_id: None };
    let roles = ["roles/owner", "roles/iam.organizationRoleViewer"];
    let policy = Policy::of(
        roles
            .map(|role| Binding {
                role: RoleName::parse(role).unwrap(),
                members: vec![grace.clone()],
                condition: None,
            })
            .to_vec(),
    );
    let (name, uid): (ResourceName, _) = (name.into(), Uid::parse("u1").unwrap());
    let lineage = [Level { name: &name, uid: &uid, policy: Some(&policy), denies: &[] }];
    iam::decide(&Question {
        principal: &Principal::Person { email, subject: UniqueId::parse("7").unwrap() },
        standing: Standing::Active,
        groups: &[],
        vouched: iam::Vouched::NOTHING,
        lineage: &lineage,
        custom_roles: &(),
        open: None,
        closed: None,
        time: Timestamp::UNIX_EPOCH,
        revision: Revision(1),
    })
    .unwrap()
}

fn project(id: &str) -> ProjectId {
    ProjectId::parse(id).unwrap()
}

fn organization(id: &str) -> OrganizationId {
    OrganizationId::parse(id).unwrap()
}

fn row(decided: Decided) -> Decision {
    Decision {
        time: Timestamp::UNIX_EPOCH,
        request_id: "r".to_owned(),
        ordinal: 0,
        principal: "anonymous".to_owned(),
        decided,
    }
}

fn asked_about(resource: &str) -> Decision {
    row(Decided::Permission(PermissionDecision {
        permission: "run.services.get".to_owned(),
        resource: resource.to_owned(),
        revision: Revision(1),
        ground: None,
        checks: Vec::new(),
        command: None,
        asker: None,
        ground_level: None,
        command_level: None,
    }))
}

fn at_the_gate_of(service: &str) -> Decision {
    row(Decided::Request(Box::new(RequestDecision {
        request: DecidedRequest::Gate {
            host: "hello".to_owned(),
            method: "GET".to_owned(),
            path: "/".to_owned(),
            service: service.to_owned(),
            answer: None,
        },
        credential: None,
        permission: None,
        status: 403,
        reason: None,
        detail: String::new(),
    })))
}

fn sealed(rows: Vec<Decision>) -> Sealed {
    Sealed::of(rows).unwrap()
}

#[test]
fn nothing_is_sealed_where_nothing_was_decided() {
    assert!(Sealed::of(Vec::new()).is_none());
}

#[test]
fn what_is_about_one_project_is_for_its_policy_readers() {
    for rows in [
        vec![asked_about("projects/demo"), asked_about(HELLO)],
        vec![at_the_gate_of(HELLO)],
        vec![asked_about(HELLO), at_the_gate_of(HELLO)],
    ] {
        assert_eq!(*sealed(rows.clone()).scope(), Scope::Project(project("demo")));
        assert!(sealed(rows.clone()).open(&permit(project("demo")), None).is_some());
        assert!(
            sealed(rows.clone()).open(&permit(project("other")), None).is_none(),
            "a permit for another project"
        );
        let whole = permit(organization("1"));
        assert!(sealed(rows).open_for_installation(&whole, &organization("1")).is_none());
    }
}

#[test]
fn what_is_about_no_project_or_about_two_is_for_who_runs_the_installation() {
    for rows in [
        vec![at_the_gate_of("")],
        vec![asked_about("organizations/1")],
        vec![asked_about("no name at all")],
        vec![asked_about(HELLO), asked_about("projects/other")],
        vec![asked_about(HELLO), asked_about("organizations/1")],
        vec![asked_about("projects/other"), at_the_gate_of(HELLO)],
    ] {
        let text = format!("{rows:?}");
        assert_eq!(*sealed(rows.clone()).scope(), Scope::Installation, "{text}");
        for id in ["demo", "other"] {
            assert!(sealed(rows.clone()).open(&permit(project(id)), None).is_none(), "{text}");
        }
        let (own, foreign) = (organization("1"), organization("2"));
        assert!(sealed(rows.clone()).open_for_installation(&permit(foreign), &own).is_none(), "{text}");
        assert!(sealed(rows).open_for_installation(&permit(own.clone()), &own).is_some(), "{text}");
    }
}

#[test]
fn a_permission_that_is_kept_with_its_request_is_disclosed_and_counts_for_the_scope() {
    let mut decision = at_the_gate_of("");
    let Decided::Permission(permission) = asked_about(HELLO).decided else { unreachable!() };
    if let Decided::Request(request) = &mut decision.decided {
        request.permission = Some(permission.clone());
    }
    let disclosed = sealed(vec![decision]).open(&permit(project("demo")), None).unwrap();
    assert_eq!(disclosed.permissions, [permission]);
    assert!(disclosed.request.is_some_and(|request| request.permission.is_none()), "told once");
}

const HELLO: &str = "projects/demo/locations/us-central1/services/hello";
