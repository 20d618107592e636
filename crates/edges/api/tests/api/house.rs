//! The project `demo` and its owner Grace, whose requests go through the router.

use std::sync::Arc;

use access::Access;
use accounts::Accounts;
use api::{Api, Config, Services};
use audit::Decisions;
use axum::Router;
use axum::body::Body;
use context::{Context, Seeded};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use keys::{FixedKeys, KeyRings};
use logs::Logs;
use names::{ProjectId, System, Universe};
use operations::Operations;
use people::People;
use projects::{Defaults, Projects};
use run::Run;
use scheduler::Scheduler;
use serde_json::{Value, json};
use store::Store;
use store_sql::{DataDirectory, SqlStore};
use supervise::{HandClock, Supervisor, Timer};
use tokens::Tokens;
use tower::ServiceExt;

pub const START: i64 = 1_700_000_000;
pub const ADA: &str = "ada-01@demo.iam.gserviceaccount.com";
/// Where the house says it is served; nothing is bound.
pub const SERVED_AT: &str = "127.0.0.1:8085";
const RSA: &str = include_str!("../../../../rules/jose/tests/keys/ada.rsa.pem");
const P256: &str = include_str!("../../../../rules/jose/tests/keys/ada.p256.pem");

pub struct House {
    pub router: Router,
    pub clock: HandClock,
    pub supervisor: Supervisor,
    /// Grace's access token.
    pub owner: String,
    pub store: Store,
    /// The form that buys it.
    pub refresh: Vec<(&'static str, String)>,
    _folder: tempfile::TempDir,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

pub async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let (timer, clock) = Timer::by_hand(Timestamp::from_second(START).unwrap());
    let supervisor = Supervisor::new(&timer);
    let directory = DataDirectory::lock(folder.path()).unwrap();
    let store = Store::on(SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap());
    let universe = Universe::default();
    let (decisions, writer) = Decisions::new(store.clone(), audit::Config::default());
    supervisor.tasks().spawn("decisions", writer.run(timer.clone(), supervisor.tasks().drain()));
    let access = Access::start(&store, universe.clone()).await.unwrap().noting(decisions.clone());
    let randomness = Arc::new(Seeded::new(1));
    let context = Context::for_doorward_itself(Arc::new(timer.clone()), randomness.clone());
    let people = People::new(store.clone(), access.clone(), people::Config::of(&universe));
    let owner = people.ensure_owner(&context, System::acting_for_itself()).await.unwrap();
    let projects = Projects::new(store.clone(), access.clone(), universe.clone());
    let demo = ProjectId::parse("demo").unwrap();
    projects.ensure(&context, System::acting_for_itself(), &demo, &Defaults::default()).await.unwrap();
    let fixed = FixedKeys { assertions: P256, id_tokens: RSA, access_tokens: &[7; 32] };
    let rings = KeyRings::dangerous_fixed(fixed).unwrap();
    let config = tokens::Config::of(universe.clone(), Vec::new());
    let tokens = Tokens::dangerous_start_with_fixed_keys(
        config,
        &store,
        access.clone(),
        people,
        rings,
        supervisor.tasks(),
        &context,
    )
    .await
    .unwrap();
    let run = Run::start(&store, universe.clone(), run::Config::default()).await.unwrap();
    // Nothing is sent and nothing fires: the worker and the engine are not started.
    let scheduler = Scheduler::new(scheduler::Parts {
        access: access.clone(),
        deliveries: delivery::Handle::default(),
        randomness: randomness.clone(),
        store: store.clone(),
        tasks: supervisor.tasks().clone(),
    });
    let (logs, operations) = (Logs::new(store.clone()), Operations::new(store.clone()));
    let tasks = supervisor.tasks().clone();
    let accounts = Accounts::new(store.clone(), access.clone(), universe, tasks);
    let readiness = supervisor.readiness().clone();
    readiness.all_declared();
    let services = Services {
        access,
        accounts,
        decisions,
        logs,
        operations,
        organization: Defaults::default().organization,
        projects,
        randomness,
        readiness,
        run,
        scheduler,
        timer,
        tokens,
    };
    let router = Api::new(services, Config::at(SERVED_AT.parse().unwrap())).into_router();
    let refresh = vec![
        ("grant_type", "refresh_token".to_owned()),
        ("refresh_token", owner.refresh_token.unwrap().into_revealed()),
        ("client_id", owner.client_id),
        ("client_secret", owner.client_secret.into_revealed()),
    ];
    let mut house =
        House { router, clock, supervisor, owner: String::new(), refresh, store, _folder: folder };
    house.owner = house.bought(None).await;
    house
}

impl House {
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let collected = body.collect().await.unwrap();
        let mut headers = head.headers;
        headers.extend(collected.trailers().cloned().unwrap_or_default());
        Answer { status: head.status, headers, body: collected.to_bytes().to_vec() }
    }

