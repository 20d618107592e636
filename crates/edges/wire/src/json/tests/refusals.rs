//! What is not read or not written, and the bounds of both.

use super::*;

#[test]
fn any_of_a_foreign_type_is_shown_as_bytes() {
    let foreign = prost_types::Any { type_url: "type.googleapis.com/x.Y".to_owned(), value: vec![1, 2] };
    let damaged = prost_types::Any {
        type_url: "type.googleapis.com/google.rpc.ErrorInfo".to_owned(),
        value: vec![0xff],
    };
    let operation = Operation {
        metadata: Some(foreign),
        result: Some(operation::Result::Response(damaged)),
        ..Operation::default()
    };
    let expected = json!({
        "metadata": {"@type": "type.googleapis.com/x.Y", "value": "AQI="},
        "response": {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "value": "/w=="},
    });
    assert_eq!(to_json(&operation), Ok(expected));
}

#[test]
fn what_does_not_fit_is_named_with_its_place() {
    let table = [
        (json!({"x": 1}), "", "Invalid JSON payload received. Unknown name \"x\": Cannot find field."),
        (
            json!({"httpTarget": {"x": 1}}),
            "http_target",
            "Invalid JSON payload received. Unknown name \"x\" at 'http_target': Cannot find field.",
        ),
        (
            json!({"httpTarget": {"uri": {"a": 1}}}),
            "http_target.uri",
            "Invalid JSON payload received. Unknown name \"uri\" at 'http_target': Starting an object on a scalar field.",
        ),
        (
            json!({"httpTarget": [1]}),
            "http_target",
            "Invalid JSON payload received. Unknown name \"http_target\": Proto field is not repeating, cannot start list.",
        ),
        (
            json!({"httpTarget": "x"}),
            "http_target",
            "Invalid value at 'http_target' (type.googleapis.com/google.cloud.scheduler.v1.HttpTarget), \"x\"",
        ),
        (json!({"schedule": 5}), "schedule", "Invalid value at 'schedule' (TYPE_STRING), 5"),
        (
            json!({"httpTarget": {"headers": {"A": null}}}),
            "http_target.headers[\"A\"]",
            "Invalid value at 'http_target.headers[\"A\"]' (TYPE_STRING), null",
        ),
        (
            json!({"httpTarget": {}, "pubsubTarget": {}}),
            "",
            "Invalid value at '' (oneof), oneof field 'target' is already set by 'http_target'. Cannot set 'pubsub_target'",
        ),
    ];
    for (json, field, description) in table {
        let Err(Invalid::Violations(violations)) = read(&crate::message::<Job>(), json.clone()) else {
            panic!("{json}")
        };
        assert_eq!(violations, [Violation { field: field.to_owned(), description: description.to_owned() }]);
    }
    let policy = json!({"bindings": [{}, {"members": ["user:ada@example.com", 5]}]});
    let expected = "Invalid value at 'bindings[1].members[1]' (TYPE_STRING), 5";
    assert_eq!(through("google.iam.v1.Policy", policy), Err(expected.to_owned()));
    for root in [json!([]), json!("x"), json!(null), json!(5)] {
        assert!(through(JOB, root).unwrap_err().contains("Invalid"));
    }
}

#[test]
fn all_violations_are_told_up_to_a_bound() {
    let Err(Invalid::Violations(two)) = read(&crate::message::<Job>(), json!({"x": 1, "y": 2})) else {
        panic!()
    };
    assert_eq!(two.len(), 2);
    let many: serde_json::Map<_, _> = (0..1000).map(|index| (format!("x{index}"), json!(1))).collect();
    let Err(Invalid::Violations(many)) = read(&crate::message::<Job>(), Value::Object(many)) else {
        panic!()
    };
    assert_eq!(many.len(), 16);
}

#[test]
fn malformed_json_is_told_with_its_position() {
    let refusal = from_json::<Job>(b"{\"name\": }").unwrap_err();
    assert_eq!(refusal.to_string(), "Invalid JSON payload received. expected value at line 1 column 10");
    let status = refusal.into_status();
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    assert_eq!(crate::status::details(&status).len(), 1);
}

#[test]
fn nesting_ends_before_the_decoder_does() {
    let nested = |depth: usize| {
        let payload = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        from_json::<LogEntry>(format!("{{\"jsonPayload\": {payload}}}").as_bytes())
    };
    // What is not refused can be decoded, or this panics.
    let deepest = (1..100).take_while(|&depth| nested(depth).is_ok()).count();
    assert!((25..40).contains(&deepest), "{deepest}");
    assert_eq!(
        nested(deepest + 1).unwrap_err().to_string(),
        "Message too deep. Max recursion depth reached."
    );
    assert!(nested(100_000).unwrap_err().to_string().contains("recursion limit"));
}

#[test]
fn what_json_cannot_say_is_an_error() {
    let job =
        |seconds| Job { schedule_time: Some(prost_types::Timestamp { seconds, nanos: 0 }), ..Job::default() };
    assert_eq!(to_json(&job(i64::MAX)), Err(Unrepresentable));
    assert_eq!(to_json(&job(253_402_300_800)), Err(Unrepresentable));
    let last = to_json(&job(253_402_300_799)).unwrap();
    assert_eq!(last["scheduleTime"], "9999-12-31T23:59:59Z");
    let job =
        Job { attempt_deadline: Some(prost_types::Duration { seconds: 1, nanos: -1 }), ..Job::default() };
    assert_eq!(to_json(&job), Err(Unrepresentable));
}

#[test]
fn boxes_within_boxes_are_opened_so_many_times() {
    let mut operation = Operation { name: "innermost".to_owned(), ..Operation::default() };
    for _ in 0..5_000 {
        operation = Operation { metadata: Some(crate::any::pack(&operation)), ..Operation::default() };
    }
    let mut json = &to_json(&operation).unwrap();
    let mut opened = 0;
    while let Some(inner) = json.get("metadata") {
        json = inner;
        opened += 1;
    }
    assert_eq!(opened, 9);
    assert!(json["value"].is_string());
}
