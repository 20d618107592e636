//! Services and revisions as callers see them.

use names::{DomainMappingName, RevisionName, ServiceName};
use store::{
    DomainMappingRecord, Operation, OperationKind, RevisionRecord, ServiceRecord, Stored, TrafficTarget,
};

use crate::Run;
use crate::functions::FunctionView;
use crate::make_revision::is_used;
use crate::traffic::targets;

/// A service and what follows from it.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceView {
    /// What is stored.
    pub record: ServiceRecord,
    /// Changes with every write, and is known before it: the answer of an operation shows the one to go on with.
    pub etag: String,
    /// Every URL, the main one first; none where the service has no host of its own.
    pub urls: Vec<String>,
    /// The full name of the latest revision, which is ready as soon as it is made.
    pub latest_revision: RevisionName,
    /// How requests are divided.
    pub traffic: Vec<TrafficView>,
}

/// A share of a service's requests, and where it is tried out alone.
#[derive(Clone, PartialEq, Debug)]
pub struct TrafficView {
    /// What was said.
    pub target: TrafficTarget,
    /// The URL of its tag, where it has one.
    pub uri: Option<String>,
}

/// A revision and what follows from it.
#[derive(Clone, PartialEq, Debug)]
pub struct RevisionView {
    /// What is stored.
    pub record: RevisionRecord,
    /// Never changes, as the revision does not.
    pub etag: String,
    /// Whether requests are sent to it, by share or by tag.
    pub is_serving: bool,
}

/// A mapped domain and what follows from it.
#[derive(Clone, PartialEq, Debug)]
pub struct DomainMappingView {
    /// What is stored.
    pub record: DomainMappingRecord,
    /// Whether its service is there.
    pub is_routed: bool,
}

/// What an operation is about.
#[derive(Clone, PartialEq, Debug)]
pub enum OperationView {
    /// A function.
    Function(FunctionView),
    /// A revision.
    Revision(RevisionView),
    /// A service.
    Service(ServiceView),
}

impl Run {
    /// A stored service as callers see it. `None` while its project's number is not known here.
    pub fn view(&self, stored: Stored<ServiceRecord>) -> Option<ServiceView> {
        self.shown(stored.record)
    }

    /// What an operation is about, as it left it. `None` where that cannot be told any more.
    pub fn view_of_operation(&self, operation: &Operation) -> Option<OperationView> {
        let json = operation.record.clone();
        match operation.kind {
            OperationKind::CreateService | OperationKind::DeleteService | OperationKind::UpdateService => {
                self.shown(serde_json::from_value(json).ok()?).map(OperationView::Service)
            }
            OperationKind::CreateFunction | OperationKind::DeleteFunction | OperationKind::UpdateFunction => {
                self.function_shown(serde_json::from_value(json).ok()?).map(OperationView::Function)
            }
            OperationKind::DeleteRevision => {
                let record = serde_json::from_value(json).ok()?;
                Some(OperationView::Revision(RevisionView::idle(record)))
            }
        }
    }

    pub(crate) fn mapped(&self, record: DomainMappingRecord) -> DomainMappingView {
        let DomainMappingName { project, location, .. } = record.name.clone();
        let service = ServiceName { project, location, service: record.service.clone() };
        DomainMappingView { is_routed: self.routes.serves(&service), record }
    }

    fn shown(&self, record: ServiceRecord) -> Option<ServiceView> {
        let number = self.routes.number(&record.name.project)?;
        let urls = if record.default_uri_disabled {
            Vec::new()
        } else {
            self.universe
                .run_hosts(&record.name, number)
                .public()
                .map(|host| format!("https://{host}"))
                .collect()
        };
        let tagged = |target: &TrafficTarget| {
            let tag = target.tag.as_ref().filter(|_| !record.default_uri_disabled)?;
            let hosts = self.universe.run_hosts_of_tag(tag, &record.name, number)?;
            Some(format!("https://{}", hosts.main()))
        };
        let traffic =
            targets(&record).into_iter().map(|target| TrafficView { uri: tagged(&target), target }).collect();
        let latest_revision =
            RevisionName { service: record.name.clone(), revision: record.latest_revision.clone() };
        Some(ServiceView { etag: etag(&record), record, urls, latest_revision, traffic })
    }
}

impl RevisionView {
    /// A revision of this service.
    pub(crate) fn of(record: RevisionRecord, service: &ServiceRecord) -> Self {
        let is_serving = is_used(service, &record.name.revision);
        Self { is_serving, ..Self::idle(record) }
    }

    fn idle(record: RevisionRecord) -> Self {
        Self { etag: etag_of_revision(&record), record, is_serving: false }
    }
}

/// The etag of a record: every write of a service counts its generation on, and another service has another UID.
pub(crate) fn etag(record: &ServiceRecord) -> String {
    format!("\"{}-{}\"", record.uid, record.generation)
}

/// Revisions do not change: one of another content is another revision.
pub(crate) fn etag_of_revision(record: &RevisionRecord) -> String {
    format!("\"{}\"", record.uid)
}
