//! How an attempt went.

use jiff::Timestamp;
use names::{AccountName, Email, ProjectId};

/// One attempt, from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it was counted.
    pub started_at: Timestamp,
    /// When its outcome was known.
    pub finished_at: Timestamp,
    /// How it went.
    pub outcome: Outcome,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The target answered, with whatever status; redirects are not followed.
    Answered {
        /// The status.
        status: u16,
    },
    /// There was no token to send, so that nothing was sent.
    NoToken(NoToken),
    /// The request did not get through, or its answer did not.
    Unsent(Unsent),
}

/// Why there was no token to send.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// The account is disabled.
    #[error("service account {email} is disabled")]
    AccountDisabled {
        /// The account.
        email: Email,
    },
    /// The account is gone, or another account has its name now.
    #[error("service account {email} does not exist, or is not the one that this was accepted for")]
    AccountGone {
        /// The account.
        email: Email,
    },
    /// The project has no service agent for the API.
    #[error("project {project} has no service agent for {api}")]
    AgentMissing {
        /// The API.
        api: &'static str,
        /// The project.
        project: ProjectId,
    },
    /// The service agent may not mint for the account.
    #[error("service agent {agent} lacks {permission} on {account}")]
    NotGranted {
        /// The agent.
        agent: Email,
        /// The account.
        account: AccountName,
        /// What minting needs.
        permission: &'static str,
    },
    /// Tokens cannot be minted now.
    #[error("tokens cannot be minted now")]
    Unavailable,
}

/// Why a request, or its answer, did not get through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    /// The address may not be reached from here.
    #[error("the address may not be reached: {why}")]
    AddressRefused {
        /// The rule, and the key of the configuration that would allow it.
        why: String,
    },
    /// What came back is not HTTP, or broke off.
    #[error("the answer broke off or is not HTTP")]
    AnswerBroken,
    /// Nobody listens there, or the connection broke before an answer.
    #[error("no connection could be made")]
    ConnectionRefused,
    /// The request as stored cannot be put on the wire.
    #[error("the request cannot be sent as it is stored")]
    Malformed,
    /// The host name has no address.
    #[error("the host name has no address")]
    NameNotResolved,
    /// No answer in time.
    #[error("no answer came before the attempt's deadline")]
    TimedOut,
    /// The other side could not be authenticated by TLS.
    #[error("the TLS handshake failed")]
    Tls,
}
