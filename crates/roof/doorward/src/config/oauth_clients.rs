//! `[oauth_clients.ID]`: the programs that people may let act for them.

use std::collections::BTreeMap;

use names::Universe;
use oauth::RedirectUri;
use people::{OauthClient, SecretDigest};
use toml::Spanned;

use super::{ConfigError, Origin};

/// One client.
#[derive(serde::Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    redirect_uris: Vec<Spanned<String>>,
    secret_sha256: Option<Spanned<String>>,
}

/// The clients, each checked by itself so that an error says where it stands.
pub(super) fn resolve(
    tables: BTreeMap<String, Spanned<Table>>,
    universe: &Universe,
    origin: &Origin,
) -> Result<Vec<OauthClient>, ConfigError> {
    let mut clients = Vec::new();
    for (id, table) in tables {
        let invalid = |at: usize, key: &str, problem: String| ConfigError::Invalid {
            origin: format!(
                "{}, key `{}`",
                origin.place(at),
                format!("[oauth_clients.{id:?}] {key}").trim_end()
            ),
            problem,
        };
        let start = table.span().start;
        let table = table.into_inner();
        // No URL: the ID is the audience of ID tokens, and must not be that of a service.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(plain) {
            let problem = format!("the ID of an OAuth client is 1 to {LONGEST_ID} letters, digits and -._");
            return Err(invalid(start, "", problem));
        }
        if id == universe.gcloud_client_id() {
            return Err(invalid(
                start,
                "",
                "this is the client of the command line, which is always there".to_owned(),
            ));
        }
        if table.redirect_uris.is_empty() {
            return Err(invalid(
                start,
                "redirect_uris",
                "a client needs at least one redirect URI".to_owned(),
            ));
        }
        let mut redirect_uris = Vec::new();
        for uri in &table.redirect_uris {
            let parsed = RedirectUri::parse(uri.get_ref());
            let problem = |error: oauth::RedirectUriError| {
                invalid(uri.span().start, "redirect_uris", format!("{:?}: {error}", uri.get_ref()))
            };
            redirect_uris.push(parsed.map_err(problem)?);
        }
        // What does not parse is not shown: it may be the secret itself.
        let secret = table.secret_sha256.map(|digest| {
            SecretDigest::parse(digest.get_ref()).map_err(|error| {
                let problem = format!("{error}: printf %s \"$SECRET\" | sha256sum");
                invalid(digest.span().start, "secret_sha256", problem)
            })
        });
        clients.push(OauthClient { id, secret: secret.transpose()?, redirect_uris });
    }
    Ok(clients)
}

/// It stands in every access token that the client buys.
const LONGEST_ID: usize = 200;
