//! Opening: the directory's lock, errors that keep secrets, hand-driven time.

use std::error::Error;
use std::time::Duration;

use names::Secret;
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

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
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
