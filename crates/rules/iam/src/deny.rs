//! Deny policies: what nobody named in them may do, whatever allow policies say (`google.iam.v2`).

use names::{DenyPermission, DenyPolicyName, Principal, PrincipalIdentifier, UniqueId};

use crate::condition::{Circumstances, Condition, Verdict};
use crate::decide::{Level, Question};
use crate::permission;

/// The most rules in all policies of one resource (Google, "IAM quotas and limits").
pub const MAX_RULES: usize = 500;
/// The most principals in all policies of one resource, repeats counted; of these at most 500 groups (as above).
pub const MAX_PRINCIPALS: usize = 2500;
const MAX_GROUPS: usize = 500;

/// A deny policy as it is decided on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DenyPolicy {
    /// Its name.
    pub name: DenyPolicyName,
    /// Any of them is enough.
    pub rules: Vec<DenyRule>,
}

/// A rule: these principals may not use these permissions.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct DenyRule {
    /// What it is for; at most 256 characters.
    pub description: String,
    /// Who may not: never empty.
    pub denied_principals: Vec<DeniedPrincipal>,
    /// Who may all the same.
    pub exception_principals: Vec<DeniedPrincipal>,
    /// What they may not: never empty.
    pub denied_permissions: Vec<DenyPermission>,
    /// What they may all the same.
    pub exception_permissions: Vec<DenyPermission>,
    /// When the rule applies; `None` for always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// A principal of a rule, tied to the account that had its name when the rule was written.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct DeniedPrincipal {
    /// Whom the rule names.
    pub identifier: PrincipalIdentifier,
    /// The account's unique ID, where it is a service account.
    pub unique_id: Option<UniqueId>,
}

/// Why rules cannot be set.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DenyError {
    /// A condition about something else than tags.
    #[error(
        "The condition of a deny rule can use the functions of resource tags, &&, || and !, and nothing else."
    )]
    ConditionNotOfTags,
    /// A description beyond its length.
    #[error("The description of a rule has at most 256 characters.")]
    DescriptionTooLong,
    /// Everybody is excepted.
    #[error("principalSet://goog/public:all cannot be excepted from a rule.")]
    EverybodyExcepted,
    /// A rule that denies nothing.
    #[error("A deny rule needs at least one denied permission.")]
    NoPermissions,
    /// A rule that denies nobody.
    #[error("A deny rule needs at least one denied principal.")]
    NoPrincipals,
    /// A policy that denies nothing.
    #[error("A deny policy needs at least one rule.")]
    NoRules,
    /// A permission that the product does not have: the rule would deny nothing and look as if it did.
    #[error("The permission {0} does not exist.")]
    PermissionUnknown(DenyPermission),
    /// More groups than a resource's deny policies may name.
    #[error("The deny policies of one resource may name at most 500 groups, these name {0}.")]
    TooManyGroups(usize),
    /// More principals than a resource's deny policies may name.
    #[error("The deny policies of one resource may name at most 2500 principals, these name {0}.")]
    TooManyPrincipals(usize),
    /// More rules than a resource's deny policies may have.
    #[error("The deny policies of one resource may have at most 500 rules, these have {0}.")]
    TooManyRules(usize),
}

/// The rule that denies a permission.
#[derive(Clone, Debug)]
pub(crate) struct Denying<'a> {
    pub(crate) policy: &'a DenyPolicy,
    /// Which of its rules, from 1.
    pub(crate) rule: usize,
    /// The principal of the rule that matched.
    pub(crate) principal: &'a DeniedPrincipal,
}

impl DenyRule {
    /// Checks the rules of a policy that somebody wants to set, beside the rules of the other policies on the resource.
    pub fn check(rules: &[Self], others: &[Self]) -> Result<(), DenyError> {
        if rules.is_empty() {
            return Err(DenyError::NoRules);
        }
        for rule in rules {
            rule.check_alone()?;
        }
        let count = rules.len() + others.len();
        if count > MAX_RULES {
            return Err(DenyError::TooManyRules(count));
        }
        let principals = || rules.iter().chain(others).flat_map(Self::principals);
        let count = principals().count();
        if count > MAX_PRINCIPALS {
            return Err(DenyError::TooManyPrincipals(count));
        }
        let groups = principals().filter(|named| matches!(named.identifier, PrincipalIdentifier::Group(_)));
        match groups.count() {
            count if count > MAX_GROUPS => Err(DenyError::TooManyGroups(count)),
            _ => Ok(()),
        }
    }

