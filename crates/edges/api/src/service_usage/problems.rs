//! Why an API was not found or switched, as callers are told.

use problem::{Problem, Reason};
use projects::{ChangeError, GetApiError, ServiceIdentityError, SwitchApisError};

use crate::call::unimplemented;
use crate::permits::Permits;
use crate::refusal::{internal, invalid, store_failed};

pub(super) fn of_get(permits: &Permits, error: &GetApiError) -> Problem {
    match error {
        GetApiError::ProjectGone(project) => permits.missing(&format!("projects/{project}")),
        GetApiError::StoreFailed(_) => store_failed(error),
        GetApiError::Unknown(name) => unknown(error.to_string(), name.as_str()),
    }
}

pub(super) fn of_switch(permits: &Permits, error: &SwitchApisError) -> Problem {
    match error {
        SwitchApisError::Change(ChangeError::Contended) => {
            Problem::new(Reason::ETAG_MISMATCH, error.to_string())
        }
        SwitchApisError::Change(ChangeError::NotFound(project)) => {
            permits.missing(&format!("projects/{project}"))
        }
        SwitchApisError::Change(error @ (ChangeError::ReadFailed(_) | ChangeError::StoreFailed(_))) => {
            store_failed(error)
        }
        SwitchApisError::Indispensable(_) => Problem::new(Reason::WRONG_STATE, error.to_string()),
        SwitchApisError::TooMany => invalid("service_ids", error.to_string()),
        SwitchApisError::Unknown { names } => {
            let names: Vec<&str> = names.iter().map(names::ApiName::as_str).collect();
            unknown(error.to_string(), &names.join(","))
        }
    }
}

pub(super) fn of_identity(permits: &Permits, error: &ServiceIdentityError) -> Problem {
    match error {
        ServiceIdentityError::AgentMissing(_) => internal(error),
        ServiceIdentityError::NotHere(_) => unimplemented(&error.to_string()),
        ServiceIdentityError::ProjectGone(project) => permits.missing(&format!("projects/{project}")),
        ServiceIdentityError::StoreFailed(_) => store_failed(error),
        ServiceIdentityError::Unknown(name) => unknown(error.to_string(), name.as_str()),
    }
}

fn unknown(message: String, names: &str) -> Problem {
    Problem::new(Reason::SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED, message)
        .with("services", names)
        .try_command("doorward exec -- gcloud services list --available")
}
