//! What is measured against: two services with one program behind them, callers with tokens, and requests to send.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use crate::api::Api;
use crate::doorward::Doorward;
use crate::{clock, load};

/// Requests, ready to be sent.
pub struct Setting {
    /// To a service that is open to `allUsers`: no credential is asked for.
    pub open: Vec<Vec<u8>>,
    /// To a private service, each with a token of its own (RS256).
    pub private: Vec<Vec<u8>>,
}

/// Accounts that may call the private service, and audiences that it answers to: a token for each pair.
const ACCOUNTS: usize = 80;
const AUDIENCES: usize = 125;
const CONNECTIONS: usize = 8;
const PARENT: &str = "projects/demo/locations/us-central1";
const LOOK_EVERY: Duration = Duration::from_millis(20);
const OPERATION: Duration = Duration::from_secs(20);

impl Setting {
    /// Makes all of it through the API, and sees to it that the gate refuses what it should.
    ///
    /// # Errors
    /// When a call fails, or the gate lets somebody in whom it should not.
    pub async fn make(doorward: &Doorward, upstream: SocketAddr) -> Result<Self> {
        let mut apis = doorward.as_owner(CONNECTIONS).await?;
        let api = &mut apis[0];
        let image = format!("http://{upstream}");
        let audiences: Vec<String> =
            (0..AUDIENCES).map(|number| format!("https://audience-{number}.example.com")).collect();

        let open = open_service(api, &image).await?;
        let private = make_service(api, "private", &image, &audiences).await?;
        let mut emails = Vec::new();
        for number in 0..ACCOUNTS {
            let body = json!({ "accountId": format!("caller-{number:04}") });
            let account = api.post("/v1/projects/demo/serviceAccounts", body).await?;
            emails.push(text(&account, "email")?);
        }
        let members: Vec<String> = emails.iter().map(|email| format!("serviceAccount:{email}")).collect();
        bind(api, "private", &members).await?;

        let pairs: Vec<(&str, &str)> = emails
            .iter()
            .flat_map(|email| audiences.iter().map(move |audience| (email.as_str(), audience.as_str())))
            .collect();
        let tokens = mint(&mut apis, &pairs).await?;
        refuses(doorward.gate, &private, &tokens[0]).await?;
        Ok(Self {
            open: vec![request(&open, None)],
            private: tokens.iter().map(|token| request(&private, Some(token))).collect(),
        })
    }
}

/// Makes the service that is open to `allUsers` and gives its host.
///
/// # Errors
/// When a call fails.
pub async fn open_service(api: &mut Api, image: &str) -> Result<String> {
    let open = make_service(api, "open", image, &[]).await?;
    bind(api, "open", &["allUsers".to_owned()]).await?;
    Ok(open)
}

/// Makes a service and gives its host.
async fn make_service(api: &mut Api, name: &str, image: &str, audiences: &[String]) -> Result<String> {
    let body = json!({ "template": { "containers": [{ "image": image }] }, "customAudiences": audiences });
    let mut operation = api.post(&format!("/v2/{PARENT}/services?serviceId={name}"), body).await?;
    let path = format!("/v2/{}", text(&operation, "name")?);
    let finished = async {
        while operation["done"] != Value::Bool(true) {
            clock::pause(LOOK_EVERY).await;
            operation = api.get(&path).await?;
        }
        ensure!(operation["error"].is_null(), "{}", operation["error"]);
        Ok(())
    };
    clock::within(OPERATION, "making a service", finished).await?;
    let service = api.get(&format!("/v2/{PARENT}/services/{name}")).await?;
    let uri = text(&service, "uri")?;
    Ok(uri.strip_prefix("https://").context("a service without https URL")?.to_owned())
}

async fn bind(api: &mut Api, service: &str, members: &[String]) -> Result<()> {
    let policy = json!({ "bindings": [{ "role": "roles/run.invoker", "members": members }] });
    let path = format!("/v2/{PARENT}/services/{service}:setIamPolicy");
    api.post(&path, json!({ "policy": policy })).await.map(drop)
}

/// ID tokens, over several connections at once.
async fn mint(apis: &mut [Api], pairs: &[(&str, &str)]) -> Result<Vec<String>> {
    let share = pairs.len().div_ceil(apis.len());
    let minted = apis.iter_mut().zip(pairs.chunks(share)).map(|(api, pairs)| async move {
        let mut tokens = Vec::with_capacity(pairs.len());
        for (email, audience) in pairs {
            let path = format!("/v1/projects/-/serviceAccounts/{email}:generateIdToken");
            let body = json!({ "audience": audience, "includeEmail": true });
            tokens.push(text(&api.post(&path, body).await?, "token")?);
        }
        anyhow::Ok(tokens)
    });
    Ok(try_join_all(minted).await?.concat())
}

/// A gate that lets everybody in would be fast.
async fn refuses(gate: SocketAddr, host: &str, token: &str) -> Result<()> {
    let (claims, signature) = token.rsplit_once('.').context("a token without signature")?;
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let tampered = format!("{claims}.{first}{}", &signature[1..]);
    let expected = [(None, 403), (Some(tampered.as_str()), 401), (Some(token), 200)];
    for (token, status) in expected {
        let answered = load::status(gate, &request(host, token)).await?;
        ensure!(answered == status, "the private service answered {answered} where {status} was expected");
    }
    Ok(())
}

/// A request to a host.
pub fn request(host: &str, token: Option<&str>) -> Vec<u8> {
    let credential = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!("GET /orders HTTP/1.1\r\nhost: {host}\r\nuser-agent: bench\r\naccept: */*\r\n{credential}\r\n")
        .into_bytes()
}

fn text(value: &Value, field: &str) -> Result<String> {
    let text = value[field].as_str();
    Ok(text.with_context(|| format!("an answer of the API without `{field}`"))?.to_owned())
}
