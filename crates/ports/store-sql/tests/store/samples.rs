//! Small records to fill a store with.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use names::{
    JobName, OperationName, OrganizationId, ProjectId, ProjectNumber, ResourceName, RevisionId, ServiceName,
    Uid,
};
use store::{
    AuditEntry, Decided, DecidedRequest, Decision, Delivery, DeliveryRequest, JobRecord, JobState, JobTarget,
    LogEntry, Operation, OperationKind, PolicyKey, PolicyRecord, ProjectRecord, ProjectState, PubsubTarget,
    Record, RequestDecision, RetryRecord, RevisionTemplate, RingKeyKey, RingKeyRecord, ServiceRecord,
};

pub fn second(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

pub fn uid(text: &str) -> Uid {
    Uid::parse(text).unwrap()
}

pub fn project_id(id: &str) -> ProjectId {
    ProjectId::parse(id).unwrap()
}

pub fn project(id: &str, uid_text: &str) -> Record {
    Record::Project(ProjectRecord {
        id: project_id(id),
        number: ProjectNumber::from_chance(7),
        uid: uid(uid_text),
        parent: ResourceName::Organization(OrganizationId::parse("1").unwrap()),
        display_name: "Ada's bakery".into(),
        labels: BTreeMap::new(),
        state: ProjectState::Active,
        create_time: second(0),
        update_time: second(0),
        deleted_at: None,
        apis: Default::default(),
    })
}

pub fn service_name(id: &str) -> ServiceName {
    ServiceName::parse_canonical(&format!("projects/bakery/locations/us-central1/services/{id}")).unwrap()
}

pub fn service(id: &str, uid_text: &str) -> Record {
    Record::Service(ServiceRecord {
        name: service_name(id),
        uid: uid(uid_text),
        description: String::new(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        kept_annotations: Default::default(),
        client: String::new(),
        client_version: String::new(),
        custom_audiences: Vec::new(),
        launch_stage: String::new(),
        scaling: None,
        template: RevisionTemplate::default(),
        ingress: Default::default(),
        invoker_iam_disabled: false,
        default_uri_disabled: false,
        traffic: Vec::new(),
        latest_revision: RevisionId::parse("one").unwrap(),
        revisions_made: 1,
        generation: 1,
        creator: "user:ada@example.com".into(),
        last_modifier: "user:ada@example.com".into(),
        create_time: second(0),
        update_time: second(0),
    })
}

pub fn policy(of: &Record) -> Record {
    let resource = of.resource().unwrap();
    Record::Policy(PolicyRecord {
        resource,
        uid: of.uid().clone(),
        policy: iam::Policy::default(),
        version: 1,
    })
}

pub fn policy_key(uid_text: &str) -> PolicyKey {
    PolicyKey(uid(uid_text))
}

pub fn ring_key(ring: &str, key_id: &str) -> Record {
    let key = RingKeyKey { ring: ring.into(), key_id: key_id.into() };
    Record::RingKey(RingKeyRecord { key, uid: uid("k-1"), sealed: serde_json::Value::Null })
}

pub fn job_name(id: &str) -> JobName {
    JobName::parse_canonical(&format!("projects/bakery/locations/us-central1/jobs/{id}")).unwrap()
}

pub fn job(id: &str, uid_text: &str) -> Record {
    Record::Job(JobRecord {
        name: job_name(id),
        uid: uid(uid_text),
        description: String::new(),
        target: JobTarget::Pubsub(PubsubTarget {
            topic: String::new(),
            data: Vec::new(),
            attributes: Default::default(),
        }),
        schedule: "* * * * *".to_owned(),
        time_zone: "Etc/UTC".to_owned(),
        paused_at: None,
        retry: RetryRecord {
            retry_count: 0,
            max_retry_duration: Duration::ZERO,
            min_backoff: Duration::from_secs(5),
            max_backoff: Duration::from_secs(3600),
            max_doublings: 5,
        },
        attempt_deadline: Duration::from_secs(180),
        create_time: second(0),
        user_update_time: second(0),
    })
}

pub fn delivery(uid_text: &str, due_at: Timestamp) -> Delivery {
    Delivery {
        uid: uid(uid_text),
        owner: ResourceName::Job(job_name("bread")),
        owner_uid: uid("bread-uid"),
        project: project_id("bakery"),
        forced: false,
        request: DeliveryRequest {
            method: "POST".into(),
            url: "https://bakery.example/bake".into(),
            headers: vec![("content-type".into(), "text/plain".into())],
            body: b"rye".to_vec(),
            attempt_deadline: Duration::from_secs(180),
        },
        identity: None,
        schedule_time: due_at,
        due_at,
        attempts: 0,
        first_attempt_at: None,
        create_time: second(0),
    }
}

pub fn job_state(id: &str, uid_text: &str, next_at: Option<Timestamp>) -> JobState {
    JobState {
        job: job_name(id),
        job_uid: uid(uid_text),
        next_at,
        schedule_time: next_at,
        executing: None,
        disabled_at: None,
        retry_at: None,
        last_attempt_time: None,
        status: None,
        version: 0,
    }
}

pub fn log_entry(insert_id: &str, log_id: &str, timestamp: Timestamp) -> LogEntry {
    LogEntry {
        insert_id: insert_id.into(),
        project: project_id("bakery"),
        log_id: log_id.into(),
        timestamp,
        severity: "INFO".into(),
        resource_type: "cloud_scheduler_job".into(),
        resource_labels: BTreeMap::new(),
        payload: serde_json::json!({ "loaves": 3 }),
        http_request: Some(store::LoggedRequest::answered(200)),
        labels: Default::default(),
        origin: Default::default(),
    }
}

pub fn operation_name(id: &str) -> OperationName {
    OperationName::parse_canonical(&format!("projects/bakery/locations/us-central1/operations/{id}")).unwrap()
}

pub fn operation(id: &str, create_time: Timestamp) -> Operation {
    Operation {
        name: operation_name(id),
        kind: OperationKind::CreateService,
        target: ResourceName::Service(service_name("oven")),
        record: serde_json::Value::Null,
        create_time,
        outcome: None,
    }
}

pub fn audit_entry(request_id: &str, resource: &str, time: Timestamp, detail: i64) -> AuditEntry {
    AuditEntry {
        time,
        request_id: request_id.into(),
        principal: "user:ada@example.com".into(),
        permission: "run.services.create".into(),
        resource: resource.into(),
        uid: None,
        detail: serde_json::json!(detail),
    }
}

pub fn decision(request_id: &str, status: u16) -> Decision {
    Decision {
        time: second(0),
        request_id: request_id.into(),
        ordinal: 0,
        principal: "user:grace@example.com".into(),
        decided: Decided::Request(Box::new(RequestDecision {
            request: DecidedRequest::Gate {
                host: "oven.localhost".into(),
                method: "GET".into(),
                path: "/".into(),
                service: service_name("oven").to_string(),
                answer: None,
            },
            credential: None,
            permission: None,
            status,
            reason: None,
            detail: "binding".into(),
        })),
    }
}
