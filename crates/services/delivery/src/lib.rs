//! Sends one HTTP request, as an identity, not before an instant, until it is judged done.
//!
//! A scheduled job, a task and a push message are three ways to ask for the same thing. Ada's job is due at nine.
//! The scheduler writes a `store::Delivery` in the transaction that moves the job's schedule on, and wakes the
//! [`Engine`]. The engine claims the delivery under a lease, writes down that an attempt begins, lets the API's own
//! service agent mint an ID token for the job's account, and sends the request to the URL in the job. The answer is
//! 503. The scheduler, as [`DeliveryOwner`], judges it: again in ten seconds. The engine writes the judgement and the new
//! due time in one transaction, and sends again at ten past.
//!
//! The engine knows nothing of jobs, tasks or messages; an owner knows nothing of leases, tokens and sockets. An
//! owner is told by its [`Outcome`] how an attempt went, as a value that can be judged without a network:
//!
//! ```
//! use delivery::{NoToken, Outcome, Unsent};
//!
//! let words = |outcome: &Outcome| match outcome {
//!     Outcome::Answered { status } => format!("the target answered {status}"),
//!     Outcome::NoToken(why) => why.to_string(),
//!     Outcome::Unsent(why) => why.to_string(),
//! };
//! assert_eq!(words(&Outcome::Answered { status: 503 }), "the target answered 503");
//! assert_eq!(words(&Outcome::Unsent(Unsent::TimedOut)), "no answer came before the attempt's deadline");
//! # let _ = |why: NoToken| words(&Outcome::NoToken(why));
//! ```
//!
//! Invariants: what was accepted is durable, and is sent at least once however the process ends; an attempt is
//! counted on disk before it is sent, so that one cut off by `kill -9` is sent again and counts as made; whoever
//! lost a lease records nothing; a token goes to the host in the delivery's own URL and nowhere else, never across a
//! redirect; a token is minted only while the account is the one that the delivery was accepted for, is enabled, and
//! the API's agent may mint for it; attempts at once are bounded, those of one owner
//! and one project more tightly, so that nobody keeps the others waiting; a drain starts nothing, finishes what is under way
//! and gives the leases back.

mod attempt;
mod config;
mod engine;
mod hands;
mod identity;
mod mint;
mod noted;
mod outcome;
mod owner;
mod send;

pub use config::Config;
pub use engine::{Engine, Handle, Parts};
pub use mint::{Mint, MintError};
pub use outcome::{Attempt, NoToken, Outcome, Unsent};
pub use owner::{DeliveryOwner, Judgement, Start, Verdict};
