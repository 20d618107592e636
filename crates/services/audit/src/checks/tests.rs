//! Every way a request ends, as checks.

use super::*;
use jiff::Timestamp;
use names::Revision;
use store::PermissionDecision;

fn gate(reason: Option<&str>, permissions: Vec<PermissionDecision>) -> Disclosed {
    Disclosed {
        time: Timestamp::UNIX_EPOCH,
        request_id: "r".to_owned(),
        principal: "anonymous".to_owned(),
        request: Some(RequestDecision {
            request: DecidedRequest::Gate {
                host: "hello".to_owned(),
                method: "GET".to_owned(),
                path: "/".to_owned(),
                service: "projects/demo/locations/l/services/hello".to_owned(),
                answer: None,
            },
            credential: None,
            permission: None,
            status: 200,
            reason: reason.map(str::to_owned),
            detail: String::new(),
        }),
        permissions,
        sight: crate::Sight::Everything,
    }
}

fn delivery(status: u16, reason: Option<&str>) -> Disclosed {
    let mut disclosed = gate(reason, vec![invoke(Some("bound"))]);
    if let Some(request) = &mut disclosed.request {
        request.status = status;
        request.request = DecidedRequest::Delivery {
            owner: "projects/demo/locations/l/jobs/report".to_owned(),
            method: "POST".to_owned(),
            url: "https://hello.example/".to_owned(),
            identity: Some(store::DeliveredAs {
                account: "runner@demo".to_owned(),
                token: "an ID token for https://hello.example".to_owned(),
            }),
            answered_under: Some("0123".to_owned()),
        };
    }
    disclosed
}

#[test]
fn an_attempt_ends_with_the_check_that_failed_and_every_refusal_has_one() {
    for stage in DELIVERY.iter().filter(|stage| stage.kind != Kind::Permission) {
        for reason in stage.reasons {
            let checks = delivery(0, Some(reason)).checks();
            let (last, before) = checks.split_last().unwrap();
            assert_eq!((last.subject.as_str(), last.passed), (stage.subject, false), "{reason}");
            assert!(before.iter().all(|check| check.passed), "{reason}: {checks:?}");
        }
    }
}

/// A token for another service is not told to be no token.
#[test]
fn a_token_for_another_audience_is_a_credential_whose_audience_is_wrong() {
    let checks = gate(Some("INVOKER_TOKEN_AUDIENCE_MISMATCH"), Vec::new()).checks();
    let [.., credential, audience] = &checks[..] else { panic!("{checks:?}") };
    assert_eq!((credential.found.as_str(), credential.passed), ("an ID token that verifies", true));
    assert_eq!((audience.subject.as_str(), audience.passed), ("the token's audience", false));
}

#[test]
fn a_target_that_says_no_is_the_last_check_and_what_was_granted_before_stands() {
    let checks = delivery(403, None).checks();
    let told: Vec<_> = checks.iter().map(|check| (check.found.as_str(), check.passed)).collect();
    assert_eq!(
        told,
        [
            ("bound", true),
            ("runner@demo, which stands", true),
            ("an ID token for https://hello.example", true),
            ("as expected", true),
            ("as expected", true),
            ("status 403, given here under 0123", false),
        ]
    );
    assert!(delivery(204, None).checks().iter().all(|check| check.passed));
}

fn invoke(ground: Option<&str>) -> PermissionDecision {
    let failed = CheckRecord {
        subject: "the policy".to_owned(),
        expected: "a binding".to_owned(),
        found: "none".to_owned(),
        passed: false,
        level: None,
    };
    PermissionDecision {
        permission: "run.routes.invoke".to_owned(),
        resource: "projects/demo/locations/l/services/hello".to_owned(),
        revision: Revision(3),
        ground: ground.map(str::to_owned),
        checks: if ground.is_some() { Vec::new() } else { vec![failed] },
        command: None,
        asker: None,
        ground_level: None,
        command_level: None,
    }
}

#[test]
fn checks_end_with_the_one_that_failed() {
    let api = DecidedRequest::Api { method: "google.cloud.run.v2.Services.GetService".to_owned() };
    let asked = |disclosed: Disclosed| disclosed.request.unwrap().request;
    for request in [asked(gate(None, Vec::new())), api, asked(delivery(200, None))] {
        let stages = stages(&request);
        for (place, stage) in stages.iter().enumerate() {
            let granted = stages[..place].iter().any(|earlier| earlier.kind == Kind::Permission);
            for reason in stage.reasons {
                let mut disclosed = gate(Some(reason), vec![invoke(granted.then_some("bound"))]);
                disclosed.request.as_mut().unwrap().request = request.clone();
                let checks = disclosed.checks();
                let (last, before) = checks.split_last().unwrap();
                assert!(!last.passed && before.iter().all(|check| check.passed), "{reason}: {checks:?}");
                let expected = if stage.kind == Kind::Permission { "the policy" } else { stage.subject };
                assert_eq!(last.subject, expected, "{reason}: {checks:?}");
            }
        }
    }
}

#[test]
fn what_went_well_shows_every_stage_and_the_ground() {
    let checks = gate(None, vec![invoke(Some("allUsers has roles/run.invoker"))]).checks();
    assert!(checks.iter().all(|check| check.passed));
    assert_eq!(checks.len(), GATE.len());
    assert!(checks.iter().any(|check| check.found == "allUsers has roles/run.invoker"));
}

#[test]
fn a_refusal_for_another_reason_says_so_last() {
    let checks = gate(Some("QUOTA_EXCEEDED"), vec![invoke(Some("x"))]).checks();
    assert_eq!(
        checks.last().map(|check| (check.found.as_str(), check.passed)),
        Some(("QUOTA_EXCEEDED", false))
    );
}
