//! Decisions: against a small reference model on random hierarchies, and the cases that people argue about.
#![expect(clippy::unwrap_used, reason = "names in tests are literals")]

use iam::permission::{self, RunRoutesInvoke, RunServicesGet};
use iam::{
    Binding, Cause, Grantee, Ground, Level, Openness, Policy, PolicyError, Question, Repair, Standing,
    Vouched, decide, explain, holds, predefined_role, predefined_roles, role_grants, system_permissions,
};
use names::*;
use proptest::prelude::*;

const SERVICE: &str = "projects/demo/locations/us-central1/services/hello";

fn service() -> ResourceName {
    ResourceName::parse(SERVICE).unwrap()
}

fn account(name: &str, unique_id: &str) -> Principal {
    Principal::ServiceAccount {
        email: Email::parse(&format!("{name}@demo.iam.gserviceaccount.com")).unwrap(),
        unique_id: UniqueId::parse(unique_id).unwrap(),
    }
}

fn person(email: &str) -> Principal {
    Principal::Person { email: Email::parse(email).unwrap(), subject: UniqueId::parse("1").unwrap() }
}

fn grantee(text: &str, unique_id: Option<&str>) -> Grantee {
    Grantee {
        member: Member::parse(text).unwrap(),
        unique_id: unique_id.map(|id| UniqueId::parse(id).unwrap()),
    }
}

fn binding(role: &str, grantees: Vec<Grantee>) -> Binding {
    Binding { role: RoleName::parse(role).unwrap(), members: grantees, condition: None }
}

/// A service in a project in an organization, each with a policy.
struct House {
    names: [ResourceName; 3],
    uid: Uid,
    policies: [Policy; 3],
}

impl House {
    fn of(service: Vec<Binding>, project: Vec<Binding>, organization: Vec<Binding>) -> Self {
        Self {
            names: [
                self::service(),
                ResourceName::parse("projects/demo").unwrap(),
                ResourceName::parse("organizations/1").unwrap(),
            ],
            uid: Uid::parse("u1").unwrap(),
            policies: [Policy::of(service), Policy::of(project), Policy::of(organization)],
        }
    }

    fn levels(&self) -> Vec<Level<'_>> {
        self.names
            .iter()
            .zip(&self.policies)
            .map(|(name, policy)| Level { name, uid: &self.uid, policy: Some(policy), denies: &[] })
            .collect()
    }
}

fn question<'a>(principal: &'a Principal, lineage: &'a [Level<'a>]) -> Question<'a> {
    Question {
        principal,
        standing: Standing::Active,
        groups: &[],
        vouched: Vouched::NOTHING,
        lineage,
        custom_roles: &(),
        open: None,
        closed: None,
        time: jiff::Timestamp::UNIX_EPOCH,
        revision: Revision(7),
    }
}

#[test]
fn a_permit_carries_what_it_was_decided_on() {
    let house = House::of(
        vec![],
        vec![binding("roles/run.invoker", vec![grantee("user:ada@example.com", None)])],
        vec![],
    );
    let (ada, levels) = (person("ada@example.com"), house.levels());
    let permit = decide::<RunRoutesInvoke>(&question(&ada, &levels)).unwrap();
    assert_eq!(permit.name().to_string(), SERVICE);
    assert_eq!((permit.uid(), permit.revision(), permit.principal()), (&house.uid, Revision(7), &ada));
    assert!(matches!(permit.ground(), Ground::Binding { at: ResourceName::Project(_), .. }));
}

#[test]
fn an_account_made_anew_under_an_old_name_inherits_nothing() {
    let bound = grantee("serviceAccount:job@demo.iam.gserviceaccount.com", Some("111"));
    let house = House::of(vec![binding("roles/run.invoker", vec![bound])], vec![], vec![]);
    let levels = house.levels();
    assert!(holds(&question(&account("job", "111"), &levels), "run.routes.invoke"));
    assert!(!holds(&question(&account("job", "222"), &levels), "run.routes.invoke"));
}

#[test]
fn a_person_with_the_address_of_an_account_is_not_the_account() {
    let bound = grantee("serviceAccount:job@demo.iam.gserviceaccount.com", Some("111"));
    let house = House::of(vec![binding("roles/run.invoker", vec![bound])], vec![], vec![]);
    assert!(!holds(
        &question(&person("job@demo.iam.gserviceaccount.com"), &house.levels()),
        "run.routes.invoke"
    ));
}

