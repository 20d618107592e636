//! Programs that the owner lets act for them, and what they show.

use names::{Secret, Universe};
use oauth::{AuthorizationRequest, RedirectUri};
use people::{OauthClient, SecretDigest};
use serde_json::Value;
use tokens::AuthorizeError;

use crate::support::*;

pub const SHOP_REDIRECT: &str = "https://shop.example/back";
pub const SHOP_SECRET: &str = "a secret of the shop";
/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// What the shop asks the owner for.
pub const SHOP_ASKS: [(&str, &str); 8] = [
    ("client_id", "shop"),
    ("redirect_uri", SHOP_REDIRECT),
    ("response_type", "code"),
    ("scope", "openid email https://www.googleapis.com/auth/cloud-platform"),
    ("access_type", "offline"),
    ("nonce", "n-1"),
    ("code_challenge_method", "S256"),
    ("code_challenge", CHALLENGE),
];

/// The command line, a shop on the web, which keeps a secret, and a tool on somebody's machine, which cannot.
pub fn people_config() -> people::Config {
    let mut config = people::Config::of(&Universe::default());
    let client = |id: &str, secret: Option<&str>, uri: &str| OauthClient {
        id: id.to_owned(),
        secret: secret.map(|secret| SecretDigest::of(&Secret::new(secret.to_owned()))),
        redirect_uris: vec![RedirectUri::parse(uri).unwrap()],
    };
    config.clients.push(client("shop", Some(SHOP_SECRET), SHOP_REDIRECT));
    config.clients.push(client("tool", None, "http://127.0.0.1/done"));
    config
}

impl House {
    /// What the owner's command line gets for a request of a client: the code, where there is one.
    pub async fn authorize(&self, parameters: &[(&str, &str)]) -> Result<String, AuthorizeError> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let asked = AuthorizationRequest::parse(query.as_bytes()).unwrap();
        self.tokens.check_redirect(&asked)?;
        let terms = asked.terms.as_ref().unwrap();
        let shown = Secret::new(self.refresh_token());
        let code = self.tokens.authorize(&self.context, None, &shown, &asked, terms).await?;
        Ok(code.into_revealed())
    }

    /// A code for the shop.
    pub async fn code(&self, more: &[(&str, &str)]) -> String {
        self.authorize(&replaced(&SHOP_ASKS, more)).await.unwrap()
    }

    /// What the shop gets for a code.
    pub async fn redeem(&self, code: &str, more: &[(&str, &str)]) -> Result<Value, oauth::ErrorAnswer> {
        let shop = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", "shop"),
            ("client_secret", SHOP_SECRET),
            ("redirect_uri", SHOP_REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        self.post(&replaced(&shop, more)).await
    }

    /// Whether an access token opens an API now.
    pub fn opens(&self, answer: &Value) -> bool {
        let token = answer["access_token"].as_str().unwrap();
        self.tokens.authenticate(self.now(), token, &scheduler()).is_ok()
    }
}