    fn check_alone(&self) -> Result<(), DenyError> {
        if self.description.chars().count() > 256 {
            return Err(DenyError::DescriptionTooLong);
        }
        if self.denied_principals.is_empty() {
            return Err(DenyError::NoPrincipals);
        }
        if self.denied_permissions.is_empty() {
            return Err(DenyError::NoPermissions);
        }
        if self.exception_principals.iter().any(|named| named.identifier == PrincipalIdentifier::All) {
            return Err(DenyError::EverybodyExcepted);
        }
        let permissions = self.denied_permissions.iter().chain(&self.exception_permissions);
        if let Some(unknown) = permissions.clone().find(|permission| names_nothing(permission)) {
            return Err(DenyError::PermissionUnknown(unknown.clone()));
        }
        match &self.condition {
            Some(condition) if !condition.asks_only_about_tags() => Err(DenyError::ConditionNotOfTags),
            _ => Ok(()),
        }
    }

    /// Everybody that the rule names, excepted ones included.
    pub fn principals(&self) -> impl Iterator<Item = &DeniedPrincipal> {
        self.denied_principals.iter().chain(&self.exception_principals)
    }

    /// The principal that the rule denies a permission to, if the question's is meant. A condition that cannot be
    /// evaluated does not let anybody through.
    fn denies<'r>(
        &'r self,
        question: &Question<'_>,
        circumstances: &Circumstances<'_>,
        permission: &str,
    ) -> Option<&'r DeniedPrincipal> {
        let named =
            |permissions: &[DenyPermission]| permissions.iter().any(|known| known.includes(permission));
        if !named(&self.denied_permissions) || named(&self.exception_permissions) {
            return None;
        }
        let principal = self.denied_principals.iter().find(|named| named.includes(question))?;
        if self.exception_principals.iter().any(|named| named.includes(question)) {
            return None;
        }
        let applies = |condition: &Condition| condition.evaluate(circumstances) != Verdict::Unmet;
        self.condition.as_ref().is_none_or(applies).then_some(principal)
    }
}

/// Whether the product is known and has no such permission. Of products that are not, nothing can be said.
fn names_nothing(denied: &DenyPermission) -> bool {
    let of_product = |name: &&str| name.starts_with(denied.product());
    permission::every().any(|name| of_product(&name))
        && !permission::every().any(|name| denied.includes(name))
}

impl DeniedPrincipal {
    /// Whether this is how it is shown while its account is deleted: `deleted:NAME?uid=UNIQUE_ID`.
    pub fn is_shown_deleted_as(&self, identifier: &PrincipalIdentifier) -> bool {
        let (PrincipalIdentifier::Deleted(shown), Some(unique_id)) = (identifier, &self.unique_id) else {
            return false;
        };
        shown.strip_suffix(&format!("?uid={unique_id}")) == Some(&self.identifier.to_string())
    }

    fn includes(&self, question: &Question<'_>) -> bool {
        match (&self.identifier, question.principal) {
            (PrincipalIdentifier::All, _) => true,
            (PrincipalIdentifier::Federated { pool, selector }, principal) => {
                question.vouched.selects(principal, pool, selector)
            }
            (PrincipalIdentifier::Group(group), _) => question.groups.contains(group),
            (PrincipalIdentifier::Person(named), Principal::Person { email, .. }) => named == email,
            (PrincipalIdentifier::ServiceAccount(named), Principal::ServiceAccount { email, unique_id }) => {
                named == email && self.unique_id.as_ref().is_none_or(|bound| bound == unique_id)
            }
            _ => false,
        }
    }
}

/// The first rule, from the resource upwards, that denies the permission.
pub(crate) fn denying<'a>(
    question: &Question<'a>,
    circumstances: &Circumstances<'_>,
    permission: &str,
) -> Option<Denying<'a>> {
    question.lineage.iter().find_map(|level| denying_at(level, question, circumstances, permission))
}

/// As [`denying`], at one level.
pub(crate) fn denying_at<'a>(
    level: &Level<'a>,
    question: &Question<'_>,
    circumstances: &Circumstances<'_>,
    permission: &str,
) -> Option<Denying<'a>> {
    level.denies.iter().find_map(|policy| {
        policy.rules.iter().zip(1..).find_map(|(rule, number)| {
            let principal = rule.denies(question, circumstances, permission)?;
            Some(Denying { policy, rule: number, principal })
        })
    })
}
