//! The only way out of the process.
//!
//! Doorward sends requests that other people wrote down: the URL of a scheduled job, a task, a push subscription.
//! Whoever may write such a URL must not reach through it what only this machine can reach. So a name is resolved
//! once, every address that it stands for is judged by a [`Guard`], and the connection goes to an address that was
//! judged, never to the name again. Redirects are not followed: a token goes to the host in the resource's own URL
//! and nowhere else.
//!
//! [`Dialer`] makes connections, for the [`Client`] here and for the gateway's pools alike. Host names that this
//! process serves itself are asked for first, through [`OwnHosts`], and need no socket.
//!
//! # Example
//!
//! Ada's installation serves the public, so its [`Guard`] keeps jobs away from her private network, except for the
//! range that she opened. Bob schedules a job for the till at `10.2.0.9` and is told which key would allow it:
//!
//! ```
//! use outbound::{Guard, Locality, Reach};
//!
//! let guard = Guard::new(Reach::Listed, vec!["10.1.0.0/16".parse()?], vec![]);
//! assert!(guard.check("10.1.4.4:80".parse()?, Locality::Elsewhere).is_ok());
//!
//! let refused = guard.check("10.2.0.9:80".parse()?, Locality::Elsewhere).unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "10.2.0.9:80 is a private address, and not in the list `[outbound] allow` of the configuration"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! - No socket is opened to an address that the [`Guard`] did not accept in the same call.
//! - No configuration opens link-local, metadata, multicast or unspecified addresses, or Doorward's own listeners.
//! - No answer makes a second request: redirects are answers like any other.
//! - Everything ends at the deadline, and a connect or TLS handshake after 10 seconds of real time in any case.
//! - A [`Url`] never prints user names, passwords or queries.

mod authorities;
mod client;
mod dial;
mod exchange;
#[doc(hidden)]
pub mod fuzz;
mod guard;
mod io;
mod origin;
mod range;
mod resolve;
mod tls;
mod url;

pub use authorities::system_authorities;
pub use client::{Client, Request, Response, SendError};
pub use dial::{DialError, Dialer};
pub use exchange::{Streamed, exchange};
pub use guard::{Guard, Locality, Reach, Refused, Why};
pub use io::{Answerer, Io};
pub use origin::{DeliveryKind, Origin, OwnHosts};
pub use range::{AddressRange, RangeError};
pub use resolve::{Resolve, Resolving, SystemResolver};
pub use tls::{Trust, TrustError};
pub use url::{Host, Scheme, Target, Url, UrlError};
