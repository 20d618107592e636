//! Why a house was not built.

use std::io;

/// Why a house was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The API could not be started.
    #[error("the API could not be started")]
    Api(#[source] io::Error),
    /// The local certificate authority cannot be used.
    #[error("the local certificate authority cannot be used")]
    Authority(#[from] keys::AuthorityError),
    /// The configured certificates cannot be used.
    #[error("the certificates of `[tls]` cannot be used")]
    Certificates(#[from] keys::ServerCertificateError),
    /// A port is taken or an address is not this machine's.
    #[error(transparent)]
    Bind(#[from] listen::BindError),
    /// The data directory could not be written.
    #[error("the data directory cannot be written")]
    Data(#[source] io::Error),
    /// The demonstration could not be made.
    #[error("the demonstration could not be made")]
    Demo(#[source] anyhow::Error),
    /// The first project could not be made.
    #[error("the project could not be made")]
    Ensure(#[from] projects::EnsureError),
    /// The gate could not be started.
    #[error("the gate could not be started")]
    Gate(#[source] io::Error),
    /// The intercept could not be started.
    #[error("the intercept could not be started")]
    Intercept(#[source] io::Error),
    /// The master key cannot be used.
    #[error("the master key cannot be used")]
    MasterKey(#[from] keys::MasterKeyError),
    /// The store could not be opened.
    #[error(transparent)]
    Open(#[from] store_sql::OpenError),
    /// The local owner could not be made.
    #[error("the local owner could not be made")]
    Owner(#[from] people::OwnerError),
    /// The listener that redirects could not be started.
    #[error("the listener of `[tls] redirect_from` could not be started")]
    Redirect(#[source] io::Error),
    /// The store could not be read.
    #[error("the store could not be read")]
    Read(#[from] store::ReadError),
    /// There are no keys.
    #[error("the keys could not be set up")]
    Tokens(#[from] tokens::StartError),
    /// Trust in other servers' certificates could not be set up.
    #[error("the system's certificate authorities cannot be used")]
    Trust(#[from] outbound::TrustError),
}
