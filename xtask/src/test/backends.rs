//! Programs that stand behind a service in the conformance tests (threats A, B and E). Each kind that is not here is
//! skipped by name by the tests themselves.

use std::path::Path;

use super::needs::{self, Unavailable};
use super::tally::Tally;

/// Installs those that are missing, where that is ours to do.
pub fn install(tally: &mut Tally) {
    let missing: Vec<_> =
        PROGRAMS.iter().filter(|(program, _)| !is_here(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return;
    }
    match needs::install(&missing) {
        Ok(()) => {}
        Err(Unavailable::Broken(error)) => tally.fail(format!("{}: {error:#}", missing.join(", "))),
        Err(Unavailable::Missing(why)) => println!("{why}"),
    }
}

/// Debian puts some where only root looks.
fn is_here(program: &str) -> bool {
    needs::on_path(program).is_some() || Path::new("/usr/sbin").join(program).exists()
}

/// A program, and the Debian package that it is in.
const PROGRAMS: [(&str, &str); 2] = [("nginx", "nginx"), ("node", "nodejs")];
