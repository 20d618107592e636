//! Services by host name, as the gate sees them.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use names::{HostName, ProjectId, ProjectNumber, Revision, ServiceName, Uid, Universe};
use routes::{AuthorityError, Match, Route, Routes};
use rpds::HashTrieMapSync;
use store::{Change, Follower, ReadError, Record, RecordKey, ServiceRecord, Store};

use crate::view::backend;
use crate::{Backend, Config, GcloudAudience, Protocol};

/// A cheap-clone handle onto the routes. Reading takes no lock and never waits.
#[derive(Clone)]
pub struct RouteTable {
    table: Arc<ArcSwap<Table>>,
    universe: Arc<Universe>,
}

/// What the gate must know of a service to decide about a request and to forward it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoutedService {
    /// Its canonical name: what a decision is about.
    pub name: ServiceName,
    /// What it is.
    pub uid: Uid,
    /// The number of its project.
    pub number: ProjectNumber,
    /// Audiences that a token for it may carry (facts §2.2), its main URL first.
    pub audiences: Vec<String>,
    /// Its URLs, the main one first.
    pub urls: Vec<String>,
    /// Where its requests go.
    pub backend: Backend,
    /// What is spoken there.
    pub protocol: Protocol,
    /// How long a request may take.
    pub timeout: Duration,
}

impl RouteTable {
    /// The service that answers at this host.
    pub fn lookup(&self, host: &HostName) -> Option<Arc<RoutedService>> {
        let table = self.table.load();
        table.routes.lookup(host).and_then(|found| table.service(found))
    }

    /// Whether the host is a Cloud Run service's name in this universe, be there such a service or not: it is
    /// answered here and looked for nowhere else.
    pub fn owns(&self, host: &HostName) -> bool {
        self.universe.is_run_host(host)
    }

    /// The service that a `Host` header or the authority of a request leads to.
    ///
    /// # Errors
    ///
    /// What is not a host name and port.
    pub fn lookup_authority(&self, authority: &str) -> Result<Option<Arc<RoutedService>>, AuthorityError> {
        let table = self.table.load();
        Ok(table.routes.lookup_authority(authority)?.and_then(|found| table.service(found)))
    }

    /// The revision of the configuration that the table shows.
    pub fn revision(&self) -> Revision {
        self.table.load().revision
    }

    pub(crate) async fn start(
        store: &Store,
        universe: Arc<Universe>,
        config: Config,
    ) -> Result<Self, ReadError> {
        let table = Arc::new(ArcSwap::from_pointee(Table::default()));
        store.follow(Arc::new(Keeper { table: table.clone(), universe: universe.clone(), config })).await?;
        Ok(Self { table, universe })
    }

    pub(crate) fn number(&self, project: &ProjectId) -> Option<ProjectNumber> {
        self.table.load().numbers.get(project).copied()
    }
}

impl RoutedService {
    fn of(
        record: &ServiceRecord,
        number: ProjectNumber,
        universe: &Universe,
        config: Config,
    ) -> Option<Self> {
        let ServiceName { service, location, .. } = &record.name;
        let url = format!("https://{}", universe.run_host(service, number, location));
        let mut audiences = vec![url.clone()];
        audiences.extend(record.custom_audiences.iter().cloned());
        audiences.push(format!("/projects/{number}/locations/{location}/services/{service}"));
        if config.gcloud_audience == GcloudAudience::Accepted {
            audiences.push(universe.gcloud_client_id().to_owned());
        }
        Some(Self {
            name: record.name.clone(),
            uid: record.uid.clone(),
            number,
            audiences,
            urls: vec![url],
            backend: backend(record)?,
            protocol: Protocol::of(&record.template),
            timeout: record.template.timeout.filter(|timeout| !timeout.is_zero()).unwrap_or(DEFAULT_TIMEOUT),
        })
    }
}

#[derive(Clone, Default)]
struct Table {
    revision: Revision,
    numbers: HashTrieMapSync<ProjectId, ProjectNumber>,
    routes: Routes,
    services: HashTrieMapSync<ServiceName, Arc<RoutedService>>,
}

impl Table {
    fn service(&self, found: Match<'_>) -> Option<Arc<RoutedService>> {
        self.services.get(found.route.service()).cloned()
    }

    fn remove(&mut self, name: &ServiceName) {
        self.services.remove_mut(name);
        self.routes.remove(name);
    }

    fn put(&mut self, record: &ServiceRecord, universe: &Universe, config: Config) {
        // What cannot be served is not served under what it was before either.
        self.remove(&record.name);
        let Some(number) = self.numbers.get(&record.name.project).copied() else { return };
        let Some(service) = RoutedService::of(record, number, universe, config) else { return };
        let route = Route::of_service(universe, record.name.clone(), number);
        // A host that another service has stays with that service.
        if self.routes.insert(route).is_ok() {
            self.services.insert_mut(record.name.clone(), Arc::new(service));
        }
    }
}

struct Keeper {
    table: Arc<ArcSwap<Table>>,
    universe: Arc<Universe>,
    config: Config,
}

impl Follower for Keeper {
    fn follow(&self, revision: Revision, changes: &[Change]) {
        let mut next = Table::clone(&self.table.load());
        next.revision = revision;
        // Projects first: a service's host names hold its project's number, and the first batch has no order.
        for change in changes {
            if let Change::Put(record) = change
                && let Record::Project(project) = &**record
            {
                next.numbers.insert_mut(project.id.clone(), project.number);
            }
        }
        for change in changes {
            match change {
                Change::Delete(RecordKey::Service(name)) => next.remove(name),
                Change::Delete(_) => {}
                Change::Put(record) => {
                    if let Record::Service(service) = &**record {
                        next.put(service, &self.universe, self.config);
                    }
                }
            }
        }
        self.table.store(Arc::new(next));
    }
}

/// Facts §2.6.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);
