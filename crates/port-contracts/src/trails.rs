//! Helpers of tests for audit trails.

use domain::model::{ChainHead, EventFilter, LoggedEvent, Page, PageSize, StoredEvent, Trail};
use domain::ports::AuditLog;

use crate::fixtures::organization_id;

/// A store together with the log of its events.
pub trait HasAuditLog {
    /// The log.
    fn log(&self) -> &dyn AuditLog;
}

impl<S: AuditLog> HasAuditLog for S {
    fn log(&self) -> &dyn AuditLog {
        self
    }
}

/// The trail of an organization.
pub(crate) fn trail(organization: &str) -> Trail {
    Trail::Organization(organization_id(organization))
}

/// The ids of an organization's events in the log.
pub(crate) async fn logged_ids(log: &dyn AuditLog, organization: &str) -> Vec<String> {
    ids(&chain(log, &trail(organization)).await)
}

/// The same, after all acknowledged events were moved to the log.
pub(crate) async fn event_ids(log: &dyn AuditLog, organization: &str) -> Vec<String> {
    log.flush_outbox(Some(&trail(organization))).await.unwrap();
    logged_ids(log, organization).await
}

/// All events of `trail`: one chain, from the first event to the chain head.
pub(crate) async fn chain(log: &dyn AuditLog, trail: &Trail) -> Vec<LoggedEvent> {
    chain_after(log, ChainHead::start(trail.clone())).await
}

/// The events after `head`, each linked to its predecessor, up to the chain head of the trail.
pub(crate) async fn chain_after(log: &dyn AuditLog, mut head: ChainHead) -> Vec<LoggedEvent> {
    let (trail, all, size) = (head.trail.clone(), EventFilter::default(), PageSize::MAX);
    let mut events = Vec::new();
    loop {
        let page = log.list(&trail, &all, head.seq, size).await.unwrap();
        for StoredEvent { seq, event } in page.items {
            assert_eq!(seq, head.seq.next(), "the key of {event:?}");
            assert_eq!(event.seq(), Some(head.seq.next()), "the place of {event:?}");
            assert_eq!(event.prev_hash(), Some(head.hash), "what {event:?} follows");
            assert!(event.is_unchanged(), "{event:?}");
            head = event.head().unwrap();
            assert_eq!(head.trail, trail);
            events.push(event);
        }
        if !page.more {
            break;
        }
    }
    let end = log.head(&trail).await.unwrap();
    assert_eq!(end.unwrap_or_else(|| ChainHead::start(trail)), head);
    events
}

/// The ids of the events on `page`.
pub(crate) fn listed(page: &Page<StoredEvent>) -> String {
    let events: Vec<_> = page.items.iter().map(|stored| stored.event.clone()).collect();
    ids(&events).join(" ")
}

/// The ids of `events`.
pub(crate) fn ids(events: &[LoggedEvent]) -> Vec<String> {
    events.iter().map(|event| event.id().unwrap().to_owned()).collect()
}
