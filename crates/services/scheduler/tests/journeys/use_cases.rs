//! What users may write, and what is told to those who may not.

use scheduler::{
    CreateError, GetError, InvalidJob, JobPatch, NamedIdentity, PauseError, ProposedUpdate, ResumeError,
    Standing, UpdateError, UpdateMask,
};
use store::{Page, Record};

use crate::house::{Upstream, account, at, house, policy, project};
use crate::*;

fn new(fields: JobFields) -> NewJob {
    NewJob { location: "us-central1".parse().unwrap(), job_id: Some("report".parse().unwrap()), fields }
}

async fn try_create(house: &House, running: &Running, new: NewJob) -> Result<Job, CreateError> {
    let permit = permit::<CloudschedulerJobsCreate>(house, &demo());
    running.scheduler.create(&ada(house), permit, new).await
}

/// A patch of what these paths name.
fn patch(target: &Upstream, paths: &[&str]) -> JobPatch {
    let fields = JobFields {
        description: "new".into(),
        target: Some(TargetFields::Http(HttpFields {
            uri: target.url("/elsewhere"),
            method: None,
            headers: BTreeMap::new(),
            body: Vec::new(),
            authorization: Authorization::<NamedIdentity>::Nothing,
        })),
        schedule: "0 10 * * *".into(),
        time_zone: "Etc/UTC".into(),
        retry: None,
        attempt_deadline: None,
    };
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    JobPatch { fields, mask: UpdateMask::parse(&paths).unwrap() }
}

async fn propose(house: &House, running: &Running, patch: JobPatch) -> Result<ProposedUpdate, UpdateError> {
    let permit = permit::<CloudschedulerJobsUpdate>(house, &report());
    running.scheduler.propose_update(permit, patch).await
}

#[tokio::test]
async fn a_job_is_made_once_and_listed() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    let made = create(&house, &running, each_minute(&target)).await;
    assert_eq!(made.standing, Standing::Enabled);
    assert_eq!(made.record.name, report());
    assert_eq!(get(&house, &running).await, made);
    let again = try_create(&house, &running, new(each_minute(&target))).await.unwrap_err();
    assert_eq!(again.to_string(), format!("Job {} already exists.", report()));

    let unnamed = NewJob { job_id: None, ..new(each_minute(&target)) };
    let drawn = try_create(&house, &running, unnamed).await.unwrap();
    let list = permit::<CloudschedulerJobsList>(&house, &demo());
    let region = "us-central1".parse().unwrap();
    let listing = running.scheduler.list(&list, &region, &Page::first(1)).await.unwrap();
    assert_eq!(listing.jobs, [drawn]);
    let rest = Page { after: listing.next, limit: 10_000 };
    let listing = running.scheduler.list(&list, &region, &rest).await.unwrap();
    assert_eq!((listing.jobs, listing.next), (vec![made], None));
}

#[tokio::test]
async fn nothing_is_stored_of_what_is_refused() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    let wrong = JobFields { schedule: "* * * * * *".into(), ..each_minute(&target) };
    let refused = try_create(&house, &running, new(wrong)).await.unwrap_err();
    assert_eq!(refused.to_string(), "Schedule or time zone is invalid.");
    assert!(house.access.permit::<CloudschedulerJobsGet>(&ada(&house), &report()).is_err());
}

#[tokio::test]
async fn an_account_of_another_project_is_refused() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    let elsewhere = "runner@other.iam.gserviceaccount.com";
    house.put(Record::Project(project("other", "43"))).await;
    house.put(Record::Account(account("other", elsewhere, "200"))).await;
    house.put(Record::Policy(policy("other", &[("roles/owner", "user:ada@example.com", None)]))).await;
    let name = AccountName { project: "other".parse().unwrap(), email: elsewhere.parse().unwrap() };
    let act_as = permit::<IamServiceAccountsActAs>(&house, &name);
    let mut fields = each_minute(&target);
    if let Some(TargetFields::Http(http)) = &mut fields.target {
        http.authorization =
            Authorization::Token(ProvenIdentity { act_as, token: TokenKind::Id(String::new()) });
    }
    let refused = try_create(&house, &running, new(fields)).await.unwrap_err();
    assert!(matches!(refused, CreateError::Invalid(InvalidJob::AccountElsewhere { .. })), "{refused}");
}

