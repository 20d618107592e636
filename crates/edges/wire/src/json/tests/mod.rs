//! Probes of both directions. What Google's definitions say is in `google/protobuf/*.proto` and the ProtoJSON page of
//! protobuf.dev; leniency beyond it is what Google's own clients were seen to send.

mod refusals;

use super::*;
use crate::google::{
    cloud::scheduler::v1::Job,
    iam::credentials::v1::GenerateIdTokenRequest,
    logging::v2::LogEntry,
    longrunning::{Operation, operation},
};
use serde_json::json;

/// JSON in, JSON out.
fn through(message: &str, json: Value) -> Result<Value, String> {
    let descriptor = crate::pool().get_message_by_name(message).unwrap();
    let message = read(&descriptor, json).map_err(|invalid| invalid.to_string())?;
    write(&message, Enums::Names).map_err(|error| error.to_string())
}

fn accepted(message: &str, probes: &[(Value, Value)]) {
    for (sent, answered) in probes {
        assert_eq!(through(message, sent.clone()).as_ref(), Ok(answered), "{sent}");
    }
}

const JOB: &str = "google.cloud.scheduler.v1.Job";
const SERVICE: &str = "google.cloud.run.v2.Service";
const OPERATION: &str = "google.longrunning.Operation";
const LOG_ENTRY: &str = "google.logging.v2.LogEntry";

#[test]
fn times_have_every_accepted_form() {
    accepted(
        JOB,
        &[
            (
                json!({"scheduleTime": "2027-01-15T08:00:00Z"}),
                json!({"scheduleTime": "2027-01-15T08:00:00Z"}),
            ),
            (
                json!({"scheduleTime": "2027-01-15T08:00:00.120Z"}),
                json!({"scheduleTime": "2027-01-15T08:00:00.120Z"}),
            ),
            (
                json!({"scheduleTime": "2027-01-15T08:00:00.12345Z"}),
                json!({"scheduleTime": "2027-01-15T08:00:00.123450Z"}),
            ),
            (
                json!({"scheduleTime": "2027-01-15T08:00:00.000000001Z"}),
                json!({"scheduleTime": "2027-01-15T08:00:00.000000001Z"}),
            ),
            (
                json!({"scheduleTime": "2027-01-15T10:00:00+02:00"}),
                json!({"scheduleTime": "2027-01-15T08:00:00Z"}),
            ),
            (
                json!({"scheduleTime": "2027-01-15t08:00:00z"}),
                json!({"scheduleTime": "2027-01-15T08:00:00Z"}),
            ),
            (
                json!({"scheduleTime": "1969-12-31T23:59:59.5Z"}),
                json!({"scheduleTime": "1969-12-31T23:59:59.500Z"}),
            ),
            (
                json!({"scheduleTime": "0001-01-01T00:00:00Z"}),
                json!({"scheduleTime": "0001-01-01T00:00:00Z"}),
            ),
            (json!({"attemptDeadline": "15.5s"}), json!({"attemptDeadline": "15.500s"})),
            (json!({"attemptDeadline": "3s"}), json!({"attemptDeadline": "3s"})),
            (json!({"attemptDeadline": "-0.5s"}), json!({"attemptDeadline": "-0.500s"})),
            (json!({"attemptDeadline": "0s"}), json!({"attemptDeadline": "0s"})),
        ],
    );
    for bad in [
        "yesterday",
        "",
        "2027-01-15",
        "2027-01-15 08:00:00Z",
        "2027-02-30T08:00:00Z",
        "2027-01-15T08:00Z",
        "10000-01-01T00:00:00Z",
    ] {
        let expected = format!(
            "Invalid value at 'schedule_time' (type.googleapis.com/google.protobuf.Timestamp), {}",
            json!(bad)
        );
        assert_eq!(through(JOB, json!({"scheduleTime": bad})), Err(expected));
    }
    for bad in ["", "s", "1", "1m", "1.s", ".5s", "1e3s", "--1s", "+1s", "1.0000000001s", "315576000001s"] {
        let expected = format!(
            "Invalid value at 'attempt_deadline' (type.googleapis.com/google.protobuf.Duration), {}",
            json!(bad)
        );
        assert_eq!(through(JOB, json!({"attemptDeadline": bad})), Err(expected));
    }
}

