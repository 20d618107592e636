//! `doorward add-iam-policy-binding RESOURCE --member=M --role=R`

use names::{Member, ResourceName, RoleName};
use serde_json::{Value, json};
use supervise::Timer;

use crate::Failure;
use crate::arguments::AddBindingArguments;
use crate::connection::Connection;

/// Reads the policy, adds the binding, writes it back with the etag that was read: nobody else's change is undone.
pub(crate) async fn run(arguments: &AddBindingArguments, timer: &Timer) -> Result<(), Failure> {
    let resource = ResourceName::parse(&arguments.resource).map_err(|error| malformed(&error))?;
    let member = Member::parse(&arguments.member).map_err(|error| malformed(&error))?;
    let role = RoleName::parse(&arguments.role).map_err(|error| malformed(&error))?;
    let path = path(&resource)?;
    let connection = Connection::open(&arguments.connection, timer)?;
    let mut policy = match resource {
        ResourceName::Function(_) | ResourceName::Service(_) => {
            connection.get(&format!("{path}:getIamPolicy?options.requestedPolicyVersion=3")).await?
        }
        _ => {
            connection
                .post(&format!("{path}:getIamPolicy"), &json!({"options": {"requestedPolicyVersion": 3}}))
                .await?
        }
    };
    if !add(&mut policy, role.as_str(), &member.to_string()) {
        eprintln!("{member} has {role} on {resource} already; nothing is changed.");
        return Ok(());
    }
    connection.post(&format!("{path}:setIamPolicy"), &json!({ "policy": policy })).await?;
    eprintln!("{member} has {role} on {resource}.");
    Ok(())
}

/// Where the API has the policy of a resource.
fn path(resource: &ResourceName) -> Result<String, Failure> {
    match resource {
        ResourceName::Organization(_) | ResourceName::Project(_) | ResourceName::ServiceAccount(_) => {
            Ok(format!("/v1/{resource}"))
        }
        ResourceName::Function(_) | ResourceName::Service(_) => Ok(format!("/v2/{resource}")),
        ResourceName::DomainMapping(_)
        | ResourceName::Folder(_)
        | ResourceName::Job(_)
        | ResourceName::Role(_) => {
            Err(Failure::new(format!("{resource} has no policy that can be changed over the API"))
                .hint("bind the role on the project: doorward add-iam-policy-binding projects/PROJECT --member=M --role=R"))
        }
    }
}

/// Adds the member to the role's binding without a condition. False where it stands there already.
fn add(policy: &mut Value, role: &str, member: &str) -> bool {
    if !policy["bindings"].is_array() {
        policy["bindings"] = json!([]);
    }
    let Some(bindings) = policy["bindings"].as_array_mut() else { return false };
    let unconditional = |binding: &&mut Value| binding["role"] == role && binding.get("condition").is_none();
    let of_role = bindings.iter_mut().find(unconditional);
    match of_role.and_then(|binding| binding["members"].as_array_mut()) {
        Some(members) if members.iter().any(|known| known == member) => return false,
        Some(members) => members.push(member.into()),
        None => bindings.push(json!({ "role": role, "members": [member] })),
    }
    true
}

fn malformed(error: &names::NameError) -> Failure {
    Failure::new(error.to_string())
        .hint("for example: doorward add-iam-policy-binding projects/demo/locations/us-central1/services/hello --member=user:ada@example.com --role=roles/run.invoker")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_is_added_once_and_nothing_else_changes() {
        let mut policy =
            json!({ "etag": "x", "bindings": [{ "role": "roles/viewer", "members": ["user:a@b.c"] }] });
        for is_new in [true, false] {
            assert_eq!(add(&mut policy, "roles/viewer", "user:d@e.f"), is_new);
            assert_eq!(add(&mut policy, "roles/owner", "user:d@e.f"), is_new);
        }
        assert_eq!(
            policy,
            json!({ "etag": "x", "bindings": [
                { "role": "roles/viewer", "members": ["user:a@b.c", "user:d@e.f"] },
                { "role": "roles/owner", "members": ["user:d@e.f"] },
            ] })
        );
    }
}
