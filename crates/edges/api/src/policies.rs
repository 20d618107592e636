//! Policies on the wire: `google.iam.v1.Policy` and what `access` keeps, for every API whose resources have one
//! (facts §4.4).

use access::{PolicyVersion, PolicyView, ReadsPolicy, RoleBinding, SetPolicy, SetPolicyError, WritesPolicy};
use context::Context;
use iam::PolicyError;
use iam::condition::{Condition, ConditionError, Fault};
use names::{FieldMask, FieldPath, Member, NameError, NotWritable, PermissionName, ResourceName, RoleName};
use problem::{Problem, Reason};
use wire::google::iam::v1::{
    Binding, GetIamPolicyRequest, Policy, SetIamPolicyRequest, TestIamPermissionsRequest,
    TestIamPermissionsResponse,
};
use wire::google::r#type::Expr;

use crate::audit_configs;
use crate::call::unimplemented;
use crate::permits::Permits;
use crate::refusal::{invalid, store_failed};
use crate::update_mask;

/// The policy methods of one API.
#[derive(Clone)]
pub(crate) struct Policies {
    permits: Permits,
}

impl Policies {
    /// In the words of the API that `permits` speaks for.
    pub(crate) fn new(permits: Permits) -> Self {
        Self { permits }
    }

    /// `GetIamPolicy` on the resource that the request names; `name` is what that turned out to be.
    pub(crate) fn get<P: ReadsPolicy>(
        &self,
        context: &Context,
        name: Option<P::Resource>,
        request: &GetIamPolicyRequest,
    ) -> Result<Policy, Problem> {
        let requested = request.options.map_or(0, |options| options.requested_policy_version);
        let requested = version("options.requested_policy_version", requested)?;
        let permit = self.permits.ask::<P>(context, &request.resource, name)?;
        Ok(message(self.permits.access().policy(&permit), requested))
    }

    /// `SetIamPolicy`.
    pub(crate) async fn set<P: WritesPolicy>(
        &self,
        context: &Context,
        name: Option<P::Resource>,
        request: SetIamPolicyRequest,
    ) -> Result<Policy, Problem> {
        let permit = self.permits.ask::<P>(context, &request.resource, name)?;
        let asked = request.resource.clone();
        let input = input(request)?;
        let view = self.permits.access().set_policy(context, permit, input).await;
        // Whoever writes conditions knows them.
        view.map(|view| message(view, PolicyVersion::Third)).map_err(|error| self.problem_of(error, &asked))
    }

    /// `TestIamPermissions`: of something that does not exist, nobody holds anything.
    pub(crate) fn test(
        &self,
        context: &Context,
        name: Option<ResourceName>,
        request: &TestIamPermissionsRequest,
    ) -> Result<TestIamPermissionsResponse, Problem> {
        if request.permissions.len() > MOST_PERMISSIONS {
            return Err(invalid("permissions", format!("at most {MOST_PERMISSIONS} can be tested at once")));
        }
        for permission in &request.permissions {
            PermissionName::parse(permission).map_err(|error| invalid("permissions", error.to_string()))?;
        }
        let held = |name| {
            let access = self.permits.access();
            access.holds(context.principal(), &name, &request.permissions, context.now(), context.api())
        };
        Ok(TestIamPermissionsResponse { permissions: name.map(held).unwrap_or_default() })
    }

    fn problem_of(&self, error: SetPolicyError, asked: &str) -> Problem {
        match error {
            SetPolicyError::AccountUnknown(_) => Problem::new(Reason::FIELD_INVALID, error.to_string())
                .at_field("policy.bindings.members", error.to_string()),
            SetPolicyError::Concurrent => Problem::new(Reason::ETAG_MISMATCH, error.to_string()).about(asked),
            SetPolicyError::EtagMissing => refused_at("policy.etag", &error),
            SetPolicyError::Gone(_) => self.permits.missing(asked),
            SetPolicyError::Invalid(error) => {
                let field = match &error {
                    PolicyError::AuditConfig(_) => "policy.audit_configs",
                    PolicyError::BasicRoleOnCondition { .. }
                    | PolicyError::EverybodyOnCondition { .. }
                    | PolicyError::TooManyConditions { .. } => "policy.bindings.condition",
                    PolicyError::EmptyBinding { .. } | PolicyError::MemberNotHere { .. } => {
                        "policy.bindings.members"
                    }
                    PolicyError::TooManyGroups { .. } | PolicyError::TooManyMembers { .. } => {
                        "policy.bindings"
                    }
                    PolicyError::UnknownRole { .. } => "policy.bindings.role",
                };
                Problem::new(Reason::FIELD_INVALID, error.to_string()).at_field(field, error.to_string())
            }
            SetPolicyError::MemberDeleted(_) => refused_at("policy.bindings.members", &error),
            SetPolicyError::ReadFailed(_) | SetPolicyError::StoreFailed(_) => store_failed(&error),
            SetPolicyError::RoleNotInHierarchy(_) => refused_at("policy.bindings.role", &error),
            SetPolicyError::VersionBelowExisting { .. } | SetPolicyError::VersionWithoutConditions { .. } => {
                refused_at("policy.version", &error)
            }
        }
    }
}

