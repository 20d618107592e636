//! `doorward explain REQUEST_ID`

use serde_json::Value;
use supervise::Timer;

use crate::Failure;
use crate::arguments::ExplainArguments;
use crate::connection::Connection;
use crate::output::print;

pub(crate) async fn run(arguments: &ExplainArguments, timer: &Timer) -> Result<(), Failure> {
    let id = arguments.request_id.trim();
    if id.len() != 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Failure::new("a request ID has 32 hexadecimal digits")
            .hint("it is in the answer's header x-doorward-request-id: curl -i URL"));
    }
    let connection = Connection::open(&arguments.connection, timer)?;
    let answer = connection.get(&format!("/v1/decisions/{}", id.to_ascii_lowercase())).await?;
    print(&shown(&answer))
}

/// An explanation as people read it: what came out, each check, what would change it, and how it stands today.
fn shown(answer: &Value) -> String {
    let mut lines = vec![
        format!("{} by {}", text(answer, "target"), text(answer, "principal")),
        format!("{} at {}", outcome(answer), text(answer, "time")),
    ];
    if let id @ [_, ..] = text(answer, "answeredUnder").as_bytes() {
        let id = String::from_utf8_lossy(id);
        lines.push(format!("answered here under {id}: doorward explain {id}"));
    }
    lines.push("checks:".to_owned());
    lines.extend(list(answer, "checks").iter().flat_map(check));
    for permission in list(answer, "permissions") {
        lines.extend(today(permission, text(answer, "principal")));
    }
    if let reason @ [_, ..] = text(answer, "reason").as_bytes() {
        let reason = String::from_utf8_lossy(reason);
        lines.push(format!("what it means and what to do: docs/problems/{reason}.md"));
    }
    lines.iter().map(|line| one_line(line) + "\n").collect()
}

fn outcome(answer: &Value) -> String {
    match (answer["status"].as_i64().unwrap_or_default(), text(answer, "reason")) {
        (0, "") => "not ended, or its end was not recorded,".to_owned(),
        (0, reason) => format!("no answer: {reason}"),
        (status, "") => format!("{status}"),
        (status, reason) => format!("{status} {reason}"),
    }
}

fn check(check: &Value) -> Vec<String> {
    let found = format!("{}: {}", text(check, "subject"), text(check, "found"));
    if check["passed"] == true {
        vec![format!("  ok  {found}")]
    } else {
        vec![format!("  NO  {found}"), format!("      expected {}", text(check, "expected"))]
    }
}

/// How a permission was decided, what would change a refusal, and whether the same question has another answer now.
/// `caller` made the request; what a delegate of a chain asked for says so.
fn today(permission: &Value, caller: &str) -> Vec<String> {
    let (granted, current) = (text(permission, "ground"), &permission["current"]);
    let mut what = format!("{} on {}", text(permission, "permission"), text(permission, "resource"));
    match text(permission, "principal") {
        "" => {}
        asker if asker == caller => {}
        asker => what = format!("{what}, asked for by {asker}"),
    }
    let mut lines = vec![match granted {
        "" => format!("{what}: refused (configuration {})", text(permission, "revision")),
        ground => format!("{what}: granted, {ground} (configuration {})", text(permission, "revision")),
    }];
    let now = text(current, "ground");
    let command = if current.is_null() { text(permission, "command") } else { text(current, "command") };
    match (granted, now) {
        _ if current.is_null() => {
            lines.push("  who asked, or what was asked about, is not there, or no more".to_owned())
        }
        ("", "") => lines.push("  today: still refused".to_owned()),
        ("", now) => {
            lines.push(format!("  today: granted, {now} (configuration {})", text(current, "revision")))
        }
        (_, "") => lines.push(format!("  today: refused (configuration {})", text(current, "revision"))),
        (_, _) => {}
    }
    if now.is_empty() && !command.is_empty() {
        lines.push("  this would grant it:".to_owned());
        lines.push(format!("    {command}"));
    }
    lines
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// Hosts, paths and audiences are others' words: they do not write on the terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_refusal_shows_each_check_the_command_and_today() {
        let text = shown(&json!({
            "target": "GET hello.run.localhost/\u{1b}[31m", "principal": "serviceAccount:a@demo", "status": 403,
            "reason": "INVOKER_PERMISSION_DENIED", "time": "2026-11-22T00:00:00Z",
            "checks": [
                { "subject": "the host", "found": "projects/demo", "passed": true },
                { "subject": "the policy", "expected": "a binding", "found": "none" },
            ],
            "permissions": [{
                "permission": "run.routes.invoke", "resource": "projects/demo", "revision": "7",
                "current": { "revision": "9", "command": "doorward add-iam-policy-binding projects/demo" },
            }],
        }));
        assert_eq!(
            text,
            "GET hello.run.localhost/ [31m by serviceAccount:a@demo\n\
             403 INVOKER_PERMISSION_DENIED at 2026-11-22T00:00:00Z\n\
             checks:\n  ok  the host: projects/demo\n  NO  the policy: none\n      expected a binding\n\
             run.routes.invoke on projects/demo: refused (configuration 7)\n  today: still refused\n\
             \x20 this would grant it:\n    doorward add-iam-policy-binding projects/demo\n\
             what it means and what to do: docs/problems/INVOKER_PERMISSION_DENIED.md\n"
        );
    }

    #[test]
    fn an_attempt_names_the_request_under_which_it_was_answered_here() {
        let id = "0123456789abcdef0123456789abcdef";
        let text = shown(&json!({ "target": "POST https://hello/ for projects/demo/locations/l/jobs/report",
            "principal": "serviceAccount:agent@demo", "status": 403, "time": "now", "answeredUnder": id }));
        assert!(text.contains(&format!("answered here under {id}: doorward explain {id}")), "{text}");
        assert_eq!(outcome(&json!({ "reason": "ADDRESS_REFUSED" })), "no answer: ADDRESS_REFUSED");
    }

    #[test]
    fn what_was_mended_since_is_said() {
        let permission = json!({ "permission": "p", "resource": "r", "revision": "1",
            "current": { "revision": "2", "ground": "allUsers has roles/run.invoker" } });
        assert_eq!(
            today(&permission, "user:ada@example.com")[1],
            "  today: granted, allUsers has roles/run.invoker (configuration 2)"
        );
    }
}
