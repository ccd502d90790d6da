//! Tests that need the internals of this adapter. `tests/contracts.rs` tests the contracts of the
//! ports.

mod audit;
mod broken_disks;
mod broken_records;
mod disk;
mod forgery;
mod group_commit;
mod leftovers;
mod removal;
mod scans;

use std::sync::mpsc;

use domain::model::Admin;
use domain::ports::{AdminRepo, StoreError};
use port_contracts::fixtures;
use redb::WriteTransaction;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::EmbeddedStore;

fn admin(i: usize) -> Admin {
    fixtures::admin(&format!("admin-{i:03}"), "acme", &format!("{i}@example.com"))
}

async fn has(store: &EmbeddedStore, i: usize) -> bool {
    AdminRepo::get(store, admin(i).id()).await.unwrap().is_some()
}

/// Keeps the writer busy, so that operations queued meanwhile share the next commit.
struct BlockedWriter(mpsc::Sender<()>);

impl BlockedWriter {
    async fn block(store: &EmbeddedStore) -> Self {
        let (entered, inside) = oneshot::channel();
        let (release, released) = mpsc::channel();
        let holder = store.clone();
        let mut holder_task = JoinSet::new();
        holder_task.spawn(async move {
            let wait = move |_: &WriteTransaction| {
                entered.send(()).unwrap();
                released.recv().unwrap();
                Ok(())
            };
            holder.write::<(), StoreError>(wait).await
        });
        inside.await.unwrap();
        // The operation continues without its caller, and without the caller's handle.
        holder_task.shutdown().await;
        Self(release)
    }

    fn release(self) {
        self.0.send(()).unwrap();
    }
}

/// Returns when `count` operations wait for the writer.
async fn until_waiting(store: &EmbeddedStore, count: usize) {
    while store.writer().waiting() < count {
        tokio::task::yield_now().await;
    }
}

/// Inserts the admins `0..count` concurrently.
fn insert_all(store: &EmbeddedStore, count: usize) -> JoinSet<bool> {
    let mut tasks = JoinSet::new();
    for i in 0..count {
        let store = store.clone();
        tasks.spawn(async move { AdminRepo::insert(&store, &admin(i)).await.is_ok() });
    }
    tasks
}
