//! Conditions: what is met, what is refused when it is written, and that nothing breaks the evaluation.
#![expect(clippy::unwrap_used, reason = "names in tests are literals")]

use iam::condition::{Condition, ConditionError, Fault};
use iam::{
    Binding, Cause, Grantee, Ground, Level, Policy, PolicyError, Question, Standing, Vouched, decide,
    explain, holds, permission::RunRoutesInvoke,
};
use jiff::Timestamp;
use names::*;
use proptest::prelude::*;

/// A Monday.
const NOW: &str = "2026-03-02T08:59:30.25Z";
const SERVICE: &str = "projects/demo/locations/us-central1/services/hello";

fn on(expression: &str) -> Condition {
    Condition::parse("title", "", expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
}

fn ada() -> Principal {
    Principal::Person {
        email: Email::parse("ada@example.com").unwrap(),
        subject: UniqueId::parse("1").unwrap(),
    }
}

fn bound(role: &str, member: &str, condition: Option<Condition>) -> Binding {
    let grantee = Grantee { member: Member::parse(member).unwrap(), unique_id: None };
    Binding { role: RoleName::parse(role).unwrap(), members: vec![grantee], condition }
}

/// Asks about the service, with this policy on it.
fn asked<T>(bindings: Vec<Binding>, at: &str, ask: impl FnOnce(&Question<'_>) -> T) -> T {
    let (name, uid) = (ResourceName::parse(SERVICE).unwrap(), Uid::parse("u1").unwrap());
    let policy = Policy::of(bindings);
    let lineage = [Level { name: &name, uid: &uid, policy: Some(&policy), denies: &[] }];
    ask(&Question {
        principal: &ada(),
        standing: Standing::Active,
        groups: &[],
        vouched: Vouched::NOTHING,
        lineage: &lineage,
        custom_roles: &(),
        open: None,
        closed: None,
        time: at.parse().unwrap(),
        revision: Revision(1),
    })
}

fn met(condition: Condition, at: &str) -> bool {
    let bindings = vec![bound("roles/run.invoker", "user:ada@example.com", Some(condition))];
    asked(bindings, at, |question| holds(question, "run.routes.invoke"))
}

#[test]
fn what_is_true_is_met() {
    for expression in [
        "true",
        "request.time < timestamp('2026-03-02T09:00:00Z')",
        "request.time >= timestamp(\"2026-03-02T09:59:30.25+01:00\")",
        "request.time < timestamp('2026-03-01T00:00:00Z') + duration('48h')",
        "request.time - timestamp('2026-03-02T08:00:00Z') > duration('59m')",
        "timestamp('2026-03-02T00:00:00Z') + duration('8h59m30.25s') == request.time",
        "request.time.getHours() == 8 && request.time.getHours('Europe/Berlin') == 9",
        "request.time.getHours('+05:30') == 14 && request.time.getMinutes('+05:30') == 29",
        "request.time.getDayOfWeek() == 1 && request.time.getDayOfWeek('-09:00') == 0",
        "request.time.getDate() == 2 && request.time.getDayOfMonth() == 1 && request.time.getMonth() == 2",
        "request.time.getDayOfYear() == 60 && request.time.getFullYear() == 2026",
        "request.time.getSeconds() == 30 && request.time.getMilliseconds() == 250",
        "duration('90m').getHours() == 1 && duration('90m').getMinutes() == 90",
        "duration('1.5s').getMilliseconds() == 500 && duration('-1h').getSeconds() == -3600",
        "resource.name == 'projects/demo/locations/us-central1/services/hello'",
        "resource.service == 'run.googleapis.com' && resource.type == 'run.googleapis.com/Service'",
        "resource.name.startsWith('projects/demo/') && resource.name.endsWith('hello')",
        "resource.name.extract('/services/{service}') == 'hello'",
        "resource.name.extract('projects/{project}/locations') == 'demo'",
        "resource.name.extract('{all}') == resource.name && resource.name.extract('buckets/{b}/') == ''",
        "resource.name.contains('central') && resource.type.size() == size('run.googleapis.com/Service')",
        "resource.type in ['run.googleapis.com/Job', 'run.googleapis.com/Service']",
        "!(resource.type in [])",
        "1 + 2 - 3 == 0",
        "-3 < 0x10 && 'a' < 'b' && false < true",
        "'a' + 'b' == r'ab' && '\\u0041\\'' == \"A'\"",
        "// why\nfalse ||\n  true // and that is it\n",
        "!resource.matchTag('123/env', 'prod') && !resource.hasTagKey('123/env')",
        "timestamp(resource.name) < request.time || true",
        "!(duration(resource.name) == duration('1s') && false)",
    ] {
        assert!(met(on(expression), NOW), "{expression}");
        assert!(!met(on(&format!("!({expression})")), NOW), "not {expression}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_not_met_and_said() {
    for expression in [
        "timestamp(resource.name) < request.time",
        "!(timestamp(resource.name) < request.time)",
        "duration(resource.type) == duration('1s')",
        "9223372036854775807 + 1 > 0",
        "request.time + duration('87600000h') > request.time",
        "false || timestamp('x' + resource.name) < request.time",
    ] {
        let binding = bound("roles/run.invoker", "user:ada@example.com", Some(on(expression)));
        asked(vec![binding], NOW, |question| {
            let explanation = explain(question, "run.routes.invoke");
            assert_eq!(explanation.outcome, Err(Cause::ConditionUnmet), "{expression}");
            assert!(explanation.checks[1].found.contains("cannot be evaluated"), "{:?}", explanation.checks);
        });
    }
}

#[test]
fn what_is_wrong_is_said_when_it_is_written_and_where() {
    let syntax = |text: &str| Fault::Syntax(text.to_owned());
    let typed = |text: &str| Fault::Type(text.to_owned());
    let unknown = |text: &str| Fault::Unknown(text.to_owned());
    let unsupported = |text: &str| Fault::Unsupported(text.to_owned());
    for (expression, at, fault) in [
        ("", (1, 1), syntax("the expression ends too early")),
        ("request.time <", (1, 15), syntax("the expression ends too early")),
        ("true true", (1, 6), syntax("`true` cannot stand here")),
        ("true &&\n  (false", (2, 9), syntax("`)` is missing")),
        ("'abc", (1, 1), syntax("the string has no end")),
        ("true # false", (1, 6), syntax("`#` has no meaning here")),
        ("a = 1", (1, 3), syntax("`=` has no meaning here")),
        ("99999999999999999999 > 0", (1, 1), syntax("the number is not one of 64 bits")),
        ("'\\q' == ''", (1, 1), syntax("`\\q` is no escape")),
        ("request.tme < timestamp('2030-01-01T00:00:00Z')", (1, 1), unknown("`request.tme`")),
        ("now() == 1", (1, 1), unknown("the function `now`")),
        ("request.time.getHours('Mars/Olympus') == 1", (1, 23), unknown("the time zone `Mars/Olympus`")),
        ("request.time", (1, 1), typed("a condition is a bool, and this is a timestamp")),
        ("request.time < '2030'", (1, 1), typed("`<` does not compare a timestamp with a string")),
        ("true && 1", (1, 9), typed("`&&` does not apply to an integer")),
        ("!resource.name", (1, 1), typed("`!` does not apply to a string")),
        ("resource.name.getHours() == 1", (1, 15), typed("a string has no `getHours` with 0 argument(s)")),
        (
            "timestamp('yesterday') < request.time",
            (1, 1),
            typed("`timestamp` needs an RFC 3339 instant such as \"2030-01-01T00:00:00Z\""),
        ),
        (
            "duration('5 years') > duration('1s')",
            (1, 1),
            typed("`duration` needs a number of hours, minutes and seconds such as \"1h30m\""),
        ),
        (
            "resource.name.extract('none') == ''",
            (1, 23),
            typed("`extract` needs a template with one `{name}`"),
        ),
        ("resource.name in resource.type", (1, 18), typed("`in` needs a list, and this is a string")),
        ("resource.name in [1]", (1, 19), typed("`in` does not compare a string with an integer")),
        ("resource.name.matches('.*')", (1, 15), unsupported("`matches`")),
        ("request.path == '/'", (1, 1), unsupported("`request.path`")),
        ("api.getAttribute('a', []).hasOnly([])", (1, 5), unsupported("`api.getAttribute`")),
        ("true ? true : false", (1, 6), unsupported("`? :`")),
        ("1.5 > 1", (1, 1), unsupported("numbers other than integers")),
        ("resource.name[0] == 'p'", (1, 14), unsupported("`[…]` after a value")),
    ] {
        let (line, column) = at;
        let found = Condition::parse("title", "", expression).map(|_| ());
        assert_eq!(found, Err(ConditionError::Unusable { line, column, fault }), "{expression}");
    }
}

#[test]
fn conditions_have_limits() {
    assert_eq!(Condition::parse(" ", "", "true").unwrap_err(), ConditionError::Untitled);
    let long = |length| "x".repeat(length);
    assert!(Condition::parse(&long(100), &long(256), "true").is_ok());
    for (title, description) in [(long(101), String::new()), ("t".to_owned(), long(257))] {
        let refused = Condition::parse(&title, &description, "true");
        assert!(matches!(refused, Err(ConditionError::TooLong { .. })));
    }
    let quoted = |length: usize| format!("'{}' == ''", long(length));
    assert!(Condition::parse("t", "", &quoted(4096 - 8)).is_ok());
    assert!(matches!(Condition::parse("t", "", &quoted(4096 - 7)), Err(ConditionError::TooLong { .. })));
    let chain = |count: usize| vec!["true"; count + 1].join(" && ");
    assert!(Condition::parse("t", "", &chain(12)).is_ok());
    assert_eq!(
        Condition::parse("t", "", &chain(13)).unwrap_err(),
        ConditionError::TooManyOperators { found: 13 }
    );
    // Inside of anything else they count as well.
    for nested in [format!("({}) == true", chain(13)), format!("({}) in [true]", chain(13))] {
        let refused = Condition::parse("t", "", &nested).unwrap_err();
        assert_eq!(refused, ConditionError::TooManyOperators { found: 13 }, "{nested}");
    }
    let negated = format!("{}true", "!".repeat(13));
    assert_eq!(
        Condition::parse("t", "", &negated).unwrap_err(),
        ConditionError::TooManyOperators { found: 13 }
    );
}

#[test]
fn no_nesting_is_too_deep_for_the_stack() {
    for (open, close) in [("(", ")"), ("!(", ")"), ("size(", ")"), ("[", "]"), ("-", ""), ("!", "")] {
        for depth in [8, 17, 1000] {
            let expression = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let refused = Condition::parse("t", "", &expression).is_err();
            assert!(refused, "{open} {depth}");
        }
    }
    let brackets = |depth: usize| format!("{}true{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Condition::parse("t", "", &brackets(16)).is_ok());
    let too_deep = Condition::parse("t", "", &brackets(17)).unwrap_err();
    assert!(matches!(too_deep, ConditionError::Unusable { fault: Fault::TooComplex, .. }));
    for long in
        [vec!["1"; 2000].join("+"), format!("'a'{}", ".size()".repeat(500)), vec!["1 in [1]"; 400].join("||")]
    {
        assert!(Condition::parse("t", "", &long).is_err());
    }
}

#[test]
fn a_binding_ends_with_its_condition_and_another_one_still_grants() {
    let until = |time: &str| Some(on(&format!("request.time < timestamp('{time}')")));
    let expiring = bound("roles/run.invoker", "user:ada@example.com", until("2026-03-02T09:00:00Z"));
    asked(vec![expiring.clone()], NOW, |question| {
        let permit = decide::<RunRoutesInvoke>(question).unwrap();
        assert!(matches!(permit.ground(), Ground::Binding { condition: Some(_), .. }));
    });
    asked(vec![expiring.clone()], "2026-03-02T09:00:00Z", |question| {
        assert_eq!(decide::<RunRoutesInvoke>(question).unwrap_err().cause, Cause::ConditionUnmet);
        let explanation = explain(question, "run.routes.invoke");
        let check = &explanation.checks[1];
        assert_eq!(
            check.subject,
            format!("roles/run.invoker in the policy of {SERVICE} on the condition \"title\"")
        );
        assert_eq!(
            check.expected,
            "a member that includes user:ada@example.com, while request.time < timestamp('2026-03-02T09:00:00Z')"
        );
        assert_eq!(check.found, "user:ada@example.com, and at 2026-03-02T09:00:00Z the condition is not met");
        assert!(explanation.repair.is_some());
    });
    let domain = bound("roles/run.invoker", "domain:example.com", None);
    asked(vec![expiring, domain], "2027-01-01T00:00:00Z", |question| {
        assert!(holds(question, "run.routes.invoke"));
    });
}

#[test]
fn policies_with_conditions_are_checked_before_they_are_stored() {
    let condition = |n: usize| Some(Condition::parse("t", "", &format!("{n} == {n}")).unwrap());
    let basic = Policy::checked(vec![bound("roles/owner", "user:ada@example.com", condition(1))]);
    assert!(matches!(basic, Err(PolicyError::BasicRoleOnCondition { .. })));
    for everybody in ["allUsers", "allAuthenticatedUsers"] {
        let open = Policy::checked(vec![bound("roles/run.invoker", everybody, condition(1))]);
        assert!(matches!(open, Err(PolicyError::EverybodyOnCondition { .. })));
    }
    let under = |count: usize| {
        (0..count).map(|n| bound("roles/run.invoker", "user:ada@example.com", condition(n))).collect()
    };
    let twenty = Policy::checked(under(20)).unwrap();
    assert!(twenty.has_conditions() && twenty.bindings.len() == 20);
    assert!(matches!(Policy::checked(under(21)), Err(PolicyError::TooManyConditions { .. })));
    let merged = Policy::checked(vec![
        bound("roles/run.invoker", "user:ada@example.com", condition(1)),
        bound("roles/run.invoker", "user:bob@example.com", condition(1)),
        bound("roles/run.invoker", "user:bob@example.com", None),
    ])
    .unwrap();
    assert_eq!(merged.bindings.iter().map(|binding| binding.members.len()).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn what_was_stored_reads_back_and_what_cannot_be_read_is_not_met() {
    let policy = Policy::of(vec![bound("roles/run.invoker", "user:ada@example.com", Some(on("1 == 1")))]);
    let json = serde_json::to_string(&policy).unwrap();
    assert_eq!(
        json,
        r#"{"bindings":[{"role":"roles/run.invoker","members":[{"member":"user:ada@example.com","unique_id":null}],"condition":{"title":"title","expression":"1 == 1"}}]}"#
    );
    assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy);
    let earlier: Policy =
        serde_json::from_str(r#"{"bindings":[{"role":"roles/run.invoker","members":[]}]}"#).unwrap();
    assert_eq!(earlier.bindings[0].condition, None);
    let unreadable: Policy = serde_json::from_str(&json.replace("1 == 1", "of another version")).unwrap();
    asked(unreadable.bindings, NOW, |question| {
        let explanation = explain(question, "run.routes.invoke");
        assert_eq!(explanation.outcome, Err(Cause::ConditionUnmet));
        assert!(explanation.checks[1].found.ends_with("the condition cannot be read"));
    });
}

const PIECES: [&str; 30] = [
    "request.time",
    "resource.name",
    "resource.type",
    "resource.service",
    "timestamp(",
    "duration(",
    "'1h'",
    "'2026-03-02T09:00:00Z'",
    "'{a}'",
    "1",
    "-",
    "+",
    "<",
    ">=",
    "==",
    "!=",
    "&&",
    "||",
    "!",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".getHours(",
    ".extract(",
    ".startsWith(",
    " in ",
    "'Europe/Berlin'",
    "true",
];

proptest! {
    #[test]
    fn any_text_is_a_condition_or_an_error(text in "\\PC{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        iam::fuzz::conditions(text.as_bytes());
        iam::fuzz::conditions(&bytes);
        iam::fuzz::linting(text.as_bytes());
        iam::fuzz::linting(&bytes);
    }

    #[test]
    fn any_words_are_a_condition_or_an_error(pieces in proptest::collection::vec(0..PIECES.len(), 0..24)) {
        let text: Vec<&str> = pieces.iter().map(|piece| PIECES[*piece]).collect();
        iam::fuzz::conditions(text.concat().as_bytes());
        iam::fuzz::linting(text.concat().as_bytes());
    }

    #[test]
    fn hours_are_those_of_the_clock(second in -60_000_000_000_i64..250_000_000_000, hour in 0..24_i64) {
        let time = Timestamp::from_second(second).unwrap();
        let expected = second.div_euclid(3600).rem_euclid(24) == hour;
        prop_assert_eq!(met(on(&format!("request.time.getHours() == {hour}")), &time.to_string()), expected);
    }

    #[test]
    fn durations_are_numbers_with_units(hours in 0_i64..1000, minutes in 0_i64..1000, seconds in 0_i64..1000) {
        let total = hours * 3600 + minutes * 60 + seconds;
        let text = format!("duration('{hours}h{minutes}m{seconds}s') == duration('{total}s')");
        prop_assert!(met(on(&text), NOW), "{}", text);
    }
}
