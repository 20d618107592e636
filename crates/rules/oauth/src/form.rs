//! Parameters as browsers and clients encode them.

use std::{borrow::Cow, collections::BTreeMap};

use names::Secret;

/// Parameters by name, each once.
pub(crate) struct Form<'a>(BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> Form<'a> {
    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// The name of a parameter that occurs more than once (RFC 6749 §3.1, §3.2).
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, String> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if parameters.contains_key(&name) {
                return Err(shown(&name));
            }
            parameters.insert(name, value);
        }
        Ok(Self(parameters))
    }

    /// An empty parameter counts as absent.
    pub(crate) fn take(&mut self, name: &str) -> Option<Cow<'a, str>> {
        self.0.remove(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn take_secret(&mut self, name: &str) -> Option<Secret<String>> {
        self.take(name).map(|value| Secret::new(value.into_owned()))
    }
}

/// What a client sent, short enough and plain enough to be sent back.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(128).collect()
}
