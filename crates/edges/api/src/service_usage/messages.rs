//! APIs of projects as messages.

use projects::{ApiHome, ApiSwitch, ProjectApi, ServiceIdentity};
use prost_types::Any;
use wire::any::pack;
use wire::google::api::Documentation;
use wire::google::api::serviceusage::v1::{OperationMetadata, Service, ServiceConfig, State};
use wire::google::api::serviceusage::v1beta1;
use wire::google::longrunning::{Operation, operation};

pub(super) fn service(found: &ProjectApi) -> Service {
    let ProjectApi { api, project, switch } = found;
    let state = match switch {
        ApiSwitch::Disabled => State::Disabled,
        ApiSwitch::Enabled => State::Enabled,
    };
    let (title, summary) = match api.home {
        ApiHome::Here => (api.title.to_owned(), String::new()),
        ApiHome::OnlyAtGoogle => (
            format!("{} (not served by Doorward)", api.title),
            "Doorward does not serve this API: its methods answer UNIMPLEMENTED, enabled or not.".to_owned(),
        ),
    };
    Service {
        name: format!("projects/{project}/services/{}", api.name),
        parent: format!("projects/{project}"),
        config: Some(ServiceConfig {
            name: api.name.to_owned(),
            title,
            documentation: (!summary.is_empty())
                .then(|| Documentation { summary, ..Documentation::default() }),
            ..ServiceConfig::default()
        }),
        state: state.into(),
    }
}

/// A change is made before it is answered, so that there is nothing to wait for. The name is the one that Google gives
/// to operations without anything left to do.
pub(super) fn switched(found: &[ProjectApi], response: Any) -> Operation {
    let named = |found: &ProjectApi| format!("services/{}/projectSettings/{}", found.api.name, found.project);
    let metadata = OperationMetadata { resource_names: found.iter().map(named).collect() };
    Operation {
        name: NOTHING_TO_DO.to_owned(),
        metadata: Some(pack(&metadata)),
        done: true,
        result: Some(operation::Result::Response(response)),
    }
}

pub(super) fn identified(identity: &ServiceIdentity) -> Operation {
    let response = v1beta1::ServiceIdentity {
        email: identity.email.to_string(),
        unique_id: identity.unique_id.to_string(),
    };
    Operation {
        name: FINISHED.to_owned(),
        metadata: None,
        done: true,
        result: Some(operation::Result::Response(pack(&response))),
    }
}

/// One of the two operations that there are, asked for by name. What it led to has been answered.
pub(super) fn operation(name: &str) -> Option<Operation> {
    [NOTHING_TO_DO, FINISHED].contains(&name).then(|| Operation {
        name: name.to_owned(),
        metadata: None,
        done: true,
        result: Some(operation::Result::Response(pack(&()))),
    })
}

const FINISHED: &str = "operations/finished.DONE_OPERATION";
const NOTHING_TO_DO: &str = "operations/noop.DONE_OPERATION";
