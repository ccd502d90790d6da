//! Truncation of trails.

use std::sync::Arc;

use domain::model::{AuditEvent, ChainHead, EventFilter, Seq, Trail};

use super::{Log, append, events};
use crate::fixtures::{event, page_of};
use crate::suite::at_once;
use crate::trails::{chain_after, ids, listed, logged_ids, trail};

pub(super) async fn truncate_removes_events_up_to_a_position(log: Log) {
    let heads = trail_of_twelve(&log).await;
    for (through, expected) in
        [(0, "0 1 2 3 4 5 6 7 8 9 10 11"), (2, "2 3 4 5 6 7 8 9 10 11"), (9, "9 10 11")]
    {
        log.truncate(&trail("acme"), Seq::new(through)).await.unwrap();
        assert_eq!(after(&log, &heads[through as usize]).await, expected);
        assert_eq!(everything(&log, &trail("acme")).await, expected);
    }
}

pub(super) async fn truncate_removes_nothing_of_other_trails(log: Log) {
    for organization in ["a", "a-", "aa", "b"] {
        append(&log, organization, 0..3).await;
    }
    let installation =
        ["1", "2"].map(|id| AuditEvent { trail: Trail::Installation, ..event(id, "a") });
    log.append(&installation).await.unwrap();
    log.truncate(&trail("a"), Seq::new(2)).await.unwrap();
    log.truncate(&Trail::Installation, Seq::new(1)).await.unwrap();
    for organization in ["a-", "aa", "b"] {
        assert_eq!(logged_ids(&*log, organization).await, ["0", "1", "2"]);
    }
    for (trail, left) in [(trail("a"), "2"), (Trail::Installation, "2")] {
        assert_eq!(everything(&log, &trail).await, left);
    }
}

pub(super) async fn truncate_keeps_the_last_event(log: Log) {
    let heads = trail_of_twelve(&log).await;
    for through in [12, 13, u64::MAX] {
        log.truncate(&trail("acme"), Seq::new(through)).await.unwrap();
        assert_eq!(after(&log, &heads[11]).await, "11", "through {through}");
    }
    append(&log, "short", ["1"]).await;
    log.truncate(&trail("short"), Seq::new(1)).await.unwrap();
    assert_eq!(logged_ids(&*log, "short").await, ["1"]);
}

pub(super) async fn truncate_of_removed_events_changes_nothing(log: Log) {
    let heads = trail_of_twelve(&log).await;
    for through in [5, 5, 3, 0] {
        log.truncate(&trail("acme"), Seq::new(through)).await.unwrap();
        assert_eq!(after(&log, &heads[5]).await, "5 6 7 8 9 10 11");
    }
    log.truncate(&trail("empty"), Seq::new(5)).await.unwrap();
    assert!(logged_ids(&*log, "empty").await.is_empty());
}

pub(super) async fn concurrent_truncates_and_appends_keep_the_chain(log: Log) {
    let heads = trail_of_twelve(&log).await;
    at_once(16, |i| {
        let log = Arc::clone(&log);
        async move {
            if i % 2 == 0 {
                log.truncate(&trail("acme"), Seq::new(4 + i as u64 / 2)).await.unwrap();
            } else {
                log.append(&events("acme", [format!("new-{i}")])).await.unwrap();
            }
        }
    })
    .await;
    let rest = chain_after(&*log, heads[11].clone()).await;
    assert_eq!(rest.len(), 1 + 8, "the twelfth, and what was added: {rest:?}");
}

pub(super) async fn append_after_truncate_continues_the_chain(log: Log) {
    let heads = trail_of_twelve(&log).await;
    log.truncate(&trail("acme"), Seq::new(7)).await.unwrap();
    append(&log, "acme", ["new"]).await;
    assert_eq!(after(&log, &heads[7]).await, "7 8 9 10 11 new");
    log.truncate(&trail("acme"), Seq::new(99)).await.unwrap();
    append(&log, "acme", ["newer", "new"]).await;
    assert_eq!(after(&log, &heads[12]).await, "new newer");
}

pub(super) async fn heads_are_unchanged_by_truncate(log: Log) {
    let heads = trail_of_twelve(&log).await;
    log.truncate(&trail("acme"), Seq::new(99)).await.unwrap();
    assert_eq!(log.head(&trail("acme")).await.unwrap().as_ref(), Some(&heads[12]));
    assert_eq!(log.heads(None, page_of(9)).await.unwrap().items, heads[12..]);
}

/// Appends the events `0` to `11` to a trail, and returns its chain heads before and after each.
async fn trail_of_twelve(log: &Log) -> Vec<ChainHead> {
    let mut head = ChainHead::start(trail("acme"));
    let mut heads = vec![head.clone()];
    for event in events("acme", 0..12) {
        log.append(std::slice::from_ref(&event)).await.unwrap();
        head.push(&event);
        heads.push(head.clone());
    }
    heads
}

async fn after(log: &Log, head: &ChainHead) -> String {
    ids(&chain_after(&**log, head.clone()).await).join(" ")
}

/// The remaining events of a trail.
async fn everything(log: &Log, trail: &Trail) -> String {
    let all = EventFilter::default();
    let page = log.list(trail, &all, Seq::START, page_of(99)).await.unwrap();
    listed(&page)
}