#[test]
fn a_disabled_or_deleted_account_holds_nothing_even_where_everybody_does() {
    let house =
        House::of(vec![binding("roles/run.invoker", vec![grantee("allUsers", None)])], vec![], vec![]);
    let (job, levels) = (account("job", "111"), house.levels());
    for (standing, cause) in
        [(Standing::Disabled, Cause::AccountDisabled), (Standing::Deleted, Cause::AccountDeleted)]
    {
        let question = Question { standing, ..question(&job, &levels) };
        assert_eq!(decide::<RunRoutesInvoke>(&question).unwrap_err().cause, cause);
    }
}

#[test]
fn everybody_and_everybody_signed_in_differ_by_the_anonymous() {
    let open =
        |member| House::of(vec![binding("roles/run.invoker", vec![grantee(member, None)])], vec![], vec![]);
    let (all, authenticated) = (open("allUsers"), open("allAuthenticatedUsers"));
    assert!(holds(&question(&Principal::Anonymous, &all.levels()), "run.routes.invoke"));
    assert!(!holds(&question(&Principal::Anonymous, &authenticated.levels()), "run.routes.invoke"));
    let (job, levels) = (account("job", "111"), authenticated.levels());
    let permit = decide::<RunRoutesInvoke>(&question(&job, &levels)).unwrap();
    assert_eq!(*permit.ground(), Ground::Open(Openness::AllAuthenticatedUsers));
}

#[test]
fn groups_domains_and_project_owners_are_sets_of_people() {
    let owner = binding("roles/owner", vec![grantee("user:owner@example.com", None)]);
    let via = |member| {
        House::of(
            vec![binding("roles/run.invoker", vec![grantee(member, None)])],
            vec![owner.clone()],
            vec![],
        )
    };
    let ada = person("ada@example.com");
    let group = [Email::parse("team@example.org").unwrap()];
    let in_group = via("group:team@example.org");
    assert!(!holds(&question(&ada, &in_group.levels()), "run.routes.invoke"));
    assert!(holds(&Question { groups: &group, ..question(&ada, &in_group.levels()) }, "run.routes.invoke"));
    assert!(holds(&question(&ada, &via("domain:example.com").levels()), "run.routes.invoke"));
    assert!(!holds(
        &question(&person("eve@example.com.evil.org"), &via("domain:example.com").levels()),
        "run.routes.invoke"
    ));
    assert!(!holds(&question(&ada, &via("projectOwner:demo").levels()), "run.routes.invoke"));
    assert!(holds(
        &question(&person("owner@example.com"), &via("projectOwner:demo").levels()),
        "run.routes.invoke"
    ));
    assert!(!holds(&question(&ada, &via("projectOwner:other").levels()), "run.routes.invoke"));
}

#[test]
fn owners_do_not_mint_tokens_by_that_role_alone() {
    let (owner, editor) = (RoleName::parse("roles/owner").unwrap(), RoleName::parse("roles/editor").unwrap());
    for permission in ["iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken"] {
        assert!(!role_grants(&(), &owner, permission) && !role_grants(&(), &editor, permission));
    }
    assert!(
        role_grants(&(), &owner, "iam.serviceAccounts.actAs")
            && role_grants(&(), &owner, "run.routes.invoke")
    );
    assert!(!role_grants(&(), &editor, "resourcemanager.projects.setIamPolicy"));
}

#[test]
fn a_permission_asked_about_the_wrong_kind_of_resource_is_denied() {
    let house =
        House::of(vec![], vec![binding("roles/owner", vec![grantee("user:ada@example.com", None)])], vec![]);
    let (ada, levels) = (person("ada@example.com"), house.levels());
    let denial = decide::<RunServicesGet>(&question(&ada, &levels[1..])).unwrap_err();
    assert_eq!(denial.cause, Cause::WrongKind);
}

#[test]
fn doorward_itself_may_do_only_what_its_table_says() {
    let house = House::of(vec![], vec![], vec![]);
    let (system, levels) = (Principal::System(System::acting_for_itself()), house.levels());
    for permission in permission::ALL {
        assert_eq!(
            holds(&question(&system, &levels), permission),
            system_permissions().contains(permission),
            "{permission}"
        );
    }
}

