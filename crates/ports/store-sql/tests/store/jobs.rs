//! When jobs fire next.

use store::{ApplyError, JobState, Plan, RecordKey, Work};

use crate::databases::Database;
use crate::samples::{job, job_name, job_state, second, uid};

async fn put(database: &Database, state: JobState, expected: Option<u64>) -> Result<(), ApplyError> {
    let plan = Plan::new().work(Work::PutJobState { state: Box::new(state), expected });
    database.backend().apply(plan).await.map(drop)
}

/// The state of the job `bread`.
async fn state(database: &Database) -> Option<JobState> {
    let [state] = database.backend().job_states(&[job_name("bread")]).await.unwrap().try_into().ok()?;
    Some(state)
}

pub async fn a_job_state_is_written_over_the_version_that_was_read(database: &Database) {
    put(database, job_state("bread", "j-1", Some(second(60))), None).await.unwrap();
    let read = state(database).await.unwrap();
    assert_eq!(read, JobState { version: 1, ..job_state("bread", "j-1", Some(second(60))) });

    let later = JobState { next_at: None, ..read.clone() };
    put(database, later.clone(), Some(read.version)).await.unwrap();
    let refused = put(database, later, Some(read.version)).await.unwrap_err();
    let key: RecordKey = job_name("bread").into();
    assert!(matches!(refused, ApplyError::Conflict(found) if found == key));
    let read = state(database).await.unwrap();
    assert_eq!((read.version, read.next_at), (2, None));
}

pub async fn a_job_state_that_exists_is_not_written_as_new(database: &Database) {
    put(database, job_state("bread", "j-1", None), None).await.unwrap();
    let refused = put(database, job_state("bread", "j-1", None), None).await.unwrap_err();
    assert!(matches!(refused, ApplyError::Conflict(_)));
    let refused = put(database, job_state("cake", "j-2", None), Some(1)).await.unwrap_err();
    assert!(matches!(refused, ApplyError::Conflict(_)), "what is not there has no version");
}

pub async fn due_jobs_come_earliest_first(database: &Database) {
    let backend = database.backend();
    assert_eq!(backend.next_job_due().await.unwrap(), None);
    for (id, next) in [("a", Some(50)), ("b", Some(10)), ("c", None), ("d", Some(30)), ("e", Some(20))] {
        put(database, job_state(id, id, next.map(second)), None).await.unwrap();
    }
    assert_eq!(backend.next_job_due().await.unwrap(), Some(second(10)));
    let due = async |now, limit| {
        let due = backend.due_job_states(second(now), limit).await.unwrap();
        due.into_iter().map(|state| state.job_uid.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(due(30, 10).await, ["b", "e", "d"]);
    assert_eq!(due(30, 2).await, ["b", "e"]);
    assert_eq!(due(9, 10).await, [""; 0]);
    // One that cannot be read holds up none of the others.
    let mut connection = database.connection().await;
    sqlx::query("UPDATE job_states SET state = '{' WHERE job_uid = 'b'")
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(due(30, 10).await, ["e", "d"]);
}

pub async fn states_come_in_the_order_of_their_names(database: &Database) {
    let ids: Vec<String> = (0..130).map(|number| format!("job-{number}")).collect();
    let mut plan = Plan::new();
    for id in &ids {
        let state = Box::new(job_state(id, id, None));
        plan = plan.work(Work::PutJobState { state, expected: None });
    }
    database.backend().apply(plan).await.unwrap();
    let mut names: Vec<_> = ids[..120].iter().map(|id| job_name(id)).collect();
    names.push(job_name("nowhere"));
    names.push(job_name("job-7"));
    let states = database.backend().job_states(&names).await.unwrap();
    names.truncate(120);
    names.sort();
    assert_eq!(states.into_iter().map(|state| state.job).collect::<Vec<_>>(), names);
    assert!(database.backend().job_states(&[]).await.unwrap().is_empty());
}

pub async fn a_forgotten_job_state_is_gone(database: &Database) {
    put(database, job_state("bread", "j-1", Some(second(60))), None).await.unwrap();
    database.backend().apply(Plan::new().work(Work::DeleteJobState(uid("j-1")))).await.unwrap();
    assert_eq!(state(database).await, None);
    assert_eq!(database.backend().next_job_due().await.unwrap(), None);
}

pub async fn a_job_is_found_with_the_state_of_its_uid(database: &Database) {
    let found = async || database.handle().find_job(&job_name("bread")).await.unwrap();
    put(database, job_state("bread", "j-1", None), None).await.unwrap();
    assert!(found().await.is_none(), "a state without its job");
    let revision = database.handle().apply(Plan::new().put(job("bread", "j-1"))).await.unwrap();
    let (stored, state) = found().await.unwrap();
    assert_eq!((stored.record.uid, stored.revision), (uid("j-1"), revision));
    assert_eq!(state, Some(JobState { version: 1, ..job_state("bread", "j-1", None) }));
    database.handle().apply(Plan::new().put(job("bread", "j-2"))).await.unwrap();
    let (stored, state) = found().await.unwrap();
    assert_eq!((stored.record.uid, state), (uid("j-2"), None), "the state of another job of that name");
}
