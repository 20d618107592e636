//! Domains of one's own that lead to Cloud Run services.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};

use jiff::Timestamp;
use names::{DomainMappingName, ResourceName, ServiceId, Uid};

use super::Recorded;

/// A domain and the service that it leads to.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct DomainMappingRecord {
    /// Its canonical name, which holds the domain.
    pub name: DomainMappingName,
    /// What it is, under whatever name.
    pub uid: Uid,
    /// The service, of the same project and region. It need not be there.
    pub service: ServiceId,
    /// User's labels.
    pub labels: BTreeMap<String, String>,
    /// User's annotations.
    pub annotations: BTreeMap<String, String>,
    /// `AUTOMATIC` or `NONE`, in the API's spelling; empty when not said.
    pub certificate_mode: String,
    /// Who made it.
    pub creator: String,
    /// When it was made.
    pub create_time: Timestamp,
}

/// A mapping is found by its domain alone: a domain leads to one service, whatever project maps it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct DomainMappingKey(pub DomainMappingName);

impl PartialEq for DomainMappingKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.domain == other.0.domain
    }
}

impl Eq for DomainMappingKey {}

impl Hash for DomainMappingKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.domain.hash(state);
    }
}

impl PartialOrd for DomainMappingKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DomainMappingKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.domain.cmp(&other.0.domain)
    }
}

impl fmt::Display for DomainMappingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.domain.fmt(formatter)
    }
}

impl Recorded for DomainMappingRecord {
    const KIND: &'static str = "domainMapping";
    type Key = DomainMappingKey;

    fn key(&self) -> DomainMappingKey {
        DomainMappingKey(self.name.clone())
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        Some(self.name.clone().into())
    }
}

#[cfg(test)]
mod tests {
    use names::{HostName, Location, ProjectId};

    use super::*;

    #[test]
    fn key_of_a_domain_is_the_same_whoever_maps_it() {
        let key = |project: &str, domain: &str| {
            DomainMappingKey(DomainMappingName {
                project: ProjectId::parse(project).unwrap(),
                location: Location::parse("us-central1").unwrap(),
                domain: HostName::parse(domain).unwrap(),
            })
        };
        let (mine, theirs) = (key("mine-1", "shop.example.com"), key("theirs-1", "shop.example.com"));
        assert_eq!((&mine, mine.cmp(&theirs)), (&theirs, Ordering::Equal));
        assert_eq!(std::collections::HashSet::from([mine.clone(), theirs]).len(), 1);
        assert_ne!(mine, key("mine-1", "store.example.com"));
    }
}
