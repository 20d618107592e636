//! What is written down of an attempt, so that its request ID can be explained.

use audit::{Decided, DecidedRequest, Decision, DeliveredAs, PermissionDecision, RequestDecision};
use context::{Context, RequestId};
use names::Principal;
use problem::Reason;
use store::{Delivery, TokenKind};

use crate::{Attempt, NoToken, Outcome, Unsent};

/// What is known of an attempt so far. Filled in on its way, so that one that is cut off by its deadline is recorded
/// with what was known by then.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// Who was to mint the token.
    pub(crate) agent: Option<Principal>,
    /// Whether that agent may.
    pub(crate) permission: Option<PermissionDecision>,
    /// Under which request this process answered itself.
    pub(crate) answered_under: Option<RequestId>,
}

impl Noted {
    /// The decision that explains the attempt.
    pub(crate) fn of_attempt(self, context: &Context, delivery: &Delivery, attempt: &Attempt) -> Decision {
        let principal = self.agent.as_ref().unwrap_or_else(|| context.principal()).to_string();
        let (status, refused) = match &attempt.outcome {
            Outcome::Answered { status } => (*status, None),
            Outcome::NoToken(why) => (0, Some((reason_of_no_token(why), why.to_string()))),
            Outcome::Unsent(why) => (0, Some((reason_of_unsent(why), why.to_string()))),
        };
        let (reason, detail) = refused.map_or_else(
            || (None, String::new()),
            |(reason, detail)| (Some(reason.name().to_owned()), detail),
        );
        let request = RequestDecision {
            request: DecidedRequest::Delivery {
                owner: delivery.owner.to_string(),
                method: delivery.request.method.clone(),
                url: without_query(&delivery.request.url),
                identity: delivery.identity.as_ref().map(|identity| DeliveredAs {
                    account: identity.service_account_email.to_string(),
                    token: match &identity.token {
                        TokenKind::Access(scopes) => format!("an access token for {}", shortened(scopes)),
                        TokenKind::Id(audience) => format!("an ID token for {}", shortened(audience)),
                    },
                }),
                answered_under: self.answered_under.map(|id| id.to_string()),
            },
            credential: None,
            permission: self.permission,
            status,
            reason,
            detail,
        };
        Decision {
            time: attempt.finished_at,
            request_id: context.request_id().to_string(),
            ordinal: 0,
            principal,
            decided: Decided::Request(Box::new(request)),
        }
    }
}

fn reason_of_no_token(why: &NoToken) -> Reason {
    match why {
        NoToken::AccountDisabled { .. } | NoToken::AccountGone { .. } => Reason::ACCOUNT_STATE_INVALID,
        NoToken::AgentMissing { .. } | NoToken::NotGranted { .. } => Reason::IAM_PERMISSION_DENIED,
        NoToken::Unavailable => Reason::STORE_UNAVAILABLE,
    }
}

fn reason_of_unsent(why: &Unsent) -> Reason {
    match why {
        Unsent::AddressRefused { .. } => Reason::ADDRESS_REFUSED,
        Unsent::AnswerBroken | Unsent::ConnectionRefused | Unsent::NameNotResolved | Unsent::Tls => {
            Reason::BACKEND_UNREACHABLE
        }
        Unsent::Malformed => Reason::REQUEST_MALFORMED,
        Unsent::TimedOut => Reason::BACKEND_TIMED_OUT,
    }
}

/// Whoever may read a policy is not thereby told the secrets that a job sends.
fn without_query(url: &str) -> String {
    shortened(url.split(['?', '#']).next().unwrap_or_default())
}

fn shortened(text: &str) -> String {
    text.chars().take(MOST_CHARACTERS).collect()
}

/// Enough to recognise a URL; whoever writes long ones fills no disk with them.
const MOST_CHARACTERS: usize = 512;
