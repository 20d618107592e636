//! What is called about, and how it is made anew once a call has changed it.

use std::cell::{Cell, RefCell};

use serde_json::{Value, json};
use testbed::{Answer, Api, Testbed};

use super::cases::{self, Before, Call, Case};
use crate::methods;

const OTHER_PROJECT: &str = "/v1/projects/another-project";
const ACCOUNT: &str = "/v1/projects/demo/serviceAccounts/target@demo.iam.gserviceaccount.com";
const SERVICE: &str = "/v2/projects/demo/locations/us-central1/services/hello";
const FIRST: &str = "/v1/projects/demo/locations/us-central1/functions/greet";
const SECOND: &str = "/v2/projects/demo/locations/us-central1/functions/shop";
const ROLE: &str = "/v1/projects/demo/roles/caller";
const OPERATIONS: &str = "/v2/projects/demo/locations/us-central1/operations";
const IMAGE: &str = "gcr.io/cloudrun/hello";
const DENY_POLICIES: &str = "/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fdemo/denypolicies";
const JOB: &str = "/v1/projects/demo/locations/us-central1/jobs/report";

/// The account `target` with a key, the role `caller`, the service `hello`, the functions `greet` (first generation) and
/// `shop`, the job `report`, an operation; a neighbour of the account and
/// of the service; the service `acting` and the job `courier`, which act as the account.
pub struct World<'a> {
    pub testbed: &'a Testbed,
    on_the_account: Vec<(String, String)>,
    on_the_functions: Vec<(String, String)>,
    on_the_service: Vec<(String, String)>,
    gone: RefCell<String>,
    key: RefCell<String>,
    operation: RefCell<String>,
    drawn: Cell<u32>,
    deny_admin: Api,
    etag: RefCell<String>,
    owner: Api,
}

impl<'a> World<'a> {
    pub async fn new(testbed: &'a Testbed) -> Self {
        let deny_admin = testbed.make_account("deny-admin").await;
        testbed.bind("roles/iam.denyAdmin", &deny_admin.member(), "/v1/projects/demo").await;
        let world = Self {
            deny_admin: testbed.api(&testbed.access_token_of(&deny_admin.email).await),
            etag: RefCell::default(),
            testbed,
            on_the_account: Vec::new(),
            on_the_functions: Vec::new(),
            on_the_service: Vec::new(),
            gone: RefCell::default(),
            key: RefCell::default(),
            operation: RefCell::default(),
            drawn: Cell::new(0),
            owner: testbed.owner().await,
        };
        testbed.make_account("neighbour").await;
        testbed.make_service("neighbour", "gcr.io/cloudrun/hello").await;
        let made = [
            Before::Account,
            Before::Key,
            Before::Role,
            Before::Service,
            Before::Function,
            Before::SecondFunction,
            Before::Job,
            Before::Operation,
        ];
        for before in made {
            world.prepare(before).await;
        }
        let target = "target@demo.iam.gserviceaccount.com";
        let http = json!({"uri": "http://127.0.0.1:9/", "oidcToken": {"serviceAccountEmail": target}});
        testbed.make_job_of("courier", "0 0 1 1 *", http).await;
        let template = json!({"serviceAccount": target, "containers": [{"image": "gcr.io/cloudrun/hello"}]});
        let path = "/v2/projects/demo/locations/us-central1/services?serviceId=acting";
        world.owner.post(path, json!({"template": template})).await.fine();
        world
    }

    pub async fn bind_on_the_account(&mut self, role: &str, member: &str) {
        self.testbed.bind(role, member, ACCOUNT).await;
        self.on_the_account.push((role.to_owned(), member.to_owned()));
    }

    pub async fn bind_on_the_service(&mut self, role: &str, member: &str) {
        self.testbed.bind(role, member, SERVICE).await;
        self.on_the_service.push((role.to_owned(), member.to_owned()));
    }

    pub async fn bind_on_the_functions(&mut self, role: &str, member: &str) {
        for path in [FIRST, SECOND] {
            self.testbed.bind(role, member, path).await;
        }
        self.on_the_functions.push((role.to_owned(), member.to_owned()));
    }

