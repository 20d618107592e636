//! What each role grants, and what Doorward may do for itself.

use std::fmt::Write;

use iam::{SystemAct, predefined_roles, system_permissions};

use super::columns::ROLES;

/// One line for each permission, one column for each role, and one for `system`.
pub fn table() -> String {
    let known: Vec<&str> = ROLES.iter().map(|(_, role)| *role).collect();
    let mut text = String::new();
    for role in predefined_roles() {
        assert!(known.contains(&role.name), "{} needs a column", role.name);
    }
    for (label, role) in ROLES {
        let found = predefined_roles().iter().find(|known| known.name == *role).unwrap();
        writeln!(text, "  {label}  {role:<42} {}", found.title).unwrap();
    }
    writeln!(text, "  sy  {:<42} What Doorward does for itself", "the principal system").unwrap();
    let labels: String = ROLES.iter().map(|(label, _)| format!(" {label}")).collect();
    write!(text, "\n{:43}{labels} sy\n", "").unwrap();
    for permission in iam::permission::ALL {
        let grants = |granted: bool| if granted { "  +" } else { "  ." };
        let cells: String = ROLES
            .iter()
            .map(|(_, role)| predefined_roles().iter().find(|known| known.name == *role).unwrap())
            .map(|role| grants(role.includes(permission)))
            .collect();
        let system = grants(system_permissions().contains(permission));
        writeln!(text, "  {permission:<41}{cells}{system}").unwrap();
    }
    text.push_str("\nWhat the principal `system` does, without a permission and without being asked:\n");
    for act in SystemAct::ALL {
        writeln!(text, "  {}", act.name()).unwrap();
    }
    text
}
