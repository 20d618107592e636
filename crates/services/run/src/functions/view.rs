//! Functions as callers see them.

use names::{Email, FunctionName, RevisionName, ServiceName};
use store::{FunctionGeneration, FunctionRecord, Stored};

use crate::Run;

/// A function and what follows from it.
#[derive(Clone, PartialEq, Debug)]
pub struct FunctionView {
    /// What is stored.
    pub record: FunctionRecord,
    /// Where it is called, by its name.
    pub url: String,
    /// The account that it runs as, whether it was named or not.
    pub runs_as: Email,
    /// What became of its service; `None` where it has none of its own.
    pub service: Option<OwnedService>,
    /// Whether it can be called.
    pub state: FunctionState,
}

/// The service of a function of the second generation.
#[derive(Clone, PartialEq, Debug)]
pub struct OwnedService {
    /// Its name.
    pub name: ServiceName,
    /// Its main URL; `None` where it has none.
    pub url: Option<String>,
    /// Its latest revision; `None` where the service is gone.
    pub revision: Option<RevisionName>,
    /// Whether every request goes to the latest revision.
    pub all_to_latest: bool,
}

/// Whether a function can be called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FunctionState {
    /// It can.
    Active,
    /// Somebody deleted its service.
    ServiceGone,
}

impl Run {
    /// A stored function as callers see it. `None` while its project's number is not known here.
    pub fn view_of_function(&self, stored: Stored<FunctionRecord>) -> Option<FunctionView> {
        self.function_shown(stored.record)
    }

    /// Where a function is called: `https://REGION-PROJECT.cloudfunctions.net/NAME` (facts §2.7). `None` where its region
    /// has no host for functions.
    pub(crate) fn function_url(&self, name: &FunctionName) -> Option<String> {
        url_of(&self.universe, name)
    }

    pub(crate) fn function_shown(&self, record: FunctionRecord) -> Option<FunctionView> {
        let number = self.routes.number(&record.name.project)?;
        let named = Email::parse_folded(&record.template.service_account).ok();
        let runs_as = named.unwrap_or_else(|| match record.generation {
            FunctionGeneration::First { .. } => self.universe.app_engine_account(&record.name.project),
            FunctionGeneration::Second { .. } => self.universe.compute_account(number),
        });
        let url = self.function_url(&record.name)?;
        let (service, state) = match &record.generation {
            FunctionGeneration::First { .. } => (None, FunctionState::Active),
            FunctionGeneration::Second { service, service_uid } => {
                let found = self.routes.service(service).filter(|found| found.uid == *service_uid);
                let main = self.universe.run_hosts(service, number).main().clone();
                let owned = OwnedService {
                    name: service.clone(),
                    url: found
                        .as_ref()
                        .is_none_or(|found| !found.default_uri_disabled)
                        .then(|| format!("https://{main}")),
                    revision: found.as_ref().map(|found| RevisionName {
                        service: service.clone(),
                        revision: found.latest_revision.clone(),
                    }),
                    all_to_latest: found.as_ref().is_none_or(|found| {
                        found.traffic.iter().all(|target| target.revision.is_none() || target.percent == 0)
                    }),
                };
                let state = match found {
                    Some(_) => FunctionState::Active,
                    None => FunctionState::ServiceGone,
                };
                (Some(owned), state)
            }
        };
        Some(FunctionView { record, url, runs_as, service, state })
    }
}

/// The URL of a function, which is an audience for it too (facts §2.7).
pub(crate) fn url_of(universe: &names::Universe, name: &FunctionName) -> Option<String> {
    let hosts = universe.function_hosts(&name.project, &name.location)?;
    Some(format!("https://{}/{}", hosts.main(), name.function))
}
