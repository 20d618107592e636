//! Showing the demonstration: who called, what was answered, and why.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use iam::permission::{CloudschedulerJobsGet, CloudschedulerJobsRun, IamServiceAccountsGetOpenIdToken};
use iam::{Delegated, Ground};
use jiff::Timestamp;
use names::Principal;
use outbound::{Client, Dialer, Guard, Origin, Reach, Request, Trust};
use serde_json::Value;
use supervise::Timer;
use tokens::{AuthorizedParty, IdTokenRequest};

use super::Demo;
use crate::House;

/// How long the job's first run may take before the demonstration says that it did not come.
const PATIENCE: Duration = Duration::from_secs(20);
const ELSEWHERE: &str = "https://somewhere-else.example.com";

impl Demo {
    /// Runs the job once and makes two calls that are refused. Gives what a person should read.
    pub(crate) async fn show(&self, house: &House, timer: &Timer) -> Result<String> {
        let mut lines = vec![self.run_job(house, timer).await.context("the job could not be run")?];
        if house.addresses.gate_tls.is_some() && house.authority.is_none() {
            lines.push("  the gate has certificates for other hosts than this service's: call it under one that is mapped to it".to_owned());
            return Ok(lines.join("\n"));
        }
        lines.push(self.call(house, timer, "nobody", None).await?);
        let token = self.token_for_elsewhere(house).await.context("a token could not be minted")?;
        let caller = format!("{} with a token for {ELSEWHERE}", self.account.email);
        lines.push(self.call(house, timer, &caller, Some(&token)).await?);
        Ok(lines.join("\n"))
    }

    async fn run_job(&self, house: &House, timer: &Timer) -> Result<String> {
        let asked = self.last_attempt(house).await?.0;
        let permit = house.access.permit::<CloudschedulerJobsRun>(&self.context, &self.job)?;
        house.scheduler.run(&self.context, permit).await?;
        let deadline = timer.now() + PATIENCE;
        let code = loop {
            match self.last_attempt(house).await? {
                (attempt, Some(code)) if attempt > asked => break code,
                _ if timer.now() > deadline => {
                    bail!("the job was accepted, but no attempt ended in {PATIENCE:?}")
                }
                _ => timer.sleep(Duration::from_millis(50)).await,
            }
        };
        let (answer, why) = if code == 0 {
            ("200", self.why_permitted(house))
        } else {
            ("an error", format!("status {code}; `doorward logs` says more"))
        };
        Ok(format!("  job oidctest as {}\n    answered {answer}: {why}", self.account.email))
    }

    /// When the job's last finished attempt began, and its status.
    async fn last_attempt(&self, house: &House) -> Result<(Option<Timestamp>, Option<i32>)> {
        let permit = house.access.permit::<CloudschedulerJobsGet>(&self.context, &self.job)?;
        let job = house.scheduler.get(&permit).await?;
        Ok((job.last_attempt_time, job.status.map(|status| status.code)))
    }

    fn why_permitted(&self, house: &House) -> String {
        let Some(account) = house.access.account(&self.account.email) else {
            return "the account is gone".to_owned();
        };
        let principal = Principal::ServiceAccount { email: account.name.email, unique_id: account.unique_id };
        let service = self.service.clone().into();
        match house
            .access
            .explain(&principal, &service, "run.routes.invoke", self.context.now(), None)
            .map(|explanation| explanation.outcome)
        {
            Some(Ok(Ground::Binding { at, role, member, .. })) => {
                format!("{role} is bound to {member} on {at}")
            }
            Some(Ok(ground)) => format!("{ground:?}"),
            _ => "the policy has changed meanwhile".to_owned(),
        }
    }

    async fn token_for_elsewhere(&self, house: &House) -> Result<String> {
        let permit = house.access.permit::<IamServiceAccountsGetOpenIdToken>(&self.context, &self.account)?;
        let request = IdTokenRequest {
            audience: ELSEWHERE.to_owned(),
            include_email: true,
            azp: AuthorizedParty::UniqueId,
            include_organization_number: false,
        };
        Ok(house
            .tokens
            .mint_id_token(&self.context, Delegated::direct(permit), request)
            .await?
            .into_revealed())
    }

    /// Calls the service over the network, as anybody on this machine would.
    async fn call(&self, house: &House, timer: &Timer, caller: &str, token: Option<&str>) -> Result<String> {
        let (_, number) = house.project;
        let host =
            house.access.universe().run_local_host(&self.service.service, number, &self.service.location);
        let scheme = if house.addresses.gate_tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{host}:{}/", house.addresses.gate.port());
        let mut headers = http::HeaderMap::new();
        headers.insert(http::header::ACCEPT, http::HeaderValue::from_static("application/json"));
        if let Some(token) = token {
            headers.insert(http::header::AUTHORIZATION, format!("Bearer {token}").parse()?);
        }
        let request = Request {
            body: Default::default(),
            deadline: timer.now() + PATIENCE,
            headers,
            method: http::Method::GET,
            origin: Origin::Command,
            url: url.parse()?,
        };
        let authority = house.authority.iter().map(|authority| authority.certificate_pem().as_bytes());
        let guard = Guard::new(Reach::LoopbackOnly, Vec::new(), Vec::new());
        let client = Client::new(Dialer::new(guard, Trust::only(authority)?, timer.clone()));
        let answer = client.send(request).await.context("the gate could not be called")?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        let message = body["error"]["message"].as_str().unwrap_or("the answer gives no reason");
        let reason =
            answer.headers.get("x-doorward-reason").and_then(|reason| reason.to_str().ok()).unwrap_or("-");
        let repair = match token {
            None => format!(
                "\n    allow it:  curl -H \"Authorization: Bearer $(doorward token identity --as {} --audience {})\" {url}",
                self.account.email.local_part(),
                self.url,
            ),
            Some(_) => format!("\n    expected:  {}", self.url),
        };
        Ok(format!("  {caller}\n    answered {} {reason}: {message}{repair}", answer.status.as_u16()))
    }
}
