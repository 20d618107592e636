//! One value from which every host name, e-mail domain and issuer comes.

use crate::{AccountId, Email, HostName, NameError, ProjectId, ProjectNumber};

/// The cloud that Doorward speaks as: Google's by default, or a domain of one's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Universe {
    domain: HostName,
}

impl Default for Universe {
    fn default() -> Self {
        Self::parse("googleapis.com").expect("a valid literal")
    }
}

impl Universe {
    /// A universe by its domain, such as `googleapis.com` or `cloud.example.com`: at most 100 characters, so that the
    /// longest service, region and account still make host names (RFC 1035 §2.3.4) and e-mails.
    pub fn parse(domain: &str) -> Result<Self, NameError> {
        if domain.len() > LONGEST_DOMAIN {
            return Err(NameError::new("universe", domain, "a domain of at most 100 characters"));
        }
        Ok(Self { domain: HostName::parse(domain)? })
    }

    /// `true` for Google's own names.
    pub fn is_default(&self) -> bool {
        self.domain.as_str() == "googleapis.com"
    }

    /// `googleapis.com`, or the configured domain.
    pub fn domain(&self) -> &HostName {
        &self.domain
    }

    /// The host of an API: `run.googleapis.com` for `run`.
    pub fn api_host(&self, service: &str) -> String {
        format!("{service}.{}", self.domain)
    }

    /// The issuer of ID tokens: `https://accounts.google.com` (facts §3.4).
    pub fn issuer(&self) -> String {
        if self.is_default() {
            "https://accounts.google.com".to_owned()
        } else {
            format!("https://accounts.{}", self.domain)
        }
    }

    /// The token endpoint that key files and assertions name first (facts §3.2).
    pub fn token_endpoint(&self) -> String {
        format!("https://oauth2.{}/token", self.domain)
    }

    /// Every audience that an assertion for the token endpoint may carry (facts §3.1; clients send the first two
    /// whatever URL they call).
    pub fn token_audiences(&self) -> Vec<String> {
        let mut audiences =
            vec![self.token_endpoint(), format!("https://www.{}/oauth2/v4/token", self.domain)];
        audiences.push(format!("{}/o/oauth2/token", self.issuer()));
        audiences
    }

    /// `ACCOUNT@PROJECT.iam.gserviceaccount.com`.
    pub fn account_email(&self, project: &ProjectId, account: &AccountId) -> Email {
        Email::parse(&format!("{account}@{project}.{}", self.account_domain()))
            .expect("parts are parsed and short")
    }

    /// The Google-made account that acts for an API in a project: `service-NUM@gcp-sa-cloudscheduler…` (facts §4.5).
    pub fn agent_email(&self, agent: &ServiceAgent, number: ProjectNumber) -> Email {
        Email::parse(&format!("service-{number}@{}.{}", agent.domain_label, self.account_domain()))
            .expect("parts are parsed and short")
    }

    /// The project that owns an account e-mail of this universe, and its short ID.
    pub fn account_parts(&self, email: &Email) -> Option<(ProjectId, String)> {
        let project = email.domain().strip_suffix(&format!(".{}", self.account_domain()))?;
        Some((ProjectId::parse(project).ok()?, email.local_part().to_owned()))
    }

    /// The account that functions of the first generation run as unless they name one: `PROJECT@appspot…` (facts §2.7).
    pub fn app_engine_account(&self, project: &ProjectId) -> Email {
        Email::parse(&format!("{project}@appspot.{}", self.default_account_domain()))
            .expect("parts are parsed and short")
    }

    /// The account that services and functions run as unless they name one: `NUMBER-compute@developer…` (facts §2.5, §2.7).
    pub fn compute_account(&self, number: ProjectNumber) -> Email {
        Email::parse(&format!("{number}-compute@developer.{}", self.default_account_domain()))
            .expect("parts are parsed and short")
    }

    fn default_account_domain(&self) -> &str {
        if self.is_default() { "gserviceaccount.com" } else { self.domain.as_str() }
    }

    fn account_domain(&self) -> String {
        if self.is_default() { "iam.gserviceaccount.com".to_owned() } else { format!("iam.{}", self.domain) }
    }

    /// The audience of tokens that gcloud asks for without naming one: its own OAuth client ID (facts §2.2).
    pub fn gcloud_client_id(&self) -> &'static str {
        "32555940559.apps.googleusercontent.com"
    }
}

/// A service agent: the API it acts for and the role it holds in every project (facts §4.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServiceAgent {
    /// The API, such as `cloudscheduler`.
    pub api: &'static str,
    /// What stands between `@` and the account domain, such as `gcp-sa-cloudscheduler`.
    pub domain_label: &'static str,
    /// The role it needs in its project.
    pub role: &'static str,
}

impl ServiceAgent {
    /// Cloud Scheduler's agent: mints the tokens that jobs carry.
    pub const CLOUD_SCHEDULER: Self = Self {
        api: "cloudscheduler",
        domain_label: "gcp-sa-cloudscheduler",
        role: "roles/cloudscheduler.serviceAgent",
    };
    /// Cloud Run's agent.
    pub const CLOUD_RUN: Self =
        Self { api: "run", domain_label: "serverless-robot-prod", role: "roles/run.serviceAgent" };
    /// The agents that every new project gets, in the order in which they are made.
    pub const ALL: [Self; 2] = [Self::CLOUD_RUN, Self::CLOUD_SCHEDULER];
}

/// A label of 63 bytes, a region of as many, `.run.` and this make 233 of the 253 bytes of a host name.
const LONGEST_DOMAIN: usize = 100;
