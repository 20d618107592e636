//! Opening: the directory's lock, errors that keep secrets, hand-driven time.

use std::error::Error;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use names::Secret;
use rstest::rstest;
use store::{Backend, Plan};
use store_sql::{DataDirectory, OpenError, SqlStore};
use supervise::{Supervisor, Timer};

use crate::samples::{project, second};

#[test]
fn a_directory_is_one_process_s_at_a_time() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("new").join("data");
    let directory = DataDirectory::lock(&path).unwrap();
    let refused = DataDirectory::lock(&path).unwrap_err();
    assert!(refused.to_string().contains(path.to_str().unwrap()), "{refused}");
    assert!(matches!(refused, OpenError::InUse { .. }));
    drop(directory);
    DataDirectory::lock(&path).unwrap();
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = DataDirectory::lock(&file).unwrap_err();
    assert!(matches!(refused, OpenError::Directory { directory, .. } if directory == file));
}

#[tokio::test]
async fn the_directory_is_given_back_when_the_store_is_closed() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("with space, 100% ? # ü");
    let supervisor = Supervisor::new(&Timer::wall());
    let store = SqlStore::open_sqlite(DataDirectory::lock(&path).unwrap(), supervisor.tasks()).await.unwrap();
    store.apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    assert!(matches!(DataDirectory::lock(&path), Err(OpenError::InUse { .. })));
    store.close().await;
    DataDirectory::lock(&path).unwrap();
    assert!(path.join("doorward.db").exists());
}

#[tokio::test]
async fn nobody_else_can_read_the_files() {
    let place = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(&Timer::wall());
    let directory = DataDirectory::lock(place.path()).unwrap();
    let store = SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap();
    store.apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(place.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 4, "the lock, the database, its log and the log's index: {files:?}");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{file:?}");
    }
}

#[rstest]
#[case::readable_by_the_group(0o740)]
#[case::readable_by_all(0o755)]
#[case::enterable(0o701)]
#[case::writable(0o702)]
fn a_directory_that_others_may_enter_is_refused_and_left_alone(#[case] mode: u32) {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("doorward.db"), "").unwrap();
    set_mode(place.path(), mode);
    let refused = DataDirectory::lock(place.path()).unwrap_err();
    assert!(
        matches!(&refused, OpenError::Exposed { path, mode: found } if path == place.path() && *found == mode)
    );
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    set_mode(place.path(), 0o700);
    DataDirectory::lock(place.path()).unwrap();
}

#[test]
fn an_empty_directory_is_closed_to_others() {
    let place = tempfile::tempdir().unwrap();
    set_mode(place.path(), 0o777);
    let _directory = DataDirectory::lock(place.path()).unwrap();
    assert_eq!(place.path().metadata().unwrap().mode() & 0o7777, 0o700);
}

#[rstest]
#[case("doorward.db")]
#[case("doorward.db-wal")]
#[case("doorward.db-shm")]
#[tokio::test]
async fn a_database_that_others_may_read_is_refused(#[case] file: &str) {
    let place = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(&Timer::wall());
    let directory = DataDirectory::lock(place.path()).unwrap();
    std::fs::write(place.path().join(file), "").unwrap();
    set_mode(&place.path().join(file), 0o640);
    let refused = SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap_err();
    assert!(
        matches!(&refused, OpenError::Exposed { path, mode: 0o640 } if path.ends_with(file)),
        "{refused}"
    );
}

#[test]
fn a_secret_is_its_owners_alone_or_refused() {
    let place = tempfile::tempdir().unwrap();
    let directory = DataDirectory::lock(place.path()).unwrap();
    let file = directory.path().join("owner.json");
    assert_eq!(directory.private("owner.json").unwrap(), file);
    std::fs::write(&file, "").unwrap();
    set_mode(&file, 0o604);
    assert!(matches!(directory.private("owner.json"), Err(OpenError::Exposed { mode: 0o604, .. })));
    set_mode(&file, 0o400);
    assert_eq!(directory.private("owner.json").unwrap(), file);
}

#[test]
fn what_belongs_to_somebody_else_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let own = place.path().metadata().unwrap().uid();
    let given = |path: &Path, user| std::os::unix::fs::chown(path, Some(user), None);
    if given(place.path(), SOMEBODY).is_err() {
        // Only root can give a directory away, and only what was given away can be refused.
        return;
    }
    let refused = DataDirectory::lock(place.path()).unwrap_err();
    assert!(matches!(&refused, OpenError::Foreign { owner: SOMEBODY, .. }), "{refused}");
    given(place.path(), own).unwrap();
    let directory = DataDirectory::lock(place.path()).unwrap();
    let file = directory.path().join("master.key");
    std::fs::write(&file, "").unwrap();
    set_mode(&file, 0o600);
    given(&file, SOMEBODY).unwrap();
    let refused = directory.private("master.key").unwrap_err();
    assert!(matches!(&refused, OpenError::Foreign { path, .. } if *path == file), "{refused}");
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_store_without_handles_lets_the_drain_end() {
    let place = tempfile::tempdir().unwrap();
    let (timer, clock) = Timer::by_hand(second(0));
    let supervisor = Supervisor::new(&timer);
    let directory = DataDirectory::lock(place.path()).unwrap();
    let store = SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap();
    store.apply(Plan::new().put(project("bakery", "p-1"))).await.unwrap();
    drop(store);
    // Nobody moves the clock: only the end of the writer can end the drain.
    let deadline = clock.now() + Duration::from_secs(60);
    assert_eq!(supervisor.drain(deadline).await.map_err(|undrained| undrained.names), Ok(()));
    DataDirectory::lock(place.path()).unwrap();
}

#[tokio::test]
async fn what_cannot_be_reached_is_refused_without_its_password() {
    let supervisor = Supervisor::new(&Timer::wall());
    for url in ["postgres://ada:sesame@127.0.0.1:1/bakery", "postgres://ada:sesame@[/bakery", "sesame"] {
        let refused =
            SqlStore::open_postgres(Secret::new(url.to_owned()), supervisor.tasks()).await.unwrap_err();
        let mut text = format!("{refused} {refused:?}");
        let mut source = refused.source();
        while let Some(error) = source {
            text.push_str(&format!(" {error} {error:?}"));
            source = error.source();
        }
        assert!(matches!(refused, OpenError::Unusable(_)));
        assert!(!text.contains("sesame"), "{text}");
    }
}

#[tokio::test]
async fn hand_driven_time_waits_for_the_store() {
    let place = tempfile::tempdir().unwrap();
    let (timer, clock) = Timer::by_hand(second(0));
    let supervisor = Supervisor::new(&timer);
    let directory = DataDirectory::lock(place.path()).unwrap();
    let store = SqlStore::open_sqlite(directory, supervisor.tasks()).await.unwrap();
    let writing = store.clone();
    supervisor.tasks().spawn("writes once a minute", async move {
        for number in 0..3 {
            timer.sleep(Duration::from_secs(60)).await;
            let id = format!("bakery-{number}");
            writing.apply(Plan::new().put(project(&id, "p-1"))).await.unwrap();
            assert!(writing.record("project", &id).await.unwrap().is_some());
        }
    });
    for minute in 1..=3 {
        clock.advance(Duration::from_secs(60)).await;
        assert_eq!(store.followed().0, minute, "the minute's write is done when the minute is over");
    }
}

/// A user that no test runs as.
const SOMEBODY: u32 = 54321;
