//! What the language says, by examples.

use logfilter::{Bounds, Error, Filter};
use serde_json::{Value, json};

fn job() -> Value {
    json!({
        "logName": "projects/demo/logs/cloudscheduler.googleapis.com%2Fexecutions",
        "resource": { "type": "cloud_scheduler_job", "labels": { "job_id": "nightly-report", "location": "us-central1" } },
        "timestamp": "2027-01-15T08:00:00.25Z",
        "severity": "ERROR",
        "insertId": "a1",
        "httpRequest": { "status": 503, "latency": "1.5s", "requestUrl": "https://orders.example/run", "responseSize": "2048" },
        "labels": { "run.googleapis.com/execution_name": "x-1" },
        "jsonPayload": {
            "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished",
            "status": "UNAVAILABLE", "attempt": 3, "late": true, "nothing": null, "hosts": ["alpha", "beta"],
            "deep": { "er": { "key": "Value" } },
        },
    })
}

fn text() -> Value {
    json!({
        "logName": "projects/demo/logs/my-log",
        "resource": { "type": "global" },
        "timestamp": "2027-01-15T09:00:00Z",
        "insertId": "b2",
        "textPayload": "The \"cat\" sat on 3 mats, cost=2.50",
    })
}

fn matches(filter: &str, entry: &Value) -> bool {
    Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}")).matches(entry)
}

/// A project may be called `logs`, and the ID of a log may hold what looks like the beginning of another.
#[test]
fn the_id_of_a_log_is_what_stands_in_its_place() {
    for (name, id) in
        [("projects/logs/logs/stdout", "stdout"), ("projects/demo/logs/a%2Flogs%2Fb", "a/logs/b")]
    {
        assert!(matches(&format!("log_id(\"{id}\")"), &json!({ "logName": name })), "{name}");
        let by_name = Filter::parse(&format!("logName=\"{name}\"")).unwrap().bounds();
        assert_eq!(by_name.log_id.as_deref(), Some(id));
    }
}

#[test]
fn comparisons_hold_as_google_describes_them() {
    for filter in [
        "",
        "  -- nothing but a comment",
        r#"resource.type="cloud_scheduler_job""#,
        "resource.type=cloud_scheduler_job",
        "resource.type = CLOUD_scheduler_job \n",
        "resource.labels.job_id=nightly-report resource.labels.location=us-central1",
        r#"resource.labels."job_id"="nightly-report""#,
        "severity>=ERROR",
        "severity=error",
        "severity>WARNING",
        "severity<600",
        "severity!=INFO",
        "severity >= DEFAULT \n",
        r#"timestamp>="2027-01-15T08:00:00Z""#,
        r#"timestamp>"2027-01-15T09:00:00+01:00" AND timestamp<"2027-01-15T08:00:01Z""#,
        r#"timestamp>="2027-01-15""#,
        r#"timestamp="2027-01-15T08:00:00.250Z""#,
        r#"logName="projects/demo/logs/cloudscheduler.googleapis.com%2Fexecutions""#,
        "logName=projects/demo/logs/cloudscheduler.googleapis.com%2fexecutions",
        r#"logName:"cloudscheduler.googleapis.com""#,
        r#"log_id("cloudscheduler.googleapis.com/executions")"#,
        "httpRequest.status=503",
        "httpRequest.status>=500 AND httpRequest.status<600",
        "http_request.status>=500",
        "httpRequest.latency>1s",
        "httpRequest.latency<=1500ms",
        "httpRequest.responseSize>2000",
        "httpRequest.requestUrl:orders",
        "jsonPayload.status=UNAVAILABLE",
        "jsonPayload.status:avail",
        "jsonPayload.attempt=3",
        "jsonPayload.attempt>2.5",
        "jsonPayload.late=true",
        "jsonPayload.nothing=NULL_VALUE",
        "jsonPayload.hosts=beta",
        "jsonPayload.deep.er.key=value",
        "jsonPayload.deep:VALUE",
        "jsonPayload.deep:*",
        r#"jsonPayload."@type"=~"AttemptFinished$""#,
        "jsonPayload.@type:AttemptFinished",
        r#"jsonPayload.status!~"^OK""#,
        r#"labels."run.googleapis.com/execution_name"="x-1""#,
        "labels.\"run.googleapis.com/execution_name\":*",
        "unavailable",
        r#""alpha""#,
    ] {
        assert!(matches(filter, &job()), "{filter}");
    }
    for filter in [
        "resource.type=global",
        "severity>ERROR",
        "severity<ERROR",
        r#"timestamp>"2027-01-15T08:00:00.25Z""#,
        r#"logName="projects/other/logs/cloudscheduler.googleapis.com%2Fexecutions""#,
        r#"log_id("executions")"#,
        "httpRequest.status=200",
        "jsonPayload.attempt=three",
        "jsonPayload.late=yes",
        "jsonPayload.deep=value",
        "jsonPayload.nothing=3",
        r#"jsonPayload.nothing="NULL_VALUE""#,
        r#"jsonPayload.status=~"unavailable""#,
        "textPayload:a",
        "jsonPayload.missing:*",
        "gamma",
    ] {
        assert!(!matches(filter, &job()), "{filter}");
    }
}