    /// A REST request with a bearer token.
    pub async fn call(&self, token: &str, method: Method, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request =
            Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        self.send(request.body(body).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(&self.owner, Method::GET, path, Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(&self.owner, Method::POST, path, body).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(&self.owner, Method::DELETE, path, Value::Null).await
    }

    /// Grace's refresh token, exchanged; with another scope than everything, if one is given.
    pub async fn bought(&self, scope: Option<&str>) -> String {
        let mut form = self.refresh.clone();
        form.extend(scope.map(|scope| ("scope", scope.to_owned())));
        self.form("/token", &form).await.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn form(&self, path: &str, parameters: &[(&str, String)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Binds `ada-01` to a role on the resource at this path, beside what is bound there.
    pub async fn grant(&self, path: &str, role: &str) {
        self.bind(path, role, &format!("serviceAccount:{ADA}")).await;
    }

    /// Binds somebody to a role on the resource at this path, beside what is bound there.
    pub async fn bind(&self, path: &str, role: &str, member: &str) {
        let mut policy = self.post(&format!("{path}:getIamPolicy"), json!({})).await.json();
        let binding = json!({"role": role, "members": [member]});
        match policy.get_mut("bindings").and_then(Value::as_array_mut) {
            Some(bindings) => bindings.push(binding),
            None => policy["bindings"] = json!([binding]),
        }
        let set = self.post(&format!("{path}:setIamPolicy"), json!({"policy": policy})).await;
        assert_eq!(set.status, 200, "{}", set.message());
    }

    /// Makes the account `ada-01`.
    pub async fn ada(&self) {
        let body = json!({"accountId": "ada-01", "serviceAccount": {"displayName": "Ada"}});
        assert_eq!(self.post("/v1/projects/demo/serviceAccounts", body).await.status, 200);
    }

    /// Makes the account `ada-01`, and an access token for it.
    pub async fn ada_token(&self) -> String {
        self.ada().await;
        let body = json!({"scope": ["https://www.googleapis.com/auth/cloud-platform"]});
        let answer =
            self.post(&format!("/v1/projects/-/serviceAccounts/{ADA}:generateAccessToken"), body).await;
        answer.json()["accessToken"].as_str().unwrap().to_owned()
    }

    /// Makes a key of `ada-01`; the key file.
    pub async fn ada_key_file(&self) -> Value {
        let answer = self.post(&format!("/v1/projects/demo/serviceAccounts/{ADA}/keys"), json!({})).await;
        serde_json::from_slice(&base64_decoded(&answer.json()["privateKeyData"])).unwrap()
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }

    pub fn reason(&self) -> &str {
        self.header("x-doorward-reason")
    }

    /// The next command that it proposes.
    pub fn command(&self) -> String {
        self.detail("Help")["links"][0]["description"].as_str().unwrap().to_owned()
    }

    /// The first detail of this type.
    pub fn detail(&self, kind: &str) -> Value {
        let json = self.json();
        let details = json["error"]["details"].as_array().cloned().unwrap_or_default();
        let url = format!("type.googleapis.com/google.rpc.{kind}");
        details.into_iter().find(|detail| detail["@type"] == url.as_str()).unwrap_or_default()
    }
}

/// A token that the owner of a key file signed for itself.
pub fn self_signed(key_file: &Value, claims: Value) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = key_file["private_key_id"].as_str().map(ToOwned::to_owned);
    let mut all = json!({
        "iss": key_file["client_email"], "sub": key_file["client_email"], "iat": START, "exp": START + 3600,
    });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let key = EncodingKey::from_rsa_pem(key_file["private_key"].as_str().unwrap().as_bytes()).unwrap();
    jsonwebtoken::encode(&header, &all, &key).unwrap()
}

pub fn base64_decoded(value: &Value) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap()).unwrap()
}
