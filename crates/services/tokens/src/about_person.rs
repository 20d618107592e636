//! What is known of a person, as far as scopes show it (facts §3.4, §3.5).

use access::Profile;
use names::Email;
use oauth::Scopes;

use crate::Tokens;

/// What a token tells of a person beside the number.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct AboutPerson {
    /// What the person is called.
    pub profile: Profile,
    /// The domain of the person's organization.
    pub hosted_domain: Option<String>,
}

impl Tokens {
    /// Names where the scopes show names, the domain where they show the address.
    pub(crate) fn about_person(&self, email: &Email, scopes: &Scopes) -> AboutPerson {
        let access = &self.within.access;
        let show = |which: &[&str]| which.iter().any(|scope| scopes.contains(scope));
        let person = show(&PROFILE_SCOPES).then(|| access.person(email)).flatten();
        AboutPerson {
            profile: person.map(|person| person.profile).unwrap_or_default(),
            hosted_domain: show(&EMAIL_SCOPES).then(|| access.hosted_domain(email)).flatten(),
        }
    }
}

/// Those that show the address.
pub(crate) const EMAIL_SCOPES: [&str; 2] = ["email", "https://www.googleapis.com/auth/userinfo.email"];
/// Those that show what a person is called.
const PROFILE_SCOPES: [&str; 2] = ["profile", "https://www.googleapis.com/auth/userinfo.profile"];
