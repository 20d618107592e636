//! What is a name and what is not.

use names::*;
use proptest::prelude::*;
use rstest::rstest;

#[rstest]
#[case("user:Ada@Example.com", "user:ada@example.com")]
#[case("serviceAccount:job@demo.iam.gserviceaccount.com", "serviceAccount:job@demo.iam.gserviceaccount.com")]
#[case("serviceAccount:demo.svc.id.goog[default/web]", "serviceAccount:demo.svc.id.goog[default/web]")]
#[case("group:team@example.com", "group:team@example.com")]
#[case("domain:example.com", "domain:example.com")]
#[case("projectOwner:demo", "projectOwner:demo")]
#[case("allUsers", "allUsers")]
#[case("allAuthenticatedUsers", "allAuthenticatedUsers")]
#[case(
    "principal://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/ci/subject/repo:x",
    "principal://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/ci/subject/repo:x"
)]
#[case(
    "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/ci/attribute.repo/a/b",
    "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/ci/attribute.repo/a/b"
)]
#[case(
    "principalSet://iam.googleapis.com/locations/global/workforcePools/staff/*",
    "principalSet://iam.googleapis.com/locations/global/workforcePools/staff/*"
)]
#[case(
    "deleted:serviceAccount:job@demo.iam.gserviceaccount.com?uid=123",
    "deleted:serviceAccount:job@demo.iam.gserviceaccount.com?uid=123"
)]
fn member_forms_are_read_and_printed(#[case] text: &str, #[case] printed: &str) {
    assert_eq!(Member::parse(text).unwrap().to_string(), printed);
}

#[rstest]
#[case("")]
#[case("ada@example.com")]
#[case("user:")]
#[case("user:a@evil@example.com")]
#[case("user:ada@example.com\u{0}")]
#[case("user:ädä@example.com")]
#[case("allusers")]
#[case("robot:r2@example.com")]
#[case("deleted:user:ada@example.com")]
#[case("deleted:allUsers?uid=1")]
#[case("principal://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/ci/group/g")]
#[case("principalSet://evil.example/projects/42/locations/global/workloadIdentityPools/ci/*")]
#[case("serviceAccount:demo.svc.id.goog[default]")]
fn malformed_members_are_refused(#[case] text: &str) {
    assert!(Member::parse(text).is_err());
}

#[test]
fn numbers_out_of_records_are_checked_like_any_other() {
    assert!(ProjectNumber::try_from(999_999_999_999).is_ok());
    for number in [0, 1_000_000_000_000, u64::MAX] {
        assert!(ProjectNumber::try_from(number).is_err(), "{number}");
    }
}

#[test]
fn domain_of_a_universe_leaves_room_for_every_name_below_it() {
    let longest = format!("{}.example", vec!["a".repeat(30); 3].join("."));
    let universe = Universe::parse(&longest).unwrap();
    assert_eq!(longest.len(), 100);
    let project = ProjectId::parse(&format!("p{}", "1".repeat(29))).unwrap();
    let account = AccountId::parse(&format!("a{}", "1".repeat(29))).unwrap();
    assert!(universe.account_email(&project, &account).as_str().ends_with(&longest));
    let number = ProjectNumber::parse("999999999999").unwrap();
    let (service, region) = (format!("s{}", "1".repeat(48)), format!("r{}", "1".repeat(62)));
    let name = format!("projects/demo/locations/{region}/services/{service}");
    let hosts = universe.run_hosts(&ServiceName::parse_canonical(&name).unwrap(), number);
    assert!(hosts.main().as_str().ends_with(&longest));
    assert!(Universe::parse(&format!("a{longest}")).is_err());
}

#[rstest]
#[case("gcp-sa-cloudscheduler")]
#[case("gcp-sa-x")]
#[case("serverless-robot-prod")]
fn project_cannot_have_the_name_of_the_agents(#[case] id: &str) {
    assert!(ProjectId::parse(id).is_err());
}

#[rstest]
#[case("projects/demo/locations/us-central1/services/hello", true)]
#[case("projects/42/locations/us-central1/services/hello", true)]
#[case("projects/demo/locations/us-central1/services/Hello", false)]
#[case("projects/demo/locations/us-central1/services/hello/", false)]
#[case("projects/demo/locations/us-central1/services/a/services/b", false)]
#[case("projects//locations/us-central1/services/hello", false)]
#[case("/projects/demo/locations/us-central1/services/hello", false)]
fn service_names_have_one_form(#[case] text: &str, #[case] valid: bool) {
    assert_eq!(ServiceName::<ProjectRef>::parse(text).is_ok(), valid);
}

#[rstest]
#[case("roles/run.invoker", true)]
#[case("projects/demo/roles/deployer", true)]
#[case("projects/demo/roles/a.b_C9", true)]
#[case("organizations/1/roles/auditor", true)]
#[case("projects/42/roles/deployer", false)]
#[case("projects/demo/roles/ab", false)]
#[case("projects/demo/roles/with-hyphen", false)]
#[case("projects/demo/roles/a/roles/b", false)]
#[case("folders/1/roles/deployer", false)]
#[case("roles/", false)]
#[case("roles", false)]
fn roles_in_bindings_have_three_forms(#[case] text: &str, #[case] valid: bool) {
    assert_eq!(RoleName::parse(text).is_ok(), valid);
}

