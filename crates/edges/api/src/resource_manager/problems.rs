//! Why a project was not made, found or changed, as callers are told.

use problem::{Problem, Reason};
use projects::{
    ChangeError, CreateError, GetError, LifeError, ListError, OrganizationError, TextError, UpdateError,
};

use crate::permits::Permits;
use crate::refusal::{invalid, store_failed};

pub(super) fn of_get(permits: &Permits, error: &GetError, asked: &str) -> Problem {
    match error {
        GetError::NotFound(_) => permits.missing(asked),
        GetError::StoreFailed(_) => store_failed(error),
    }
}

/// A taken ID is refused alike whosever it is.
pub(super) fn of_create(permits: &Permits, error: &CreateError) -> Problem {
    match error {
        CreateError::AlreadyExists(id) => {
            Problem::new(Reason::RESOURCE_ALREADY_EXISTS, error.to_string()).about(format!("projects/{id}"))
        }
        CreateError::Contended => Problem::new(Reason::ETAG_MISMATCH, error.to_string()),
        CreateError::IdRefused(_) => invalid("project.project_id", error.to_string()),
        CreateError::OrganizationGone(organization) => {
            permits.missing(&format!("organizations/{organization}"))
        }
        CreateError::OwnerUnfit => Problem::new(Reason::WRONG_STATE, error.to_string()),
        CreateError::ReadFailed(_) | CreateError::StoreFailed(_) => store_failed(error),
        CreateError::Text(text) => of_text(text),
        CreateError::TooMany => Problem::new(Reason::QUOTA_EXCEEDED, error.to_string()),
    }
}

pub(super) fn of_life(permits: &Permits, error: &LifeError, asked: &str) -> Problem {
    match error {
        LifeError::Change(error) => of_change(permits, error, asked),
        LifeError::Expired(_) | LifeError::InState { .. } => {
            Problem::new(Reason::WRONG_STATE, error.to_string()).about(asked)
        }
    }
}

pub(super) fn of_update(permits: &Permits, error: &UpdateError, asked: &str) -> Problem {
    match error {
        UpdateError::Change(error) => of_change(permits, error, asked),
        UpdateError::Text(text) => of_text(text),
    }
}

fn of_change(permits: &Permits, error: &ChangeError, asked: &str) -> Problem {
    match error {
        ChangeError::Contended => Problem::new(Reason::ETAG_MISMATCH, error.to_string()),
        ChangeError::NotFound(_) => permits.missing(asked),
        ChangeError::ReadFailed(_) | ChangeError::StoreFailed(_) => store_failed(error),
    }
}

pub(super) fn of_list(error: &ListError) -> Problem {
    match error {
        ListError::StoreFailed(_) => store_failed(error),
    }
}

pub(super) fn of_organization(permits: &Permits, error: &OrganizationError, asked: &str) -> Problem {
    match error {
        OrganizationError::NotFound(_) => permits.missing(asked),
        OrganizationError::StoreFailed(_) => store_failed(error),
    }
}

fn of_text(error: &TextError) -> Problem {
    let field = match error {
        TextError::DisplayName => "project.display_name",
        TextError::LabelKey | TextError::LabelValue | TextError::TooManyLabels => "project.labels",
    };
    invalid(field, error.to_string())
}
