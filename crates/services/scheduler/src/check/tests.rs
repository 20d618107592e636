use rstest::rstest;

use super::*;

fn fields() -> JobFields<NamedIdentity> {
    JobFields {
        description: String::new(),
        target: Some(TargetFields::Http(http())),
        schedule: "* * * * *".into(),
        time_zone: String::new(),
        retry: None,
        attempt_deadline: None,
    }
}

fn http() -> HttpFields<NamedIdentity> {
    HttpFields { uri: "https://example.com/".into(), ..HttpFields::empty() }
}

fn with_http(change: impl FnOnce(&mut HttpFields<NamedIdentity>)) -> JobFields<NamedIdentity> {
    let mut http = http();
    change(&mut http);
    JobFields { target: Some(TargetFields::Http(http)), ..fields() }
}

#[test]
fn what_is_left_out_has_cloud_schedulers_defaults() {
    let checked = check(fields()).unwrap();
    assert_eq!(checked.zone.as_str(), "UTC");
    assert_eq!(checked.attempt_deadline, Duration::from_secs(180));
    assert_eq!(checked.http.method, Method::Post);
    let expected = RetryRecord {
        retry_count: 0,
        max_retry_duration: Duration::ZERO,
        min_backoff: Duration::from_secs(5),
        max_backoff: Duration::from_secs(3600),
        max_doublings: 5,
    };
    assert_eq!(checked.retry, expected);
}

#[rstest]
#[case(JobFields { target: None, ..fields() }, "job.target")]
#[case(JobFields { schedule: "* * * * * *".into(), ..fields() }, "job.schedule")]
#[case(JobFields { schedule: String::new(), ..fields() }, "job.schedule")]
#[case(JobFields { time_zone: "Mars/Olympus".into(), ..fields() }, "job.time_zone")]
#[case(JobFields { description: "ä".repeat(501), ..fields() }, "job.description")]
#[case(JobFields { retry: Some(RetryFields { retry_count: 6, ..RetryFields::default() }), ..fields() }, "job.retry_config")]
#[case(JobFields { attempt_deadline: Some(SignedDuration::from_secs(14)), ..fields() }, "job.attempt_deadline")]
#[case(JobFields { attempt_deadline: Some(SignedDuration::from_secs(1801)), ..fields() }, "job.attempt_deadline")]
#[case(JobFields { attempt_deadline: Some(SignedDuration::from_secs(-20)), ..fields() }, "job.attempt_deadline")]
#[case(with_http(|http| http.uri = "example.com".into()), "job.http_target.uri")]
#[case(with_http(|http| http.body = vec![0; 1024 * 1024 + 1]), "job.http_target.body")]
#[case(with_http(|http| { http.body = vec![0]; http.method = Some(Method::Get) }), "job.http_target.body")]
#[case(with_http(|http| { http.headers.insert("a b".into(), String::new()); }), "job.http_target.headers")]
#[case(
    with_http(|http| http.authorization = Authorization::OidcToken(NamedIdentity { service_account_email: None, audience: String::new() })),
    "job.http_target.oidc_token.service_account_email"
)]
fn what_is_wrong_is_refused_by_field(#[case] fields: JobFields<NamedIdentity>, #[case] field: &str) {
    assert_eq!(check(fields).unwrap_err().field(), field);
}

#[rstest]
#[case(JobFields { target: Some(TargetFields::AppEngine), ..fields() }, NotYet::AppEngineTarget)]
#[case(JobFields { target: Some(TargetFields::Pubsub), ..fields() }, NotYet::PubsubTarget)]
#[case(JobFields { schedule: "every 5 minutes".into(), ..fields() }, NotYet::EnglishSchedule)]
#[case(with_http(|http| http.authorization = Authorization::OauthToken), NotYet::OauthToken)]
fn what_is_not_here_yet_says_so(#[case] fields: JobFields<NamedIdentity>, #[case] not_yet: NotYet) {
    assert_eq!(check(fields), Err(InvalidJob::NotYet(not_yet)));
}

#[test]
fn a_wrong_schedule_and_a_wrong_zone_have_cloud_schedulers_words() {
    for fields in [
        JobFields { schedule: "61 * * * *".into(), ..fields() },
        JobFields { time_zone: "Nowhere".into(), ..fields() },
    ] {
        assert_eq!(check(fields).unwrap_err().to_string(), "Schedule or time zone is invalid.");
    }
}

#[rstest]
#[case(Method::Delete, false)]
#[case(Method::Get, false)]
#[case(Method::Head, false)]
#[case(Method::Options, false)]
#[case(Method::Patch, true)]
#[case(Method::Post, true)]
#[case(Method::Put, true)]
fn only_post_put_and_patch_take_a_body(#[case] method: Method, #[case] takes_body: bool) {
    let fields = with_http(|http| {
        http.method = Some(method);
        http.body = b"body".to_vec();
    });
    assert_eq!(check(fields).is_ok(), takes_body);
}

#[test]
fn the_bounds_themselves_are_allowed() {
    for seconds in [15, 1800] {
        let fields = JobFields { attempt_deadline: Some(SignedDuration::from_secs(seconds)), ..fields() };
        assert!(check(fields).is_ok());
    }
    assert!(check(JobFields { description: "ä".repeat(500), ..fields() }).is_ok());
    assert!(check(with_http(|http| http.body = vec![0; 1024 * 1024])).is_ok());
}
