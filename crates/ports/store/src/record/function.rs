//! Functions, of both generations.

use std::collections::BTreeMap;

use jiff::Timestamp;
use names::{FunctionName, ResourceName, ServiceName, Uid, UniqueId};
use routes::Ingress;
use serde_json::{Map, Value};

use super::{BackendRecord, Recorded, RevisionTemplate};

/// A function.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct FunctionRecord {
    /// Its canonical name.
    pub name: FunctionName,
    /// What it is, under whatever name.
    pub uid: Uid,
    /// As given.
    pub description: String,
    /// User's labels.
    pub labels: BTreeMap<String, String>,
    /// What it is said to be built from, in the spelling of the API's `BuildConfig`. Nothing is built here, so that all of
    /// it is kept as it was said.
    pub build: Map<String, Value>,
    /// What is run: one container, whose image is where the function is.
    pub template: RevisionTemplate,
    /// From where it may be called at all.
    pub ingress: Ingress,
    /// `SECURE_ALWAYS` or `SECURE_OPTIONAL`, in the API's spelling; empty when not said.
    pub security_level: String,
    /// Of which generation it is, and what follows from that.
    pub generation: FunctionGeneration,
    /// Counts the changes by users, from 1.
    pub version: u64,
    /// Who made it.
    pub creator: String,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it was last changed.
    pub update_time: Timestamp,
}

/// The two kinds of functions.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FunctionGeneration {
    /// It stands for itself: its own policy says who invokes it.
    First {
        /// Where requests go, worked out from the template.
        backend: BackendRecord,
        /// Which account of the template's e-mail it runs as; `None` for the project's default one.
        service_account_unique_id: Option<UniqueId>,
    },
    /// It owns a Cloud Run service, whose policy says who invokes it.
    Second {
        /// The service.
        service: ServiceName,
        /// What the service was when the function was made: another one of the same name is not the function's.
        service_uid: Uid,
    },
}

impl Recorded for FunctionRecord {
    const KIND: &'static str = "function";
    type Key = FunctionName;

    fn key(&self) -> FunctionName {
        self.name.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        Some(self.name.clone().into())
    }
}
