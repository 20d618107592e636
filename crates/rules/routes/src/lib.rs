//! Which service a request is for, and the one form in which rules see its path.
//!
//! [`Routes`] is a table from host names to services. It is a value: cloning it is a snapshot, changing one service
//! costs O(log n) whatever the number of services, and what was cloned before does not change.
//!
//! Ada's service `hello` answers at the host that Google's scheme gives it, and at a name that Grace's browser
//! resolves to her own machine:
//!
//! ```
//! use names::{ProjectNumber, ServiceName, Universe};
//! use routes::{Route, Routes};
//!
//! let hello = ServiceName::parse_canonical("projects/demo/locations/us-central1/services/hello")?;
//! let route = Route::of_service(&Universe::default(), hello.clone(), ProjectNumber::parse("42")?);
//! let mut routes = Routes::default();
//! routes.insert(route)?;
//!
//! let found = routes.lookup_authority("hello-42.us-central1.run.localhost:8080")?.unwrap();
//! assert_eq!(found.route.service(), &hello);
//! assert!(routes.lookup_authority("HELLO-42.us-central1.RUN.app.")?.is_some());
//! assert!(routes.lookup_authority("nobody.example.com")?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Within a service a [`Split`] divides requests between revisions, and [`Ingress`] says from where they may come.
//!
//! A rule that looks at paths looks at a [`CanonicalPath`], never at the target itself; the target is forwarded as it
//! came. A target that two servers could read as two paths has no canonical form.
//!
//! At a host of functions a [`FunctionPath`] says which one is called.
//!
//! Invariants: a host leads to one service at most; the query decides nothing; a canonical path is its own
//! canonical form; both parsers take time linear in their input.

mod authority;
mod function_path;
mod ingress;
mod path;
mod split;
mod table;

#[doc(hidden)]
pub mod fuzz;

pub use authority::{AuthorityError, host_of};
pub use function_path::FunctionPath;
pub use ingress::{Ingress, Origin};
pub use path::{Ambiguous, CanonicalPath, Reason};
pub use split::Split;
pub use table::{Entrance, HostTaken, Match, Route, Routes, Target};