#[test]
fn numbers_come_as_numbers_and_as_text() {
    accepted(
        SERVICE,
        &[
            (json!({"generation": 9_007_199_254_740_993_i64}), json!({"generation": "9007199254740993"})),
            (json!({"generation": "42"}), json!({"generation": "42"})),
            (json!({"generation": "-9223372036854775808"}), json!({"generation": "-9223372036854775808"})),
            (json!({"scaling": {"minInstanceCount": "9"}}), json!({"scaling": {"minInstanceCount": 9}})),
            (json!({"scaling": {"minInstanceCount": 9.0}}), json!({"scaling": {"minInstanceCount": 9}})),
            (json!({"scaling": {"minInstanceCount": "9.0"}}), json!({"scaling": {"minInstanceCount": 9}})),
            (json!({"generation": 0}), json!({})),
        ],
    );
    for bad in
        [json!(9.5), json!("9.5"), json!(2_147_483_648_i64), json!("x"), json!(""), json!(true), json!(1e30)]
    {
        let expected = format!("Invalid value at 'scaling.min_instance_count' (TYPE_INT32), {bad}");
        assert_eq!(through(SERVICE, json!({"scaling": {"minInstanceCount": bad}})), Err(expected));
    }
}

#[test]
fn doubles_have_three_more_spellings() {
    let value = |json: Value| {
        through(LOG_ENTRY, json!({"jsonPayload": {"x": json}})).unwrap()["jsonPayload"]["x"].clone()
    };
    assert_eq!(value(json!(1.0)), json!(1));
    assert_eq!(value(json!(1.5)), json!(1.5));
    let wrapper = "google.protobuf.DoubleValue";
    for spelling in ["NaN", "Infinity", "-Infinity"] {
        assert_eq!(through(wrapper, json!(spelling)), Ok(json!(spelling)));
    }
    assert_eq!(through(wrapper, json!("2.5")), Ok(json!(2.5)));
    assert!(through(wrapper, json!("inf")).is_err());
    assert!(through(wrapper, json!("nan")).is_err());
    assert!(through(wrapper, json!("1e999")).is_err());
}

