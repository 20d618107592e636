//! Services by host name, and functions by host name and path, kept current.

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_swap::ArcSwap;
use names::{
    DomainMappingName, FunctionId, FunctionName, HostName, Location, ProjectId, ProjectNumber, Revision,
    RevisionName, ServiceId, ServiceName, Universe,
};
use routes::{Ambiguous, AuthorityError, Entrance, FunctionPath, Match, Route, Routes, Target};
use rpds::HashTrieMapSync;
use store::{
    Change, Follower, FunctionGeneration, FunctionRecord, ReadError, Record, RecordKey, ServiceRecord, Store,
};

use crate::domains::Domains;
use crate::{Config, Entered, RoutedService, ServedRevision};

/// A cheap-clone handle onto the routes. Reading takes no lock and never waits.
#[derive(Clone)]
pub struct RouteTable {
    table: Arc<ArcSwap<Table>>,
    universe: Arc<Universe>,
}

/// Why it cannot be told where a request leads.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unroutable {
    /// Its host is none.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// It is for a host of functions, and its path, which says which one, has more than one reading.
    #[error(transparent)]
    Path(#[from] Ambiguous),
}

impl RouteTable {
    /// The service that answers at this host.
    pub fn lookup(&self, host: &HostName) -> Option<Entered> {
        let table = self.table.load();
        table.routes.lookup(host).and_then(|found| table.entered(found))
    }

    /// The services that take tokens for this audience, `most` at most. Looks at every service: for people who ask, not
    /// for the path of a request.
    pub fn taking(&self, audience: &str, most: usize) -> Vec<Arc<RoutedService>> {
        let table = self.table.load();
        let all = table.services.values().chain(table.called.values());
        all.filter(|service| service.takes(audience)).take(most).cloned().collect()
    }

    /// Whether the host is the name of a Cloud Run service or of functions in this universe, be there such ones or not:
    /// it is answered here and looked for nowhere else.
    pub fn owns(&self, host: &HostName) -> bool {
        self.universe.is_run_host(host) || self.universe.is_function_host(host)
    }

    /// What a request leads to: by its `Host` header or authority, and at a host of functions by its target, in origin
    /// form.
    ///
    /// # Errors
    ///
    /// What is not a host name and port; at a host of functions a target whose path servers read in different ways.
    pub fn find(&self, authority: &str, target: &str) -> Result<Option<Entered>, Unroutable> {
        let table = self.table.load();
        if let Some(found) = table.routes.lookup_authority(authority)? {
            return Ok(table.entered(found));
        }
        let Some(host) = routes::host_of(authority)? else { return Ok(None) };
        let Some((project, location)) = self.universe.function_place(&host) else { return Ok(None) };
        let path = FunctionPath::parse(target)?;
        // What names no function leads to none.
        let Ok(function) = FunctionId::parse(path.name()) else { return Ok(None) };
        let service = table.function(&FunctionName { project, location, function });
        Ok(service.map(|service| Entered { service, target: Target::Service, below: Some(path.below()) }))
    }

    /// The revision of the configuration that the table shows: by it the gate sees that anything has changed.
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

    /// A service as it is stored now.
    pub(crate) fn service(&self, name: &ServiceName) -> Option<Arc<ServiceRecord>> {
        self.table.load().records.get(name).cloned()
    }

    /// The service that a project's mapped domain leads to.
    pub(crate) fn mapped(&self, domain: &HostName) -> Option<ServiceName> {
        self.table.load().domains.service(domain).cloned()
    }

    /// Whether the service is there and can be served.
    pub(crate) fn serves(&self, service: &ServiceName) -> bool {
        self.table.load().services.get(service).is_some()
    }

    /// The regions in which the project has a service of that name, two of them at most.
    pub(crate) fn regions_of(&self, project: &ProjectId, service: &ServiceId) -> Vec<Location> {
        let table = self.table.load();
        let found = table.records.keys().filter(|name| name.project == *project && name.service == *service);
        found.take(2).map(|name| name.location.clone()).collect()
    }

    /// The domains that lead to services of the project, in their order.
    pub(crate) fn domains_of(&self, project: &ProjectId) -> Vec<DomainMappingName> {
        let table = self.table.load();
        let mut names: Vec<_> = table.domains.of_project(project).collect();
        names.sort_by(|one, other| one.domain.cmp(&other.domain));
        names
    }
}

#[derive(Clone, Default)]
struct Table {
    revision: Revision,
    /// Functions of the first generation, as they are called.
    called: HashTrieMapSync<FunctionName, Arc<RoutedService>>,
    domains: Domains,
    functions: HashTrieMapSync<FunctionName, Arc<FunctionRecord>>,
    numbers: HashTrieMapSync<ProjectId, ProjectNumber>,
    /// Services of functions.
    owned: HashTrieMapSync<ServiceName, FunctionName>,
    records: HashTrieMapSync<ServiceName, Arc<ServiceRecord>>,
    revisions: HashTrieMapSync<RevisionName, Arc<ServedRevision>>,
    routes: Routes,
    services: HashTrieMapSync<ServiceName, Arc<RoutedService>>,
}

impl Table {
    fn entered(&self, found: Match<'_>) -> Option<Entered> {
        let service = self.services.get(found.route.service())?.clone();
        Some(Entered { service, target: found.target.clone(), below: None })
    }

    /// What a function is called as: itself, or the service that it owns as long as that is the one that was made for it.
    fn function(&self, name: &FunctionName) -> Option<Arc<RoutedService>> {
        match &self.functions.get(name)?.generation {
            FunctionGeneration::First { .. } => self.called.get(name).cloned(),
            FunctionGeneration::Second { service, service_uid } => {
                self.services.get(service).filter(|found| found.uid == *service_uid).cloned()
            }
        }
    }

