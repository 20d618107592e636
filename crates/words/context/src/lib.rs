//! Who asks, under which request, until when: the first argument of every use case.
//!
//! Ada calls `CreateJob`. The edge verifies her credential, draws a request ID and hands every use case below
//! the same [`Context`]; whatever needs the time or a random number asks it, so that a test with a hand-driven
//! clock sees the same run twice.
//!
//! ```
//! use context::{Caller, Context, Seeded, Stopped};
//! use names::Principal;
//! use std::sync::Arc;
//!
//! let context = Context::new(Caller::of(Principal::Anonymous), Arc::new(Stopped::at_second(1_700_000_000)), Arc::new(Seeded::new(7)));
//! assert_eq!(context.now().as_second(), 1_700_000_000);
//! assert_eq!(context.request_id().as_str().len(), 32);
//! ```
//!
//! Invariants: cloning is cheap; a context outlives no request; `system` callers are made only by
//! [`Context::for_doorward_itself`].

mod caller;
mod chance;
mod clock;
mod request_id;

use std::sync::Arc;

use jiff::Timestamp;
use names::{ApiName, Principal, System};

pub use caller::{Caller, Credential};
pub use chance::{Randomness, Seeded};
pub use clock::{Clock, Stopped};
pub use request_id::RequestId;

/// The circumstances of one request.
#[derive(Clone)]
pub struct Context {
    api: Option<ApiName>,
    caller: Arc<Caller>,
    request_id: RequestId,
    deadline: Option<Timestamp>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl Context {
    /// A context with a request ID drawn from `randomness`.
    pub fn new(caller: Caller, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        let request_id = RequestId::draw(clock.now(), &*randomness);
        Self { api: None, caller: Arc::new(caller), request_id, deadline: None, clock, randomness }
    }

    /// The context of work that no caller asked for: first start, rotation, recording an attempt.
    pub fn for_doorward_itself(clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self::new(Caller::of(Principal::System(System::acting_for_itself())), clock, randomness)
    }

    /// The same circumstances with a request ID that was drawn earlier.
    pub fn with_request_id(mut self, request_id: RequestId) -> Self {
        self.request_id = request_id;
        self
    }

    /// The same circumstances with an instant after which nobody waits for the answer.
    pub fn with_deadline(mut self, deadline: Timestamp) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The same circumstances for a call of this API.
    pub fn through(mut self, api: ApiName) -> Self {
        self.api = Some(api);
        self
    }

    /// The API that is called, which the project may have disabled; `None` where Doorward acts without one, and for
    /// what is asked in every API alike.
    pub fn api(&self) -> Option<&ApiName> {
        self.api.as_ref()
    }

    /// Who asks, and how that was shown.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Who asks.
    pub fn principal(&self) -> &Principal {
        &self.caller.principal
    }

    /// The ID under which this request stands in answers, logs and audit records.
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The instant after which nobody waits for the answer.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clock, for what outlives the request.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The source of chance.
    pub fn randomness(&self) -> &Arc<dyn Randomness> {
        &self.randomness
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Context")
            .field("caller", &self.caller)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}
