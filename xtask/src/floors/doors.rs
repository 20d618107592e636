//! Third-party crates: what a floor may not know, and the one door that each crate that matters comes in by.
//!
//! Dev-dependencies are free: a test may compare against anything, and none of it ships.

use super::Fault;
use super::graph::{Crate, Dependency, Floor, Graph};

/// Every third-party crate that came in through the wrong door.
pub fn faults(graph: &Graph) -> Vec<Fault> {
    let mut faults = Vec::new();
    for from in graph.crates.iter().filter(|from| from.folder.starts_with("crates/")) {
        for dependency in from.used() {
            if let Some(why) = banned(from, dependency).or_else(|| wrong_door(from, dependency)) {
                faults.push(Fault::new(&from.folder, format!("may not know `{}`: {why}", dependency.name)));
            }
        }
    }
    faults
}

fn banned(from: &Crate, dependency: &Dependency) -> Option<String> {
    let floor = from.floor?;
    let ban = BANS
        .iter()
        .find(|ban| ban.floors.contains(&floor) && ban.names.iter().any(|name| family(name, dependency)))?;
    Some(ban.why.into())
}

fn wrong_door(from: &Crate, dependency: &Dependency) -> Option<String> {
    let door = DOORS.iter().find(|door| door.names.iter().any(|name| family(name, dependency)))?;
    if door.feature.is_some_and(|feature| !dependency.features.iter().any(|asked| asked.starts_with(feature)))
    {
        return None;
    }
    let open = door.open_to.contains(&from.name.as_str());
    (!open).then(|| match door.open_to {
        [] => "it is for tests only".into(),
        open_to => format!("its door is {}", open_to.join(" and ")),
    })
}

/// `tokio` stands for `tokio`, `tokio-util` and `tokio-rustls` alike.
fn family(name: &str, dependency: &Dependency) -> bool {
    dependency.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

struct Ban {
    floors: &'static [Floor],
    names: &'static [&'static str],
    why: &'static str,
}

struct Door {
    names: &'static [&'static str],
    /// Only where a feature that starts with this is asked for.
    feature: Option<&'static str>,
    open_to: &'static [&'static str],
}

const BANS: &[Ban] = &[
    Ban {
        floors: &[Floor::Words, Floor::Rules],
        names: &[
            "async-std",
            "axum",
            "clap",
            "hyper",
            "mio",
            "smol",
            "sqlx",
            "tokio",
            "tonic",
            "tower",
            "tracing",
        ],
        why: "words and rules do no I/O, run no tasks and write no logs",
    },
    Ban {
        floors: &[Floor::Words, Floor::Rules],
        names: &["chrono", "fastrand", "getrandom", "rand"],
        why: "time and chance come through Context",
    },
    Ban {
        floors: &[Floor::Services],
        names: &["axum", "clap", "hyper", "sqlx", "tonic"],
        why: "services know no wire, no SQL and no command line",
    },
];

const DOORS: &[Door] = &[
    Door { names: &["anyhow"], feature: None, open_to: &["doorward", "cli"] },
    Door { names: &["aws-lc-rs", "aws-lc-sys"], feature: None, open_to: &["jose", "keys"] },
    Door { names: &["bollard"], feature: None, open_to: &["runtime"] },
    Door { names: &["croner", "jsonwebtoken", "openidconnect"], feature: None, open_to: &[] },
    Door { names: &["askama", "maud", "minijinja", "tera"], feature: None, open_to: &["console"] },
    Door { names: &["hyper-util"], feature: Some("client"), open_to: &["outbound", "gateway"] },
    Door {
        names: &["attohttpc", "awc", "curl", "isahc", "reqwest", "surf", "ureq"],
        feature: None,
        open_to: &["outbound", "gateway"],
    },
    Door { names: &["rcgen"], feature: None, open_to: &["keys"] },
    Door { names: &["libsqlite3-sys", "rusqlite", "sqlx"], feature: None, open_to: &["store-sql"] },
];

#[cfg(test)]
mod tests {
    use super::super::graph::house;
    use super::*;

    #[test]
    fn each_crate_may_come_in_by_its_door() {
        let graph = house(&[
            ("words/names", &["thiserror", "dev:tokio"]),
            ("rules/jose", &["aws-lc-rs", "dev:jsonwebtoken"]),
            ("ports/keys", &["aws-lc-rs", "rcgen", "tokio"]),
            ("ports/store-sql", &["sqlx", "tokio"]),
            ("services/delivery", &["http", "tokio", "tracing", "dev:axum"]),
            ("edges/api", &["axum", "hyper", "tonic", "hyper-util"]),
            ("roof/doorward", &["anyhow", "clap"]),
        ]);
        assert_eq!(faults(&graph), []);
    }

    #[test]
    fn a_crate_at_the_wrong_door_is_found() {
        let wrong: &[(&str, &str)] = &[
            ("words/names", "tokio"),
            ("words/context", "rand"),
            ("rules/pace", "tokio-util"),
            ("rules/iam", "tracing"),
            ("rules/iam", "aws-lc-rs"),
            ("rules/schedule", "croner"),
            ("ports/store", "sqlx"),
            ("ports/outbound", "rcgen"),
            ("services/tasks", "hyper-util"),
            ("services/run", "axum"),
            ("services/tokens", "sqlx"),
            ("services/tokens", "aws-lc-rs"),
            ("edges/api", "reqwest"),
            ("edges/api", "anyhow"),
            ("roof/doorward", "sqlx"),
        ];
        for (room, name) in wrong {
            let found = faults(&house(&[(room, &[name])]));
            assert_eq!(found.len(), 1, "{room} → {name}: {found:?}");
            assert!(found[0].what.contains(name), "{:?}", found[0]);
        }
    }

    #[test]
    fn a_feature_can_be_what_is_behind_the_door() {
        let mut graph = house(&[("edges/api", &["hyper-util"])]);
        assert_eq!(faults(&graph), []);
        graph.crates[0].dependencies[0].features.push("client-legacy".into());
        assert_eq!(faults(&graph).len(), 1);
    }
}
