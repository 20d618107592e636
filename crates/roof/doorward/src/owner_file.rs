//! The local owner's credential in the data directory.

use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use cli::OwnerCredential;
use names::{Secret, Universe};
use people::{Owner, OwnerError, People, RedeemError};

/// Keeps a newly made credential, for its owner's eyes alone (mode 0600).
pub(crate) fn write(
    file: &Path,
    universe: &Universe,
    owner: &Owner,
    refresh_token: &Secret<String>,
) -> io::Result<()> {
    let credential = OwnerCredential {
        client_id: owner.client_id.clone(),
        client_secret: owner.client_secret.clone(),
        refresh_token: refresh_token.clone(),
        account: owner.person.email.to_string(),
        universe_domain: universe.domain().to_string(),
    };
    let fresh = file.with_extension("json.new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut writing = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    writing.write_all(credential.to_file().reveal().as_bytes())?;
    writing.sync_all()?;
    std::fs::rename(&fresh, file)
}

/// Whether the file is there, and what is in it was not revoked. One that is not to be read as a credential may be
/// somebody's own: it stays.
pub(crate) async fn counts(file: &Path, people: &People) -> Result<bool, OwnerError> {
    if !file.exists() {
        return Ok(false);
    }
    let Ok(credential) = OwnerCredential::read(file) else { return Ok(true) };
    let secret = Some(&credential.client_secret);
    match people.redeem(&credential.refresh_token, &credential.client_id, secret).await {
        Ok(_) | Err(RedeemError::ClientSecret | RedeemError::ClientUnknown | RedeemError::PersonDisabled) => {
            Ok(true)
        }
        Err(RedeemError::Revoked) => Ok(false),
        Err(RedeemError::StoreFailed(error)) => Err(OwnerError::ReadFailed(error)),
    }
}
