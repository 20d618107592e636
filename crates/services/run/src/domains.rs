//! Which domain leads to which service.

use std::collections::BTreeSet;

use names::{DomainMappingName, HostName, ProjectId, ServiceName};
use rpds::HashTrieMapSync;
use store::DomainMappingRecord;

/// Mapped domains, found by domain and by service. A clone costs nothing.
#[derive(Clone, Default)]
pub(crate) struct Domains {
    by_domain: HashTrieMapSync<HostName, ServiceName>,
    by_service: HashTrieMapSync<ServiceName, BTreeSet<HostName>>,
}

impl Domains {
    /// The service that the domain leads to, be it there or not.
    pub(crate) fn service(&self, domain: &HostName) -> Option<&ServiceName> {
        self.by_domain.get(domain)
    }

    /// The domains that lead to the service.
    pub(crate) fn of(&self, service: &ServiceName) -> impl Iterator<Item = &HostName> {
        self.by_service.get(service).into_iter().flatten()
    }

    /// The mappings of a project.
    pub(crate) fn of_project(&self, project: &ProjectId) -> impl Iterator<Item = DomainMappingName> {
        let of_it = self.by_domain.iter().filter(move |(_, service)| service.project == *project);
        of_it.map(|(domain, service)| DomainMappingName {
            project: service.project.clone(),
            location: service.location.clone(),
            domain: domain.clone(),
        })
    }

    /// Lets the domain lead to the mapping's service, and to no other one.
    pub(crate) fn map(&mut self, mapping: &DomainMappingRecord) -> ServiceName {
        let DomainMappingName { project, location, domain } = mapping.name.clone();
        let service = ServiceName { project, location, service: mapping.service.clone() };
        self.change(&service, |domains| domains.insert(domain.clone()));
        self.by_domain.insert_mut(domain, service.clone());
        service
    }

    /// Lets the domain lead nowhere, and tells where it led.
    pub(crate) fn unmap(&mut self, domain: &HostName) -> Option<ServiceName> {
        let service = self.by_domain.get(domain)?.clone();
        self.by_domain.remove_mut(domain);
        self.change(&service, |domains| domains.remove(domain));
        Some(service)
    }

    fn change(&mut self, service: &ServiceName, change: impl FnOnce(&mut BTreeSet<HostName>) -> bool) {
        let mut domains = self.by_service.get(service).cloned().unwrap_or_default();
        change(&mut domains);
        match domains.is_empty() {
            true => {
                self.by_service.remove_mut(service);
            }
            false => self.by_service.insert_mut(service.clone(), domains),
        }
    }
}