#[test]
fn a_refusal_names_the_smallest_role_and_the_command() {
    let house = House::of(vec![], vec![], vec![]);
    let (job, levels) = (account("job", "111"), house.levels());
    let explanation = explain(&question(&job, &levels), "run.routes.invoke");
    assert_eq!(explanation.outcome, Err(Cause::NoBinding));
    assert_eq!(explanation.checks.len(), 4, "the account and three policies");
    assert_eq!(
        explanation.repair.map(|repair| repair.to_string()).as_deref(),
        Some(
            "doorward add-iam-policy-binding projects/demo/locations/us-central1/services/hello --member=serviceAccount:job@demo.iam.gserviceaccount.com --role=roles/run.invoker"
        )
    );
    let disabled = Question { standing: Standing::Disabled, ..question(&job, &levels) };
    assert!(matches!(explain(&disabled, "run.routes.invoke").repair, Some(Repair::EnableAccount { .. })));
}

#[test]
fn a_repair_never_gives_away_tokens_for_something_less() {
    let ada = person("ada@example.com");
    // Who signs in an account's name can mint its tokens.
    let as_good = |permission: &str| {
        ["Token", "Delegation", "signBlob", "signJwt"].iter().any(|end| permission.ends_with(end))
    };
    for permission in permission::ALL.iter().filter(|permission| !as_good(permission)) {
        let Some(Repair::AddBinding { role, .. }) = Repair::for_missing(permission, &ada, service()) else {
            panic!("no role grants {permission}")
        };
        assert!(
            !role_grants(&(), &RoleName::parse(role).unwrap(), "iam.serviceAccounts.getAccessToken"),
            "{role} for {permission}"
        );
    }
}

#[test]
fn a_repair_is_no_role_that_does_everything_in_a_product_that_is_not_here_yet() {
    let ada = person("ada@example.com");
    let Some(Repair::AddBinding { role, .. }) =
        Repair::for_missing("resourcemanager.projects.get", &ada, service())
    else {
        panic!("a role grants it")
    };
    let role = predefined_role(&RoleName::parse(role).unwrap()).unwrap();
    let reads =
        |permission: &str| [".get", ".getIamPolicy", ".list"].iter().any(|end| permission.ends_with(end));
    assert!(role.permissions().all(reads), "{}", role.name);
}

#[test]
fn catalogues_are_sorted_and_every_role_grants_something() {
    assert!(permission::ALL.is_sorted());
    let every: Vec<&str> = permission::every().collect();
    assert!(every.is_sorted_by(|left, right| left < right), "no name twice, in one list or in both");
    assert!(every.iter().all(|name| PermissionName::parse(name).is_ok() && permission::exists(name)));
    assert!(predefined_roles().is_sorted_by(|left, right| left.name < right.name));
    for role in predefined_roles() {
        assert!(role.permissions().next().is_some(), "{} grants nothing", role.name);
    }
}

#[test]
fn basic_roles_are_one_inside_the_other_and_owners_lack_what_googles_lack() {
    let role = |name| *predefined_role(&RoleName::parse(name).unwrap()).unwrap();
    let (owner, editor, viewer) = (role("roles/owner"), role("roles/editor"), role("roles/viewer"));
    assert!(viewer.permissions().all(|permission| editor.includes(permission)));
    assert!(editor.permissions().all(|permission| owner.includes(permission)));
    let lacking: Vec<&str> = permission::every().filter(|permission| !owner.includes(permission)).collect();
    assert_eq!(
        lacking.iter().filter(|name| !name.starts_with("resourcemanager.")).collect::<Vec<_>>(),
        [
            &"iam.denypolicies.create",
            &"iam.denypolicies.delete",
            &"iam.denypolicies.update",
            &"iam.serviceAccounts.getAccessToken",
            &"iam.serviceAccounts.getOpenIdToken",
            &"iam.serviceAccounts.implicitDelegation",
            &"iam.serviceAccounts.signBlob",
            &"iam.serviceAccounts.signJwt",
            &"iap.tunnelDestGroups.remediate",
            &"iap.tunnelinstances.remediate",
            &"iap.webServiceVersions.accessViaIAP",
            &"iap.webServiceVersions.remediate",
        ]
    );
    for permission in ["iam.roles.create", "iam.serviceAccounts.undelete", "run.services.setIamPolicy"] {
        assert!(owner.includes(permission) && !editor.includes(permission), "{permission}");
    }
    for permission in ["iam.serviceAccountKeys.create", "iam.serviceAccounts.actAs", "run.routes.invoke"] {
        assert!(editor.includes(permission) && !viewer.includes(permission), "{permission}");
    }
}

