//! Decisions against a reference that is written to be read: random hierarchies, groups, conditions and denies.
#![expect(clippy::unwrap_used, reason = "names in tests are literals")]

use iam::condition::Condition;
use iam::permission::{IamServiceAccountsGet, ResourcemanagerProjectsGet, RunRoutesInvoke};
use iam::{
    Binding, Cause, DeniedPrincipal, DenyPolicy, DenyRule, Explanation, Grantee, Level, Policy, Question,
    Standing, Vouched, decide, explain, holds,
};
use jiff::Timestamp;
use names::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const CASES: u32 = 8000;

/// Who asks: what they are, and what sets they are in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Caller {
    Ada,
    Bob,
    Nobody,
    /// An account of a Kubernetes cluster.
    Pod,
    /// Somebody whom a pool of the project vouches for, with a group and an attribute.
    Robot,
    Runner,
    /// An account made anew under the runner's name.
    Successor,
}

const CALLERS: [Caller; 7] =
    [Caller::Ada, Caller::Bob, Caller::Nobody, Caller::Pod, Caller::Robot, Caller::Runner, Caller::Successor];
const RUNNER: &str = "runner@demo.iam.gserviceaccount.com";

impl Caller {
    fn principal(self) -> Principal {
        let person = |email: &str| Principal::Person {
            email: Email::parse(email).unwrap(),
            subject: UniqueId::parse("1").unwrap(),
        };
        let account = |unique_id| Principal::ServiceAccount {
            email: Email::parse(RUNNER).unwrap(),
            unique_id: UniqueId::parse(unique_id).unwrap(),
        };
        let federated = |pool: &str, subject: &str| Principal::Federated {
            pool: Pool::Workload(ProjectNumber::parse("42").unwrap(), pool.into()),
            subject: subject.into(),
        };
        match self {
            Self::Pod => federated("demo.svc.id.goog", "ns/default/sa/worker"),
            Self::Robot => federated("github", "repo:x"),
            Self::Ada => person("ada@example.com"),
            Self::Bob => person("bob@example.org"),
            Self::Nobody => Principal::Anonymous,
            Self::Runner => account("111"),
            Self::Successor => account("222"),
        }
    }
}

/// The resource that is asked about, the permission, and what it lives in.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Account,
    Project,
    Service,
}

impl Asked {
    fn name(self) -> &'static str {
        match self {
            Self::Account => "projects/demo/serviceAccounts/runner@demo.iam.gserviceaccount.com",
            Self::Project => "projects/demo",
            Self::Service => "projects/demo/locations/us-central1/services/hello",
        }
    }

    fn permission(self) -> &'static str {
        match self {
            Self::Account => "iam.serviceAccounts.get",
            Self::Project => "resourcemanager.projects.get",
            Self::Service => "run.routes.invoke",
        }
    }

    /// The resource first; between project and organization there are `folders`.
    fn lineage(self, folders: usize) -> Vec<ResourceName> {
        let above = (0..folders).map(|number| format!("folders/{}", number + 1));
        let mut names = vec![self.name().to_owned()];
        if !matches!(self, Self::Project) {
            names.push("projects/demo".to_owned());
        }
        names.extend(above);
        names.push("organizations/1".to_owned());
        names.iter().map(|name| ResourceName::parse(name).unwrap()).collect()
    }
}

/// A role, and which of the three permissions it has.
const ROLES: [(&str, [bool; 3]); 5] = [
    ("roles/iam.serviceAccountUser", [true, true, false]),
    ("roles/owner", [true, true, true]),
    ("roles/run.admin", [false, true, true]),
    ("roles/run.invoker", [false, false, true]),
    ("roles/viewer", [true, true, false]),
];

