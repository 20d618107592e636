//! What a manifest cannot show: a crate with two faces (hyper serves and calls) of which only one is behind a door.

use super::{Fault, TextFile};

/// Every source line that names what another room is the door to. Test folders and the testbed are free, and so is
/// what looks at the house from outside: `bench` and the chores.
pub fn faults(files: &[TextFile]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        let Some((room, _)) = file.path.strip_prefix("crates/").and_then(|path| path.split_once("/src/"))
        else {
            continue;
        };
        for (number, line) in file.lines().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for door in DOORS.iter().filter(|door| !door.open_to.contains(&room)) {
                if door.words.iter().any(|word| line.contains(word)) {
                    let place = format!("{}:{number}", file.path);
                    faults.push(Fault::new(
                        place,
                        format!("{}; its door is {}", door.what, door.open_to.join(", ")),
                    ));
                }
            }
        }
    }
    faults
}

struct Door {
    words: &'static [&'static str],
    what: &'static str,
    open_to: &'static [&'static str],
}

const DOORS: &[Door] = &[
    Door {
        words: &["hyper::client", "hyper_util::client", "client::conn::", "tonic::transport::Channel"],
        what: "an HTTP client of its own",
        open_to: &["ports/outbound", "edges/gateway", "roof/testbed"],
    },
    Door {
        words: &["TcpStream::connect"],
        what: "a connection that passes no guard",
        open_to: &["ports/outbound", "roof/testbed"],
    },
];

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn a_client_outside_its_doors_is_found_with_its_line() {
        let text = "use std::fmt;\nuse hyper::client::conn::http1;\n";
        let found = faults(&[file("crates/services/tasks/src/lib.rs", text)]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "crates/services/tasks/src/lib.rs:2");
    }

    #[test]
    fn doors_tests_comments_and_what_is_outside_the_house_are_free() {
        let text = "use hyper::client::conn::http1;\n";
        let files = [
            file("crates/ports/outbound/src/client.rs", text),
            file("crates/edges/gateway/src/pool.rs", text),
            file("crates/edges/api/tests/journey.rs", text),
            file("bench/src/api.rs", text),
            file("crates/edges/api/src/lib.rs", "// not through hyper::client, see outbound\n"),
        ];
        assert_eq!(faults(&files), []);
    }
}
