//! Domains of one's own that lead to Cloud Run services.

use std::collections::BTreeMap;
use std::fmt;

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
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct DomainMappingKey(pub DomainMappingName);

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
