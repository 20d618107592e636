//! How each use case of services fails, as callers are told.

use context::Context;
use iam::Permission;
use iam::permission::RunServicesSetIamPolicy;
use problem::{Problem, Reason};
use run::{
    CreateError, DeleteError, DeleteRevisionError, GetError, GetRevisionError, ImageError, ListError,
    SpecError, UpdateError,
};

use super::{CloudRun, knative};
use crate::pages;
use crate::refusal::{chain, invalid, store_failed};

/// The form in which a service came: how its fields are called to whoever sent it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// An object of Knative's (v1).
    Knative,
    /// A resource of Google's (v2).
    Resource,
}

impl Form {
    /// The caller's name for the field that the use cases call `path`; empty for the service as a whole.
    fn field(self, path: &str) -> String {
        match (self, path) {
            (Self::Knative, path) => knative::field(path),
            (Self::Resource, "") => "service".to_owned(),
            (Self::Resource, path) => format!("service.{path}"),
        }
    }
}

impl CloudRun {
    pub(super) fn problem_of_create(
        &self,
        form: Form,
        context: &Context,
        error: CreateError,
        asked: &str,
    ) -> Problem {
        match error {
            CreateError::ActAs(account) => self.permits.may_not_act_as(context, &account),
            CreateError::AlreadyExists(_) => already_exists(asked),
            CreateError::Opens => {
                self.permits.denied(context.principal(), RunServicesSetIamPolicy::NAME, asked)
            }
            CreateError::Spec(error) => of_field(&form.field(error.field()), &error),
            CreateError::StoreFailed(_) | CreateError::StoreUnread(_) => store_failed(&error),
        }
    }

    pub(super) fn problem_of_update(
        &self,
        form: Form,
        context: &Context,
        error: UpdateError,
        asked: &str,
    ) -> Problem {
        match error {
            UpdateError::ActAs(account) => self.permits.may_not_act_as(context, &account),
            UpdateError::EtagMismatch { .. } => changed_meanwhile(asked),
            UpdateError::NotFound(_) => self.permits.missing(asked),
            UpdateError::Opens => {
                self.permits.denied(context.principal(), RunServicesSetIamPolicy::NAME, asked)
            }
            UpdateError::RevisionExists(name) => {
                let text = format!(
                    "Revision named '{}' with different configuration already exists.",
                    name.revision
                );
                Problem::new(Reason::RESOURCE_ALREADY_EXISTS, text).about(name.to_string())
            }
            UpdateError::Spec(error) => of_field(&form.field(error.field()), &error),
            UpdateError::StoreFailed(_) | UpdateError::StoreUnread(_) => store_failed(&error),
        }
    }

    pub(super) fn problem_of_delete(&self, error: DeleteError, asked: &str) -> Problem {
        match error {
            DeleteError::Contended(_) => contended(asked),
            DeleteError::EtagMismatch { .. } => changed_meanwhile(asked),
            DeleteError::NotFound(_) => self.permits.missing(asked),
            DeleteError::StoreFailed(_) | DeleteError::StoreUnread(_) => store_failed(&error),
        }
    }

    pub(super) fn problem_of_get(&self, error: GetError, asked: &str) -> Problem {
        match error {
            GetError::NotFound(_) => self.permits.missing(asked),
            GetError::StoreUnread(_) => store_failed(&error),
        }
    }

    pub(super) fn problem_of_get_revision(&self, error: GetRevisionError, asked: &str) -> Problem {
        match error {
            GetRevisionError::NotFound(_) => self.permits.missing(asked),
            GetRevisionError::StoreUnread(_) => store_failed(&error),
        }
    }

    pub(super) fn problem_of_delete_revision(&self, error: DeleteRevisionError, asked: &str) -> Problem {
        match error {
            DeleteRevisionError::EtagMismatch { .. } => changed_meanwhile(asked),
            DeleteRevisionError::Latest(_) => {
                let text =
                    format!("Revision '{asked}' is the latest of its service: deploy another one first.");
                Problem::new(Reason::WRONG_STATE, text).about(asked)
            }
            DeleteRevisionError::NotFound(_) => self.permits.missing(asked),
            DeleteRevisionError::Serving(_) => {
                let text =
                    format!("Revision '{asked}' takes traffic: take its share and its tags away first.");
                Problem::new(Reason::WRONG_STATE, text).about(asked)
            }
            DeleteRevisionError::StoreFailed(_) | DeleteRevisionError::StoreUnread(_) => store_failed(&error),
        }
    }
}

pub(crate) fn of_list(error: ListError) -> Problem {
    match error {
        ListError::PageToken => pages::foreign(),
        ListError::StoreUnread(_) => store_failed(&error),
    }
}

/// What is wrong with the field of this path.
pub(crate) fn of_field(field: &str, error: &SpecError) -> Problem {
    match error {
        SpecError::NotYet { .. } => {
            Problem::new(Reason::METHOD_UNIMPLEMENTED, format!("'{field}' is not implemented here yet."))
                .at_field(field, "not implemented here yet; leave it out")
        }
        SpecError::Image(ImageError::Unsupported { .. }) => {
            Problem::new(Reason::IMAGE_UNSUPPORTED, format!("Invalid value at '{field}': {error}."))
                .at_field(field, error.to_string())
        }
        SpecError::Image(ImageError::NotCallable(_)) => invalid(field, chain(error)),
        SpecError::AnnotationReserved { .. }
        | SpecError::AnnotationsTooLarge { .. }
        | SpecError::Concurrency { .. }
        | SpecError::ContainerMissing
        | SpecError::CustomAudience
        | SpecError::DescriptionTooLong { .. }
        | SpecError::EnvironmentCount { .. }
        | SpecError::EnvironmentName { .. }
        | SpecError::EnvironmentValue { .. }
        | SpecError::Image(ImageError::MoreThanAnAddress)
        | SpecError::Label { .. }
        | SpecError::Port
        | SpecError::ResourceLimit { .. }
        | SpecError::RevisionName { .. }
        | SpecError::Scaling { .. }
        | SpecError::ServiceAccount(_)
        | SpecError::TimeoutTooLong { .. }
        | SpecError::TooLarge { .. }
        | SpecError::Traffic(_) => invalid(field, error.to_string()),
    }
}

/// There is something of that name.
pub(crate) fn already_exists(asked: &str) -> Problem {
    let text = format!("Resource '{asked}' already exists.");
    Problem::new(Reason::RESOURCE_ALREADY_EXISTS, text).about(asked)
}

/// Others go on changing it.
pub(crate) fn contended(asked: &str) -> Problem {
    let text = format!("Resource '{asked}' is being changed by others. Try again.");
    Problem::new(Reason::ETAG_MISMATCH, text).about(asked)
}

fn changed_meanwhile(asked: &str) -> Problem {
    let text = format!("Resource '{asked}' was changed since this etag was read. Read it again and repeat.");
    Problem::new(Reason::ETAG_MISMATCH, text).about(asked)
}
