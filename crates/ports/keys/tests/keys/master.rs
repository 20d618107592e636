//! The key file.

use std::{fs, os::unix::fs::PermissionsExt};

use keys::{KeyRings, MasterKey, MasterKeyError, Policy};
use names::Secret;

use crate::support::{MASTER, at};

#[test]
fn missing_file_is_made_for_its_owner_alone_and_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let empty = KeyRings::open([], MasterKey::from_file(&path).unwrap(), Policy::default()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");

    let rings = empty.apply(&empty.plan_rotation(at(0)).unwrap()).unwrap();
    let records: Vec<_> = rings.records().cloned().collect();
    let again = MasterKey::from_file(&path).unwrap();
    assert!(KeyRings::open(records, again, Policy::default()).is_ok());
}

#[test]
fn two_files_hold_two_keys() {
    let directory = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        let path = directory.path().join(name);
        MasterKey::from_file(&path).unwrap();
        fs::read_to_string(path).unwrap()
    };
    assert_ne!(make("one"), make("two"));
}

#[test]
fn half_written_file_beside_it_does_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    fs::write(directory.path().join("master.key.new"), "AAEC").unwrap();
    assert!(MasterKey::from_file(&path).is_ok());
    assert!(MasterKey::from_file(&path).is_ok());
}

#[test]
fn file_that_others_may_touch_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    fs::write(&path, MASTER).unwrap();
    for mode in [0o604, 0o640, 0o660, 0o644, 0o666, 0o777, 0o601, 0o610] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let refusal = MasterKey::from_file(&path).unwrap_err();
        assert!(matches!(refusal, MasterKeyError::Permissions { mode: found, .. } if found == mode));
        assert!(refusal.to_string().contains("chmod 600"));
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(MasterKey::from_file(&path).is_ok());
    }
}

#[test]
fn only_thirty_two_bytes_in_base64_are_a_key() {
    let read = |text: &str| MasterKey::from_base64(&Secret::new(text.to_owned()));
    assert!(read(MASTER).is_ok());
    assert!(read(&format!(" {MASTER}\n")).is_ok());
    for text in [
        "",
        "AAEC",
        "password",
        &MASTER[1..],
        &format!("{MASTER}{MASTER}"),
        &"A".repeat(43),
        &"A".repeat(1000),
    ] {
        let refusal = read(text).unwrap_err();
        assert!(matches!(refusal, MasterKeyError::Encoding));
        assert!(text.is_empty() || !format!("{refusal:?} {refusal}").contains(text));
    }
}

#[test]
fn empty_or_foreign_file_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(MasterKey::from_file(&path), Err(MasterKeyError::Encoding)));
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
    assert!(matches!(
        MasterKey::from_file(directory.path()),
        Err(MasterKeyError::File { .. } | MasterKeyError::Permissions { .. })
    ));
    assert!(matches!(MasterKey::from_file(&path.join("below")), Err(MasterKeyError::File { .. })));
}
