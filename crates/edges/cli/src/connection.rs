//! A Doorward that runs, as its commands reach it.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use names::{AccountId, HostName, ProjectId, Universe};
use outbound::{
    Client, DialError, Dialer, Guard, Origin, Reach, Request, Resolve, Resolving, Response, SendError, Trust,
    TrustError, Url,
};
use problem::Problem;
use serde_json::Value;
use supervise::Timer;

use crate::Failure;
use crate::arguments::ConnectionArguments;
use crate::credential::OwnerCredential;

/// Where the API is and who asks. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connection {
    api: String,
    client: Client,
    credential: OwnerCredential,
    /// The data directory that it was found by.
    data: Option<PathBuf>,
    project: Option<String>,
    timer: Timer,
    universe: String,
}

/// What `up` wrote down about itself.
#[derive(serde::Deserialize)]
pub(crate) struct Addresses {
    api: SocketAddr,
    /// The host that its certificate is for, where it speaks TLS.
    api_tls: Option<HostName>,
    /// The proxy for Google's host names, where there is one.
    pub intercept: Option<SocketAddr>,
    project: String,
    universe: String,
}

/// The way to one API, whatever DNS says about its host.
struct Pinned(IpAddr);

impl Resolve for Pinned {
    fn resolve<'a>(&'a self, _: &'a HostName) -> Resolving<'a> {
        Box::pin(std::future::ready(Ok(vec![self.0])))
    }
}

/// What the token endpoint gives the owner.
pub(crate) struct OwnerTokens {
    pub(crate) access_token: String,
    pub(crate) id_token: String,
    /// Every scope that was granted, with spaces between them.
    pub(crate) scope: String,
}

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The certificate of the local authority in a data directory.
pub(crate) const AUTHORITY: &str = "ca.pem";
const FORM: &str = "application/x-www-form-urlencoded";
/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 32 << 20;

impl Connection {
    /// Finds the API and the credential: in the data directory, unless both are named.
    pub(crate) fn open(arguments: &ConnectionArguments, timer: &Timer) -> Result<Self, Failure> {
        let (api, credential, found) = match (&arguments.api, &arguments.credential) {
            (Some(api), Some(credential)) => (api.trim_end_matches('/').to_owned(), credential.clone(), None),
            _ => {
                let found = Addresses::read(&arguments.data)?;
                (found.url(), arguments.data.join(OwnerCredential::FILE), Some(found))
            }
        };
        let data = found.is_some().then(|| arguments.data.clone());
        let project = arguments.project.clone().or_else(|| found.as_ref().map(|found| found.project.clone()));
        let credential = OwnerCredential::read(&credential)?;
        let pinned = found.as_ref().map(Addresses::reached);
        let universe = found.map_or_else(|| credential.universe_domain.clone(), |found| found.universe);
        // The person at the keyboard says where Doorward is, so no address is refused; jobs and services, whose
        // addresses others write, go through a guard of their own.
        let everywhere = ["0.0.0.0/0", "::/0"].iter().filter_map(|range| range.parse().ok()).collect();
        let authority = std::fs::read(arguments.data.join(AUTHORITY)).ok();
        let named = arguments.api_ca.as_deref().map(authority_file).transpose()?;
        let believed = authority.iter().chain(&named).map(Vec::as_slice);
        let trust = Trust::system_and(believed).map_err(|error| untrusted(arguments, &error))?;
        let dialer =
            Dialer::new(Guard::new(Reach::LoopbackOnly, everywhere, Vec::new()), trust, timer.clone());
        let dialer = match pinned {
            Some(address) => dialer.with_resolver(Arc::new(Pinned(address))),
            None => dialer,
        };
        Ok(Self {
            api,
            client: Client::new(dialer).with_body_limit(LARGEST_ANSWER),
            credential,
            data,
            project,
            timer: timer.clone(),
            universe,
        })
    }

    /// Who the local owner is.
    pub(crate) fn owner(&self) -> &str {
        &self.credential.account
    }

    /// The local owner's credential.
    pub(crate) fn credential(&self) -> &OwnerCredential {
        &self.credential
    }

    /// The names that this cloud goes by.
    pub(crate) fn universe(&self) -> Result<Universe, Failure> {
        Universe::parse(&self.universe).map_err(|error| Failure::new(error.to_string()))
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.timer.now()
    }

    /// Fails unless there is an API that answers.
    pub(crate) async fn answers(&self) -> Result<(), Failure> {
        self.ask(Method::GET, "/healthz", FORM, None, Vec::new()).await.map(|_| ())
    }

