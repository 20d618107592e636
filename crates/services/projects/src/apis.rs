//! The APIs that projects switch on and off.

use names::ApiName;
use store::{ApiSwitch, ProjectRecord};

/// An API that Google has, whether it is served here or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Api {
    /// Its name, such as `run.googleapis.com`.
    pub name: &'static str,
    /// What Google calls it.
    pub title: &'static str,
    /// Who serves it.
    pub home: ApiHome,
}

/// Whether an API is here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ApiHome {
    /// Doorward serves it: enabled in a new project, and refused where it is disabled.
    Here,
    /// Only Google serves it: disabled in a new project. It can be switched on, so that scripts go on to what they need
    /// of the others; its methods answer `UNIMPLEMENTED` all the same.
    OnlyAtGoogle,
}

impl Api {
    /// Every API that is known, sorted by name.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        ALL.iter()
    }

    /// The API of this name.
    pub fn find(name: &ApiName) -> Option<&'static Self> {
        ALL.binary_search_by_key(&name.as_str(), |api| api.name).ok().map(|at| &ALL[at])
    }

    /// Its name.
    pub fn name(&self) -> ApiName {
        ApiName::parse(self.name).expect("a test parses every name")
    }

    /// How it is switched in a project.
    pub fn switch(&self, project: &ProjectRecord) -> ApiSwitch {
        let untouched = match self.home {
            ApiHome::Here => ApiSwitch::Enabled,
            ApiHome::OnlyAtGoogle => ApiSwitch::Disabled,
        };
        project.apis.get(&self.name()).copied().unwrap_or(untouched)
    }
}

/// What switches the others cannot be switched off.
pub(crate) const SERVICE_USAGE: &str = "serviceusage.googleapis.com";

const fn here(name: &'static str, title: &'static str) -> Api {
    Api { name, title, home: ApiHome::Here }
}

const fn only_at_google(name: &'static str, title: &'static str) -> Api {
    Api { name, title, home: ApiHome::OnlyAtGoogle }
}

/// Those that are served, and those that guides to them switch on besides. Titles as `gcloud services list --available`
/// shows them.
const ALL: &[Api] = &[
    only_at_google("apigateway.googleapis.com", "API Gateway API"),
    only_at_google("apikeys.googleapis.com", "API Keys API"),
    only_at_google("appengine.googleapis.com", "App Engine Admin API"),
    only_at_google("artifactregistry.googleapis.com", "Artifact Registry API"),
    only_at_google("bigquery.googleapis.com", "BigQuery API"),
    only_at_google("certificatemanager.googleapis.com", "Certificate Manager API"),
    only_at_google("cloudapis.googleapis.com", "Google Cloud APIs"),
    only_at_google("cloudbilling.googleapis.com", "Cloud Billing API"),
    only_at_google("cloudbuild.googleapis.com", "Cloud Build API"),
    here("cloudfunctions.googleapis.com", "Cloud Functions API"),
    only_at_google("cloudidentity.googleapis.com", "Cloud Identity API"),
    only_at_google("cloudkms.googleapis.com", "Cloud Key Management Service (KMS) API"),
    here("cloudresourcemanager.googleapis.com", "Cloud Resource Manager API"),
    here("cloudscheduler.googleapis.com", "Cloud Scheduler API"),
    only_at_google("cloudtasks.googleapis.com", "Cloud Tasks API"),
    only_at_google("cloudtrace.googleapis.com", "Cloud Trace API"),
    only_at_google("compute.googleapis.com", "Compute Engine API"),
    only_at_google("container.googleapis.com", "Kubernetes Engine API"),
    only_at_google("containerregistry.googleapis.com", "Container Registry API"),
    only_at_google("datastore.googleapis.com", "Cloud Datastore API"),
    only_at_google("dns.googleapis.com", "Cloud DNS API"),
    only_at_google("eventarc.googleapis.com", "Eventarc API"),
    only_at_google("firestore.googleapis.com", "Cloud Firestore API"),
    here("iam.googleapis.com", "Identity and Access Management (IAM) API"),
    here("iamcredentials.googleapis.com", "IAM Service Account Credentials API"),
    only_at_google("iap.googleapis.com", "Cloud Identity-Aware Proxy API"),
    here("logging.googleapis.com", "Cloud Logging API"),
    only_at_google("monitoring.googleapis.com", "Cloud Monitoring API"),
    only_at_google("networkservices.googleapis.com", "Network Services API"),
    only_at_google("orgpolicy.googleapis.com", "Organization Policy API"),
    only_at_google("pubsub.googleapis.com", "Cloud Pub/Sub API"),
    here("run.googleapis.com", "Cloud Run Admin API"),
    only_at_google("secretmanager.googleapis.com", "Secret Manager API"),
    only_at_google("servicemanagement.googleapis.com", "Service Management API"),
    only_at_google("servicenetworking.googleapis.com", "Service Networking API"),
    here(SERVICE_USAGE, "Service Usage API"),
    only_at_google("sourcerepo.googleapis.com", "Cloud Source Repositories API"),
    only_at_google("sqladmin.googleapis.com", "Cloud SQL Admin API"),
    only_at_google("storage-api.googleapis.com", "Google Cloud Storage JSON API"),
    only_at_google("storage-component.googleapis.com", "Cloud Storage"),
    only_at_google("storage.googleapis.com", "Cloud Storage API"),
    only_at_google("sts.googleapis.com", "Security Token Service API"),
    only_at_google("vpcaccess.googleapis.com", "Serverless VPC Access API"),
    only_at_google("workflowexecutions.googleapis.com", "Workflow Executions API"),
    only_at_google("workflows.googleapis.com", "Workflows API"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_api_is_found_by_its_name() {
        assert!(ALL.is_sorted_by(|one, next| one.name < next.name));
        assert!(ALL.iter().all(|api| Api::find(&api.name()) == Some(api)));
        assert_eq!(Api::find(&ApiName::parse("example.googleapis.com").unwrap()), None);
    }
}
