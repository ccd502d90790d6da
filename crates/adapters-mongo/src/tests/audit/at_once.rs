//! Two processes on one database.

use std::time::Duration;

use bson::doc;
use domain::model::{Organization, Seq};
use domain::ports::{AuditLog, OrganizationRepo, WriteError};
use port_contracts::fixtures::{active, event, marked};
use tokio::task::JoinSet;

use super::{chain, events, listed, trail};
use crate::MongoStore;
use crate::tests::{new_store, open};

/// Number of tasks per process.
const TASKS: usize = 8;
const ROUNDS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_appends_and_flushes_of_two_processes_form_one_chain() {
    let (first, database) = new_store().await;
    let second = open(&database).await.unwrap();
    let acme = active("acme", "Acme");
    OrganizationRepo::insert(&first, &acme).await.unwrap();
    let mut tasks = JoinSet::new();
    for (name, store) in [("first", &first), ("second", &second)] {
        for task in 0..TASKS {
            tasks.spawn(append_some(store.clone(), format!("{name}-{task}")));
        }
        tasks.spawn(write_some(store.clone(), acme.clone(), name));
        tasks.spawn(settle_often(store.clone()));
    }
    tasks.join_all().await;
    second.flush_outbox(Some(&trail("acme"))).await.unwrap();
    let logged = chain(&first, "acme").await;
    for name in ["first", "second"] {
        for task in 0..TASKS {
            let own = format!("{name}-{task}-");
            let own: Vec<&String> = logged.iter().filter(|id| id.starts_with(&own)).collect();
            let expected: Vec<_> = (0..ROUNDS).map(|i| format!("{name}-{task}-{i}")).collect();
            assert_eq!(own, expected.iter().collect::<Vec<_>>());
        }
        let own = logged.iter().filter(|id| id.starts_with(&format!("{name}-write-")));
        assert!(own.is_sorted_by_key(|id| id[name.len() + 7..].parse::<usize>().unwrap()));
    }
    assert_eq!(logged.len(), 2 * TASKS * ROUNDS + 2 * ROUNDS, "each event once: {logged:?}");
    let outboxes = database.database().collection::<bson::Document>("organizations");
    let left = outboxes.count_documents(doc! { "outbox": { "$exists": true } }).await.unwrap();
    assert_eq!(left, 0);
}

async fn append_some(store: MongoStore, name: String) {
    for i in 0..ROUNDS {
        store.append(&events("acme", [format!("{name}-{i}")])).await.unwrap();
    }
}

/// Writes the record, with an event each time.
async fn write_some(store: MongoStore, mut acme: Organization, name: &str) {
    for i in 0..ROUNDS {
        loop {
            let (next, event) = (marked(&acme, i), event(&format!("{name}-write-{i}"), "acme"));
            match OrganizationRepo::replace(&store, &next, acme.version(), &[event]).await {
                Ok(()) => break,
                Err(WriteError::Stale) => {
                    acme = OrganizationRepo::get(&store, acme.id()).await.unwrap().unwrap();
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        acme = OrganizationRepo::get(&store, acme.id()).await.unwrap().unwrap();
    }
}

async fn settle_often(store: MongoStore) {
    for i in 0..ROUNDS {
        let one = trail("acme");
        store.flush_outbox((i % 2 == 0).then_some(&one)).await.unwrap();
    }
}

/// The position of a truncated event must not be reused by a process with a stale chain head.
#[tokio::test]
async fn appends_with_a_stale_chain_head_follow_the_current_one() {
    let (first, database) = new_store().await;
    let second = open(&database).await.unwrap();
    first.append(&events("acme", ["1", "2"])).await.unwrap();
    second.append(&events("acme", ["3", "4", "5"])).await.unwrap();
    second.truncate(&trail("acme"), Seq::new(4)).await.unwrap();
    first.append(&events("acme", ["6"])).await.unwrap();
    let ids = |it: &domain::model::LoggedEvent| (it.id().unwrap().to_owned(), it.seq().unwrap());
    let left: Vec<_> = listed(&second, "acme", 0).await.iter().map(ids).collect();
    assert_eq!(left, [("5".to_owned(), Seq::new(5)), ("6".to_owned(), Seq::new(6))]);
}

/// A caller that is dropped while it waits does not affect the events of others.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn queued_appends_complete_after_their_caller_is_dropped() {
    let (store, _database) = new_store().await;
    let mut callers = JoinSet::new();
    for i in 0..32 {
        let store = store.clone();
        callers.spawn(async move {
            let events = events("acme", [i]);
            let append = store.append(&events);
            if i % 2 == 0 {
                // Polled once, so that its task has started.
                let _ = tokio::time::timeout(Duration::ZERO, append).await;
            } else {
                append.await.unwrap();
            }
        });
    }
    callers.join_all().await;
    // Ends only when the events of the dropped callers are in the log, too.
    while chain(&store, "acme").await.len() < 32 {
        tokio::task::yield_now().await;
    }
}