#[tokio::test]
async fn a_job_is_paused_once_and_resumed_once() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    create(&house, &running, each_minute(&target)).await;
    let enable = permit::<CloudschedulerJobsEnable>(&house, &report());
    let refused = running.scheduler.resume(&ada(&house), enable).await.unwrap_err();
    assert!(matches!(refused, ResumeError::WrongState { standing: Standing::Enabled, .. }));
    assert_eq!(pause(&house, &running).await.standing, Standing::Paused);
    let again = permit::<CloudschedulerJobsPause>(&house, &report());
    let refused = running.scheduler.pause(&ada(&house), again).await.unwrap_err();
    assert!(matches!(refused, PauseError::WrongState { standing: Standing::Paused, .. }));
    assert_eq!(resume(&house, &running).await.standing, Standing::Enabled);
}

#[tokio::test]
async fn an_update_replaces_what_its_mask_names() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    let before = create(&house, &running, each_minute(&target)).await;
    let proposed = propose(&house, &running, patch(&target, &["schedule"])).await.unwrap();
    let ProposedUpdate::Proven(update) = proposed else { panic!("the job has no token") };
    let after = running.scheduler.update(&ada(&house), update).await.unwrap();
    assert_eq!(after.record.schedule, "0 10 * * *");
    assert_eq!(after.record.time_zone, before.record.time_zone);
    assert_eq!(after.record.target, before.record.target);
    assert_eq!(after.schedule_time, Some(at("2024-05-06T17:00:00Z")), "ten o'clock in Los Angeles");
    seconds(&house, 120).await;
    assert_eq!(target.seen().len(), 0, "the minutes are over");
}

#[tokio::test]
async fn a_token_goes_nowhere_new_without_the_proof_that_its_account_may_be_acted_as() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    create(&house, &running, as_runner(&house, each_minute(&target), "https://hello.example")).await;
    let proposed = propose(&house, &running, patch(&target, &["http_target.uri"])).await.unwrap();
    let ProposedUpdate::ActsAs(update) = proposed else { panic!("the job keeps its token") };
    assert_eq!(update.account().email.as_str(), RUNNER);
    let update = update.prove(act_as(&house)).unwrap();
    running.scheduler.update(&ada(&house), update).await.unwrap();
    seconds(&house, 30).await;
    let seen = target.seen();
    assert_eq!(seen[0].line, "POST /elsewhere HTTP/1.1");
    let token = format!("Bearer token-of-{RUNNER}-for-https://hello.example");
    assert_eq!(seen[0].headers["authorization"], token);
}

#[tokio::test]
async fn the_proof_for_another_account_proves_nothing() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    let other = "reader@demo.iam.gserviceaccount.com";
    house.put(Record::Account(account("demo", other, "101"))).await;
    create(&house, &running, as_runner(&house, each_minute(&target), "")).await;
    let proposed = propose(&house, &running, patch(&target, &["http_target.uri"])).await.unwrap();
    let ProposedUpdate::ActsAs(update) = proposed else { panic!("the job keeps its token") };
    let name = AccountName { project: demo(), email: other.parse().unwrap() };
    let refused = update.prove(permit(&house, &name)).unwrap_err();
    assert_eq!(refused.needed.email.as_str(), RUNNER);
}

#[tokio::test]
async fn a_permit_for_a_job_that_was_made_anew_is_void() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    create(&house, &running, each_minute(&target)).await;
    let old = permit::<CloudschedulerJobsGet>(&house, &report());
    delete(&house, &running).await;
    seconds(&house, 1).await;
    create(&house, &running, each_minute(&target)).await;
    let refused = running.scheduler.get(&old).await.unwrap_err();
    assert!(matches!(refused, GetError::NotFound(_)));
    assert_eq!(refused.to_string(), "Job not found.");
}

#[tokio::test]
async fn every_change_has_its_audit_entry() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    let mut fields = each_minute(&target);
    if let Some(TargetFields::Http(http)) = &mut fields.target {
        http.uri.push_str("?key=secret");
    }
    create(&house, &running, fields).await;
    for step in 0..4 {
        seconds(&house, 1).await;
        match step {
            0 => drop(pause(&house, &running).await),
            1 => drop(resume(&house, &running).await),
            2 => run_now(&house, &running).await,
            _ => delete(&house, &running).await,
        }
    }
    let name = report().to_string();
    let entries = house.store.backend().audit_of_resource(&name, 100).await.unwrap();
    let permissions: Vec<&str> = entries.iter().rev().map(|entry| entry.permission.as_str()).collect();
    assert_eq!(
        permissions,
        [
            "cloudscheduler.jobs.create",
            "cloudscheduler.jobs.pause",
            "cloudscheduler.jobs.enable",
            "cloudscheduler.jobs.run",
            "cloudscheduler.jobs.delete",
        ]
    );
    assert!(entries.iter().all(|entry| entry.principal == "user:ada@example.com"));
    assert!(entries.iter().all(|entry| !entry.detail.to_string().contains("secret")));
}
