//! `doorward token inspect [TOKEN]`

use std::io::Read as _;

use serde_json::{Value, json};

use crate::Failure;
use crate::arguments::InspectArguments;
use crate::connection::Connection;
use crate::output::print;

pub(crate) async fn run(connection: &Connection, arguments: &InspectArguments) -> Result<(), Failure> {
    let token = match &arguments.token {
        Some(token) => token.clone(),
        None => from_standard_input()?,
    };
    let answer = connection.post("/v1/tokens:inspect", &json!({ "token": token.trim() })).await?;
    print(&shown(&answer))
}

fn from_standard_input() -> Result<String, Failure> {
    let mut token = String::new();
    std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_to_string(&mut token)
        .map_err(|error| Failure::new("standard input cannot be read").because(&error))?;
    if token.trim().is_empty() {
        return Err(Failure::new("there is no token on standard input")
            .hint("doorward token identity --as SA --audience URL | doorward token inspect"));
    }
    Ok(token)
}

/// An inspection as people read it: what it is, whether it counts, what it says, what it is good for.
fn shown(answer: &Value) -> String {
    let text = |name: &str| answer[name].as_str().unwrap_or_default();
    let mut lines = vec![
        match text("kind") {
            "ACCESS_TOKEN" => "an access token",
            "ID_TOKEN" => "an ID token",
            "SELF_SIGNED" => "a token that a service account signed itself",
            _ => "no token of this Doorward",
        }
        .to_owned(),
    ];
    lines.push(match text("fault") {
        "" => "  it counts".to_owned(),
        fault => format!("  it does not count: {fault}"),
    });
    for (label, name) in [("of", "principal"), ("until", "expireTime")] {
        if !text(name).is_empty() {
            lines.push(format!("  {label} {}", text(name)));
        }
    }
    for part in ["header", "claims"] {
        if let Some(members) = answer[part].as_object().filter(|members| !members.is_empty()) {
            lines.push(format!("{part}:"));
            lines.extend(members.iter().map(|(name, value)| format!("  {name}: {}", plain(name, value))));
        }
    }
    lines.push("good for:".to_owned());
    for one in answer["uses"].as_array().into_iter().flatten() {
        let mark = if one["possible"] == true { "yes" } else { "no " };
        let text = |name: &str| one[name].as_str().unwrap_or_default();
        lines.push(format!("  {mark} {}: {}", text("purpose"), text("why")));
        if !text("command").is_empty() {
            lines.push(format!("      {}", text("command")));
        }
    }
    lines.join("\n") + "\n"
}

/// A claim; instants also as people read them.
fn plain(name: &str, value: &Value) -> String {
    let instant = matches!(name, "exp" | "iat" | "nbf" | "auth_time").then(|| value.as_f64()).flatten();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an instant that does not fit is shown as its number"
    )]
    let instant = instant.and_then(|seconds| jiff::Timestamp::from_second(seconds as i64).ok());
    match (instant, value) {
        (Some(instant), _) => format!("{} ({instant})", instant.as_second()),
        (None, Value::String(text)) => text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        (None, other) => other.to_string(),
    }
}

/// As much as any place takes for a token, and a line end.
const LONGEST: u64 = (16 << 10) + 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inspection_says_what_it_is_whether_it_counts_and_what_for() {
        let text = shown(&json!({
            "kind": "ID_TOKEN", "fault": "it ended at 2026-01-01T00:00:00Z; mint a new one",
            "header": { "alg": "RS256" }, "claims": { "exp": 1_767_225_600.0, "aud": "https://x\u{1b}[2J" },
            "uses": [{ "purpose": "calling APIs", "why": "an API takes access tokens", "command": "doorward token access" }],
        }));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..2],
            ["an ID token", "  it does not count: it ended at 2026-01-01T00:00:00Z; mint a new one"]
        );
        assert!(lines.contains(&"  exp: 1767225600 (2026-01-01T00:00:00Z)"));
        assert!(lines.contains(&"  no  calling APIs: an API takes access tokens"));
        assert!(!text.contains('\u{1b}'), "a token does not write on the terminal");
    }
}
