//! Predefined roles: those that facts §1.8, §2.2, §4.3, §4.5, §7, §8, §9 and §11 name and their neighbours, with the
//! permissions that Google publishes for them, as far as they are of products that Doorward has or will have.

mod basic;
mod identity;
mod logging;
mod messaging;
mod platform;
mod run;
mod scheduling;

use std::sync::LazyLock;

use names::RoleName;

use crate::permission;
use basic::Basic;

/// A role that Google defines.
#[derive(Clone, Copy, Debug)]
pub struct PredefinedRole {
    /// `roles/…`.
    pub name: &'static str,
    /// The title that people see.
    pub title: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// How settled it is.
    pub stage: Stage,
    grants: Grants,
}

/// How settled a role is. A disabled role grants nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Being tried out; what a role has when nobody says otherwise.
    #[default]
    Alpha,
    /// About to be settled.
    Beta,
    /// On its way out.
    Deprecated,
    /// Grants nothing, whoever holds it.
    Disabled,
    /// Early access.
    Eap,
    /// Settled.
    Ga,
}

/// How a role says what it grants.
#[derive(Clone, Copy, Debug)]
enum Grants {
    /// By a rule over every permission there is.
    Basic(Basic),
    /// These, where a trailing `*` stands for the rest of a name and a leading one for its beginning.
    These(&'static [&'static str]),
}

static ROLES: LazyLock<Vec<PredefinedRole>> = LazyLock::new(|| {
    let mut roles = [
        basic::ROLES,
        identity::ROLES,
        logging::ROLES,
        messaging::ROLES,
        platform::ROLES,
        run::ROLES,
        scheduling::ROLES,
    ]
    .concat();
    roles.sort_unstable_by_key(|role| role.name);
    roles
});

const fn role(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    permissions: &'static [&'static str],
) -> PredefinedRole {
    PredefinedRole { name, title, description, stage: Stage::Ga, grants: Grants::These(permissions) }
}

/// Every predefined role, sorted by name.
pub fn predefined_roles() -> &'static [PredefinedRole] {
    &ROLES
}

/// The predefined role of this name.
pub fn predefined_role(role: &RoleName) -> Option<&'static PredefinedRole> {
    ROLES.binary_search_by(|known| known.name.cmp(role.as_str())).ok().map(|position| &ROLES[position])
}

impl PredefinedRole {
    /// `true` when the role grants this permission.
    pub fn includes(&self, permission: &str) -> bool {
        match self.grants {
            Grants::Basic(basic) => basic.includes(permission) && permission::exists(permission),
            Grants::These(patterns) => patterns.iter().any(|granted| fits(granted, permission)),
        }
    }

    /// The permissions it grants, sorted.
    pub fn permissions(&self) -> impl Iterator<Item = &'static str> {
        permission::every().filter(|permission| self.includes(permission))
    }

    /// The same role, not settled yet.
    const fn beta(mut self) -> Self {
        self.stage = Stage::Beta;
        self
    }
}

/// `true` when a permission is one that a role's list means. A list that ends or begins in `*` means only permissions
/// that exist.
fn fits(granted: &str, permission: &str) -> bool {
    match (granted.strip_prefix('*'), granted.strip_suffix('*')) {
        (Some(end), _) => permission.ends_with(end) && permission::exists(permission),
        (None, Some(beginning)) => permission.starts_with(beginning) && permission::exists(permission),
        (None, None) => granted == permission,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_means_permissions_that_exist() {
        for role in predefined_roles() {
            let Grants::These(patterns) = role.grants else { continue };
            for pattern in patterns {
                assert!(permission::every().any(|known| fits(pattern, known)), "{}: {pattern}", role.name);
            }
        }
    }

    #[test]
    fn what_does_not_exist_is_granted_by_no_role() {
        for role in predefined_roles() {
            for made_up in ["run.services.haunt", "haunted.houses.get", "x.y.setIamPolicy"] {
                assert!(!role.includes(made_up), "{}", role.name);
            }
        }
    }
}