    /// The project that is meant.
    pub(crate) fn project(&self) -> Result<&str, Failure> {
        self.project.as_deref().ok_or_else(|| {
            Failure::new("it is not known which project is meant").hint("name it with --project ID")
        })
    }

    /// An account's e-mail: as given, or from its short ID in the project that is meant.
    pub(crate) fn account_email(&self, account: &str) -> Result<String, Failure> {
        let Ok(id) = AccountId::parse(account) else { return Ok(account.to_owned()) };
        let malformed = |error: names::NameError| Failure::new(error.to_string());
        let project = ProjectId::parse(self.project()?).map_err(malformed)?;
        Ok(self.universe()?.account_email(&project, &id).to_string())
    }

    /// Redeems the refresh token.
    pub(crate) async fn owner_tokens(&self) -> Result<OwnerTokens, Failure> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", self.credential.refresh_token.reveal())
            .append_pair("client_id", &self.credential.client_id)
            .append_pair("client_secret", self.credential.client_secret.reveal())
            .finish();
        let answer = self.send(Method::POST, "/token", FORM, None, form.into_bytes()).await?;
        let (access_token, id_token) = (member(&answer, "access_token")?, member(&answer, "id_token")?);
        Ok(OwnerTokens { access_token, id_token, scope: member(&answer, "scope")? })
    }

    /// Calls a method of the API as the owner, with a body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let token = self.owner_tokens().await?.access_token;
        self.send(Method::POST, path, "application/json", Some(&token), body.to_string().into_bytes()).await
    }

    /// Calls a method of the API that replaces something, as the owner.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let token = self.owner_tokens().await?.access_token;
        self.send(Method::PUT, path, "application/json", Some(&token), body.to_string().into_bytes()).await
    }

    /// Calls a method of the API as the owner, without a body.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        let token = self.owner_tokens().await?.access_token;
        self.send(Method::GET, path, "application/json", Some(&token), Vec::new()).await
    }

    /// Lets an OAuth client act for the owner, whose refresh token stands for a sign-in. Where the answer takes the client.
    pub(crate) async fn authorize(&self, target: &str) -> Result<String, Failure> {
        let token = self.credential.refresh_token.reveal();
        let answer = self.ask(Method::GET, target, FORM, Some(token), Vec::new()).await?;
        let location = answer.headers.get(http::header::LOCATION).and_then(|value| value.to_str().ok());
        match (answer.status.is_redirection(), location) {
            (true, Some(location)) => Ok(location.to_owned()),
            _ => {
                let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                let failure = refusal(answer.status.as_u16(), &said);
                Err(match said["error"].as_str() {
                    Some("invalid_client") => failure.hint("write the client into the configuration, as [oauth_clients.CLIENT_ID] with its redirect_uris, and start Doorward again with --config FILE: docs/oauth.md"),
                    Some("redirect_uri_mismatch") => failure.hint("list the address under redirect_uris of [oauth_clients.CLIENT_ID] in the configuration, and start Doorward again with --config FILE: docs/oauth.md"),
                    _ => failure,
                })
            }
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        token: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Value, Failure> {
        let answer = self.ask(method, path, content_type, token, body).await?;
        let value = serde_json::from_slice(&answer.body);
        if !answer.status.is_success() {
            return Err(refusal(answer.status.as_u16(), &value.unwrap_or(Value::Null)));
        }
        value.map_err(|error| {
            Failure::new(format!("what answers at {} is not Doorward's API", self.api))
                .because(&error)
                .hint("name the address of the API, like --api http://127.0.0.1:8090")
        })
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        token: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Response, Failure> {
        let text = format!("{}{path}", self.api);
        let url: Url = text.parse().map_err(|error: outbound::UrlError| {
            Failure::new(format!("{} is not the URL of an API", self.api))
                .because(&error)
                .hint("give --api like http://127.0.0.1:8090")
        })?;
        let mut headers = vec![("content-type".to_owned(), content_type.to_owned())];
        if let Some(token) = token {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        let deadline = self.timer.now() + PATIENCE;
        let request = Request {
            body: body.into(),
            deadline,
            headers: headers
                .iter()
                .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
                .collect(),
            method,
            origin: Origin::Command,
            url,
        };
        self.client.send(request).await.map_err(|error| {
            if let SendError::NotReached(DialError::Tls { .. }) = &error {
                return unbelieved(&self.api, &error);
            }
            let start = match &self.data {
                Some(data) => format!("doorward up --data {}", data.display()),
                None => "doorward up".to_owned(),
            };
            Failure::new(format!("Doorward does not answer at {}", self.api)).because(&error).hint(format!(
                "start it with `{start}`; or name another with --data DIR, or with --api URL --credential FILE"
            ))
        })
    }
}

/// The certificates in the file of `--api-ca`.
fn authority_file(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| {
        Failure::new(format!("the certificate authority {} cannot be read", file.display()))
            .because(&error)
            .hint("name the file that the API's certificate was signed with: --api-ca FILE")
    })
}

fn untrusted(arguments: &ConnectionArguments, error: &TrustError) -> Failure {
    let failure = Failure::new("TLS cannot be set up").because(error);
    match &arguments.api_ca {
        Some(file) => failure.hint(format!(
            "--api-ca takes certificates in PEM: look at it with `openssl x509 -in {} -noout -subject`",
            file.display()
        )),
        None => failure.hint(format!(
            "ca.pem in {} is not a certificate authority: start Doorward anew, which mends it",
            arguments.data.display()
        )),
    }
}

/// The API was reached, and its certificate is from nobody who is believed here, or for another host.
fn unbelieved(api: &str, error: &SendError) -> Failure {
    Failure::new(format!("what answers at {api} is not believed to be Doorward")).because(error).hint(
        "if its certificate is of an authority of your own, name that one: --api-ca FILE (or DOORWARD_API_CA=FILE); else call it by the host that its certificate is for",
    )
}

impl Addresses {
    /// What listens on every address of this machine is reached on loopback.
    fn reached(&self) -> IpAddr {
        match self.api.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        }
    }

    fn url(&self) -> String {
        match &self.api_tls {
            Some(host) => format!("https://{host}:{}", self.api.port()),
            None => format!("http://{}", SocketAddr::new(self.reached(), self.api.port())),
        }
    }

    pub(crate) fn read(data: &Path) -> Result<Self, Failure> {
        let file = data.join("addresses.json");
        let text = std::fs::read_to_string(&file);
        match text.and_then(|text| serde_json::from_str(&text).map_err(std::io::Error::other)) {
            Ok(addresses) => Ok(addresses),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let data = data.display();
                Err(Failure::new(format!("no Doorward has been started on {data}")).hint(format!(
                    "start one with `doorward up --data {data}`, or name the data directory of one that runs with --data DIR"
                )))
            }
            Err(error) => Err(Failure::new(format!("{} cannot be read", file.display()))
                .because(&error)
                .hint("name another data directory with --data DIR, or the API with --api URL --credential FILE")),
        }
    }
}

