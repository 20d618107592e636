use std::collections::BTreeMap;

use jiff::SignedDuration;
use names::Email;
use rstest::rstest;

use store::TokenKind;

use super::*;
use crate::fields::{AppEngineFields, Authorization, HttpFields, PubsubFields};

fn identity(email: Option<&str>, audience: &str) -> NamedIdentity {
    NamedIdentity {
        service_account_email: email.map(|email| Email::parse(email).unwrap()),
        token: TokenKind::Id(audience.into()),
    }
}

fn job() -> JobFields<NamedIdentity> {
    JobFields {
        description: "old".into(),
        target: Some(TargetFields::Http(HttpFields {
            uri: "https://old.example/".into(),
            method: None,
            headers: BTreeMap::from([("X-Old".to_owned(), "1".to_owned())]),
            body: b"old".to_vec(),
            authorization: Authorization::Token(identity(Some("old@example.com"), "old")),
        })),
        schedule: "0 1 * * *".into(),
        time_zone: "Europe/Berlin".into(),
        retry: Some(RetryFields { retry_count: 1, ..RetryFields::default() }),
        attempt_deadline: Some(SignedDuration::from_secs(20)),
    }
}

/// What gcloud sends for `--schedule`: the schedule, and defaults that nobody asked for.
fn gcloud() -> JobFields<NamedIdentity> {
    JobFields {
        description: String::new(),
        target: Some(TargetFields::Http(HttpFields::empty())),
        schedule: "0 2 * * *".into(),
        time_zone: "Etc/UTC".into(),
        retry: Some(RetryFields::default()),
        attempt_deadline: None,
    }
}

fn merged(mask: &[&str]) -> Result<JobFields<NamedIdentity>, MaskError> {
    Ok(merge(job(), &gcloud(), &parsed(mask)?))
}

fn parsed(mask: &[&str]) -> Result<UpdateMask, MaskError> {
    UpdateMask::parse(&mask.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>())
}

#[test]
fn a_mask_replaces_what_it_names_and_nothing_else() {
    let expected = JobFields { schedule: "0 2 * * *".into(), ..job() };
    assert_eq!(merged(&["schedule"]), Ok(expected));
}

#[test]
fn a_mask_clears_what_the_patch_leaves_out() {
    let expected = JobFields { description: String::new(), attempt_deadline: None, ..job() };
    assert_eq!(merged(&["description", "attempt_deadline"]), Ok(expected));
}

#[test]
fn without_a_mask_everything_that_is_filled_is_replaced() {
    let expected = JobFields {
        description: "old".into(),
        attempt_deadline: Some(SignedDuration::from_secs(20)),
        ..gcloud()
    };
    assert_eq!(merged(&[]), Ok(expected));
}

#[test]
fn a_star_replaces_the_whole_job() {
    assert_eq!(merged(&["*"]), Ok(gcloud()));
}

#[test]
fn a_part_of_the_target_leaves_the_other_parts() {
    let Ok(JobFields { target: Some(TargetFields::Http(http)), .. }) = merged(&["http_target.uri"]) else {
        panic!("no HTTP target");
    };
    assert_eq!(http.uri, "");
    assert_eq!(http.body, b"old");
    assert_eq!(http.authorization, Authorization::Token(identity(Some("old@example.com"), "old")));
}

#[test]
fn a_part_of_the_token_leaves_the_other_part() {
    let patch = JobFields {
        target: Some(TargetFields::Http(HttpFields {
            authorization: Authorization::Token(identity(None, "new")),
            ..HttpFields::empty()
        })),
        ..gcloud()
    };
    let mask = parsed(&["http_target.oidc_token.audience"]).unwrap();
    let JobFields { target: Some(TargetFields::Http(http)), .. } = merge(job(), &patch, &mask) else {
        panic!("no HTTP target");
    };
    assert_eq!(http.authorization, Authorization::Token(identity(Some("old@example.com"), "new")));
}

