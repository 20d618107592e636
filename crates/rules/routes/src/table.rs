//! Host names and the services they lead to.

use std::borrow::Borrow;
use std::sync::Arc;

use names::{HostName, ProjectNumber, RunHosts, ServiceName, TrafficTag, Universe};
use rpds::RedBlackTreeMapSync;

use crate::authority::{self, AuthorityError};

/// Every service by its hosts. Clones share their structure.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    by_host: RedBlackTreeMapSync<Key, Door>,
    by_service: RedBlackTreeMapSync<ServiceName, Arc<Route>>,
}

/// A service and the hosts at which it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    service: ServiceName,
    number: ProjectNumber,
    entrances: Vec<Entrance>,
}

/// A host of a service, and what it leads to there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// The host.
    pub host: HostName,
    /// What answers at it.
    pub target: Target,
}

impl Entrance {
    /// All of these hosts, leading to one target.
    pub fn at<'all>(hosts: &'all RunHosts, target: &'all Target) -> impl Iterator<Item = Self> + 'all {
        hosts.all().map(|host| Self { host: host.clone(), target: target.clone() })
    }
}

/// What answers within a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The service as a whole, under a host name that its project mapped to it.
    Domain,
    /// The service as a whole: whatever serves its traffic at the moment.
    Service,
    /// What has this tag.
    Tag(TrafficTag),
}

/// Where a host leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match<'routes> {
    /// The service. A decision keeps this value, so that what was decided about is what is forwarded to.
    pub route: &'routes Arc<Route>,
    /// What answers within the service.
    pub target: &'routes Target,
}

/// A host that already leads to another service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("host {host} already leads to {service}")]
pub struct HostTaken {
    /// The host.
    pub host: HostName,
    /// The service that has it.
    pub service: ServiceName,
}

impl Routes {
    /// Where a host leads.
    pub fn lookup(&self, host: &HostName) -> Option<Match<'_>> {
        self.lookup_folded(host.as_str())
    }

    /// Where the `Host` header or the authority of a request leads; `None` when it is a host of nobody's.
    ///
    /// Case, one port and one trailing dot do not matter (RFC 3986 §3.2.2, §3.2.3). A host that is found costs no
    /// allocation.
    ///
    /// # Errors
    ///
    /// What is not a host name and port: user information, blanks, a port above 65535.
    pub fn lookup_authority(&self, authority: &str) -> Result<Option<Match<'_>>, AuthorityError> {
        let host = authority::host(authority)?;
        let mut folded = [0; authority::MAX_HOST_BYTES];
        match authority::fold(host, &mut folded).and_then(|folded| self.lookup_folded(folded)) {
            Some(found) => Ok(Some(found)),
            None => authority::check(host).map(|()| None),
        }
    }

    /// Adds a service or replaces it under its name, hosts included; gives back what was replaced.
    ///
    /// # Errors
    ///
    /// A host that leads to another service; then nothing has changed.
    pub fn insert(&mut self, route: Route) -> Result<Option<Arc<Route>>, HostTaken> {
        for Entrance { host, .. } in &route.entrances {
            if let Some(found) = self.lookup(host).filter(|found| found.route.service != route.service) {
                return Err(HostTaken { host: host.clone(), service: found.route.service.clone() });
            }
        }
        let replaced = self.remove(&route.service);
        let route = Arc::new(route);
        for Entrance { host, target } in &route.entrances {
            self.by_host.insert_mut(Key(host.clone()), Door { route: route.clone(), target: target.clone() });
        }
        self.by_service.insert_mut(route.service.clone(), route);
        Ok(replaced)
    }

    /// Takes a service out, and all its hosts with it; gives back what was there.
    pub fn remove(&mut self, service: &ServiceName) -> Option<Arc<Route>> {
        let removed = self.by_service.get(service)?.clone();
        for Entrance { host, .. } in &removed.entrances {
            self.by_host.remove_mut(host.as_str());
        }
        self.by_service.remove_mut(service);
        Some(removed)
    }

    /// The route of a service.
    pub fn of_service(&self, service: &ServiceName) -> Option<&Arc<Route>> {
        self.by_service.get(service)
    }

    /// Every route, in the order of the services' names.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.by_service.values()
    }

    fn lookup_folded(&self, host: &str) -> Option<Match<'_>> {
        self.by_host.get(host).map(|Door { route, target }| Match { route, target })
    }
}

impl Route {
    /// A service at these entrances.
    pub fn new(service: ServiceName, number: ProjectNumber, entrances: Vec<Entrance>) -> Self {
        Self { service, number, entrances }
    }

    /// A service at the hosts that every service has (facts §2.3), and their twins below `run.localhost`, which
    /// resolve to loopback (RFC 6761 §6.3).
    pub fn of_service(universe: &Universe, service: ServiceName, number: ProjectNumber) -> Self {
        let entrances = Entrance::at(&universe.run_hosts(&service, number), &Target::Service).collect();
        Self::new(service, number, entrances)
    }

    /// The service.
    pub fn service(&self) -> &ServiceName {
        &self.service
    }

    /// The number of the service's project.
    pub fn number(&self) -> ProjectNumber {
        self.number
    }

    /// The hosts at which the service is reached, the main one first.
    pub fn entrances(&self) -> &[Entrance] {
        &self.entrances
    }
}

#[derive(Clone, Debug)]
struct Door {
    route: Arc<Route>,
    target: Target,
}

/// A host name that is found by its text, without making a `HostName` of the text first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(HostName);

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        self.0.as_str()
    }
}
