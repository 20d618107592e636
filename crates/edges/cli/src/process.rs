//! What a command finds around it, and what the roof lends it.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use names::{Email, Location, ProjectId, ProjectNumber, Secret, Universe};
use supervise::Tasks;

use crate::AccountTokens;

/// The process that a command runs in.
pub struct Process {
    /// What the roof lends.
    pub lent: Arc<dyn Lent>,
    /// Where work beside the command runs; it ends with the command.
    pub tasks: Tasks,
    /// The variables that the process was started with.
    pub variables: BTreeMap<OsString, OsString>,
}

/// Adapters that commands need and an edge may not choose.
#[async_trait]
pub trait Lent: Send + Sync {
    /// Keeps an account in a database of gcloud's, beside the others in it. Whether it is new there, or had another
    /// credential.
    ///
    /// # Errors
    /// When the file cannot be written or is not gcloud's.
    async fn keep_gcloud_account(
        &self,
        file: &Path,
        account: &str,
        credential: &Secret<String>,
    ) -> Result<bool, Box<dyn Error + Send + Sync>>;

    /// Answers as a metadata server on a free port of loopback while `tasks` run. When this returns, nobody who connects is
    /// turned away.
    ///
    /// # Errors
    /// When no port can be listened on.
    fn serve_metadata(
        &self,
        instance: ActingInstance,
        tasks: &Tasks,
    ) -> Result<SocketAddr, Box<dyn Error + Send + Sync>>;
}

/// What a program that acts as a service account is told about itself.
pub struct ActingInstance {
    /// The account.
    pub account: Email,
    /// What tells this run of a program from others.
    pub id: String,
    /// The number of its project.
    pub number: ProjectNumber,
    /// Its project.
    pub project: ProjectId,
    /// The region that it runs in, as it were.
    pub region: Location,
    /// Makes its tokens.
    pub tokens: AccountTokens,
    /// The names that this cloud goes by.
    pub universe: Universe,
}