fn refused_at(field: &str, error: &SetPolicyError) -> Problem {
    Problem::new(Reason::FIELD_INVALID, error.to_string()).at_field(field, error.to_string())
}

/// What a caller wants the policy to be.
fn input(request: SetIamPolicyRequest) -> Result<SetPolicy, Problem> {
    let mask = update_mask::read(request.update_mask, |paths| FieldMask::read(paths, field))?;
    let policy = request.policy.ok_or_else(|| invalid("policy", "it is missing"))?;
    let version = version("policy.version", policy.version)?;
    // No mask means "bindings, etag". An etag that is sent is compared, whether the mask has it or not.
    let written = |field: &str| match &mask {
        FieldMask::Everything | FieldMask::Fields(_) => mask.touches(field),
        FieldMask::Populated => field == "bindings",
    };
    let bindings = written("bindings").then(|| policy.bindings.into_iter().map(binding).collect());
    let audit_configs = written("audit_configs").then(|| audit_configs::read(policy.audit_configs));
    Ok(SetPolicy {
        bindings: bindings.transpose()?,
        audit_configs: audit_configs.transpose()?,
        version,
        etag: Some(policy.etag).filter(|etag| !etag.is_empty()),
    })
}

/// The fields of a policy.
fn field(path: &FieldPath) -> Result<FieldPath, NotWritable> {
    let known = ["audit_configs", "bindings", "etag", "version"].contains(&path.as_str());
    known.then(|| path.clone()).ok_or(NotWritable::Unknown)
}

fn binding(binding: Binding) -> Result<RoleBinding, Problem> {
    let condition =
        binding.condition.map(|condition| self::condition("policy.bindings.condition", &condition));
    let condition = condition.transpose()?.flatten();
    let role = RoleName::parse(&binding.role).map_err(|error| {
        let text = format!("Role {} is not supported for this resource.", error.found);
        Problem::new(Reason::FIELD_INVALID, text).at_field("policy.bindings.role", error.to_string())
    })?;
    let members = binding.members.iter().map(|text| member("policy.bindings.members", text));
    let members = members.collect::<Result<_, _>>()?;
    Ok(RoleBinding { role, members, condition })
}

/// A member, in whatever field it stands.
pub(crate) fn member(field: &str, text: &str) -> Result<Member, Problem> {
    Member::parse(text).map_err(|error| no_member(field, &error))
}

/// A condition as a caller wrote it. One without anything in it is none.
pub(crate) fn condition(field: &str, condition: &Expr) -> Result<Option<Condition>, Problem> {
    let Expr { expression, title, description, location } = condition;
    if [expression, title, description, location].iter().all(|text| text.is_empty()) {
        return Ok(None);
    }
    Condition::parse(title, description, expression).map(Some).map_err(|error| match &error {
        ConditionError::Unusable { fault: Fault::Unsupported(what), .. } => {
            unimplemented(&format!("In conditions, {what}"))
        }
        _ => Problem::new(Reason::FIELD_INVALID, error.to_string()).at_field(field, error.to_string()),
    })
}

/// Google's sentence where the text is of no known form, else what is wrong with its value.
fn no_member(field: &str, error: &NameError) -> Problem {
    let text = match error.field {
        "policy member" if error.expected == FORM => FORM.to_owned(),
        _ => format!("Invalid policy member: {error}."),
    };
    Problem::new(Reason::FIELD_INVALID, text).at_field(field, error.to_string())
}

fn version(field: &str, number: i32) -> Result<PolicyVersion, Problem> {
    PolicyVersion::of(number).ok_or_else(|| invalid(field, "policies have version 0, 1 or 3"))
}

/// A policy as it is answered: version 3 where a binding has a condition and the caller knows conditions, else version
/// 1; no version where nothing is bound. To whoever does not know them, the role of a conditional binding is shown under
/// a name that is no role, so that it is neither taken for an unconditional one nor written back (facts §4.4).
fn message(view: PolicyView, known: PolicyVersion) -> Policy {
    let conditional = view.bindings.iter().any(|binding| binding.condition.is_some());
    let shown = conditional && known == PolicyVersion::Third;
    let binding = |binding: RoleBinding| Binding {
        role: match &binding.condition {
            Some(condition) if !shown => format!("{}_withcond_{}", binding.role, digest(condition)),
            _ => binding.role.to_string(),
        },
        members: binding.members.iter().map(ToString::to_string).collect(),
        condition: binding.condition.as_ref().filter(|_| shown).map(expression),
    };
    let bindings: Vec<_> = view.bindings.into_iter().map(binding).collect();
    let version = if shown { 3 } else { i32::from(!bindings.is_empty()) };
    Policy { version, bindings, audit_configs: audit_configs::messages(view.audit_configs), etag: view.etag }
}