    /// Takes a change, and names the services that it is about.
    fn take(&mut self, change: &Change) -> Vec<ServiceName> {
        match change {
            Change::Delete(RecordKey::Function(name)) => self.forget(name).into_iter().collect(),
            Change::Delete(RecordKey::DomainMapping(key)) => {
                self.domains.unmap(&key.0.domain).into_iter().collect()
            }
            Change::Delete(RecordKey::Revision(name)) => {
                self.revisions.remove_mut(name);
                vec![name.service.clone()]
            }
            Change::Delete(RecordKey::Service(name)) => {
                self.records.remove_mut(name);
                vec![name.clone()]
            }
            Change::Delete(_) => Vec::new(),
            Change::Put(record) => match &**record {
                Record::DomainMapping(mapping) => {
                    let before = self.domains.unmap(&mapping.name.domain);
                    before.into_iter().chain([self.domains.map(mapping)]).collect()
                }
                Record::Function(function) => {
                    let mut about: Vec<_> = self.forget(&function.name).into_iter().collect();
                    if let FunctionGeneration::Second { service, .. } = &function.generation {
                        self.owned.insert_mut(service.clone(), function.name.clone());
                        about.push(service.clone());
                    }
                    self.functions.insert_mut(function.name.clone(), Arc::new(function.clone()));
                    about
                }
                Record::Project(project) => {
                    self.numbers.insert_mut(project.id.clone(), project.number);
                    Vec::new()
                }
                Record::Revision(revision) => {
                    match ServedRevision::of(revision) {
                        Some(served) => self.revisions.insert_mut(revision.name.clone(), Arc::new(served)),
                        None => {
                            self.revisions.remove_mut(&revision.name);
                        }
                    }
                    vec![revision.name.service.clone()]
                }
                Record::Service(service) => {
                    self.records.insert_mut(service.name.clone(), Arc::new(service.clone()));
                    vec![service.name.clone()]
                }
                _ => Vec::new(),
            },
        }
    }

    /// Forgets a function, and names the service that it owned.
    fn forget(&mut self, name: &FunctionName) -> Option<ServiceName> {
        self.called.remove_mut(name);
        let before = self.functions.get(name)?.clone();
        self.functions.remove_mut(name);
        match &before.generation {
            FunctionGeneration::First { .. } => None,
            FunctionGeneration::Second { service, .. } => {
                self.owned.remove_mut(service);
                Some(service.clone())
            }
        }
    }

    /// Lets a function of the first generation be called as it is now.
    fn call(&mut self, name: &FunctionName, universe: &Universe, config: &Config) {
        let Some(record) = self.functions.get(name) else { return };
        let Some(number) = self.numbers.get(&name.project).copied() else { return };
        if let Some(service) = RoutedService::of_function(record, number, universe, config) {
            self.called.insert_mut(name.clone(), Arc::new(service));
        }
    }

    /// The function that owns the service, as long as it is the one that was made for it.
    fn owner(&self, service: &ServiceRecord) -> Option<&FunctionName> {
        let function = self.functions.get(self.owned.get(&service.name)?)?;
        match &function.generation {
            FunctionGeneration::Second { service_uid, .. } if *service_uid == service.uid => {
                Some(&function.name)
            }
            FunctionGeneration::First { .. } | FunctionGeneration::Second { .. } => None,
        }
    }

    fn unroute(&mut self, name: &ServiceName) {
        self.services.remove_mut(name);
        self.routes.remove(name);
    }

    /// Routes a service, which is not routed, as it is now.
    fn route(&mut self, name: &ServiceName, universe: &Universe, config: &Config) {
        let Some(record) = self.records.get(name).cloned() else { return };
        let Some(number) = self.numbers.get(&name.project).copied() else { return };
        let revision = |name: &RevisionName| self.revisions.get(name).cloned();
        let owner = self.owner(&record);
        let service = RoutedService::of(&record, owner, number, universe, config, revision);
        let Some(service) = service else { return };
        let mut entrances = entrances(&record, number, universe);
        entrances.extend(
            self.domains.of(name).map(|host| Entrance { host: host.clone(), target: Target::Domain }),
        );
        // A host that another service has stays with that service.
        entrances.retain(|entrance| self.routes.lookup(&entrance.host).is_none());
        if self.routes.insert(Route::new(name.clone(), number, entrances)).is_ok() {
            self.services.insert_mut(name.clone(), Arc::new(service));
        }
    }
}

/// Where the service is reached (facts §2.3).
fn entrances(record: &ServiceRecord, number: ProjectNumber, universe: &Universe) -> Vec<Entrance> {
    if record.default_uri_disabled {
        return Vec::new();
    }
    let main = universe.run_hosts(&record.name, number);
    let mut entrances: Vec<_> = Entrance::at(&main, &Target::Service).collect();
    for tag in record.traffic.iter().filter_map(|target| target.tag.as_ref()) {
        if let Some(hosts) = universe.run_hosts_of_tag(tag, &record.name, number) {
            entrances.extend(Entrance::at(&hosts, &Target::Tag(tag.clone())));
        }
    }
    entrances
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
        // Everything first: a service is routed with its project's number and its revisions, and a batch has no order.
        let about: BTreeSet<ServiceName> = changes.iter().flat_map(|change| next.take(change)).collect();
        // What cannot be served any more is not served as it was before, and a host may have gone from one to another.
        about.iter().for_each(|service| next.unroute(service));
        for service in &about {
            next.route(service, &self.universe, &self.config);
        }
        for change in changes {
            if let Change::Put(record) = change
                && let Record::Function(function) = &**record
            {
                next.call(&function.name, &self.universe, &self.config);
            }
        }
        self.table.store(Arc::new(next));
    }
}
