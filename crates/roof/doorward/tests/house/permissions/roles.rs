//! What each role grants, and what Doorward may do for itself.

use std::fmt::Write;

use iam::{PredefinedRole, SystemAct, permission, predefined_roles, system_permissions};

use super::columns::ROLES;

/// One line for each permission that is asked about and one column for each role of the matrix; then every role with
/// all it grants, and what `system` does.
pub fn table() -> String {
    let found = |name: &str| predefined_roles().iter().find(|known| known.name == name).unwrap();
    let shown: Vec<&PredefinedRole> = ROLES.iter().map(|(_, role)| found(role)).collect();
    for permission in permission::ALL {
        let special = |roles: &[&PredefinedRole]| {
            roles.iter().any(|role| !BROAD.contains(&role.name) && role.includes(permission))
        };
        let all: Vec<&PredefinedRole> = predefined_roles().iter().collect();
        let later = LATER.iter().any(|collection| permission.starts_with(collection));
        assert!(
            later || !special(&all) || special(&shown),
            "{permission} needs a column of a role that grants it"
        );
    }
    let mut text = String::new();
    for ((label, role), found) in ROLES.iter().zip(&shown) {
        writeln!(text, "  {label}  {role:<42} {}", found.title).unwrap();
    }
    writeln!(text, "  sy  {:<42} What Doorward does for itself", "the principal system").unwrap();
    let labels: String = ROLES.iter().map(|(label, _)| format!(" {label}")).collect();
    write!(text, "\n{:43}{labels} sy\n", "").unwrap();
    for permission in permission::ALL {
        let grants = |granted: bool| if granted { "  +" } else { "  ." };
        let cells: String = shown.iter().map(|role| grants(role.includes(permission))).collect();
        let system = grants(system_permissions().contains(permission));
        writeln!(text, "  {permission:<41}{cells}{system}").unwrap();
    }
    text.push_str("\nWhat the principal `system` does, without a permission and without being asked:\n");
    for act in SystemAct::ALL {
        writeln!(text, "  {}", act.name()).unwrap();
    }
    text.push_str("\nEvery role, and what it grants; of an owner, what it does not grant:\n");
    for role in predefined_roles() {
        writeln!(text, "\n{} \u{201c}{}\u{201d} {:?}", role.name, role.title, role.stage).unwrap();
        let owner = role.name == "roles/owner";
        for permission in permission::every().filter(|permission| role.includes(permission) != owner) {
            writeln!(text, "  {permission}").unwrap();
        }
    }
    text
}

/// Roles that are rules over everything.
const BROAD: [&str; 5] =
    ["roles/editor", "roles/iam.securityAdmin", "roles/iam.securityReviewer", "roles/owner", "roles/viewer"];
/// No method asks about these yet.
const LATER: [&str; 3] = ["logging.logs.", "logging.logEntries.create", "resourcemanager."];
