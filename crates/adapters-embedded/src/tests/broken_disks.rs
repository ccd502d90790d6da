use std::io::ErrorKind;
use std::time::Duration;

use domain::ports::{AdminRepo, StoreError, StoreProbe, WriteError};
use port_contracts::store_probe::ready_fails_within_the_timeout_when_the_store_is_unavailable;

use super::disk::Disk;
use super::{BlockedWriter, admin, has, insert_all, until_waiting};
use crate::EmbeddedStore;

#[tokio::test]
async fn service_resumes_without_loss_after_a_full_disk() {
    for full in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
        let disk = Disk::default();
        let store = disk.open();
        AdminRepo::insert(&store, &admin(0)).await.unwrap();

        disk.fail(Some(full));
        let blocked = BlockedWriter::block(&store).await;
        let writes = insert_all(&store, 5);
        until_waiting(&store, 5).await;
        blocked.release();
        assert_eq!(writes.join_all().await, [false; 5]);
        refuses_writes(&store).await;

        disk.fail(None);
        store.ready().await.unwrap();
        assert!(has(&store, 0).await, "what was acknowledged is there");
        AdminRepo::insert(&store, &admin(1)).await.unwrap();
        assert!(has(&store, 1).await);
    }
}

#[tokio::test]
async fn after_a_full_disk_readers_are_left_alone_for_a_while() {
    let disk = Disk::default();
    let store = disk.open_with_pause(Duration::from_secs(3600));
    AdminRepo::insert(&store, &admin(0)).await.unwrap();
    disk.fail(Some(ErrorKind::StorageFull));
    refuses_writes(&store).await;
    disk.fail(None);
    for _ in 0..3 {
        refuses_writes(&store).await;
        assert!(has(&store, 0).await, "the writes that are refused close nothing");
    }
}

#[tokio::test]
async fn after_any_other_error_nothing_is_written_until_a_restart() {
    let disk = Disk::default();
    let store = disk.open();
    AdminRepo::insert(&store, &admin(0)).await.unwrap();
    disk.fail(Some(ErrorKind::Other));
    refuses_writes(&store).await;
    disk.fail(None);
    refuses_writes(&store).await;

    drop(store);
    let store = disk.open();
    assert!(has(&store, 0).await, "what was acknowledged is there");
    AdminRepo::insert(&store, &admin(1)).await.unwrap();
}

#[tokio::test]
async fn probing_an_idle_store_commits_nothing() {
    let disk = Disk::default();
    let store = disk.open();
    let before = disk.syncs();
    store.ready().await.unwrap();
    assert_eq!(disk.syncs(), before);
}

#[tokio::test]
async fn a_blocked_writer_is_not_ready() {
    let store = Disk::default().open();
    let blocked = BlockedWriter::block(&store).await;
    ready_fails_within_the_timeout_when_the_store_is_unavailable(&store).await;
    blocked.release();
    store.ready().await.unwrap();
}

async fn refuses_writes(store: &EmbeddedStore) {
    let refused = AdminRepo::insert(store, &admin(1)).await;
    assert!(matches!(refused, Err(WriteError::Store(StoreError::Unavailable(_)))));
    ready_fails_within_the_timeout_when_the_store_is_unavailable(store).await;
}
