//! Concurrent appends.

use std::sync::Arc;

use domain::model::AuditEvent;

use super::{Log, events};
use crate::fixtures::event;
use crate::suite::at_once;
use crate::trails::logged_ids;

pub(super) async fn concurrent_appends_make_one_chain(log: Log) {
    at_once(32, |i| {
        let log = Arc::clone(&log);
        async move {
            log.append(&events("acme", [format!("{i}-0"), format!("{i}-1")])).await.unwrap();
            log.append(&events("acme", [format!("{i}-2")])).await.unwrap();
        }
    })
    .await;
    let logged = logged_ids(&*log, "acme").await;
    assert_eq!(logged.len(), 96);
    for i in 0..32 {
        let own = logged.iter().filter(|id| id.starts_with(&format!("{i}-")));
        let expected = [0, 1, 2].map(|n| format!("{i}-{n}"));
        assert_eq!(own.cloned().collect::<Vec<_>>(), expected, "in the order of their appender");
    }
}

pub(super) async fn concurrent_appends_to_several_trails_make_one_chain_each(log: Log) {
    const TRAILS: [&str; 4] = ["a", "a-", "b", "c"];
    at_once(16, |i| {
        let log = Arc::clone(&log);
        // Each begins with another trail, so that they conflict.
        let nth_event = move |n: usize| event(&format!("{i}-{n}"), TRAILS[(i + n) % TRAILS.len()]);
        async move {
            let all: Vec<AuditEvent> = (0..8).map(nth_event).collect();
            log.append(&all).await.unwrap();
        }
    })
    .await;
    for trail in TRAILS {
        assert_eq!(logged_ids(&*log, trail).await.len(), 32, "{trail}");
    }
}

pub(super) async fn concurrent_appends_of_the_same_events_add_them_once(log: Log) {
    at_once(32, |i| {
        let log = Arc::clone(&log);
        async move {
            let mut same = events("acme", ["1", "2", "3", "4", "5"]);
            same.rotate_left(i % 5);
            log.append(&same).await.unwrap();
        }
    })
    .await;
    let mut logged = logged_ids(&*log, "acme").await;
    logged.sort_unstable();
    assert_eq!(logged, ["1", "2", "3", "4", "5"]);
}
