//! What a test is about, made by the owner over the API in one line each.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::{LOCATION, PROJECT, Testbed};

/// A service account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its e-mail.
    pub email: String,
}

/// A key of a service account, as its file says.
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// The whole file.
    pub json: Value,
}

/// A service behind the gate.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its last name.
    pub id: String,
    /// Its URL, which is the audience of tokens for it.
    pub url: String,
    /// The host under which the gate serves it on this machine.
    pub host: String,
}

/// A scheduled job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its last name.
    pub id: String,
}

impl Testbed {
    /// Makes a service account.
    pub async fn make_account(&self, id: &str) -> Account {
        let body = json!({"accountId": id, "serviceAccount": {}});
        let path = format!("/v1/projects/{PROJECT}/serviceAccounts");
        let made = self.owner().await.post(&path, body).await.fine();
        Account { email: text(&made["email"]) }
    }

    /// Makes a key of an account.
    pub async fn make_key(&self, account: &Account) -> KeyFile {
        let path = format!("{}/keys", account.path());
        let made = self.owner().await.post(&path, json!({})).await.fine();
        let file = STANDARD.decode(text(&made["privateKeyData"])).expect("base64");
        KeyFile { json: serde_json::from_slice(&file).expect("a key file is JSON") }
    }

    /// Makes a private service of this image, which may be the URL of an [`crate::Upstream`].
    pub async fn make_service(&self, id: &str, image: &str) -> Service {
        let body = json!({"template": {"containers": [{"image": image}]}});
        let path = format!("/v2/projects/{PROJECT}/locations/{LOCATION}/services?serviceId={id}");
        self.owner().await.post(&path, body).await.fine();
        self.service_named(id)
    }

    /// The service of this name, whether it is there or not.
    pub fn service_named(&self, id: &str) -> Service {
        let number = &self.house.project.1;
        let host = format!("{id}-{number}.{LOCATION}.run.localhost");
        let url = format!("https://{id}-{number}.{LOCATION}.run.app");
        Service { id: id.to_owned(), url, host }
    }

    /// Makes a job that calls the service at `/`, as the account, with a token for the service.
    pub async fn make_job(&self, id: &str, schedule: &str, service: &Service, account: &Account) -> Job {
        let target = json!({
            "uri": format!("{}/", service.url), "httpMethod": "GET",
            "oidcToken": {"serviceAccountEmail": account.email, "audience": service.url},
        });
        self.make_job_of(id, schedule, target).await
    }

    /// Makes a job with this `httpTarget`.
    pub async fn make_job_of(&self, id: &str, schedule: &str, target: Value) -> Job {
        let job = Job { id: id.to_owned() };
        let name = job.path().trim_start_matches("/v1/").to_owned();
        let body = json!({"name": name, "schedule": schedule, "timeZone": "Etc/UTC", "httpTarget": target});
        let path = format!("/v1/projects/{PROJECT}/locations/{LOCATION}/jobs");
        self.owner().await.post(&path, body).await.fine();
        job
    }

    /// The job as the API shows it.
    pub async fn job(&self, job: &Job) -> Value {
        self.owner().await.get(&job.path()).await.fine()
    }

    /// What the project's jobs wrote to its log, oldest first.
    pub async fn logs(&self) -> Vec<Value> {
        self.logged("resource.type=cloud_scheduler_job").await
    }

    /// The project's log entries that a filter lets through, oldest first.
    pub async fn logged(&self, filter: &str) -> Vec<Value> {
        let names = [format!("projects/{PROJECT}")];
        let body = json!({"resourceNames": names, "filter": filter, "orderBy": "timestamp asc"});
        let listed = self.owner().await.post("/v2/entries:list", body).await.fine();
        listed["entries"].as_array().cloned().unwrap_or_default()
    }
}

impl Account {
    /// Where the API has it.
    pub fn path(&self) -> String {
        format!("/v1/projects/{PROJECT}/serviceAccounts/{}", self.email)
    }

    /// As bindings name it.
    pub fn member(&self) -> String {
        format!("serviceAccount:{}", self.email)
    }
}

impl KeyFile {
    /// The key's name.
    pub fn id(&self) -> String {
        text(&self.json["private_key_id"])
    }

    /// The account that it is a key of.
    pub fn email(&self) -> String {
        text(&self.json["client_email"])
    }

    /// The private key in PEM.
    pub fn private_key(&self) -> String {
        text(&self.json["private_key"])
    }

    /// Where the API has it.
    pub fn path(&self) -> String {
        format!("/v1/projects/{PROJECT}/serviceAccounts/{}/keys/{}", self.email(), self.id())
    }
}

impl Service {
    /// Where the API has it.
    pub fn path(&self) -> String {
        format!("/v2/projects/{PROJECT}/locations/{LOCATION}/services/{}", self.id)
    }
}

impl Job {
    /// Where the API has it.
    pub fn path(&self) -> String {
        format!("/v1/projects/{PROJECT}/locations/{LOCATION}/jobs/{}", self.id)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