/// A member, and who is meant by it.
const MEMBERS: [(&str, &[Caller]); 16] = [
    ("allAuthenticatedUsers", &[Caller::Ada, Caller::Bob, Caller::Runner, Caller::Successor]),
    ("allUsers", &CALLERS),
    ("domain:example.com", &[Caller::Ada]),
    ("group:team@example.com", &[Caller::Bob, Caller::Runner]),
    ("group:strangers@example.com", &[]),
    ("principal://iam.googleapis.com/locations/global/workforcePools/github/subject/repo:x", &[]),
    (
        "principal://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/github/subject/repo:x",
        &[Caller::Robot],
    ),
    (
        "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/demo.svc.id.goog/*",
        &[Caller::Pod],
    ),
    (
        "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/github/*",
        &[Caller::Robot],
    ),
    (
        "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/github/attribute.branch/main",
        &[Caller::Robot],
    ),
    (
        "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/github/group/crew",
        &[Caller::Robot],
    ),
    ("principalSet://iam.googleapis.com/projects/43/locations/global/workloadIdentityPools/github/*", &[]),
    ("serviceAccount:demo.svc.id.goog[default/worker]", &[Caller::Pod]),
    ("serviceAccount:runner@demo.iam.gserviceaccount.com", &[Caller::Runner]),
    ("user:ada@example.com", &[Caller::Ada]),
    ("user:runner@demo.iam.gserviceaccount.com", &[]),
];

/// A principal of a deny rule, and who is meant by it.
const IDENTIFIERS: [(&str, &[Caller]); 8] = [
    ("principal://goog/subject/ada@example.com", &[Caller::Ada]),
    (
        "principal://iam.googleapis.com/projects/-/serviceAccounts/runner@demo.iam.gserviceaccount.com",
        &[Caller::Runner],
    ),
    ("principalSet://goog/group/strangers@example.com", &[]),
    ("principalSet://goog/group/team@example.com", &[Caller::Bob, Caller::Runner]),
    ("principalSet://goog/public:all", &CALLERS),
    (
        "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/github/attribute.branch/main",
        &[Caller::Robot],
    ),
    (
        "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/github/group/others",
        &[],
    ),
    (
        "principal://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/demo.svc.id.goog/subject/ns/default/sa/worker",
        &[Caller::Pod],
    ),
];

/// Permissions of a deny rule, and which of the three are meant.
const DENIED: [(&str, [bool; 3]); 6] = [
    ("cloudresourcemanager.googleapis.com/projects.get", [false, true, false]),
    ("iam.googleapis.com/*.get", [true, false, false]),
    ("iam.googleapis.com/serviceAccounts.list", [false, false, false]),
    ("resourcemanager.googleapis.com/projects.*", [false, true, false]),
    ("run.googleapis.com/*.*", [false, false, true]),
    ("run.googleapis.com/routes.invoke", [false, false, true]),
];

/// An expression, and when it is true: at which hours of the first day, about which of the three resources. The last two
/// cannot be evaluated.
type Truth = fn(i64, usize) -> Option<bool>;
const CONDITIONS: [(&str, Truth); 7] = [
    ("request.time < timestamp('1970-01-01T12:00:00Z')", |hour, _| Some(hour < 12)),
    ("request.time.getHours() in [1, 3, 5, 13]", |hour, _| Some([1, 3, 5, 13].contains(&hour))),
    ("resource.type == 'run.googleapis.com/Service'", |_, asked| Some(asked == 2)),
    ("resource.service == 'iam.googleapis.com' || request.time.getHours() == 0", |hour, asked| {
        Some(asked == 0 || hour == 0)
    }),
    ("!resource.name.startsWith('projects/demo/locations/')", |_, asked| Some(asked != 2)),
    ("timestamp(resource.name) == request.time", |_, _| None),
    ("duration(resource.type) == duration('1s') || request.time.getHours() < 6", |hour, _| {
        (hour < 6).then_some(true)
    }),
];

/// An index into each of the tables above.
#[derive(Clone, Debug)]
struct AllowRow {
    level: usize,
    role: usize,
    members: Vec<usize>,
    condition: Option<usize>,
}

#[derive(Clone, Debug)]
struct DenyRow {
    level: usize,
    principals: Vec<usize>,
    excepted: Vec<usize>,
    permissions: Vec<usize>,
    spared: Vec<usize>,
    condition: Option<usize>,
}