    /// Makes what a case needs, where a call has changed it.
    pub async fn prepare(&self, before: Before) {
        match before {
            Before::Account => self.account().await,
            Before::DeletedAccount => self.deleted_account().await,
            Before::DeletedProject => {
                self.other_project().await;
                self.owner.delete(OTHER_PROJECT).await.fine();
            }
            Before::DeletedRole => {
                self.role().await;
                self.owner.delete(ROLE).await.fine();
            }
            Before::DenyPolicy => self.deny_policy().await,
            Before::DisabledAccount => {
                self.account().await;
                self.owner.post(&format!("{ACCOUNT}:disable"), json!({})).await.fine();
            }
            Before::DisabledKey => {
                self.key().await;
                let key = format!("{ACCOUNT}/keys/{}", self.key.borrow());
                self.owner.post(&format!("{key}:disable"), json!({})).await.fine();
            }
            Before::Function => self.first_function().await,
            Before::Job => self.job().await,
            Before::Key => self.key().await,
            Before::Nothing => {}
            Before::Operation => self.operation().await,
            Before::OtherProject => self.other_project().await,
            Before::PausedJob => {
                self.job().await;
                self.owner.post(&format!("{JOB}:pause"), json!({})).await.fine();
            }
            Before::Role => self.role().await,
            Before::SecondFunction => self.second_function().await,
            Before::Service => self.service().await,
        }
    }

    /// Makes the call of a case.
    pub async fn call(&self, case: &Case, api: &Api) -> Answer {
        self.drawn.set(self.drawn.get() + 1);
        let mut rest = match &case.call {
            Call::Grpc(method, body) => {
                let mut body = body.clone();
                if method.ends_with(".SetIamPolicy") {
                    let path = path_of(&body["resource"]);
                    self.put_policy(&mut body, &path).await;
                }
                return methods::call_grpc(api, method, body).await;
            }
            Call::Rest(rest) => rest.clone(),
        };
        let filled = |text: &str| {
            text.replace(cases::KEY, &self.key.borrow())
                .replace(cases::ETAG, &self.etag.borrow())
                .replace(cases::GONE, &self.gone.borrow())
                .replace(cases::OPERATION, &self.operation.borrow())
                .replace(cases::NEW, &format!("made-{}", self.drawn.get()))
                .replace(cases::NEW_ROLE, &format!("made_{}", self.drawn.get()))
        };
        rest.path = filled(&rest.path);
        rest.body = serde_json::from_str(&filled(&rest.body.to_string())).unwrap();
        if let Some(resource) = rest.path.strip_suffix(":setIamPolicy") {
            self.put_policy(&mut rest.body, resource).await;
        }
        rest.call(api).await
    }

    /// Puts the policy into a request that is there already, so that the table stays as it is.
    async fn put_policy(&self, body: &mut Value, resource: &str) {
        let path = format!("{resource}:getIamPolicy");
        let read = if path.starts_with("/v2/") || path.contains("/functions/") {
            self.owner.get(&path).await
        } else {
            self.owner.post(&path, json!({})).await
        };
        if read.status.is_success() {
            body["policy"] = read.json();
        }
    }

    async fn account(&self) {
        if self.owner.get(ACCOUNT).await.status == 200 {
            self.owner.post(&format!("{ACCOUNT}:enable"), json!({})).await.fine();
            return;
        }
        self.testbed.make_account("target").await;
        for (role, member) in &self.on_the_account {
            self.testbed.bind(role, member, ACCOUNT).await;
        }
    }

    async fn deny_policy(&self) {
        let path = format!("{DENY_POLICIES}/{}", cases::DENY_POLICY);
        let mut found = self.deny_admin.get(&path).await;
        if found.status != 200 {
            let rule = json!({
                "deniedPrincipals": ["principal://goog/subject/nobody@example.com"],
                "deniedPermissions": ["run.googleapis.com/routes.invoke"],
            });
            let body = json!({"rules": [{"denyRule": rule}]});
            let path = format!("{DENY_POLICIES}?policyId={}", cases::DENY_POLICY);
            self.deny_admin.post(&path, body).await.fine();
            found = self.deny_admin.get(&format!("{DENY_POLICIES}/{}", cases::DENY_POLICY)).await;
        }
        *self.etag.borrow_mut() = found.fine()["etag"].as_str().unwrap().to_owned();
    }

