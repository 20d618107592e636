//! The local owner's credential: an `authorized_user` file as Google's clients read it (facts §5.3).

use std::path::Path;

use names::Secret;

use crate::Failure;

/// What is in the file.
#[derive(Clone, Debug)]
pub struct OwnerCredential {
    /// The OAuth client that the refresh token belongs to.
    pub client_id: String,
    /// That client's secret; of an installed application, so nothing that protects anything (RFC 8252 §8.5).
    pub client_secret: Secret<String>,
    /// Buys access tokens.
    pub refresh_token: Secret<String>,
    /// Who it is.
    pub account: String,
    /// The domain that this cloud goes by.
    pub universe_domain: String,
}

#[derive(serde::Deserialize)]
struct File {
    r#type: String,
    client_id: String,
    client_secret: String,
    refresh_token: String,
    #[serde(default)]
    account: String,
    #[serde(default = "default_universe")]
    universe_domain: String,
}

/// Google's own clients leave it out for Google's own universe (facts §5.3).
fn default_universe() -> String {
    names::Universe::default().domain().to_string()
}

impl OwnerCredential {
    /// The file's name in a data directory.
    pub const FILE: &'static str = "owner.json";

    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(format!("the credential {} cannot be read", path.display()))
                .because(&error)
                .hint("start Doorward with `doorward up`; or name the data directory of one that runs with --data DIR, or the owner.json in it with --credential FILE")
        })?;
        let malformed = || {
            Failure::new(format!("{} is not an authorized_user credential", path.display()))
                .hint("use the owner.json that `doorward up` wrote into its data directory")
        };
        let file: File = serde_json::from_str(&text).map_err(|_| malformed())?;
        if file.r#type != "authorized_user" {
            return Err(malformed());
        }
        Ok(Self {
            client_id: file.client_id,
            client_secret: file.client_secret.into(),
            refresh_token: file.refresh_token.into(),
            account: file.account,
            universe_domain: file.universe_domain,
        })
    }

    /// The file's content, for whoever keeps it with mode 0600.
    pub fn to_file(&self) -> Secret<String> {
        let json = self.to_json(&serde_json::json!({}));
        Secret::new(format!("{}\n", json.reveal()))
    }

    /// The same with more members, as programs keep it that read more.
    pub(crate) fn to_json(&self, more: &serde_json::Value) -> Secret<String> {
        let mut file = serde_json::json!({
            "type": "authorized_user",
            "client_id": self.client_id,
            "client_secret": self.client_secret.reveal(),
            "refresh_token": self.refresh_token.reveal(),
            "account": self.account,
            "universe_domain": self.universe_domain,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            file[name] = value.clone();
        }
        Secret::new(format!("{file:#}"))
    }
}