#[test]
fn policies_are_checked_before_they_are_stored() {
    let unknown = Policy::checked(vec![binding("roles/nobody", vec![grantee("allUsers", None)])]);
    assert!(matches!(unknown, Err(PolicyError::UnknownRole { .. })));
    assert!(matches!(
        Policy::checked(vec![binding("roles/owner", vec![])]),
        Err(PolicyError::EmptyBinding { .. })
    ));
    let crowd = |count: usize, kind: &str| {
        (0..count).map(|n| grantee(&format!("{kind}:p{n}@example.com"), None)).collect()
    };
    assert!(matches!(
        Policy::checked(vec![binding("roles/owner", crowd(1501, "user"))]),
        Err(PolicyError::TooManyMembers { count: 1501 })
    ));
    assert!(matches!(
        Policy::checked(vec![binding("roles/owner", crowd(251, "group"))]),
        Err(PolicyError::TooManyGroups { count: 251 })
    ));
    let merged = Policy::checked(vec![
        binding("roles/owner", crowd(2, "user")),
        binding("roles/owner", crowd(3, "user")),
    ])
    .unwrap();
    assert_eq!((merged.bindings.len(), merged.bindings[0].members.len()), (1, 3));
}

/// One binding of a random policy: which level, which role, which member.
fn row() -> impl Strategy<Value = (usize, usize, usize)> {
    (0..3usize, 0..predefined_roles().len(), 0..MEMBERS.len())
}

const MEMBERS: [&str; 6] = [
    "allUsers",
    "allAuthenticatedUsers",
    "user:ada@example.com",
    "serviceAccount:job@demo.iam.gserviceaccount.com",
    "domain:example.com",
    "group:team@example.com",
];

/// The reference: what each principal is called, spelt out.
fn included(member: &str, principal: &Principal) -> bool {
    match member {
        "allUsers" => true,
        "allAuthenticatedUsers" => *principal != Principal::Anonymous,
        "user:ada@example.com" | "domain:example.com" | "group:team@example.com" => {
            matches!(principal, Principal::Person { .. })
        }
        "serviceAccount:job@demo.iam.gserviceaccount.com" => {
            matches!(principal, Principal::ServiceAccount { .. })
        }
        _ => unreachable!("members of the model only"),
    }
}

proptest! {
    #[test]
    fn decisions_agree_with_the_reference_model(rows in proptest::collection::vec(row(), 0..6), who in 0..3usize, asked in 0..permission::ALL.len()) {
        let principal = [Principal::Anonymous, person("ada@example.com"), account("job", "111")][who].clone();
        let permission = permission::ALL[asked];
        let mut policies = [vec![], vec![], vec![]];
        for (level, role, member) in &rows {
            let unique_id = MEMBERS[*member].starts_with("serviceAccount").then_some("111");
            policies[*level].push(binding(predefined_roles()[*role].name, vec![grantee(MEMBERS[*member], unique_id)]));
        }
        let [service, project, organization] = policies;
        let house = House::of(service, project, organization);
        let (levels, groups) = (house.levels(), [Email::parse("team@example.com").unwrap()]);
        let question = Question { groups: if who == 1 { &groups } else { &[] }, ..question(&principal, &levels) };
        let expected = rows.iter().any(|(_, role, member)| {
            predefined_roles()[*role].permissions().any(|granted| granted == permission) && included(MEMBERS[*member], &principal)
        });
        prop_assert_eq!(holds(&question, permission), expected);
        let explanation = explain(&question, permission);
        prop_assert_eq!(explanation.outcome.is_ok(), expected);
        prop_assert_eq!(explanation.checks.iter().skip(1).any(|check| check.passed), expected);
    }
}
