//! Doorward's own keys: made, rotated, retired, and sealed whenever they rest.
//!
//! There are three rings. *ID tokens* are signed with RS256, as every Google client expects. *Assertions*, with
//! which the gate tells a service who called, are signed with ES256. *Access tokens* are not signed but sealed with
//! AES-256-GCM: only Doorward reads them, and what they say is inside, so that making one writes nothing.
//!
//! A ring always holds a key that signs now and a successor that is already published. Whoever verifies may therefore
//! remember the published keys for [`KeyRings::max_age`] and never meets a token by a key it has not seen. A key that
//! has handed over stays published until its last token has ended.
//!
//! Beside the rings there is a [`CertificateAuthority`] in a file of its own: clients on this machine that are told to
//! believe it can speak TLS with Doorward under the names of others.
//!
//! This crate stores no rings. It turns sealed records into rings and says how the records should change; the caller
//! applies the changes to its store in one transaction and, when that succeeded, to the rings. Time is an argument.
//! Randomness for keys and nonces is the cryptographic library's own and is not an argument: a seeded key is a
//! published key. Tests that need the same keys each time load them with [`KeyRings::dangerous_fixed`].
//!
//! # Example
//!
//! Ada starts Doorward for the first time, and again the next day.
//!
//! ```
//! use jiff::{Timestamp, ToSpan};
//! use keys::{KeyRings, MasterKey, Policy, SigningRing};
//!
//! let directory = tempfile::tempdir()?;
//! let master = MasterKey::from_file(&directory.path().join("master.key"))?;
//! let now: Timestamp = "2026-11-20T08:00:00Z".parse()?;
//!
//! // Nothing is stored yet, so the plan makes every key.
//! let first = KeyRings::open([], master, Policy::default())?;
//! let rings = first.apply(&first.plan_rotation(now)?)?;
//! let signer = rings.signer(SigningRing::IdTokens, now)?;
//! let token = jose::sign_compact(signer.as_ref(), &["a claim"])?;
//! assert!(rings.published(SigningRing::IdTokens, now).verify(jose::Compact::parse(&token)?).is_ok());
//!
//! // The records went to the store and come back from it.
//! let records: Vec<_> = rings.records().cloned().collect();
//! let master = MasterKey::from_file(&directory.path().join("master.key"))?;
//! let rings = KeyRings::open(records, master, Policy::default())?;
//! let tomorrow = now + 24.hours();
//! assert!(rings.published(SigningRing::IdTokens, tomorrow).verify(jose::Compact::parse(&token)?).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! * Private material leaves this crate in one place: [`generate_account_key`], for the one answer that hands a
//!   service-account key to its owner. A certificate's key is handed out as something that signs handshakes.
//! * A record opens only under the master key that sealed it, in the ring, under the name and for the algorithm that
//!   it was sealed for.
//! * No key, token or master key is in a `Debug` output, a `Display` output or an error.
//! * An access token is at most [`MAX_ACCESS_TOKEN_BYTES`] long, and reading one is total.

mod access_token;
mod account_key;
mod authority;
mod body;
mod certificate;
#[doc(hidden)]
pub mod fuzz;
mod leaf;
mod managed_key;
mod master;
mod material;
mod private_file;
mod record;
mod rings;
mod rotation;
mod sealing;
mod server_certificate;
mod signing;
mod uploaded;

pub use access_token::{MAX_ACCESS_TOKEN_BYTES, OpenError, SealError};
pub use account_key::{AccountKeyPair, generate_account_key};
pub use authority::{AuthorityError, CertificateAuthority};
pub use body::{AccessTokenBody, SignIn, TokenId};
pub use certificate::CertificateError;
pub use leaf::LeafError;
pub use managed_key::{ManagedKeyError, ManagedKeyPair};
pub use master::{MasterKey, MasterKeyError};
pub use record::{KeyAlgorithm, Ring, SealedKey, SigningRing};
pub use rings::{FixedKeys, KeyRings, RingError};
pub use rotation::{Change, Policy, Rotation};
pub use server_certificate::{ServerCertificate, ServerCertificateError};
pub use signing::SigningKey;
pub use uploaded::{CertificateFault, UploadedKey};