/// A member of an answer that is a text.
pub(crate) fn member(answer: &Value, name: &str) -> Result<String, Failure> {
    let text = answer[name].as_str().map(str::to_owned);
    text.ok_or_else(|| {
        Failure::new(format!("the answer has no {name}, so that it is not from Doorward's API"))
            .hint("name the address of the API, like --api http://127.0.0.1:8090")
    })
}

/// The API's own words: its message, its reason, and the command it proposes.
fn refusal(status: u16, answer: &Value) -> Failure {
    let error = &answer["error"];
    let (message, oauth) = match error.as_str() {
        Some(code) => (format!("{code}: {}", answer["error_description"].as_str().unwrap_or_default()), true),
        None => (error["message"].as_str().unwrap_or("the API gave no reason").to_owned(), false),
    };
    let details = error["details"].as_array().cloned().unwrap_or_default();
    let help = details.iter().find_map(|detail| detail["links"][0]["description"].as_str());
    let command = help.filter(|help| *help != Problem::NO_COMMAND);
    let reason = details.iter().find_map(|detail| detail["reason"].as_str());
    let mut failure = Failure::new(format!("{message} (HTTP {status})")).answered(status);
    if let Some(reason) = reason {
        failure.causes.push(format!("reason {reason}"));
    }
    match (command, reason) {
        (Some(command), _) => failure.hint(command),
        (None, Some(reason)) => failure.hint(format!("what to do stands in docs/problems/{reason}.md")),
        (None, None) if error == "invalid_request" => {
            failure.hint("the program asks in a way that its OAuth client may not: see docs/oauth.md")
        }
        (None, None) if oauth => failure
            .hint("the credential is not of this Doorward: name the data directory of the one that runs with --data DIR, or the owner.json in it with --credential FILE"),
        (None, None) => failure,
    }
}