/// A condition as it is answered.
pub(crate) fn expression(condition: &Condition) -> Expr {
    Expr {
        expression: condition.expression().to_owned(),
        title: condition.title().to_owned(),
        description: condition.description().to_owned(),
        location: String::new(),
    }
}

/// Twenty hexadecimal digits that tell conditions apart: FNV-1a of 128 bits, shortened. Nobody relies on it for more.
fn digest(condition: &Condition) -> String {
    let parts = [condition.title(), condition.description(), condition.expression()];
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let digest = bytes.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |digest, byte| {
        (digest ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    format!("{:020x}", digest >> 48)
}

/// As at Google.
const MOST_PERMISSIONS: usize = 100;
/// Google's sentence, which `names` has as its expectation.
const FORM: &str = "Policy members must be of the form \"<type>:<value>\".";

#[cfg(test)]
mod tests {
    use super::*;
    use wire::google::iam::v1::{AuditConfig, AuditLogConfig};

    fn request(policy: Policy) -> SetIamPolicyRequest {
        SetIamPolicyRequest { policy: Some(policy), ..SetIamPolicyRequest::default() }
    }

    fn bound(role: &str, member: &str) -> Policy {
        let binding = Binding { role: role.into(), members: vec![member.into()], condition: None };
        Policy { bindings: vec![binding], ..Policy::default() }
    }

    #[test]
    fn what_cannot_be_kept_is_refused_and_named() {
        let on = |expression: &str| {
            let expr = Expr { expression: expression.into(), title: "t".into(), ..Expr::default() };
            let mut policy = bound("roles/run.invoker", "user:ada@example.com");
            policy.bindings[0].condition = Some(expr);
            policy
        };
        for policy in [on("request.path == '/'"), on("resource.name.matches('x')")] {
            assert_eq!(input(request(policy)).unwrap_err().reason, Reason::METHOD_UNIMPLEMENTED);
        }
        assert_eq!(
            input(request(on("request.tme"))).unwrap_err().violations[0].field,
            "policy.bindings.condition"
        );
        let mut empty = on("true");
        empty.bindings[0].condition = Some(Expr::default());
        assert_eq!(input(request(empty)).unwrap().bindings.unwrap()[0].condition, None);
        let second = Policy { version: 2, ..bound("roles/run.invoker", "allUsers") };
        assert_eq!(input(request(second)).unwrap_err().reason, Reason::FIELD_INVALID);
        assert_eq!(input(SetIamPolicyRequest::default()).unwrap_err().violations[0].field, "policy");
    }

    #[test]
    fn bad_roles_and_members_have_googles_texts() {
        let message = |role, member| input(request(bound(role, member))).unwrap_err().message;
        assert_eq!(message("roles/run.invoker", "ada"), FORM);
        assert_eq!(message("roles/run.invoker", "robot:x"), FORM);
        assert_eq!(message("a role", "allUsers"), "Role a role is not supported for this resource.");
        assert!(
            message("roles/run.invoker", "user:ada")
                .starts_with("Invalid policy member: e-mail is not valid")
        );
    }

    #[test]
    fn version_3_without_conditions_and_the_masks_of_clients_are_taken() {
        for paths in [vec![], vec!["bindings", "etag"], vec!["bindings", "etag", "auditConfigs"], vec!["*"]] {
            let policy = Policy { version: 3, etag: b"e".to_vec(), ..bound("roles/run.invoker", "allUsers") };
            let mut request = request(policy);
            request.update_mask.get_or_insert_default().paths = paths.into_iter().map(Into::into).collect();
            let input = input(request).unwrap();
            assert_eq!((input.bindings.unwrap().len(), input.etag), (1, Some(b"e".to_vec())));
        }
    }

    #[test]
    fn what_a_mask_does_not_name_stays() {
        let log = AuditLogConfig { log_type: 1, ..AuditLogConfig::default() };
        let audited = AuditConfig { service: "allServices".into(), audit_log_configs: vec![log] };
        for (paths, bindings, audit) in [
            (vec![], true, false),
            (vec!["bindings"], true, false),
            (vec!["bindings", "audit_configs"], true, true),
            (vec!["auditConfigs", "etag"], false, true),
            (vec!["etag"], false, false),
            (vec!["version"], false, false),
            (vec!["*"], true, true),
        ] {
            let policy =
                Policy { audit_configs: vec![audited.clone()], ..bound("roles/run.invoker", "allUsers") };
            let mut request = request(policy);
            request.update_mask.get_or_insert_default().paths =
                paths.iter().map(|&path| path.into()).collect();
            let input = input(request).unwrap();
            assert_eq!(
                (input.bindings.is_some(), input.audit_configs.is_some()),
                (bindings, audit),
                "{paths:?}"
            );
        }
        let mut unknown = request(Policy::default());
        unknown.update_mask.get_or_insert_default().paths = vec!["bindings.role".into()];
        assert_eq!(input(unknown).unwrap_err().violations[0].field, "update_mask");
    }
}
