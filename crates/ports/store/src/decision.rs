//! What was decided about a request, so that its ID can be explained afterwards.

use jiff::Timestamp;
use names::Revision;

use crate::LogOrder;

/// One row: how a request ended, or one permission that was asked about on its way.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Decision {
    /// When.
    pub time: Timestamp,
    /// Under which request.
    pub request_id: String,
    /// The place among the rows of the request; 0 is the request itself.
    pub ordinal: u32,
    /// Who asked, as `Principal` prints.
    pub principal: String,
    /// What was decided.
    pub decided: Decided,
}

/// Which rows about how a request ended to read, in the order of time and of request IDs within an instant.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DecisionFilter {
    /// At or after this instant.
    pub since: Option<Timestamp>,
    /// At or before this instant.
    pub until: Option<Timestamp>,
    /// From the row of this instant and request on, itself included, in the order that is asked for.
    pub from: Option<(Timestamp, String)>,
    /// Which ones come first.
    pub order: LogOrder,
    /// At most so many, 1 to 1000.
    pub limit: u32,
}

/// What a row is about.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Decided {
    /// Whether a permission is held.
    Permission(PermissionDecision),
    /// How a request ended.
    Request(Box<RequestDecision>),
}

/// Whether a permission is held, and how that came out.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct PermissionDecision {
    /// The permission.
    pub permission: String,
    /// The resource, by canonical name.
    pub resource: String,
    /// The configuration on which it was decided.
    pub revision: Revision,
    /// Why it is held; `None` when it is not.
    pub ground: Option<String>,
    /// Every check of a refusal, in order; empty where it was granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckRecord>,
    /// The command that would have granted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Who asked, where it was not the caller: a delegate of a chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asker: Option<String>,
    /// The resource whose policy `ground` tells of; `None` where it tells of none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground_level: Option<String>,
    /// The resource whose policy `command` tells of; `None` where it tells of none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_level: Option<String>,
}

/// One check of a decision.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct CheckRecord {
    /// What was looked at.
    pub subject: String,
    /// What would have passed.
    pub expected: String,
    /// What was there; never a secret.
    pub found: String,
    /// Whether it passed.
    pub passed: bool,
    /// The resource whose policy it tells of, by canonical name; `None` where it tells of none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
}

/// How a request ended.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct RequestDecision {
    /// What was asked for.
    pub request: DecidedRequest,
    /// What the credential said; `None` where none was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialRecord>,
    /// The permission that it needed, where it is kept with the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<PermissionDecision>,
    /// The status that was answered.
    pub status: u16,
    /// The reason of a refusal.
    pub reason: Option<String>,
    /// What was expected and found, in words; never a secret.
    pub detail: String,
}

/// What was asked for.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DecidedRequest {
    /// A call of the API.
    Api {
        /// The method, such as `google.iam.admin.v1.IAM.GetServiceAccount`.
        method: String,
    },
    /// One attempt of a delivery.
    Delivery {
        /// What asked for it, such as a job.
        owner: String,
        /// The method in capitals.
        method: String,
        /// Where it went, without the query.
        url: String,
        /// As whom it was sent; `None` where it carries no token.
        identity: Option<DeliveredAs>,
        /// The ID under which Doorward's own gate answered, when it did.
        answered_under: Option<String>,
    },
    /// A request to a service.
    Gate {
        /// The host that was asked for.
        host: String,
        /// The method.
        method: String,
        /// The path, without the query.
        path: String,
        /// Which service, by canonical name; empty when no service has the host.
        service: String,
        /// Where it was sent on to and how long that took; `None` where it was not, or its client left first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<GateAnswer>,
    },
}

/// The answer to a request that was sent on: the service's, or the gate's where the service gave none.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct GateAnswer {
    /// The short ID of the revision; `None` for a function, which has none.
    pub revision: Option<String>,
    /// From when the request came until the head of its answer was there.
    pub latency_microseconds: u64,
}

/// As whom a delivery was sent.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct DeliveredAs {
    /// The account's e-mail.
    pub account: String,
    /// What token it was to carry, in words; never the token itself.
    pub token: String,
}

/// What a credential said; never the credential itself.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct CredentialRecord {
    /// The header that carried it.
    pub header: String,
    /// For whom it is.
    pub audience: String,
    /// When it ends.
    pub expires_at: Timestamp,
}
