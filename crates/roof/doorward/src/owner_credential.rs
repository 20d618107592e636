//! The local owner's credential in the data directory: made on first start, and anew when what is in the file was
//! revoked, at the next start or while Doorward runs.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use cli::write_private;
use context::{Context, Randomness};
use names::{Revision, Secret, System, Universe};
use people::{Owner, OwnerError, People, RedeemError};
use store::{Change, Follower, RecordKey, Store};
use supervise::{Tasks, Timer};
use tokio::sync::Notify;

use crate::BuildError;

/// The file, and whose it is.
#[derive(Clone)]
pub(crate) struct OwnerCredential {
    pub(crate) file: PathBuf,
    pub(crate) people: People,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) universe: Universe,
}

impl OwnerCredential {
    /// The owner, with a credential that counts in the file.
    pub(crate) async fn ensure(&self, context: &Context) -> Result<Owner, BuildError> {
        let system = System::acting_for_itself();
        let mut owner = self.people.ensure_owner(context, system).await?;
        if owner.refresh_token.is_none() && !self.counts().await? {
            owner = self.people.reissue_owner_credential(context, system).await?;
        }
        if let Some(token) = &owner.refresh_token {
            self.write(&owner, token).map_err(BuildError::Data)?;
        }
        Ok(owner)
    }

    /// From now on hands out another whenever the one in the file is revoked: `gcloud auth revoke` and programs that clean up
    /// after themselves do that, and whoever owns the data directory is the owner all the same. What was revoked stays so.
    pub(crate) async fn renew_when_revoked(&self, store: &Store, tasks: &Tasks) -> Result<(), BuildError> {
        let revoked = Arc::new(Notify::new());
        store.follow(Arc::new(Revocations(revoked.clone()))).await?;
        let (credential, drain, timer) = (self.clone(), tasks.drain(), tasks.timer().clone());
        tasks.spawn_loop("owner credential", move || {
            let (credential, drain, timer, revoked) =
                (credential.clone(), drain.clone(), timer.clone(), revoked.clone());
            async move {
                while drain.unless_draining(revoked.notified()).await.is_some() {
                    if let Err(error) = credential.ensure(&credential.context(&timer)).await {
                        tracing::error!(%error, "the owner has no credential that counts; a restart hands one out");
                    }
                }
            }
        });
        Ok(())
    }

    /// Keeps a newly made credential, for its owner's eyes alone.
    fn write(&self, owner: &Owner, refresh_token: &Secret<String>) -> io::Result<()> {
        let credential = cli::OwnerCredential {
            client_id: owner.client_id.clone(),
            client_secret: owner.client_secret.clone(),
            refresh_token: refresh_token.clone(),
            account: owner.person.email.to_string(),
            universe_domain: self.universe.domain().to_string(),
        };
        write_private(&self.file, credential.to_file().reveal())
    }

    /// Whether the file is there, and what is in it was not revoked. One that is not to be read as a credential may be
    /// somebody's own: it stays.
    async fn counts(&self) -> Result<bool, OwnerError> {
        if !self.file.exists() {
            return Ok(false);
        }
        let Ok(credential) = cli::OwnerCredential::read(&self.file) else { return Ok(true) };
        let secret = Some(&credential.client_secret);
        match self.people.redeem(&credential.refresh_token, &credential.client_id, secret).await {
            Ok(_)
            | Err(RedeemError::ClientSecret | RedeemError::ClientUnknown | RedeemError::PersonDisabled) => {
                Ok(true)
            }
            Err(RedeemError::Revoked) => Ok(false),
            Err(RedeemError::StoreFailed(error)) => Err(OwnerError::ReadFailed(error)),
        }
    }

    fn context(&self, timer: &Timer) -> Context {
        Context::for_doorward_itself(Arc::new(timer.clone()), self.randomness.clone())
    }
}

/// Tells of refresh tokens that are gone.
struct Revocations(Arc<Notify>);

impl Follower for Revocations {
    fn follow(&self, _: Revision, changes: &[Change]) {
        let is_revocation =
            |change: &Change| matches!(change, Change::Delete(RecordKey::RefreshCredential(_)));
        if changes.iter().any(is_revocation) {
            self.0.notify_one();
        }
    }
}
