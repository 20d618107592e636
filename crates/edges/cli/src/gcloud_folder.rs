//! A configuration of gcloud's own for each identity, in the data directory: the user's is never looked at.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::acting::Acting;
use crate::connection::{Connection, OwnerTokens};
use crate::private::{keep_private, private_folder};
use crate::{Failure, Lent};

/// The folder that `CLOUDSDK_CONFIG` names.
pub(crate) struct GcloudFolder {
    pub path: PathBuf,
}

impl GcloudFolder {
    /// The folder for an identity, made where it is missing. What gcloud keeps in it (accounts that were activated, the
    /// project that was set) stays from one command to the next, as it does after a sign-in.
    pub(crate) fn of(data: &Path, acting: &Acting, project: &str) -> Result<Self, Failure> {
        let name = match acting {
            Acting::Account(email) => email.as_str(),
            Acting::Anonymous => "anonymous",
            Acting::Owner => "owner",
        };
        let folder = Self { path: data.join("gcloud").join(name) };
        folder.prepare(project).map_err(|error| folder.failed(&error))?;
        Ok(folder)
    }

    fn prepare(&self, project: &str) -> io::Result<()> {
        private_folder(&self.path.join("configurations"))?;
        // Whether there is a metadata server: remembered by gcloud for ten minutes, and different from run to run.
        forget(&self.path.join("gce"))?;
        once(&self.path.join("active_config"), "default")?;
        once(&self.path.join(CONFIGURATION), &format!("[core]\nproject = {project}\n"))
    }

    /// Signs the owner in: an account that is stored and active, and a file of application default credentials, which is
    /// what comes back.
    pub(crate) async fn sign_in(
        &self,
        connection: &Connection,
        tokens: &OwnerTokens,
        lent: &dyn Lent,
    ) -> Result<PathBuf, Failure> {
        let (owner, universe) = (connection.owner(), connection.universe()?);
        let key =
            if universe.is_default() { owner.to_owned() } else { format!("{owner}#{}", universe.domain()) };
        let scopes: Vec<_> = tokens.scope.split(' ').collect();
        let stored = connection.credential().to_json(&json!({
            "revoke_uri": format!("{}/o/oauth2/revoke", universe.issuer()),
            "scopes": scopes,
            "token_uri": universe.token_endpoint(),
        }));
        let accounts = self.path.join("credentials.db");
        let is_new = lent.keep_gcloud_account(&accounts, &key, &stored).await.map_err(|error| {
            Failure::new("the owner cannot be signed in to gcloud")
                .because(error.as_ref())
                .hint(format!("move {} away and try again: it is made anew", self.path.display()))
        })?;
        let project = connection.project()?;
        let default = connection.credential().to_json(&json!({ "quota_project_id": project }));
        let file = self.path.join("application_default_credentials.json");
        let prepare = || {
            if is_new {
                // Bought with a credential that is void.
                forget(&self.path.join("access_tokens.db"))?;
            }
            self.activate(owner)?;
            keep_private(&file, default.reveal())
        };
        prepare().map_err(|error| self.failed(&error))?;
        Ok(file)
    }

    /// Makes an account the active one, unless one is.
    fn activate(&self, account: &str) -> io::Result<()> {
        let file = self.path.join(CONFIGURATION);
        let text = std::fs::read_to_string(&file)?;
        match with_account(&text, account) {
            Some(text) => keep_private(&file, &text),
            None => Ok(()),
        }
    }

    fn failed(&self, error: &io::Error) -> Failure {
        let path = self.path.display();
        Failure::new(format!("gcloud's configuration in {path} cannot be written"))
            .because(error)
            .hint(format!("check that the disk of {path} has room and can be written: df -h {path}"))
    }
}

/// The configuration with an active account; `None` where it has one.
fn with_account(text: &str, account: &str) -> Option<String> {
    let is_active =
        |line: &str| line.trim_start().starts_with("account ") || line.trim_start().starts_with("account=");
    if text.lines().any(is_active) {
        return None;
    }
    let line = format!("[core]\naccount = {account}\n");
    Some(if text.contains("[core]\n") {
        text.replacen("[core]\n", &line, 1)
    } else {
        format!("{line}\n{text}")
    })
}

fn once(file: &Path, text: &str) -> io::Result<()> {
    if file.exists() { Ok(()) } else { keep_private(file, text) }
}

fn forget(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

const CONFIGURATION: &str = "configurations/config_default";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_somebody_chose_stays_active() {
        let chosen = "[core]\nproject = demo\naccount = runner@demo.iam.gserviceaccount.com\n";
        assert_eq!(with_account(chosen, "owner@doorward.localhost"), None);
        assert_eq!(
            with_account("[core]\nproject = demo\n", "owner@doorward.localhost").unwrap(),
            "[core]\naccount = owner@doorward.localhost\nproject = demo\n"
        );
        assert_eq!(
            with_account("[run]\nregion = r\n", "owner@doorward.localhost").unwrap(),
            "[core]\naccount = owner@doorward.localhost\n\n[run]\nregion = r\n"
        );
    }
}
