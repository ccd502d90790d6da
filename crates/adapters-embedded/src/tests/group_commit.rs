use domain::ports::{AdminRepo, StoreError, StoreProbe, WriteError};
use port_contracts::fixtures;

use super::disk::Disk;
use super::{BlockedWriter, admin, has, insert_all, until_waiting};
use crate::tx_error::TxError;

#[tokio::test]
async fn concurrent_writes_share_a_commit() {
    let disk = Disk::default();
    let store = disk.open();
    let before = disk.syncs();
    assert!(AdminRepo::insert(&store, &admin(999)).await.is_ok());
    let alone = disk.syncs() - before;

    let blocked = BlockedWriter::block(&store).await;
    let writes = insert_all(&store, 64);
    until_waiting(&store, 64).await;
    let before = disk.syncs();
    blocked.release();
    assert!(writes.join_all().await.into_iter().all(|inserted| inserted));
    let together = disk.syncs() - before;
    assert!(alone > 0, "a commit must sync");
    assert!(together <= 2 * alone, "64 writes took {together} syncs, and one took {alone}");
}

#[tokio::test]
async fn a_panic_fails_its_batch_only() {
    let store = Disk::default().open();
    let blocked = BlockedWriter::block(&store).await;
    let before = insert_all(&store, 2);
    until_waiting(&store, 2).await;
    let panics = tokio::spawn({
        let store = store.clone();
        async move { store.write::<(), StoreError>(|_| panic!("a panic on purpose")).await }
    });
    until_waiting(&store, 3).await;
    let after = tokio::spawn({
        let store = store.clone();
        async move { AdminRepo::insert(&store, &admin(2)).await }
    });
    until_waiting(&store, 4).await;
    blocked.release();

    assert_eq!(before.join_all().await, [false, false]);
    assert!(matches!(panics.await.unwrap(), Err(StoreError::Unavailable(_))));
    assert!(matches!(after.await.unwrap(), Err(WriteError::Store(StoreError::Unavailable(_)))));
    for i in 0..3 {
        assert!(!has(&store, i).await, "no write of the batch is committed");
    }
    store.ready().await.unwrap();
    AdminRepo::insert(&store, &admin(0)).await.unwrap();
    assert!(has(&store, 0).await);
}

#[tokio::test]
async fn a_database_error_fails_its_batch() {
    let store = Disk::default().open();
    let blocked = BlockedWriter::block(&store).await;
    let writes = insert_all(&store, 3);
    until_waiting(&store, 3).await;
    let fails = tokio::spawn({
        let store = store.clone();
        async move {
            store.write::<(), StoreError>(|_| Err(TxError::Failed(redb::Error::PreviousIo))).await
        }
    });
    until_waiting(&store, 4).await;
    blocked.release();

    assert_eq!(writes.join_all().await, [false; 3]);
    assert!(matches!(fails.await.unwrap(), Err(StoreError::Unavailable(_))));
    assert!(!has(&store, 0).await);
}

#[tokio::test]
async fn a_refused_write_affects_no_other_write_and_does_not_sync() {
    let disk = Disk::default();
    let store = disk.open();
    let blocked = BlockedWriter::block(&store).await;
    let writes = insert_all(&store, 2);
    until_waiting(&store, 2).await;
    let taken = fixtures::admin("another", "acme", "0@example.com");
    let refused = tokio::spawn({
        let (store, taken) = (store.clone(), taken.clone());
        async move { AdminRepo::insert(&store, &taken).await }
    });
    until_waiting(&store, 3).await;
    blocked.release();
    assert_eq!(writes.join_all().await, [true, true]);
    assert!(matches!(refused.await.unwrap(), Err(WriteError::Taken)));

    let before = disk.syncs();
    let again = AdminRepo::insert(&store, &taken).await;
    assert!(matches!(again, Err(WriteError::Taken)));
    assert_eq!(disk.syncs(), before);
}

#[tokio::test]
async fn writes_of_dropped_callers_are_committed() {
    let store = Disk::default().open();
    let blocked = BlockedWriter::block(&store).await;
    let mut writes = insert_all(&store, 1);
    until_waiting(&store, 1).await;
    writes.shutdown().await;
    blocked.release();
    AdminRepo::insert(&store, &admin(1)).await.unwrap();
    assert!(has(&store, 0).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_the_last_handle_commits_queued_writes() {
    let disk = Disk::default();
    let store = disk.open();
    let blocked = BlockedWriter::block(&store).await;
    let mut writes = insert_all(&store, 10);
    until_waiting(&store, 10).await;
    writes.shutdown().await;
    let last = tokio::task::spawn_blocking(move || drop(store));
    blocked.release();
    last.await.unwrap();
    let store = disk.open();
    for i in 0..10 {
        assert!(has(&store, i).await, "{i}");
    }
}
