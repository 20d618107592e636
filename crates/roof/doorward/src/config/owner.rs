//! `[owner]`: what the local owner is called.

use people::Profile;
use toml::Spanned;

use super::{ConfigError, Origin};

/// The table. What is left out nobody is told.
#[derive(serde::Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    name: Option<Spanned<String>>,
    given_name: Option<Spanned<String>>,
    family_name: Option<Spanned<String>>,
    picture: Option<Spanned<String>>,
}

impl Table {
    pub(super) fn resolve(self, origin: &Origin) -> Result<Profile, ConfigError> {
        let checked =
            |key: &str, given: Option<Spanned<String>>, is_good: fn(&str) -> bool, allowed: &str| {
                let Some(given) = given else { return Ok(None) };
                let (at, found) = (given.span().start, given.into_inner());
                if is_good(&found) {
                    return Ok(Some(found));
                }
                Err(ConfigError::Invalid {
                    origin: format!("{}, key `[owner] {key}`", origin.place(at)),
                    problem: format!("{found:?} is not {allowed}"),
                })
            };
        let name =
            |key, given| checked(key, given, is_name, "a name: 1 to 256 bytes without control characters");
        Ok(Profile {
            name: name("name", self.name)?,
            given_name: name("given_name", self.given_name)?,
            family_name: name("family_name", self.family_name)?,
            picture: checked(
                "picture",
                self.picture,
                is_picture,
                "the address of a picture: https:// or http:// and at most 1024 printable ASCII characters",
            )?,
        })
    }
}

/// Names stand in ID tokens, which stand in headers of limited size.
fn is_name(text: &str) -> bool {
    (1..=256).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn is_picture(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()))
        && text.len() <= 1024
}
