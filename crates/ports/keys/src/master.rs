//! The key under which all others rest.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use aws_lc_rs::{hkdf, rand};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use names::Secret;
use zeroize::Zeroizing;

use crate::{
    private_file::{self, Unread},
    sealing::{KEY_BYTES, Refused, SealingKey},
};

/// The master key: 32 bytes that never lie beside what they protect, unless the operator wants it so.
///
/// It is never used itself. From it comes one key that seals records, and a fingerprint by which a record says which
/// master key sealed it.
pub struct MasterKey {
    at_rest: SealingKey,
    fingerprint: [u8; FINGERPRINT_BYTES],
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// What stands in the file or was given is not base64 of 32 bytes.
    #[error("the master key must be 32 bytes in base64")]
    Encoding,
    /// The key file cannot be read or made.
    #[error("cannot use the key file {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Others may read or change the key file.
    #[error("the key file {path} has mode {mode:04o}, but only its owner may touch it: chmod 600 {path}")]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Randomness,
}

/// Why something sealed does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EnvelopeError {
    Tampered,
    WrongMasterKey,
}

impl MasterKey {
    /// Reads the key file, or makes it, with mode 0600, if it does not exist. A file that others may touch is refused.
    ///
    /// One process at a time may do this for one path: the data directory is locked by whoever serves from it.
    ///
    /// # Errors
    /// Any [`MasterKeyError`].
    pub fn from_file(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::File { path: path.to_owned(), source };
        let read = || {
            private_file::read(path, MAX_FILE_BYTES).map_err(|unread| match unread {
                Unread::Failed(source) => failed(source),
                Unread::Exposed(mode) => MasterKeyError::Permissions { path: path.to_owned(), mode },
            })
        };
        if let Some(text) = read()? {
            return Self::parse(&text);
        }
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        rand::fill(bytes.as_mut()).map_err(|_| MasterKeyError::Randomness)?;
        private_file::make(path, &Zeroizing::new(STANDARD.encode(bytes.as_ref()) + "\n")).map_err(failed)?;
        let text = read()?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
        Self::parse(&text)
    }

    /// Reads the key from text, as an operator hands it in through the environment.
    ///
    /// # Errors
    /// [`MasterKeyError::Encoding`].
    pub fn from_base64(text: &Secret<String>) -> Result<Self, MasterKeyError> {
        Self::parse(text.reveal())
    }

    fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES + 4]);
        let length =
            STANDARD.decode_slice(text.trim(), bytes.as_mut()).map_err(|_| MasterKeyError::Encoding)?;
        if length != KEY_BYTES {
            return Err(MasterKeyError::Encoding);
        }
        Self::derive(&bytes[..KEY_BYTES])
    }

    pub(crate) fn derive(master: &[u8]) -> Result<Self, MasterKeyError> {
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorward master key").extract(master);
        let expand = |purpose: &[u8]| -> Result<Zeroizing<[u8; KEY_BYTES]>, MasterKeyError> {
            let mut out = Zeroizing::new([0; KEY_BYTES]);
            secret
                .expand(&[purpose], hkdf::HKDF_SHA256)
                .and_then(|key| key.fill(out.as_mut()))
                .map_err(|_| MasterKeyError::Encoding)?;
            Ok(out)
        };
        let at_rest = SealingKey::new(&*expand(b"keys at rest")?).map_err(|_| MasterKeyError::Encoding)?;
        let mut fingerprint = [0; FINGERPRINT_BYTES];
        fingerprint.copy_from_slice(&expand(b"fingerprint")?[..FINGERPRINT_BYTES]);
        Ok(Self { at_rest, fingerprint })
    }

    /// Seals something to be stored: `version ‖ fingerprint ‖ nonce ‖ ciphertext ‖ tag`. What `about` says must be said
    /// again to open it.
    pub(crate) fn seal(&self, about: &[u8], plain: &[u8]) -> Result<Vec<u8>, Refused> {
        let mut sealed = vec![VERSION];
        sealed.extend_from_slice(&self.fingerprint);
        self.at_rest.seal(about, plain, &mut sealed)?;
        Ok(sealed)
    }

    /// Opens what was sealed.
    pub(crate) fn open(&self, about: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let (version, rest) = sealed.split_first().ok_or(EnvelopeError::Tampered)?;
        let (fingerprint, sealed) =
            rest.split_first_chunk::<FINGERPRINT_BYTES>().ok_or(EnvelopeError::Tampered)?;
        if *version != VERSION {
            return Err(EnvelopeError::Tampered);
        }
        if *fingerprint != self.fingerprint {
            return Err(EnvelopeError::WrongMasterKey);
        }
        let mut buffer = Zeroizing::new(sealed.to_vec());
        let plain = self.at_rest.open(about, &mut buffer).map_err(|_| EnvelopeError::Tampered)?;
        Ok(Zeroizing::new(plain.to_vec()))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MasterKey").finish_non_exhaustive()
    }
}

const FINGERPRINT_BYTES: usize = 8;
const VERSION: u8 = 1;
const MAX_FILE_BYTES: usize = 256;
