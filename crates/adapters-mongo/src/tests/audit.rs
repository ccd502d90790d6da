//! Tests of audit trails that are specific to this store: many processes, full outboxes, and
//! manipulations of the log.

mod at_once;
mod full;
mod tampered;

use bson::Document;
use domain::model::{AuditEvent, ChainHead, EventFilter, LoggedEvent, PageSize, Seq, Trail};
use domain::ports::AuditLog;
use local_mongod::TestDatabase;
use mongodb::Collection;
use port_contracts::fixtures::{event, organization_id};

use crate::MongoStore;

fn trail(organization: &str) -> Trail {
    Trail::Organization(organization_id(organization))
}

fn events(organization: &str, ids: impl IntoIterator<Item = impl ToString>) -> Vec<AuditEvent> {
    ids.into_iter().map(|id| event(&id.to_string(), organization)).collect()
}

/// The events in the log.
async fn listed(store: &MongoStore, organization: &str, after: u64) -> Vec<LoggedEvent> {
    let (trail, all) = (trail(organization), EventFilter::default());
    let (mut events, mut after) = (Vec::new(), Seq::new(after));
    loop {
        let page = AuditLog::list(store, &trail, &all, after, PageSize::MAX).await.unwrap();
        after = page.items.last().map_or(after, |last| last.seq);
        events.extend(page.items.into_iter().map(|stored| stored.event));
        if !page.more {
            return events;
        }
    }
}

/// The ids of all events of a trail, which are one chain.
async fn chain(store: &MongoStore, organization: &str) -> Vec<String> {
    let mut head = ChainHead::start(trail(organization));
    let mut ids = Vec::new();
    for event in listed(store, organization, 0).await {
        assert_eq!(event.seq(), Some(head.seq.next()));
        assert_eq!(event.prev_hash(), Some(head.hash));
        assert!(event.is_unchanged());
        head = event.head().unwrap();
        ids.push(event.id().unwrap().to_owned());
    }
    ids
}

fn log_of(database: &TestDatabase) -> Collection<Document> {
    database.database().collection("audit_events")
}
