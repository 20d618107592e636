//! What stands inside an access token, and its compact form.
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version, 2 |
//! | 1 | 0 a person, 1 a service account |
//! | 1 + n | e-mail address |
//! | 1 + n | subject or unique ID |
//! | 8 | generation of the account |
//! | 8 + 8 | issued and expires, seconds since 1970 |
//! | 16 | token ID |
//! | 1 + 0 or 20 | issuing key |
//! | 1 | 0 no sign-in, 1 online, 2 offline; where it is not 0: |
//! | 1 + n | the client |
//! | 32 | what the sign-in is found by |
//! | the rest | scopes, separated by spaces, Google's prefix as one byte |
//!
//! Numbers are big-endian. There is one form for one body.

use std::fmt;

use jiff::Timestamp;
use names::{Email, KeyId, Principal, UniqueId};
use oauth::Scopes;

use crate::signing::{hex, unhex};

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTokenBody {
    /// Whom it stands for: a person or a service account.
    pub principal: Principal,
    /// Which life of the account: disabling or deleting an account ends the generation, and every token of it.
    pub account_generation: u64,
    /// What it may be used for.
    pub scopes: Scopes,
    /// The account's key that the token was asked for with, if it was one: the token ends when the key is deleted.
    pub issuing_key: Option<KeyId>,
    /// The sign-in that it came from, if a person bought it: the token ends when that is revoked.
    pub grant: Option<SignIn>,
    /// When it was made, in whole seconds.
    pub issued_at: Timestamp,
    /// When it ends, in whole seconds.
    pub expires_at: Timestamp,
    /// Its own name, for audit records and revocation.
    pub token_id: TokenId,
}

/// A person's consent that a client acts for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// The client.
    pub client_id: String,
    /// SHA-256 of the refresh token, under which the sign-in is kept.
    pub credential: [u8; 32],
    /// Whether the client has the refresh token.
    pub offline: bool,
}

/// The name of one token: 16 bytes, shown as hexadecimal digits. It is no secret and opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; 16]);

/// Why bytes are not a body, or a body has no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    Form,
    Principal,
    TooLong,
}

impl TokenId {
    /// Takes 16 random bytes as a name.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads a name as it is shown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }
}

impl AccessTokenBody {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, BodyError> {
        let (kind, email, unique_id) = match &self.principal {
            Principal::Person { email, subject } => (PERSON, email, subject),
            Principal::ServiceAccount { email, unique_id } => (SERVICE_ACCOUNT, email, unique_id),
            Principal::Anonymous | Principal::Federated { .. } | Principal::System(_) => {
                return Err(BodyError::Principal);
            }
        };
        let mut out = vec![VERSION, kind];
        for text in [email.as_str(), unique_id.as_str()] {
            out.push(u8::try_from(text.len()).map_err(|_| BodyError::TooLong)?);
            out.extend_from_slice(text.as_bytes());
        }
        out.extend_from_slice(&self.account_generation.to_be_bytes());
        out.extend_from_slice(&self.issued_at.as_second().to_be_bytes());
        out.extend_from_slice(&self.expires_at.as_second().to_be_bytes());
        out.extend_from_slice(&self.token_id.0);
        match &self.issuing_key {
            None => out.push(0),
            Some(key_id) => {
                out.push(20);
                out.extend_from_slice(&unhex::<20>(key_id.as_str()).ok_or(BodyError::Form)?);
            }
        }
        match &self.grant {
            None => out.push(0),
            Some(sign_in) => {
                out.push(if sign_in.offline { 2 } else { 1 });
                out.push(u8::try_from(sign_in.client_id.len()).map_err(|_| BodyError::TooLong)?);
                out.extend_from_slice(sign_in.client_id.as_bytes());
                out.extend_from_slice(&sign_in.credential);
            }
        }
        let scopes = self.scopes.iter().map(|scope| match scope.as_str().strip_prefix(PREFIX) {
            Some(rest) => format!("{SHORT_PREFIX}{rest}"),
            None => scope.to_string(),
        });
        out.extend_from_slice(scopes.collect::<Vec<_>>().join(" ").as_bytes());
        Ok(out)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, BodyError> {
        let mut rest = bytes;
        if byte(&mut rest)? != VERSION {
            return Err(BodyError::Form);
        }
        let kind = byte(&mut rest)?;
        let email = Email::parse(text(&mut rest)?).map_err(|_| BodyError::Form)?;
        let unique_id = UniqueId::parse(text(&mut rest)?).map_err(|_| BodyError::Form)?;
        let principal = match kind {
            PERSON => Principal::Person { email, subject: unique_id },
            SERVICE_ACCOUNT => Principal::ServiceAccount { email, unique_id },
            _ => return Err(BodyError::Form),
        };
        let account_generation = u64::from_be_bytes(array(&mut rest)?);
        let issued_at = instant(&mut rest)?;
        let expires_at = instant(&mut rest)?;
        let token_id = TokenId(array(&mut rest)?);
        let issuing_key = match byte(&mut rest)? {
            0 => None,
            20 => {
                let bytes: [u8; 20] = array(&mut rest)?;
                Some(KeyId::parse(&hex(&bytes)).map_err(|_| BodyError::Form)?)
            }
            _ => return Err(BodyError::Form),
        };
        let grant = match byte(&mut rest)? {
            0 => None,
            kind @ (1 | 2) => Some(SignIn {
                client_id: text(&mut rest)?.to_owned(),
                credential: array(&mut rest)?,
                offline: kind == 2,
            }),
            _ => return Err(BodyError::Form),
        };
        let scopes = std::str::from_utf8(rest).map_err(|_| BodyError::Form)?.replace(SHORT_PREFIX, PREFIX);
        let scopes = Scopes::parse(&scopes).map_err(|_| BodyError::Form)?;
        Ok(Self {
            principal,
            account_generation,
            scopes,
            issuing_key,
            grant,
            issued_at,
            expires_at,
            token_id,
        })
    }
}

impl SignIn {
    /// The digest as the store has it: hexadecimal digits.
    #[must_use]
    pub fn credential_hex(&self) -> String {
        hex(&self.credential)
    }

    /// Reads the digest as the store has it.
    #[must_use]
    pub fn digest(text: &str) -> Option<[u8; 32]> {
        unhex(text)
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TokenId({self})")
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], BodyError> {
    let (taken, after) = rest.split_at_checked(length).ok_or(BodyError::Form)?;
    *rest = after;
    Ok(taken)
}

fn array<const LENGTH: usize>(rest: &mut &[u8]) -> Result<[u8; LENGTH], BodyError> {
    take(rest, LENGTH)?.try_into().map_err(|_| BodyError::Form)
}

fn byte(rest: &mut &[u8]) -> Result<u8, BodyError> {
    array::<1>(rest).map(|[byte]| byte)
}

fn text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, BodyError> {
    let length = byte(rest)?;
    std::str::from_utf8(take(rest, usize::from(length))?).map_err(|_| BodyError::Form)
}

fn instant(rest: &mut &[u8]) -> Result<Timestamp, BodyError> {
    Timestamp::from_second(i64::from_be_bytes(array(rest)?)).map_err(|_| BodyError::Form)
}

const VERSION: u8 = 2;
const PERSON: u8 = 0;
const SERVICE_ACCOUNT: u8 = 1;
const PREFIX: &str = "https://www.googleapis.com/auth/";
/// No scope holds a control character, so this stands for nothing else.
const SHORT_PREFIX: &str = "\u{1}";
