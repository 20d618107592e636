//! What every file keeps to: its length, its name, and nothing of the machine it was written on.

use super::{Fault, TextFile};

/// Every file that is too long, badly named or names a folder of somebody's machine.
pub fn faults(files: &[TextFile]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in files {
        faults.extend(too_long(file));
        faults.extend(drawer(file));
        faults.extend(private_paths(file));
    }
    for (path, _) in LONG_FOR_A_REASON {
        if !files.iter().any(|file| file.path == *path) {
            faults.push(Fault::new(*path, "is listed as long for a reason, but is not there"));
        }
    }
    faults
}

fn too_long(file: &TextFile) -> Option<Fault> {
    let ending = file.path.rsplit('.').next()?;
    let lines = file.text.lines().count();
    let excused = LONG_FOR_A_REASON.iter().any(|(path, _)| *path == file.path);
    (READ_BY_PEOPLE.contains(&ending) && lines > LINES_AT_MOST && !excused)
        .then(|| Fault::new(&file.path, format!("has {lines} lines; split it before {LINES_AT_MOST}")))
}

fn drawer(file: &TextFile) -> Option<Fault> {
    if !file.path.ends_with(".rs") && !file.path.ends_with("Cargo.toml") {
        return None;
    }
    let named =
        file.path.split('/').map(|part| part.trim_end_matches(".rs")).find(|part| DRAWERS.contains(part))?;
    Some(Fault::new(
        &file.path,
        format!("`{named}` says nothing about what is inside; name it after its promise"),
    ))
}

fn private_paths(file: &TextFile) -> Vec<Fault> {
    let names_a_folder = |line: &str| {
        PRIVATE_FOLDERS.iter().any(|folder| {
            line.match_indices(folder).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                !before.is_some_and(|before| before.is_alphanumeric() || "/._-}~".contains(before))
            })
        })
    };
    let found = file.lines().filter(|(_, line)| names_a_folder(line));
    found
        .map(|(number, _)| Fault::new(format!("{}:{number}", file.path), "names a folder of one machine"))
        .collect()
}

const LINES_AT_MOST: usize = 400;

/// Endings of files that are written and read by people.
const READ_BY_PEOPLE: &[&str] = &["css", "html", "js", "proto", "py", "rs", "sh", "sql"];

/// Reviewed: files that are long and would be worse apart, each with why.
const LONG_FOR_A_REASON: &[(&str, &str)] = &[];

const DRAWERS: &[&str] =
    &["common", "core", "helper", "helpers", "manager", "shared", "types", "util", "utils"];

/// Absolute folders that exist on a builder's machine and not on a reader's.
const PRIVATE_FOLDERS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_found_unless_nobody_reads_it() {
        let long = "line\n".repeat(LINES_AT_MOST + 1);
        assert_eq!(faults(&[file("crates/words/names/src/lib.rs", &long)]).len(), 1);
        assert_eq!(faults(&[file("crates/words/names/src/lib.rs", &long[5..])]), []);
        assert_eq!(faults(&[file("Cargo.lock", &long)]), []);
    }

    #[test]
    fn a_drawer_is_found_as_crate_folder_or_module() {
        for path in [
            "crates/words/common/Cargo.toml",
            "crates/words/names/src/util.rs",
            "crates/edges/api/src/types/a.rs",
        ] {
            assert_eq!(faults(&[file(path, "")]).len(), 1, "{path}");
        }
        assert_eq!(faults(&[file("crates/words/names/src/typesetting.rs", "")]), []);
    }

    #[test]
    fn a_folder_of_one_machine_is_found_and_a_longer_path_is_not() {
        let [first, second] = [PRIVATE_FOLDERS[0], PRIVATE_FOLDERS[1]];
        for line in [format!("see {first}notes"), format!("\"{second}.cargo\""), format!("({first}x)")] {
            let found = faults(&[file("docs/a.md", &format!("one\n{line}\n"))]);
            assert_eq!(found.len(), 1, "{line}");
            assert_eq!(found[0].place, "docs/a.md:2");
        }
        for line in [format!("tests{first}x"), format!("https://example.com{second}x")] {
            assert_eq!(faults(&[file("docs/a.md", &line)]), [], "{line}");
        }
    }
}
