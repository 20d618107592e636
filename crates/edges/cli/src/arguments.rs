//! What can be typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand};

/// Identity in front of every private HTTP service, and behind every call to one.
#[derive(Parser, Debug)]
#[command(name = "doorward", version, propagate_version = true, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Start Doorward on this machine.
    Up(UpArguments),
    /// Commands that talk to a Doorward that runs.
    #[command(flatten)]
    Client(ClientCommand),
}

/// Commands that are clients of the API, or need none.
#[derive(Subcommand, Debug)]
pub enum ClientCommand {
    /// Except a principal from a rule of a deny policy.
    AddDenyPolicyException(AddExceptionArguments),
    /// Bind a member to a role in the policy of a resource.
    AddIamPolicyBinding(AddBindingArguments),
    /// Let a program act for the local owner: print where it takes the answer from.
    Authorize(AuthorizeArguments),
    /// Print a completion script for a shell.
    Completions(CompletionsArguments),
    /// Enable a service account that was disabled.
    EnableServiceAccount(EnableAccountArguments),
    /// Print the variables under which programs reach this Doorward by Google's host names, for `eval`.
    Env(EnvArguments),
    /// Run a program that reaches this Doorward by Google's host names: gcloud, curl, Python, Node, a shell.
    Exec(ExecArguments),
    /// Say why a request came out as it did.
    Explain(ExplainArguments),
    /// Print log entries: those of jobs and whatever was written, and the requests to services where they are asked for.
    Logs(LogsArguments),
    /// Print a token of the local owner or of a service account, or say what a token is good for.
    Token(TokenArguments),
    /// Print the version.
    Version,
}

/// Arguments of `up`. Every one of them is also a variable and a key of the configuration file; what is typed wins
/// over the variable, and the variable over the file.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = VARIABLES)]
pub struct UpArguments {
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE", env = "DOORWARD_CONFIG")]
    pub config: Option<PathBuf>,
    /// Where everything is kept [default: ./doorward-data].
    #[arg(long, value_name = "DIR", env = "DOORWARD_DATA")]
    pub data: Option<PathBuf>,
    /// Address of Google's APIs and the token endpoint; port 0 picks a free one [default: 127.0.0.1:8090].
    #[arg(long, value_name = "ADDR", env = "DOORWARD_API")]
    pub api: Option<String>,
    /// Address of the services; port 0 picks a free one [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR", env = "DOORWARD_GATE")]
    pub gate: Option<String>,
    /// Address of the proxy through which unmodified clients on this machine reach Google's host names here; port 0 picks a free one, `off` is none [default: 127.0.0.1:8092].
    #[arg(long, value_name = "ADDR", env = "DOORWARD_INTERCEPT")]
    pub intercept: Option<String>,
    /// Project that is made when it is missing [default: demo].
    #[arg(long, value_name = "ID", env = "DOORWARD_PROJECT")]
    pub project: Option<String>,
    /// Make a private service, an account that may call it and a job that calls it every minute; show what happens.
    #[arg(long, env = "DOORWARD_DEMO", value_name = "BOOL", value_parser = BoolishValueParser::new())]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub demo: Option<bool>,
    /// Take API calls without a credential for the local owner's, for clients that cannot send one. Whatever runs on this machine can then do everything.
    #[arg(long, env = "DOORWARD_DANGEROUS_ANONYMOUS_OWNER", value_name = "BOOL", value_parser = BoolishValueParser::new())]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub dangerous_anonymous_owner: Option<bool>,
}

const VARIABLES: &str = "\
Variables without a flag:
  DOORWARD_LOG         what is logged to standard error, such as info or gateway=debug [default: warn]
  DOORWARD_MASTER_KEY  the key that seals Doorward's own keys, 32 bytes in base64; DATA/master.key when unset";

/// How a command finds Doorward.
#[derive(Args, Clone, Debug)]
pub struct ConnectionArguments {
    /// Data directory of the Doorward to talk to.
    #[arg(long, value_name = "DIR", env = "DOORWARD_DATA", default_value = "./doorward-data", global = true)]
    pub data: PathBuf,
    /// URL of the API, together with --credential.
    #[arg(long, value_name = "URL", env = "DOORWARD_API_URL", requires = "credential", global = true)]
    pub api: Option<String>,
    /// File with an `authorized_user` credential.
    #[arg(long, value_name = "FILE", env = "DOORWARD_CREDENTIAL", requires = "api", global = true)]
    pub credential: Option<PathBuf>,
    /// File with the certificate authority of an API over TLS, believed beside those of this machine.
    #[arg(long, value_name = "FILE", env = "DOORWARD_API_CA", global = true)]
    pub api_ca: Option<PathBuf>,
    /// Project [default: the one that the Doorward of --data was started with].
    #[arg(long, value_name = "ID", env = "DOORWARD_PROJECT", global = true)]
    pub project: Option<String>,
}

/// Arguments of `authorize`.
#[derive(Args, Debug)]
pub struct AuthorizeArguments {
    /// The address that the program opens in a browser, or prints to be opened. What it asks for stands in it.
    pub url: String,
    /// Where Doorward is.
    #[command(flatten)]
    pub connection: ConnectionArguments,
}