#[test]
fn text_is_found_in_any_case_and_expressions_are_not() {
    for filter in [
        "textPayload:CAT",
        r#"textPayload:"\"cat\" SAT""#,
        r#"textPayload=~"\d mats""#,
        r#"textPayload=~"\\d mats""#,
        r#"textPayload=~"cost=\d+\.\d\d$""#,
        r#"textPayload=~"\"cat\"""#,
        r"textPayload:'cat'",
        "severity=DEFAULT",
        "cat",
        "\"the \\\"cat\"",
    ] {
        assert!(matches(filter, &text()), "{filter}");
    }
    assert!(!matches(r#"textPayload=~"the""#, &text()));
    assert!(!matches("severity>=DEBUG", &text()));
}

#[test]
fn or_binds_tighter_than_and_and_not_binds_tightest() {
    let holds = |filter: &str| {
        // `t` stands for something true of the entry, `f` for something false.
        let filter = filter.replace('t', "insertId=b2").replace('f', "insertId=z");
        matches(&filter, &text())
    };
    for (filter, expected) in [
        ("t OR t AND f", false),
        ("(t OR t) AND f", false),
        ("t OR (t AND f)", true),
        ("f OR NOT f AND NOT f OR f", true),
        ("t OR NOT t AND NOT t OR f", false),
        ("t t", true),
        ("t f", false),
        ("NOT t", false),
        ("NOT NOT t", true),
        ("-f", true),
        ("-(t f)", true),
        ("- f", true),
        ("- -t", true),
        ("NOT -t", true),
        ("((((t))))", true),
        ("t\nOR\nf", true),
    ] {
        assert_eq!(holds(filter), expected, "{filter}");
    }
}

#[test]
fn one_field_is_compared_with_several_values() {
    assert!(matches("severity=(WARNING OR ERROR)", &job()));
    assert!(!matches("severity=(WARNING OR INFO)", &job()));
    assert!(matches("jsonPayload.status:(un AND avail)", &job()));
    assert!(matches("jsonPayload.status=(NOT OK)", &job()));
    assert!(!matches("jsonPayload.status:(un NOT avail)", &job()));
    assert!(matches(r#"resource.labels.job_id=("a" OR ("b" OR "nightly-report"))"#, &job()));
    // As at Google: the second is text to be found anywhere.
    assert!(matches(r#"insertId="x" OR "alpha""#, &job()));
}

#[test]
fn what_an_entry_does_not_have_compares_as_false() {
    assert!(!matches("jsonPayload.missing=foo", &job()));
    assert!(!matches("jsonPayload.missing!=foo", &job()));
    assert!(!matches("jsonPayload.missing!~foo", &job()));
    assert!(matches("NOT jsonPayload.missing=foo", &job()));
    assert!(matches("-jsonPayload.missing:*", &job()));
}

#[test]
fn bounds_are_what_every_match_has_in_common() {
    let bounds = |filter: &str| Filter::parse(filter).unwrap().bounds();
    let at = |text: &str| Some(text.parse().unwrap());
    assert_eq!(
        bounds(
            r#"timestamp>="2027-01-15T08:00:00Z" (timestamp>"2027-01-15T07:00:00Z") timestamp<"2027-01-15T09:00:00Z"
               logName="projects/demo/logs/run.googleapis.com%2Frequests" resource.type="Cloud_Run_Revision" -log_id(stdout)"#
        ),
        Bounds {
            since: at("2027-01-15T08:00:00Z"),
            until: at("2027-01-15T09:00:00Z"),
            log_id: Some("run.googleapis.com/requests".to_owned()),
            other_log_ids: vec!["stdout".to_owned()],
            resource_type: Some("cloud_run_revision".to_owned()),
        }
    );
    assert_eq!(bounds("log_id(a%2Fb)").log_id.as_deref(), Some("a/b"));
    for filter in [
        r#"timestamp>"2027-01-15T08:00:00Z" OR severity=ERROR"#,
        r#"NOT timestamp>"2027-01-15T08:00:00Z""#,
        r#"timestamp!="2027-01-15T08:00:00Z""#,
        "logName:requests",
    ] {
        assert_eq!(bounds(filter), Bounds::default(), "{filter}");
    }
}

#[test]
fn what_is_no_filter_is_refused_where_it_goes_wrong() {
    for (filter, message) in [
        ("AND", "at character 1: \"AND\" stands where a comparison or text should"),
        ("severity>=ERROR AND", "at character 20: the end stands where a comparison or text should"),
        ("severity>=", "at character 11: the end stands where a value should"),
        ("(severity=ERROR", "at character 16: the end stands where a closing parenthesis should"),
        ("severity=ERROR)", "at character 15: a closing parenthesis stands where AND, OR or the end should"),
        ("= 3", "at character 1: the operator = stands where a comparison or text should"),
        (
            "insertId = abc:def",
            "at character 15: the operator : stands where AND, OR or the end (a value that holds an operator is quoted) should",
        ),
        ("textPayload:\"é", "at character 13: the quotation mark has no other"),
        ("é=1", "at character 1: log entries have no field é"),
        ("job_id=x", "at character 1: log entries have no field job_id"),
        ("httpRequest.code=1", "at character 1: log entries have no field httpRequest.code"),
        ("insertId.x=1", "at character 1: log entries have no field insertId.x"),
        (
            "httpRequest.status=ok",
            "at character 20: httpRequest.status is compared with a number, not with \"ok\"",
        ),
        (
            "httpRequest.latency>1",
            "at character 21: httpRequest.latency is compared with a duration, such as 1.5s, not with \"1\"",
        ),
        (
            "traceSampled=maybe",
            "at character 14: traceSampled is compared with true or false, not with \"maybe\"",
        ),
        (
            "timestamp>yesterday",
            "at character 11: timestamp is compared with an instant as in RFC 3339, such as \"2027-01-15T08:00:00Z\", not with \"yesterday\"",
        ),
        ("timestamp=~\"2027\"", "at character 12: timestamp cannot be compared with =~"),
        ("textPayload=~\"(\"", "at character 14: the regular expression cannot be used: unclosed group"),
        ("sample(insertId, 0.1)", "at character 1: the function sample is not implemented here; log_id is"),
        ("log_id()", "at character 8: a closing parenthesis stands where the ID of a log should"),
    ] {
        assert_eq!(Filter::parse(filter).unwrap_err().to_string(), message, "{filter}");
    }
}

#[test]
fn what_is_too_much_is_refused() {
    let refused = |filter: &str| Filter::parse(filter).unwrap_err();
    assert_eq!(refused(&"x".repeat(20_001)), Error::TooLong { found: 20_001, most: 20_000 });
    assert!(matches!(refused(&"(".repeat(20_000)), Error::TooDeep { most: 32, .. }));
    assert!(matches!(refused(&"NOT (".repeat(4000)), Error::TooDeep { .. }));
    assert!(matches!(refused(&"a ".repeat(1001)), Error::TooMany { what: "comparisons", .. }));
    assert!(matches!(refused(&"trace=~a ".repeat(9)), Error::TooMany { what: "regular expressions", .. }));
    for pattern in
        [r"(\w{100}){100}", "((((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))))"]
    {
        assert!(matches!(refused(&format!("trace=~\"{pattern}\"")), Error::Pattern { .. }), "{pattern}");
    }
    assert!(Filter::parse(&"NOT ".repeat(4999)).is_err());
    assert!(matches(&format!("{} insertId=b2", "NOT ".repeat(4000)), &text()));
}
