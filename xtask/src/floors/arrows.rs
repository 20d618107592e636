//! Arrows between our own crates: downwards, or one of the few that a floor has inside.

use super::Fault;
use super::graph::{Crate, Floor, Graph, Kind};

/// Every arrow that the architecture does not have.
pub fn faults(graph: &Graph) -> Vec<Fault> {
    let mut faults: Vec<Fault> = graph.crates.iter().filter_map(misplaced).collect();
    for from in &graph.crates {
        for dependency in &from.dependencies {
            let Some(to) = graph.find(&dependency.name) else { continue };
            if to.name == from.name {
                continue;
            }
            if let Some(why) = forbidden(from, to, dependency.kind) {
                faults.push(Fault::new(&from.folder, format!("may not depend on `{}`: {why}", to.name)));
            }
        }
    }
    faults
}

fn misplaced(found: &Crate) -> Option<Fault> {
    if !found.folder.starts_with("crates/") {
        return None;
    }
    let Some(floor) = found.floor else {
        return Some(Fault::new(
            &found.folder,
            "lies on no floor: words, rules, ports, services, edges or roof",
        ));
    };
    if found.folder.rsplit('/').next() != Some(&found.name) {
        return Some(Fault::new(
            &found.folder,
            format!("is called `{}`: folder and crate share one name", found.name),
        ));
    }
    if floor == Floor::Services && place_in_line(&found.name).is_none() {
        let what = "has no place in the order of services; give it one here and in ARCHITECTURE.md";
        return Some(Fault::new(&found.folder, what));
    }
    None
}

fn forbidden(from: &Crate, to: &Crate, kind: Kind) -> Option<&'static str> {
    let Some(to_floor) = to.floor else {
        return Some("it is a tool of the repository, not a room of the house");
    };
    let from_floor = from.floor?;
    if kind == Kind::Dev && (to.name == "testbed" || tests_against_a_real_store(from_floor, to)) {
        return None;
    }
    if to_floor == Floor::Roof && from_floor != Floor::Roof {
        return Some("nobody knows the roof (testbed is a dev-dependency)");
    }
    if to_floor.height() > from_floor.height() {
        return Some("it is on a floor above");
    }
    if to_floor == from_floor {
        return inside(from_floor, &from.name, &to.name);
    }
    match (from_floor, to.name.as_str()) {
        (Floor::Edges, "store") => Some("edges reach records through a service"),
        (Floor::Edges | Floor::Services, "store-sql") => {
            Some("only the roof chooses the adapter of the store")
        }
        _ => None,
    }
}

/// Use cases and edges are tested on the embedded store, which is an adapter and therefore only a dev-dependency;
/// edges name the port itself there, to put the two together.
fn tests_against_a_real_store(from: Floor, to: &Crate) -> bool {
    matches!(to.name.as_str(), "store" | "store-sql")
        && matches!(from, Floor::Ports | Floor::Services | Floor::Edges)
}

/// `None` if `from` may use its neighbour `to`, else the rule of that floor.
fn inside(floor: Floor, from: &str, to: &str) -> Option<&'static str> {
    let (allowed, rule) = match floor {
        Floor::Words => (to == "names", "inside words, all may use names and nothing else"),
        Floor::Rules => ((from, to) == ("oauth", "jose"), "inside rules, only oauth → jose"),
        Floor::Ports => (
            to == "supervise" || (matches!(from, "store-sql" | "keys") && to == "store"),
            "inside ports, store-sql and keys → store, and all → supervise",
        ),
        Floor::Services if from == "access" => (to == "audit", "access uses no service but audit"),
        Floor::Services => (
            place_in_line(to) < place_in_line(from) && place_in_line(to).is_some(),
            "services stand in line, and each may use those before it",
        ),
        Floor::Edges => (
            to == "listen" || (to == "wire" && matches!(from, "api" | "console" | "cli" | "intercept")),
            "inside edges, all may use listen, and api, console, cli and intercept may use wire",
        ),
        Floor::Roof => ((from, to) == ("testbed", "doorward"), "inside the roof, only testbed → doorward"),
    };
    (!allowed).then_some(rule)
}