/// Whose program runs, against which Doorward.
#[derive(Args, Clone, Debug)]
pub struct WhoseProgramArguments {
    /// Data directory of the Doorward that the program reaches.
    #[arg(long, value_name = "DIR", env = "DOORWARD_DATA", default_value = "./doorward-data")]
    pub data: PathBuf,
    /// File with the certificate authority of an API over TLS, believed beside those of this machine.
    #[arg(long, value_name = "FILE", env = "DOORWARD_API_CA")]
    pub api_ca: Option<PathBuf>,
    /// As whom: owner, anonymous, or a service account by short ID or e-mail.
    #[arg(long = "as", value_name = "PRINCIPAL", default_value = "owner")]
    pub principal: String,
    /// Project [default: a service account's own, else the one that the Doorward of --data was started with].
    #[arg(long, value_name = "ID", env = "DOORWARD_PROJECT")]
    pub project: Option<String>,
}

/// Arguments of `exec`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExecArguments {
    /// Whose program it is.
    #[command(flatten)]
    pub whose: WhoseProgramArguments,
    /// The program and its arguments.
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true)]
    pub command: Vec<OsString>,
}

const EXAMPLES: &str = "\
Examples:
  doorward exec -- gcloud run services list
  doorward exec -- curl -i https://hello-NUMBER.us-central1.run.app/
  doorward exec --as schedulerunner -- python3 caller.py
  doorward exec -- bash";

/// Arguments of `env`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  eval \"$(doorward env)\"")]
pub struct EnvArguments {
    /// Whose variables.
    #[command(flatten)]
    pub whose: WhoseProgramArguments,
}

/// Arguments of `enable-service-account`.
#[derive(Args, Debug)]
pub struct EnableAccountArguments {
    /// Its e-mail address.
    pub email: String,
    /// Where Doorward is.
    #[command(flatten)]
    pub connection: ConnectionArguments,
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub struct ExplainArguments {
    /// The ID in the answer's header `x-doorward-request-id`, which refusals also have in the body: 32 hexadecimal digits.
    pub request_id: String,
    /// Where Doorward is.
    #[command(flatten)]
    pub connection: ConnectionArguments,
}

/// Arguments of `token`.
#[derive(Args, Debug)]
pub struct TokenArguments {
    /// Which kind of token, or what to do with one.
    #[command(subcommand)]
    pub command: TokenCommand,
    /// Where Doorward is.
    #[command(flatten)]
    pub connection: ConnectionArguments,
}

/// Kinds of tokens, and reading one.
#[derive(Subcommand, Debug)]
pub enum TokenCommand {
    /// Print an OAuth 2 access token, for APIs.
    Access(WhoseArguments),
    /// Print an OpenID Connect ID token, for private services.
    Identity(WhoseArguments),
    /// Say what a token holds, whether it counts, and what it is good for.
    Inspect(InspectArguments),
}

/// Whose token, and for whom.
#[derive(Args, Debug)]
pub struct WhoseArguments {
    /// The service account whose token it is, by e-mail or short ID; the local owner when left out.
    #[arg(long = "as", value_name = "SA")]
    pub account: Option<String>,
    /// For whom an identity token is: the URL of the service.
    #[arg(long, value_name = "A")]
    pub audience: Option<String>,
}

/// Arguments of `token inspect`.
#[derive(Args, Debug)]
pub struct InspectArguments {
    /// The token; from standard input when left out, so that it does not stand in the shell's history.
    pub token: Option<String>,
}

/// Arguments of `add-deny-policy-exception`.
#[derive(Args, Debug)]
pub struct AddExceptionArguments {
    /// The policy, such as policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fdemo/denypolicies/no-strangers.
    pub policy: String,
    /// Which of its rules, counted from 1.
    #[arg(long, value_name = "N")]
    pub rule: usize,
    /// Whom, such as principal://goog/subject/E or principal://iam.googleapis.com/projects/-/serviceAccounts/E.
    #[arg(long, value_name = "PRINCIPAL")]
    pub principal: String,
    /// Where Doorward is.
    #[command(flatten)]
    pub connection: ConnectionArguments,
}

/// Arguments of `add-iam-policy-binding`.
#[derive(Args, Debug)]
pub struct AddBindingArguments {
    /// The resource, such as projects/demo/locations/us-central1/services/hello, or the name of a service account, a project or the organization.
    pub resource: String,
    /// Whom, such as serviceAccount:E or user:E.
    #[arg(long, value_name = "MEMBER")]
    pub member: String,
    /// What for, such as roles/run.invoker.
    #[arg(long, value_name = "ROLE")]
    pub role: String,
    /// Where Doorward is.
    #[command(flatten)]
    pub connection: ConnectionArguments,
}

/// Arguments of `logs`.
#[derive(Args, Debug)]
pub struct LogsArguments {
    /// Go on printing entries as they come.
    #[arg(long, short)]
    pub follow: bool,
    /// Only entries of this log, such as run.googleapis.com/requests or cloudscheduler.googleapis.com/executions; several
    /// may be given [default: every log but those of requests].
    #[arg(long, value_name = "LOG")]
    pub log: Vec<String>,
    /// Only entries that this lets through, in Cloud Logging's query language: severity>=ERROR AND resource.type=....
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// Where Doorward is.
    #[command(flatten)]
    pub connection: ConnectionArguments,
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArguments {
    /// Which shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