    /// One that is in use, and that nobody but the owner has a role on.
    async fn other_project(&self) {
        let found = self.owner.get(OTHER_PROJECT).await;
        if found.status != 200 {
            self.owner.post("/v1/projects", json!({"projectId": "another-project"})).await.fine();
        } else if found.json()["lifecycleState"] == "DELETE_REQUESTED" {
            self.owner.post(&format!("{OTHER_PROJECT}:undelete"), json!({})).await.fine();
        }
    }

    /// `departed`, which is there only after somebody brought it back.
    async fn deleted_account(&self) {
        let path = "/v1/projects/demo/serviceAccounts/departed@demo.iam.gserviceaccount.com";
        if self.owner.get(path).await.status != 200 {
            if !self.gone.borrow().is_empty() {
                return;
            }
            self.testbed.make_account("departed").await;
        }
        *self.gone.borrow_mut() = last(&self.owner.get(path).await.fine()["uniqueId"]);
        self.owner.delete(path).await.fine();
    }

    async fn key(&self) {
        self.account().await;
        let key = format!("{ACCOUNT}/keys/{}", self.key.borrow());
        let found = self.owner.get(&key).await;
        if found.status == 200 && found.json()["disabled"] == true {
            self.owner.post(&format!("{key}:enable"), json!({})).await.fine();
        }
        if found.status != 200 {
            let made = self.owner.post(&format!("{ACCOUNT}/keys"), json!({})).await.fine();
            *self.key.borrow_mut() = last(&made["name"]);
        }
    }

    async fn service(&self) {
        if self.owner.get(SERVICE).await.status == 200 {
            return;
        }
        let template = json!({"revision": "hello-first", "containers": [{"image": "gcr.io/cloudrun/hello"}]});
        let path = "/v2/projects/demo/locations/us-central1/services?serviceId=hello";
        self.owner.post(path, json!({"template": template})).await.fine();
        for (role, member) in &self.on_the_service {
            self.testbed.bind(role, member, SERVICE).await;
        }
    }

    async fn first_function(&self) {
        let new = json!({
            "name": FIRST.trim_start_matches("/v1/"), "buildEnvironmentVariables": {"DOORWARD_IMAGE": IMAGE},
        });
        self.function(FIRST, "/v1/projects/demo/locations/us-central1/functions", new).await;
    }

    async fn second_function(&self) {
        let new = json!({"buildConfig": {"environmentVariables": {"DOORWARD_IMAGE": IMAGE}}});
        self.function(SECOND, "/v2/projects/demo/locations/us-central1/functions?functionId=shop", new).await;
    }

    async fn function(&self, path: &str, collection: &str, new: Value) {
        if self.owner.get(path).await.status == 200 {
            return;
        }
        self.owner.post(collection, new).await.fine();
        for (role, member) in &self.on_the_functions {
            self.testbed.bind(role, member, path).await;
        }
    }

    async fn role(&self) {
        let found = self.owner.get(ROLE).await;
        if found.status != 200 {
            let new = json!({"roleId": "caller", "role": {"includedPermissions": ["run.routes.invoke"]}});
            self.owner.post("/v1/projects/demo/roles", new).await.fine();
        } else if found.json()["deleted"] == true {
            self.owner.post(&format!("{ROLE}:undelete"), json!({})).await.fine();
        }
    }

    async fn job(&self) {
        let found = self.owner.get(JOB).await;
        if found.status != 200 {
            let target = json!({"uri": "http://127.0.0.1:9/", "httpMethod": "GET"});
            self.testbed.make_job_of("report", "0 0 1 1 *", target).await;
        } else if found.json()["state"] == "PAUSED" {
            self.owner.post(&format!("{JOB}:resume"), json!({})).await.fine();
        }
    }

    async fn operation(&self) {
        let known = format!("{OPERATIONS}/{}", self.operation.borrow());
        if self.owner.get(&known).await.status == 200 {
            return;
        }
        self.service().await;
        let body = json!({"template": {"containers": [{"image": "gcr.io/cloudrun/hello"}]}});
        let made = self.owner.patch(SERVICE, body).await.fine();
        *self.operation.borrow_mut() = last(&made["name"]);
    }
}

fn last(name: &Value) -> String {
    name.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// Where REST has the policy of a resource of this name.
fn path_of(name: &Value) -> String {
    let name = name.as_str().unwrap();
    format!("/{}/{name}", if name.contains("/services/") { "v2" } else { "v1" })
}
