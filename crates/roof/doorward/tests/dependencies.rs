//! Which code of others is built in: threats E09 (docs/threats.md), whether or not cargo-deny is installed.

#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

use std::path::Path;

/// Every package of the lock file, with its version as numbers.
fn locked() -> Vec<(String, Vec<u64>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../Cargo.lock");
    let lock: toml::Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let packages = lock["package"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let version = package["version"].as_str().unwrap();
            let numbers = version.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect();
            (package["name"].as_str().unwrap().to_owned(), numbers)
        })
        .collect()
}

#[test]
fn e09_no_version_with_a_known_hole_is_locked() {
    // The first versions without the holes that threats E and C name.
    let floors: [(&str, [u64; 3]); 3] =
        [("h2", [0, 4, 4]), ("hyper", [1, 0, 0]), ("jsonwebtoken", [10, 3, 0])];
    let packages = locked();
    for (name, floor) in floors {
        let found: Vec<_> = packages.iter().filter(|(found, _)| found == name).collect();
        assert!(!found.is_empty(), "{name} is not locked: is this list still about what is used?");
        for (_, version) in found {
            assert!(version.as_slice() >= floor.as_slice(), "{name} {version:?} is older than {floor:?}");
        }
    }
}

#[test]
fn e09_cryptography_comes_from_one_place() {
    // `ring` may be locked, as somebody's choice that is not made; `cargo xtask floors` sees what is built.
    let packages = locked();
    for banned in ["native-tls", "openssl", "openssl-sys"] {
        assert!(packages.iter().all(|(name, _)| name != banned), "{banned} came in");
    }
    assert!(packages.iter().any(|(name, _)| name == "aws-lc-rs"));
}
