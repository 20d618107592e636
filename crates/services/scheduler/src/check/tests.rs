use rstest::rstest;

use super::*;
use crate::fields::{AppEngineFields, Authorization, HttpFields, Method, PubsubFields};

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

/// Checks a job of project `demo`.
fn check(fields: JobFields<NamedIdentity>) -> Result<CheckedJob, InvalidJob> {
    let (project, universe) = (ProjectId::parse("demo").unwrap(), Universe::default());
    super::check(fields, Surroundings { project: &project, universe: &universe })
}

fn token(email: Option<&str>, token: TokenKind) -> Authorization<NamedIdentity> {
    Authorization::Token(NamedIdentity {
        service_account_email: email.map(|email| Email::parse(email).unwrap()),
        token,
    })
}

fn oauth(uri: &str, scope: &str) -> JobFields<NamedIdentity> {
    with_http(|http| {
        http.uri = uri.into();
        http.authorization =
            token(Some("runner@demo.iam.gserviceaccount.com"), TokenKind::Access(scope.into()));
    })
}

fn pubsub(topic: &str, data: &str, attributes: &[(&str, &str)]) -> JobFields<NamedIdentity> {
    let attributes =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let target = PubsubFields { topic: topic.into(), data: data.into(), attributes };
    JobFields { target: Some(TargetFields::Pubsub(target)), ..fields() }
}

fn app_engine(change: impl FnOnce(&mut AppEngineFields)) -> JobFields<NamedIdentity> {
    let mut target = AppEngineFields::default();
    change(&mut target);
    JobFields { target: Some(TargetFields::AppEngine(target)), ..fields() }
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
    let JobTarget::Http(http) = checked.target else { panic!("no HTTP target") };
    assert_eq!((http.method.as_str(), checked.identity), ("POST", None));
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
    with_http(|http| http.authorization = token(None, TokenKind::Id(String::new()))),
    "job.http_target.oidc_token.service_account_email"
)]
fn what_is_wrong_is_refused_by_field(#[case] fields: JobFields<NamedIdentity>, #[case] field: &str) {
    assert_eq!(check(fields).unwrap_err().field(), field);
}

#[rstest]
#[case(oauth("https://example.com/", ""), "job.http_target.oauth_token")]
#[case(oauth("https://googleapis.com/", ""), "job.http_target.oauth_token")]
#[case(oauth("https://evilgoogleapis.com/", ""), "job.http_target.oauth_token")]
#[case(oauth("https://run.googleapis.com.evil.example/", ""), "job.http_target.oauth_token")]
#[case(oauth("https://run.googleapis.com@evil.example/", ""), "job.http_target.uri")]
#[case(oauth("http://run.googleapis.com/", ""), "job.http_target.oauth_token")]
#[case(oauth("https://run.googleapis.com:8443/", ""), "job.http_target.oauth_token")]
#[case(oauth("https://127.0.0.1/", ""), "job.http_target.oauth_token")]
#[case(oauth("https://run.googleapis.com/", "everything"), "job.http_target.oauth_token.scope")]
#[case(oauth("https://run.googleapis.com/", " "), "job.http_target.oauth_token.scope")]
#[case(oauth("https://run.googleapis.com/", &"https://www.googleapis.com/auth/iam ".repeat(30)), "job.http_target.oauth_token.scope")]
#[case(
    with_http(|http| http.authorization = token(None, TokenKind::Access(String::new()))),
    "job.http_target.oauth_token.service_account_email"
)]
fn an_access_token_goes_to_googles_apis_and_nowhere_else(
    #[case] fields: JobFields<NamedIdentity>,
    #[case] field: &str,
) {
    assert_eq!(check(fields).unwrap_err().field(), field);
}

#[rstest]
#[case("https://run.googleapis.com/v2/x", "")]
#[case("https://us-central1-run.googleapis.com/x", "https://www.googleapis.com/auth/cloud-platform")]
#[case("https://Storage.GoogleApis.com/x", "https://www.googleapis.com/auth/devstorage.read_only email")]
fn an_access_token_may_go_to_any_of_googles_apis(#[case] uri: &str, #[case] scope: &str) {
    let checked = check(oauth(uri, scope)).unwrap();
    let email = Email::parse("runner@demo.iam.gserviceaccount.com").unwrap();
    assert_eq!(checked.identity, Some((email, TokenKind::Access(scope.into()))));
}

#[rstest]
#[case(pubsub("projects/demo/topics/orders", "", &[]), "job.pubsub_target.data")]
#[case(pubsub("projects/other/topics/orders", "x", &[]), "job.pubsub_target.topic_name")]
#[case(pubsub("projects/demo/topics/o", "x", &[]), "job.pubsub_target.topic_name")]
#[case(pubsub("projects/demo/topics/1orders", "x", &[]), "job.pubsub_target.topic_name")]
#[case(pubsub("orders", "x", &[]), "job.pubsub_target.topic_name")]
#[case(pubsub("", "x", &[]), "job.pubsub_target.topic_name")]
#[case(app_engine(|target| target.relative_uri = "work".into()), "job.app_engine_http_target.relative_uri")]
#[case(app_engine(|target| target.relative_uri = "/a b".into()), "job.app_engine_http_target.relative_uri")]
#[case(app_engine(|target| target.relative_uri = format!("/{}", "a".repeat(2083))), "job.app_engine_http_target.relative_uri")]
#[case(app_engine(|target| target.method = Some(Method::Patch)), "job.app_engine_http_target.http_method")]
#[case(app_engine(|target| target.method = Some(Method::Options)), "job.app_engine_http_target.http_method")]
#[case(app_engine(|target| { target.method = Some(Method::Get); target.body = vec![0]; }), "job.app_engine_http_target.body")]
#[case(app_engine(|target| { target.headers.insert("a b".into(), String::new()); }), "job.app_engine_http_target.headers")]
#[case(JobFields { attempt_deadline: Some(SignedDuration::from_secs(14)), ..app_engine(|_| ()) }, "job.attempt_deadline")]
#[case(JobFields { attempt_deadline: Some(SignedDuration::from_secs(86_416)), ..app_engine(|_| ()) }, "job.attempt_deadline")]
fn a_target_of_another_kind_is_checked_by_its_own_rules(
    #[case] fields: JobFields<NamedIdentity>,
    #[case] field: &str,
) {
    assert_eq!(check(fields).unwrap_err().field(), field);
}

#[test]
fn a_target_of_another_kind_is_kept_as_it_was_written() {
    let checked = check(pubsub("projects/demo/topics/orders", "", &[("till", "7")])).unwrap();
    let JobTarget::Pubsub(target) = checked.target else { panic!("no topic") };
    assert_eq!(
        (target.topic.as_str(), target.attributes["till"].as_str()),
        ("projects/demo/topics/orders", "7")
    );
    let day = JobFields { attempt_deadline: Some(SignedDuration::from_secs(86_415)), ..app_engine(|_| ()) };
    for (fields, seconds) in [(app_engine(|_| ()), 0), (day, 86_415)] {
        let checked = check(fields).unwrap();
        let JobTarget::AppEngine(target) = checked.target else { panic!("no App Engine target") };
        assert_eq!((target.relative_uri.as_str(), target.method.as_str()), ("/", "POST"));
        assert_eq!(checked.attempt_deadline, Duration::from_secs(seconds));
    }
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