#[derive(Clone, Debug)]
struct World {
    asked: usize,
    folders: usize,
    caller: usize,
    disabled: bool,
    hour: i64,
    allows: Vec<AllowRow>,
    denies: Vec<DenyRow>,
}

fn worlds() -> impl Strategy<Value = World> {
    let condition = || proptest::option::weighted(0.4, 0..CONDITIONS.len());
    let allow = (0..6usize, 0..ROLES.len(), vec(0..MEMBERS.len(), 1..4), condition())
        .prop_map(|(level, role, members, condition)| AllowRow { level, role, members, condition });
    let deny = (
        0..6usize,
        vec(0..IDENTIFIERS.len(), 1..3),
        vec(0..IDENTIFIERS.len(), 0..2),
        vec(0..DENIED.len(), 1..3),
        vec(0..DENIED.len(), 0..2),
        condition(),
    )
        .prop_map(|(level, principals, excepted, permissions, spared, condition)| DenyRow {
            level,
            principals,
            excepted,
            permissions,
            spared,
            condition,
        });
    let head = (0..3usize, 0..3usize, 0..CALLERS.len(), proptest::bool::weighted(0.05), 0..24i64);
    (head, vec(allow, 0..7), vec(deny, 0..6)).prop_map(
        |((asked, folders, caller, disabled, hour), allows, denies)| World {
            asked,
            folders,
            caller,
            disabled,
            hour,
            allows,
            denies,
        },
    )
}

/// The reference. Levels are taken modulo their number, so that every row is somewhere.
fn expected(world: &World) -> bool {
    let caller = CALLERS[world.caller];
    let means =
        |table: &[(&str, &[Caller])], rows: &[usize]| rows.iter().any(|row| table[*row].1.contains(&caller));
    let truth = |condition: Option<usize>| {
        condition.map_or(Some(true), |condition| CONDITIONS[condition].1(world.hour, world.asked))
    };
    let denied = world.denies.iter().any(|row| {
        means(&IDENTIFIERS, &row.principals)
            && !means(&IDENTIFIERS, &row.excepted)
            && row.permissions.iter().any(|permission| DENIED[*permission].1[world.asked])
            && !row.spared.iter().any(|permission| DENIED[*permission].1[world.asked])
            && truth(row.condition) != Some(false)
    });
    let allowed = world.allows.iter().any(|row| {
        ROLES[row.role].1[world.asked] && means(&MEMBERS, &row.members) && truth(row.condition) == Some(true)
    });
    let disabled = world.disabled && caller != Caller::Nobody;
    allowed && !denied && !disabled
}

fn condition(row: Option<usize>) -> Option<Condition> {
    row.map(|row| Condition::parse(&format!("condition {row}"), "", CONDITIONS[row].0).unwrap())
}

fn unique_id(text: &str) -> Option<UniqueId> {
    let account = text.starts_with("serviceAccount:") || text.contains("/serviceAccounts/");
    account.then(|| UniqueId::parse("111").unwrap())
}

fn named(rows: &[usize]) -> Vec<DeniedPrincipal> {
    let principal = |row: &usize| DeniedPrincipal {
        identifier: PrincipalIdentifier::parse(IDENTIFIERS[*row].0).unwrap(),
        unique_id: unique_id(IDENTIFIERS[*row].0),
    };
    rows.iter().map(principal).collect()
}

fn permissions(rows: &[usize]) -> Vec<DenyPermission> {
    rows.iter().map(|row| DenyPermission::parse(DENIED[*row].0).unwrap()).collect()
}

const VOUCHED: Vouched<'_> =
    Vouched { groups: &["crew"], attributes: &[("branch", "main"), ("branch", "dev")] };

