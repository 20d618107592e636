//! What to do instead where a method is not here that clients call on their way to something that is.

use problem::Problem;

/// What to do instead of calling a method.
struct Instead {
    /// Beginning of the full names of the methods.
    method: &'static str,
    /// In words: some commands of gcloud show nothing but the message.
    words: &'static str,
    /// As a command that works once the names in it are the caller's.
    command: &'static str,
}

/// The problem of a method that is not here, with what to do instead where something is known.
pub(crate) fn told(mut problem: Problem, method: &str) -> Problem {
    let Some(instead) = INSTEAD.iter().find(|instead| method.starts_with(instead.method)) else {
        return problem;
    };
    problem.message = format!("{} {}", problem.message, instead.words);
    problem.try_command(instead.command)
}

/// What `gcloud run deploy --source` and `gcloud functions deploy` call before they call what is here.
const INSTEAD: &[Instead] = &[
    Instead {
        method: "google.devtools.artifactregistry.",
        words: "Nothing is built or stored here, so source code cannot be deployed: start the program yourself and deploy its address, with --image=http://127.0.0.1:3000 in place of --source; or give an image an address under [images] in the configuration (docs/cloud-run.md).",
        command: "doorward exec -- gcloud run deploy SERVICE --image=http://127.0.0.1:3000 --region=us-central1",
    },
    Instead {
        method: "google.devtools.cloudbuild.v1.CloudBuild.GetDefaultServiceAccount",
        words: "Nothing is built here, so builds have no account: name any with --build-service-account=projects/PROJECT/serviceAccounts/ACCOUNT@PROJECT.iam.gserviceaccount.com (docs/functions.md).",
        command: "doorward exec -- gcloud functions deploy FUNCTION --gen2 --runtime=nodejs24 --trigger-http --region=us-central1 --source=gs://already/running.zip --set-build-env-vars=DOORWARD_IMAGE=http://127.0.0.1:8081 --build-service-account=projects/PROJECT/serviceAccounts/ACCOUNT@PROJECT.iam.gserviceaccount.com",
    },
];