#[test]
fn one_kind_of_token_takes_the_place_of_the_other_and_alone_does_not_clear_it() {
    let oauth =
        NamedIdentity { token: TokenKind::Access("email".into()), ..identity(Some("new@example.com"), "") };
    let patch = JobFields {
        target: Some(TargetFields::Http(HttpFields {
            authorization: Authorization::Token(oauth.clone()),
            ..HttpFields::empty()
        })),
        ..gcloud()
    };
    let authorization =
        |patch: &JobFields<NamedIdentity>, mask: &[&str]| match merge(job(), patch, &parsed(mask).unwrap())
            .target
        {
            Some(TargetFields::Http(http)) => http.authorization,
            other => panic!("{other:?}"),
        };
    let old = Authorization::Token(identity(Some("old@example.com"), "old"));
    for mask in [
        &["http_target.oauth_token"][..],
        &["http_target.oauth_token", "http_target.oidc_token"],
        &["http_target.oidc_token", "http_target.oauth_token"],
        &["http_target.oauth_token.service_account_email", "http_target.oauth_token.scope"],
    ] {
        assert_eq!(authorization(&patch, mask), Authorization::Token(oauth.clone()), "{mask:?}");
    }
    assert_eq!(authorization(&gcloud(), &["http_target.oauth_token"]), old);
    assert_eq!(authorization(&gcloud(), &["http_target.oauth_token.scope"]), old);
    assert_eq!(authorization(&patch, &["http_target.uri"]), old);
    let without_account = Authorization::Token(identity(None, "old"));
    let path = "http_target.oidc_token.service_account_email";
    assert_eq!(authorization(&gcloud(), &[path]), without_account);
}

#[test]
fn a_target_of_another_kind_takes_the_place_of_the_one_that_is_there() {
    let message = PubsubFields { topic: "projects/demo/topics/orders".into(), ..PubsubFields::default() };
    let patch = JobFields { target: Some(TargetFields::Pubsub(message.clone())), ..gcloud() };
    let target = |patch: &JobFields<NamedIdentity>, mask: Option<&str>| {
        merge(job(), patch, &parsed(mask.as_slice()).unwrap()).target
    };
    let expected = Some(TargetFields::Pubsub(message));
    for mask in [None, Some("*"), Some("pubsub_target"), Some("pubsub_target.topic_name")] {
        assert_eq!(target(&patch, mask), expected, "{mask:?}");
    }
    assert_eq!(target(&patch, Some("http_target")), None, "which is refused when it is checked");
    for path in
        ["pubsub_target", "pubsub_target.data", "app_engine_http_target", "app_engine_http_target.body"]
    {
        assert_eq!(target(&gcloud(), Some(path)), job().target, "{path}");
    }
    let handler =
        AppEngineFields { version: "v2".into(), relative_uri: "/x".into(), ..AppEngineFields::default() };
    let patch = JobFields { target: Some(TargetFields::AppEngine(handler)), ..gcloud() };
    let routed = AppEngineFields { version: "v2".into(), ..AppEngineFields::default() };
    let path = "app_engine_http_target.app_engine_routing";
    assert_eq!(target(&patch, Some(path)), Some(TargetFields::AppEngine(routed)));
}

/// The mask that gcloud sends for `--clear-auth-token`.
#[test]
fn clearing_both_fields_of_every_token_leaves_none() {
    let job = merged(&[
        "httpTarget.oauthToken.scope",
        "httpTarget.oauthToken.serviceAccountEmail",
        "httpTarget.oidcToken.audience",
        "httpTarget.oidcToken.serviceAccountEmail",
    ]);
    let Some(TargetFields::Http(http)) = job.unwrap().target else { panic!("the target is HTTP") };
    assert_eq!((http.authorization, http.uri.as_str()), (Authorization::Nothing, "https://old.example/"));
}

#[test]
fn clearing_both_kinds_of_token_leaves_none() {
    let Ok(JobFields { target: Some(TargetFields::Http(http)), .. }) =
        merged(&["http_target.oauth_token", "http_target.oidc_token"])
    else {
        panic!("no HTTP target");
    };
    assert_eq!(http.authorization, Authorization::Nothing);
}

#[rstest]
#[case("name")]
#[case("state")]
#[case("schedule_time")]
#[case("user_update_time")]
fn what_the_server_writes_cannot_be_changed(#[case] path: &str) {
    assert_eq!(merged(&[path]), Err(MaskError { path: path.into(), why: NotWritable::OutputOnly }));
}

#[rstest]
#[case("")]
#[case("Time_zone")]
#[case("schedule.minute")]
#[case("http_target.oidc_token.email")]
#[case("pubsub_targets")]
fn what_is_no_field_is_refused(#[case] path: &str) {
    assert_eq!(merged(&[path]), Err(MaskError { path: path.into(), why: NotWritable::Unknown }));
}

#[test]
fn retry_settings_are_replaced_one_by_one() {
    let patch = JobFields {
        retry: Some(RetryFields { retry_count: 4, max_doublings: 2, ..RetryFields::default() }),
        ..gcloud()
    };
    let mask = parsed(&["retryConfig.maxDoublings"]).unwrap();
    let expected = Some(RetryFields { retry_count: 1, max_doublings: 2, ..RetryFields::default() });
    assert_eq!(merge(job(), &patch, &mask).retry, expected);
}