/// Asks `iam` in every way there is.
fn answers(world: &World) -> (bool, bool, Explanation) {
    let asked = [Asked::Account, Asked::Project, Asked::Service][world.asked];
    let (names, uid) = (asked.lineage(world.folders), Uid::parse("u1").unwrap());
    let mut allows = vec![Vec::new(); names.len()];
    for row in &world.allows {
        let member = |member: &usize| {
            let text = MEMBERS[*member].0;
            Grantee { member: Member::parse(text).unwrap(), unique_id: unique_id(text) }
        };
        allows[row.level % names.len()].push(Binding {
            role: RoleName::parse(ROLES[row.role].0).unwrap(),
            members: row.members.iter().map(member).collect(),
            condition: condition(row.condition),
        });
    }
    let mut denies = vec![Vec::new(); names.len()];
    for row in &world.denies {
        let project = ProjectId::parse("demo").unwrap();
        let attached_to = AttachmentPoint::Project(project);
        let rule = DenyRule {
            description: String::new(),
            denied_principals: named(&row.principals),
            exception_principals: named(&row.excepted),
            denied_permissions: permissions(&row.permissions),
            exception_permissions: permissions(&row.spared),
            condition: condition(row.condition),
        };
        let name = DenyPolicyName { attached_to, policy: DenyPolicyId::parse("deny").unwrap() };
        denies[row.level % names.len()].push(DenyPolicy { name, rules: vec![rule] });
    }
    let policies: Vec<_> = allows.into_iter().map(Policy::of).collect();
    let lineage: Vec<_> = names
        .iter()
        .zip(&policies)
        .zip(&denies)
        .map(|((name, policy), denies)| Level { name, uid: &uid, policy: Some(policy), denies })
        .collect();
    let caller = CALLERS[world.caller];
    let team = [Email::parse("team@example.com").unwrap()];
    let in_team = matches!(caller, Caller::Bob | Caller::Runner);
    let disabled = world.disabled && caller != Caller::Nobody;
    let question = Question {
        principal: &caller.principal(),
        standing: if disabled { Standing::Disabled } else { Standing::Active },
        groups: if in_team { &team } else { &[] },
        vouched: if caller == Caller::Robot { VOUCHED } else { Vouched::NOTHING },
        lineage: &lineage,
        custom_roles: &(),
        open: None,
        closed: None,
        time: Timestamp::from_second(world.hour * 3600).unwrap(),
        revision: Revision(7),
    };
    let decided = match asked {
        Asked::Account => decide::<IamServiceAccountsGet>(&question).is_ok(),
        Asked::Project => decide::<ResourcemanagerProjectsGet>(&question).is_ok(),
        Asked::Service => decide::<RunRoutesInvoke>(&question).is_ok(),
    };
    (decided, holds(&question, asked.permission()), explain(&question, asked.permission()))
}

#[test]
fn every_way_of_asking_agrees_with_the_reference() {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let counts = std::cell::RefCell::new([0; 3]);
    let outcome = runner.run(&worlds(), |world| {
        let allowed = expected(&world);
        let (decided, held, explanation) = answers(&world);
        prop_assert_eq!((decided, held), (allowed, allowed), "{:?}", explanation);
        prop_assert_eq!(explanation.outcome.is_ok(), allowed);
        // What a deny policy overrides is what bindings would have granted.
        let undenied = World { denies: Vec::new(), ..world.clone() };
        let overridden = expected(&undenied) && !allowed;
        prop_assert_eq!(explanation.despite.is_some(), overridden);
        // The last check of a permission is the one that gave it; a refusal has a check that failed.
        let last = explanation.checks.last().unwrap();
        prop_assert_eq!(last.passed, allowed);
        let denied = explanation.outcome == Err(Cause::DenyPolicy);
        prop_assert_eq!(explanation.checks.iter().any(|check| check.subject.starts_with("rule ")), denied);
        counts.borrow_mut()[if allowed {
            0
        } else if denied {
            1
        } else {
            2
        }] += 1;
        Ok(())
    });
    outcome.unwrap();
    let [allowed, denied, ungranted] = *counts.borrow();
    assert!(allowed > 500 && denied > 500 && ungranted > 500, "{allowed} {denied} {ungranted}: too easy");
}