fn place_in_line(service: &str) -> Option<usize> {
    SERVICES_IN_LINE.iter().position(|abreast| abreast.contains(&service))
}

/// Services that stand abreast know nothing of each other.
const SERVICES_IN_LINE: &[&[&str]] = &[
    &["audit", "operations", "retention"],
    &["logs"],
    &["access"],
    &["projects"],
    &["accounts", "people"],
    &["tokens"],
    &["delivery"],
    &["pubsub"],
    &["scheduler", "tasks", "run", "fronts", "connectors"],
];

#[cfg(test)]
mod tests {
    use super::super::graph::house;
    use super::*;

    #[test]
    fn the_house_as_drawn_has_no_fault() {
        let graph = house(&[
            ("words/names", &[]),
            ("words/context", &["names"]),
            ("words/problem", &["names"]),
            ("rules/jose", &["names", "context"]),
            ("rules/oauth", &["jose"]),
            ("ports/supervise", &["context"]),
            ("ports/store", &["names", "supervise"]),
            ("ports/store-sql", &["store", "supervise", "dev:testbed"]),
            ("ports/keys", &["store", "jose", "dev:store-sql"]),
            ("services/audit", &["store"]),
            ("services/access", &["audit", "store"]),
            ("services/tokens", &["access", "keys", "dev:store-sql"]),
            ("services/delivery", &["tokens", "audit"]),
            ("services/scheduler", &["delivery", "dev:testbed"]),
            ("edges/listen", &["supervise"]),
            ("edges/wire", &["problem"]),
            ("edges/gateway", &["listen", "access"]),
            ("edges/api", &["listen", "wire", "scheduler"]),
            ("roof/doorward", &["api", "gateway", "store-sql", "store", "dev:testbed"]),
            ("roof/testbed", &["doorward", "store-sql"]),
        ]);
        assert_eq!(faults(&graph), []);
    }

    #[test]
    fn forbidden_arrows_are_found() {
        let arrows: &[(&str, &str)] = &[
            ("words/names", "words/context"),
            ("words/names", "rules/jose"),
            ("rules/jose", "rules/oauth"),
            ("rules/iam", "ports/store"),
            ("ports/store", "ports/store-sql"),
            ("ports/outbound", "ports/store"),
            ("ports/keys", "services/tokens"),
            ("services/audit", "services/logs"),
            ("services/operations", "services/audit"),
            ("services/access", "services/operations"),
            ("services/access", "services/projects"),
            ("services/tokens", "services/delivery"),
            ("services/scheduler", "services/tasks"),
            ("services/projects", "ports/store-sql"),
            ("services/run", "edges/wire"),
            ("edges/api", "edges/gateway"),
            ("edges/gateway", "edges/wire"),
            ("edges/api", "ports/store"),
            ("edges/gateway", "ports/store-sql"),
            ("edges/cli", "roof/testbed"),
            ("roof/doorward", "roof/testbed"),
        ];
        for (from, to) in arrows {
            let target = to.rsplit('/').next().unwrap();
            let graph = house(&[(from, &[target]), (to, &[])]);
            let found = faults(&graph);
            assert_eq!(found.len(), 1, "{from} → {to}: {found:?}");
            assert_eq!(found[0].place, format!("crates/{from}"));
        }
    }

    #[test]
    fn a_dev_dependency_bends_no_other_rule() {
        let graph = house(&[("services/tokens", &["dev:api"]), ("edges/api", &[])]);
        assert_eq!(faults(&graph).len(), 1);
    }

    #[test]
    fn a_crate_without_floor_place_or_its_own_name_is_found() {
        assert_eq!(faults(&house(&[("attic/trunk", &[])])).len(), 1);
        assert_eq!(faults(&house(&[("services/horoscopes", &[])])).len(), 1);
        let mut graph = house(&[("words/names", &[])]);
        graph.crates[0].name = "doorward-names".into();
        assert_eq!(faults(&graph).len(), 1);
    }
}
