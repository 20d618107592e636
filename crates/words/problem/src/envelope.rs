//! The JSON form of errors (facts §0.1), in one place for every edge.

use serde_json::{Value, json};

use crate::{Code, Problem, Violation};

/// `{"error": {…}}`. `http_status` is the status that is answered, which may be narrower than that of the code.
pub fn envelope(http_status: u16, code: Code, message: &str, details: Vec<Value>) -> Value {
    let mut error = json!({ "code": http_status, "message": message, "status": code.name() });
    if !details.is_empty() {
        error["details"] = details.into();
    }
    json!({ "error": error })
}

impl Problem {
    /// What goes with the message: messages of `google.rpc` in their JSON form, `ErrorInfo` first. `domain` says whose
    /// reason it is, such as `iam.googleapis.com`.
    pub fn details(&self, domain: &str, request_id: &str) -> Vec<Value> {
        let mut info = detail("ErrorInfo", json!({ "reason": self.reason.name(), "domain": domain }));
        if !self.metadata.is_empty() {
            info["metadata"] = json!(self.metadata);
        }
        let mut details = vec![info];
        if !self.violations.is_empty() {
            let violation = |Violation { field, description }: &Violation| json!({ "field": field, "description": description });
            let violations: Vec<_> = self.violations.iter().map(violation).collect();
            details.push(detail("BadRequest", json!({ "fieldViolations": violations })));
        }
        if let Some(resource) = &self.resource {
            details.push(detail("ResourceInfo", json!({ "resourceName": resource })));
        }
        // The next command where one is known, and the page that explains it.
        let next = self.command.as_deref().unwrap_or(Self::NO_COMMAND);
        let link = json!({ "description": next, "url": self.reason.page() });
        details.push(detail("Help", json!({ "links": [link] })));
        details.push(detail("RequestInfo", json!({ "requestId": request_id })));
        details
    }
}

fn detail(name: &str, mut fields: Value) -> Value {
    fields["@type"] = format!("type.googleapis.com/google.rpc.{name}").into();
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reason;

    #[test]
    fn envelope_tells_all_that_the_problem_knows() {
        let problem = Problem::new(Reason::IAM_PERMISSION_DENIED, "no")
            .with("permission", "run.services.get")
            .at_field("name", "bad")
            .about("projects/demo")
            .try_command("doorward help");
        let details = problem.details("run.googleapis.com", "42");
        let types: Vec<_> = details
            .iter()
            .map(|detail| detail["@type"].as_str().unwrap().rsplit('.').next().unwrap())
            .collect();
        assert_eq!(types, ["ErrorInfo", "BadRequest", "ResourceInfo", "Help", "RequestInfo"]);
        assert_eq!(details[0]["metadata"]["permission"], "run.services.get");
        let envelope = envelope(403, problem.code(), &problem.message, details);
        assert_eq!(envelope["error"]["status"], "PERMISSION_DENIED");
        assert_eq!(
            envelope["error"]["details"][3]["links"][0]["url"],
            "docs/problems/IAM_PERMISSION_DENIED.md"
        );
    }

    #[test]
    fn problem_without_particulars_still_has_a_reason_a_page_and_a_request() {
        let details = Problem::new(Reason::INTERNAL, "?").details("doorward", "42");
        assert_eq!(details.len(), 3);
        assert_eq!(details[2]["requestId"], "42");
        assert_eq!(envelope(500, Code::Internal, "?", Vec::new())["error"]["details"], Value::Null);
    }
}
