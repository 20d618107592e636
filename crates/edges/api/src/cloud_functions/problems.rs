//! How each use case of functions fails, as callers are told.

use context::Context;
use problem::{Problem, Reason};
use run::{
    CreateFunctionError, DeleteFunctionError, FunctionSpecError, GetFunctionError, IMAGE_VARIABLE,
    UpdateFunctionError, WriteFunctionError,
};

use super::CloudFunctions;
use crate::cloud_run;
use crate::refusal::{invalid, store_failed};

impl CloudFunctions {
    pub(super) fn problem_of_create(
        &self,
        context: &Context,
        error: CreateFunctionError,
        asked: &str,
    ) -> Problem {
        match error {
            CreateFunctionError::AlreadyExists(_) => cloud_run::already_exists(asked),
            CreateFunctionError::ServiceExists(_) => {
                let text = format!(
                    "The Cloud Run service that '{asked}' would own exists already: delete it, or give the function another name."
                );
                Problem::new(Reason::RESOURCE_ALREADY_EXISTS, text).about(asked)
            }
            CreateFunctionError::Write(error) => self.problem_of_write(context, error),
        }
    }

    pub(super) fn problem_of_update(
        &self,
        context: &Context,
        error: UpdateFunctionError,
        asked: &str,
    ) -> Problem {
        match error {
            UpdateFunctionError::Contended(_) => cloud_run::contended(asked),
            UpdateFunctionError::NotFound(_) => self.permits.missing(asked),
            UpdateFunctionError::ServiceGone(_) => {
                let text = format!(
                    "The Cloud Run service of '{asked}' was deleted: delete the function and create it again."
                );
                Problem::new(Reason::WRONG_STATE, text).about(asked)
            }
            UpdateFunctionError::Write(error) => self.problem_of_write(context, error),
        }
    }

    fn problem_of_write(&self, context: &Context, error: WriteFunctionError) -> Problem {
        match error {
            WriteFunctionError::ActAs(account) => self.permits.may_not_act_as(context, &account),
            WriteFunctionError::Spec(error) => of_spec(&error),
            WriteFunctionError::StoreFailed(_) | WriteFunctionError::StoreUnread(_) => store_failed(&error),
        }
    }

    pub(super) fn problem_of_delete(&self, error: DeleteFunctionError, asked: &str) -> Problem {
        match error {
            DeleteFunctionError::Contended(_) => cloud_run::contended(asked),
            DeleteFunctionError::NotFound(_) => self.permits.missing(asked),
            DeleteFunctionError::StoreFailed(_) | DeleteFunctionError::StoreUnread(_) => store_failed(&error),
        }
    }

    pub(super) fn problem_of_get(&self, error: GetFunctionError, asked: &str) -> Problem {
        match error {
            GetFunctionError::NotFound(_) => self.permits.missing(asked),
            GetFunctionError::StoreUnread(_) => store_failed(&error),
        }
    }
}

/// Source code cannot be deployed yet; what can, in words that gcloud prints.
pub(super) fn no_source() -> Problem {
    let text = format!(
        "Deploying the source code of a function is not implemented here yet. Start the function yourself, and say where it listens: repeat the command with --source=gs://already/running.zip --set-build-env-vars={IMAGE_VARIABLE}=http://127.0.0.1:8081 --build-service-account=projects/PROJECT/serviceAccounts/ACCOUNT@PROJECT.iam.gserviceaccount.com (over the API: {IMAGE_VARIABLE} among the environment variables of the build)."
    );
    Problem::new(Reason::METHOD_UNIMPLEMENTED, text)
}

/// The API cannot be asked to make a call.
pub(super) fn no_calls() -> Problem {
    let text = "Calling a function through the API is not implemented here yet. Call it yourself: curl -H \"Authorization: Bearer $(gcloud auth print-identity-token)\" URL.";
    Problem::new(Reason::METHOD_UNIMPLEMENTED, text)
}

/// Functions of the first generation are made and changed over v1.
pub(super) fn of_the_first(what: &str) -> Problem {
    let text = format!("{what} is not implemented: use the v1 API (gcloud: --no-gen2).");
    Problem::new(Reason::METHOD_UNIMPLEMENTED, text)
}

fn of_spec(error: &FunctionSpecError) -> Problem {
    match error {
        FunctionSpecError::NotYet { field } => {
            let field = format!("function.{field}");
            Problem::new(Reason::METHOD_UNIMPLEMENTED, format!("'{field}' is not implemented here yet."))
                .at_field(field, "not implemented here yet; leave it out")
        }
        FunctionSpecError::Region(_) => invalid("function.name", error.to_string()),
        FunctionSpecError::ServiceId(_) => invalid("function.name", error.to_string()),
        FunctionSpecError::SourceMissing => no_source(),
        FunctionSpecError::Template(error) => {
            let field = match error.field() {
                "template.containers[0].env" => "serviceConfig.environmentVariables",
                "template.containers[0].image" => "buildConfig.environmentVariables",
                "template.containers[0].resources.limits" => "serviceConfig.availableMemory",
                "template.maxInstanceRequestConcurrency" => "serviceConfig.maxInstanceRequestConcurrency",
                "template.scaling" => "serviceConfig.maxInstanceCount",
                "template.serviceAccount" => "serviceConfig.serviceAccountEmail",
                "template.timeout" => "serviceConfig.timeoutSeconds",
                own => own,
            };
            cloud_run::of_field(format!("function.{field}").trim_end_matches('.'), error)
        }
        FunctionSpecError::TooLarge { .. } => invalid("function", error.to_string()),
    }
}
