//! What a token's scopes allow, beneath what its holder may do.

use crate::Rejected;

/// The APIs that have a scope of their own, apart from all others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ApiFamily {
    /// `iam` and `iamcredentials`.
    Iam,
    /// Every other API.
    Other,
}

/// What a method does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// It may change something.
    Change,
    /// It only reads.
    Read,
}

/// The scopes of which one is enough, the widest first.
#[must_use]
pub fn sufficient_scopes(family: ApiFamily, effect: Effect) -> &'static [&'static str] {
    match (family, effect) {
        (ApiFamily::Iam, Effect::Change) => &[CLOUD_PLATFORM, IAM],
        (ApiFamily::Iam, Effect::Read) => &[CLOUD_PLATFORM, IAM, CLOUD_PLATFORM_READ_ONLY],
        (ApiFamily::Other, Effect::Change) => &[CLOUD_PLATFORM],
        (ApiFamily::Other, Effect::Read) => &[CLOUD_PLATFORM, CLOUD_PLATFORM_READ_ONLY],
    }
}

/// Whether one of `granted` is enough.
///
/// # Errors
/// [`Rejected::ScopeInsufficient`] with the scopes that would be.
pub fn check_scopes<'a>(
    granted: impl IntoIterator<Item = &'a str>,
    family: ApiFamily,
    effect: Effect,
) -> Result<(), Rejected> {
    let needed = sufficient_scopes(family, effect);
    if granted.into_iter().any(|scope| needed.contains(&scope)) {
        Ok(())
    } else {
        Err(Rejected::ScopeInsufficient { needed })
    }
}

const CLOUD_PLATFORM: &str = oauth::Scope::CLOUD_PLATFORM;
const CLOUD_PLATFORM_READ_ONLY: &str = "https://www.googleapis.com/auth/cloud-platform.read-only";
const IAM: &str = "https://www.googleapis.com/auth/iam";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_opens_what_it_should_and_nothing_else() {
        use ApiFamily::{Iam, Other};
        use Effect::{Change, Read};
        let opened = |scope: &str| {
            [(Iam, Change), (Iam, Read), (Other, Change), (Other, Read)]
                .map(|(family, effect)| check_scopes([scope], family, effect).is_ok())
        };
        assert_eq!(opened(CLOUD_PLATFORM), [true, true, true, true]);
        assert_eq!(opened(CLOUD_PLATFORM_READ_ONLY), [false, true, false, true]);
        assert_eq!(opened(IAM), [true, true, false, false]);
        for scope in ["openid", "", "https://www.googleapis.com/auth/cloud-platform2", "email"] {
            assert_eq!(opened(scope), [false; 4], "{scope}");
        }
    }

    #[test]
    fn refusal_names_the_scopes_that_would_do() {
        assert_eq!(
            check_scopes([], ApiFamily::Other, Effect::Change),
            Err(Rejected::ScopeInsufficient { needed: &[CLOUD_PLATFORM] })
        );
    }
}