#[test]
fn a_custom_role_lives_where_its_name_says() {
    let role = |text: &str| ResourceName::parse(text).unwrap();
    assert_eq!(role("projects/demo/roles/deployer").home(), Some(role("projects/demo")));
    assert_eq!(role("organizations/1/roles/auditor").home(), Some(role("organizations/1")));
    assert_eq!(role("projects/demo").home(), None);
}

#[rstest]
#[case("projects/demo/locations/us-central1/services/hello/revisions/hello-00001-abc", true)]
#[case("projects/demo/locations/us-central1/services/hello/revisions/", false)]
#[case("projects/demo/locations/us-central1/services/hello/revisions/a/revisions/b", false)]
#[case("projects/demo/locations/us-central1/revisions/hello-00001-abc", false)]
fn revision_names_have_one_form(#[case] text: &str, #[case] valid: bool) {
    assert_eq!(RevisionName::<ProjectRef>::parse(text).is_ok(), valid);
}

/// Whatever is stored is read again: a project or a region called like a collection is one like any other.
#[test]
fn every_name_reads_back_whatever_project_and_region_are_called() {
    let words =
        ["domainmappings", "functions", "jobs", "locations", "operations", "revisions", "roles", "services"];
    for project in words.into_iter().chain(["projects", "denypolicies", "policies"]) {
        for region in words {
            let located = format!("projects/{project}/locations/{region}");
            let parent = ParentName::<ProjectRef>::parse(&located).unwrap();
            let project = ProjectId::parse(project).unwrap();
            assert_eq!(parent.within(&project).to_string(), located);
            for name in ["domainmappings/a.example", "functions/f", "jobs/j", "services/s"] {
                let text = format!("{located}/{name}");
                let name = ResourceName::parse(&text).unwrap();
                assert_eq!((name.to_string(), name.project()), (text, Some(&project)));
            }
            let revision = format!("{located}/services/s/revisions/r");
            assert_eq!(RevisionName::parse_canonical(&revision).unwrap().to_string(), revision);
            let operation = format!("{located}/operations/o");
            assert_eq!(OperationName::parse_canonical(&operation).unwrap().to_string(), operation);
        }
        let role = format!("projects/{project}/roles/abc");
        assert_eq!(CustomRoleName::parse_canonical(&role).unwrap().role_name().as_str(), role);
        for slash in ["/", "%2F"] {
            let point = format!("cloudresourcemanager.googleapis.com{slash}projects{slash}{project}");
            let policy = DenyPolicyName::parse(&format!("policies/{point}/denypolicies/abc")).unwrap();
            assert_eq!(policy.attached_to, AttachmentPoint::Project(ProjectRef::parse(project).unwrap()));
        }
    }
}

#[test]
fn an_error_names_the_field_and_escapes_what_was_found() {
    let error = ProjectId::parse("Bad\nName").unwrap_err().to_string();
    assert!(error.contains("project ID") && error.contains("Bad\\nName") && !error.contains('\n'), "{error}");
}

#[test]
fn a_secret_is_not_printed() {
    assert!(!format!("{:?}", Secret::new("hunter2")).contains("hunter2"));
}

#[test]
fn a_universe_of_ones_own_changes_every_name() {
    let own = Universe::parse("cloud.example.com").unwrap();
    let (project, number) = (ProjectId::parse("demo").unwrap(), ProjectNumber::parse("42").unwrap());
    let email = own.account_email(&project, &AccountId::parse("schedulerunner").unwrap());
    let host =
        own.run_host(&ServiceId::parse("hello").unwrap(), number, &Location::parse("us-central1").unwrap());
    for text in [own.issuer(), own.token_endpoint(), email.to_string(), host.to_string(), own.api_host("run")]
    {
        assert!(text.contains("cloud.example.com") && !text.contains("google"), "{text}");
    }
    assert_eq!(own.account_parts(&email), Some((project, "schedulerunner".to_owned())));
}

proptest! {
    #[test]
    fn any_text_is_a_name_or_a_typed_error(text in "\\PC{0,120}") {
        names::fuzz::body(text.as_bytes());
    }

    #[test]
    fn names_of_deny_policies_and_their_operations_are_handled_too(
        text in "policies/cloudresourcemanager.googleapis.com(%2F|/)(projects|organizations|folders)(%2F|/)[a-z0-9-]{0,9}/denypolicies/[a-z0-9.-]{0,9}(/operations/[a-z0-9-]{0,20}){0,2}"
    ) {
        names::fuzz::body(text.as_bytes());
    }

    #[test]
    fn near_misses_are_handled_too(text in "(user|deleted:user|serviceAccount|principal|projects|organizations|roles/)[:/a-z0-9@.\\[\\]?=*-]{0,60}") {
        names::fuzz::body(text.as_bytes());
    }
}
