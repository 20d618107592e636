//! The instance metadata server: who a program is, and tokens for it, without a key.
//!
//! Ada's program runs as the account `loafbot`. Google's libraries find `GCE_METADATA_HOST`, ask `GET /` whether
//! somebody is there, and then ask for what they need: the project, the account's e-mail, an access token, an ID token
//! for a service. The program holds no secret that outlives an hour.
//!
//! ```
//! use std::sync::Arc;
//! use http::Request;
//! use metadata::{Instance, Metadata, Minted, Minting, MintError};
//! use names::{Email, Location, ProjectId, ProjectNumber, Universe};
//! use supervise::{Supervisor, Timer};
//!
//! struct Nobody;
//! #[async_trait::async_trait]
//! impl Minting for Nobody {
//!     async fn access_token(&self, _: &[String]) -> Result<Minted, MintError> { Err(MintError::AccountUnknown) }
//!     async fn id_token(&self, _: &str) -> Result<Minted, MintError> { Err(MintError::AccountUnknown) }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let instance = Instance {
//!     account: Email::parse("loafbot@demo.iam.gserviceaccount.com")?,
//!     id: "0a1b2c".to_owned(),
//!     number: ProjectNumber::parse("42")?,
//!     project: ProjectId::parse("demo")?,
//!     region: Location::parse("us-central1")?,
//!     universe: Universe::default(),
//! };
//! let supervisor = Supervisor::new(&Timer::wall());
//! let metadata = Metadata::new(instance, Arc::new(Nobody), "127.0.0.1:80".parse().unwrap(), supervisor.tasks());
//! let question = Request::get("/computeMetadata/v1/project/project-id")
//!     .header("Host", "metadata.google.internal")
//!     .header("Metadata-Flavor", "Google")
//!     .body(()).unwrap();
//! assert_eq!(metadata.answer(question).await.body(), "demo");
//! # Ok::<(), names::NameError>(())
//! # }).unwrap();
//! ```
//!
//! What it says stands in facts §6, for the paths that Google's clients ask and Cloud Run has; what it decides is
//! nothing: who may have tokens is for those behind [`Minting`].
//!
//! # Invariants
//!
//! - A browser that was lured here gets nothing: without `Metadata-Flavor: Google`, which no page can send to another
//!   host without asking first, without one of our own names as `Host`, or through a proxy (`X-Forwarded-For`), every
//!   answer is a refusal.
//! - Every answer carries `Metadata-Flavor: Google`, by which clients know that nobody else answers.
//! - A token is given out again until five minutes before it ends, never later, and only to who asks for the same.

mod answer;
mod door;
#[doc(hidden)]
pub mod fuzz;
mod instance;
mod minting;
mod question;
mod remembered;
mod respond;
mod serve;
mod tree;

pub use instance::Instance;
pub use minting::{MintError, Minted, Minting};
pub use serve::Metadata;
