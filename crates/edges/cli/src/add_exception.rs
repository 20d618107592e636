//! `doorward add-deny-policy-exception POLICY --rule=N --principal=P`

use names::{DenyPolicyName, PrincipalIdentifier};
use serde_json::{Value, json};
use supervise::Timer;

use crate::Failure;
use crate::arguments::AddExceptionArguments;
use crate::connection::Connection;

/// Reads the policy, adds the exception, writes it back with the etag that was read: nobody else's change is undone.
pub(crate) async fn run(arguments: &AddExceptionArguments, timer: &Timer) -> Result<(), Failure> {
    let path = path(&arguments.policy)?;
    let principal = PrincipalIdentifier::parse(&arguments.principal).map_err(|error| malformed(&error))?;
    let principal = principal.to_string();
    let connection = Connection::open(&arguments.connection, timer)?;
    let mut policy = connection.get(&path).await?;
    let rules = policy["rules"].as_array().map_or(0, Vec::len);
    match add(&mut policy, arguments.rule, &principal) {
        Added::Already => {
            eprintln!("{principal} is excepted from rule {} already; nothing is changed.", arguments.rule);
        }
        Added::New => {
            connection.put(&path, &policy).await?;
            eprintln!("{principal} is excepted from rule {} of {}.", arguments.rule, arguments.policy);
        }
        Added::NoSuchRule => {
            return Err(Failure::new(format!("the policy has no rule {}", arguments.rule))
                .hint(format!("its rules are numbered from 1 to {rules}; doorward explain REQUEST_ID names the one that denied a request")));
        }
    }
    Ok(())
}

/// Where the API has a deny policy. Its attachment point is one segment, however it is written.
fn path(policy: &str) -> Result<String, Failure> {
    let name = DenyPolicyName::parse(policy).map_err(|error| malformed(&error))?;
    let point = policy.strip_prefix("policies/").and_then(|rest| rest.rsplit_once("/denypolicies/"));
    let point = point.map_or("", |(point, _)| point).replace('/', "%2F");
    Ok(format!("/v2/policies/{point}/denypolicies/{}", name.policy))
}

#[derive(PartialEq, Eq, Debug)]
enum Added {
    Already,
    New,
    NoSuchRule,
}

fn add(policy: &mut Value, rule: usize, principal: &str) -> Added {
    let Some(place) = rule.checked_sub(1) else { return Added::NoSuchRule };
    let Some(rule) = policy["rules"].get_mut(place).and_then(|rule| rule.get_mut("denyRule")) else {
        return Added::NoSuchRule;
    };
    if !rule["exceptionPrincipals"].is_array() {
        rule["exceptionPrincipals"] = json!([]);
    }
    let Some(excepted) = rule["exceptionPrincipals"].as_array_mut() else { return Added::NoSuchRule };
    if excepted.iter().any(|known| known == principal) {
        return Added::Already;
    }
    excepted.push(principal.into());
    Added::New
}

fn malformed(error: &names::NameError) -> Failure {
    Failure::new(error.to_string()).hint(
        "for example: doorward add-deny-policy-exception policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fdemo/denypolicies/no-strangers --rule=1 --principal=principal://goog/subject/ada@example.com",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_is_added_once_to_one_rule_and_nothing_else_changes() {
        let ada = "principal://goog/subject/ada@example.com";
        let rule = |excepted: Value| json!({"denyRule": {"deniedPrincipals": ["x"], "exceptionPrincipals": excepted}});
        let mut policy =
            json!({"etag": "e", "rules": [{"denyRule": {"deniedPrincipals": ["x"]}}, rule(json!(["y"]))]});
        assert_eq!(add(&mut policy, 1, ada), Added::New);
        assert_eq!(add(&mut policy, 1, ada), Added::Already);
        assert_eq!(policy, json!({"etag": "e", "rules": [rule(json!([ada])), rule(json!(["y"]))]}));
        for none in [0, 3] {
            assert_eq!(add(&mut policy, none, ada), Added::NoSuchRule);
        }
    }

    #[test]
    fn both_spellings_of_an_attachment_point_lead_to_one_place() {
        let place = "/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fdemo/denypolicies/no-one";
        for point in ["%2Fprojects%2Fdemo", "/projects/demo"] {
            let name = format!("policies/cloudresourcemanager.googleapis.com{point}/denypolicies/no-one");
            assert_eq!(path(&name).unwrap(), place);
        }
        assert!(path("projects/demo").is_err());
    }
}