#[test]
fn booleans_come_as_text_too() {
    let request: GenerateIdTokenRequest =
        from_json(br#"{"audience": "a", "includeEmail": "true", "useEmailAzp": "true", "organizationNumberIncluded": "False", "delegates": null}"#).unwrap();
    assert!(
        request.include_email
            && request.use_email_azp
            && !request.organization_number_included
            && request.delegates.is_empty()
    );
    let refusal = from_json::<GenerateIdTokenRequest>(br#"{"includeEmail": "yes"}"#).unwrap_err();
    assert_eq!(refusal.to_string(), "Invalid value at 'include_email' (TYPE_BOOL), \"yes\"");
}

#[test]
fn bytes_come_in_either_alphabet() {
    accepted(
        "google.iam.v1.Policy",
        &[
            (json!({"etag": "+/8="}), json!({"etag": "+/8="})),
            (json!({"etag": "-_8"}), json!({"etag": "+/8="})),
            (json!({"etag": "-_8="}), json!({"etag": "+/8="})),
            (json!({"etag": ""}), json!({})),
        ],
    );
    assert!(through("google.iam.v1.Policy", json!({"etag": "a*b"})).is_err());
    assert!(through("google.iam.v1.Policy", json!({"etag": "a"})).is_err());
}

#[test]
fn enums_come_as_names_and_numbers() {
    accepted(
        JOB,
        &[
            (json!({"state": "PAUSED"}), json!({"state": "PAUSED"})),
            (json!({"state": 2}), json!({"state": "PAUSED"})),
            (json!({"state": "2"}), json!({"state": "PAUSED"})),
            (json!({"state": 99}), json!({"state": 99})),
            (json!({"state": 0}), json!({})),
        ],
    );
    let expected = "Invalid value at 'http_target.http_method' (type.googleapis.com/google.cloud.scheduler.v1.HttpMethod), \"FOO\"";
    assert_eq!(through(JOB, json!({"httpTarget": {"httpMethod": "FOO"}})), Err(expected.to_owned()));

    let job = Job { state: 2, ..Job::default() };
    let mut dynamic = DynamicMessage::new(crate::message::<Job>());
    dynamic.transcode_from(&job).unwrap();
    assert_eq!(write(&dynamic, Enums::Numbers), Ok(json!({"state": 2})));
}

#[test]
fn names_come_in_either_spelling_and_null_is_unset() {
    accepted(
        JOB,
        &[
            (json!({"time_zone": "Etc/UTC"}), json!({"timeZone": "Etc/UTC"})),
            (json!({"retry_config": {"retryCount": 1}}), json!({"retryConfig": {"retryCount": 1}})),
            (
                json!({"state": null, "name": null, "retryConfig": null, "httpTarget": null, "pubsubTarget": {}}),
                json!({"pubsubTarget": {}}),
            ),
            (json!({"httpTarget": {"headers": {"A": "b"}}}), json!({"httpTarget": {"headers": {"A": "b"}}})),
        ],
    );
}

#[test]
fn masks_come_in_either_spelling() {
    let mask = "google.protobuf.FieldMask";
    assert_eq!(
        through(mask, json!("rate_limits.max_burst_size,state")),
        Ok(json!("rateLimits.maxBurstSize,state"))
    );
    assert_eq!(
        through(mask, json!("rateLimits.maxBurstSize, state,")),
        Ok(json!("rateLimits.maxBurstSize,state"))
    );
    assert_eq!(through(mask, json!("")), Ok(json!("")));
    assert_eq!(through(mask, json!("*")), Ok(json!("*")));
}

#[test]
fn any_holds_messages_and_well_known_types() {
    let known = json!({"response": {"@type": "type.googleapis.com/google.cloud.run.v2.Service", "generation": "7", "createTime": "2027-01-15T08:00:00Z"}});
    let duration =
        json!({"response": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "3s"}});
    let empty = json!({"response": {"@type": "type.googleapis.com/google.protobuf.Empty"}});
    let with_value = json!({"response": {"@type": "type.googleapis.com/google.protobuf.Empty", "value": {}}});
    accepted(
        OPERATION,
        &[
            (known.clone(), known),
            (duration.clone(), duration),
            (empty.clone(), empty.clone()),
            (with_value, empty),
            (json!({"metadata": {}}), json!({"metadata": {}})),
        ],
    );
    for bad in [
        json!({"@type": "type.googleapis.com/x.Y", "a": 1}),
        json!({"a": 1}),
        json!({"@type": 5}),
        json!("x"),
    ] {
        assert!(through(OPERATION, json!({"response": bad})).is_err(), "{bad}");
    }
}

#[test]
fn free_form_json_comes_back() {
    let payload = json!({"jsonPayload": {"a": [1, null, "x", {"b": true}], "@type": "type.googleapis.com/google.protobuf.Empty", "value": {}}});
    accepted(
        LOG_ENTRY,
        &[(payload.clone(), payload), (json!({"jsonPayload": {}}), json!({"jsonPayload": {}}))],
    );
    let entry: LogEntry = from_json(br#"{"httpRequest": {"requestSize": "5", "latency": "1s"}}"#).unwrap();
    assert_eq!(to_json(&entry), Ok(json!({"httpRequest": {"requestSize": "5", "latency": "1s"}})));
    assert_eq!(through("google.protobuf.BoolValue", json!(false)), Ok(json!(false)));
    assert_eq!(through("google.protobuf.Int64Value", json!(5)), Ok(json!("5")));
    assert_eq!(through("google.protobuf.Value", json!(null)), Ok(json!(null)));
}

#[test]
fn presence_is_kept_where_the_definition_has_it() {
    let template = "google.cloud.run.v2.RevisionTemplate";
    accepted(
        template,
        &[
            (json!({"gpuZonalRedundancyDisabled": false}), json!({"gpuZonalRedundancyDisabled": false})),
            (json!({"sessionAffinity": false}), json!({})),
        ],
    );
    // Fields of the overlay are ordinary fields.
    accepted(
        SERVICE,
        &[(
            json!({"iapEnabled": true, "multiRegionSettings": {"regions": ["europe-west1"]}}),
            json!({"iapEnabled": true, "multiRegionSettings": {"regions": ["europe-west1"]}}),
        )],
    );
    accepted(
        "google.cloud.resourcemanager.v1.Project",
        &[(
            json!({"projectNumber": "42", "lifecycleState": "ACTIVE", "labels": {"team": "blue"}}),
            json!({"projectNumber": "42", "lifecycleState": "ACTIVE", "labels": {"team": "blue"}}),
        )],
    );
}
