//! Many events, and many trails.

use domain::model::{
    Action, AuditActor, AuditEvent, ChainHead, EventFilter, Page, Seq, StoredEvent, Trail,
};

use super::{Log, append};
use crate::fixtures::{admin, at, event, page_of};
use crate::trails::{listed, trail};

pub(super) async fn list_pages_in_order_of_position(log: Log) {
    append(&log, "acme", 0..12).await;
    let (acme, all) = (trail("acme"), EventFilter::default());
    for (after, size, expected, more) in [
        (0, 5, "0 1 2 3 4", true),
        (5, 5, "5 6 7 8 9", true),
        (10, 2, "10 11", false),
        (9, 9, "9 10 11", false),
        (12, 2, "", false),
        (u64::MAX, 2, "", false),
    ] {
        let page = log.list(&acme, &all, Seq::new(after), page_of(size)).await.unwrap();
        assert_page(&page, expected, more);
    }
}

pub(super) async fn list_has_exactly_the_events_of_the_trail(log: Log) {
    for (organization, id) in [("a", "1"), ("a-", "2"), ("aa", "3"), ("a", "4"), ("b", "5")] {
        append(&log, organization, [id]).await;
    }
    log.append(&[AuditEvent { trail: Trail::Installation, ..event("6", "a") }]).await.unwrap();
    let all = EventFilter::default();
    for (trail, expected) in [
        (trail("a"), "1 4"),
        (trail("a-"), "2"),
        (trail("aa"), "3"),
        (trail("b"), "5"),
        (trail("c"), ""),
        (Trail::Installation, "6"),
    ] {
        let page = log.list(&trail, &all, Seq::START, page_of(9)).await.unwrap();
        assert_page(&page, expected, false);
    }
}

pub(super) async fn list_has_exactly_the_matching_records(log: Log) {
    log.append(&varied()).await.unwrap();
    let all = EventFilter::default();
    let action = |action| EventFilter { action: Some(action), ..all.clone() };
    let actor = |actor: &str| EventFilter { actor: Some(actor.to_owned()), ..all.clone() };
    let time = |since: Option<u64>, until: Option<u64>| EventFilter {
        since: since.map(at),
        until: until.map(at),
        ..all.clone()
    };
    for (filter, expected) in [
        (all.clone(), "0 1 2 3 4 5"),
        (action(Action::AdminUpdated), "0 2 4"),
        (action(Action::LoginFailed), "1 3 5"),
        (action(Action::KeyCreated), ""),
        (actor("ada"), "0 3"),
        (actor("ad"), ""),
        (actor("anonymous"), "1 4"),
        (actor("system"), "2 5"),
        (actor("operator"), ""),
        (time(Some(30), None), "3 4 5"),
        (time(None, Some(30)), "0 1 2"),
        (time(Some(10), Some(41)), "1 2 3 4"),
        (time(Some(51), None), ""),
        (EventFilter { action: Some(Action::LoginFailed), ..actor("ada") }, "3"),
        (EventFilter { actor: Some("system".to_owned()), ..time(Some(21), Some(51)) }, "5"),
    ] {
        let page = log.list(&trail("acme"), &filter, Seq::START, page_of(9)).await.unwrap();
        assert_eq!(listed(&page), expected, "{filter:?}");
        assert!(!page.more, "{filter:?}");
    }
}

pub(super) async fn list_pages_the_matching_events(log: Log) {
    log.append(&varied()).await.unwrap();
    let filter = EventFilter { action: Some(Action::AdminUpdated), ..EventFilter::default() };
    for (after, expected, more) in
        [(0, "0 2", true), (1, "2 4", false), (3, "4", false), (5, "", false)]
    {
        let after = Seq::new(after);
        let page = log.list(&trail("acme"), &filter, after, page_of(2)).await.unwrap();
        assert_page(&page, expected, more);
    }
}

pub(super) async fn heads_pages_in_order_of_key(log: Log) {
    for organization in ["b", "a0", "aa", "a", "a-", "a"] {
        append(&log, organization, [format!("of-{organization}"), "second".to_owned()]).await;
    }
    log.append(&[AuditEvent { trail: Trail::Installation, ..event("1", "a") }]).await.unwrap();
    let first = log.heads(None, page_of(3)).await.unwrap();
    assert_heads(&first, &["", "a", "a-"], true);
    let after = Some(&first.items[2].trail);
    assert_heads(&log.heads(after, page_of(3)).await.unwrap(), &["a0", "aa", "b"], false);
    let after = Some(&Trail::Installation);
    assert_heads(&log.heads(after, page_of(1)).await.unwrap(), &["a"], true);
    let after_a_gap = Some(&trail("a1"));
    assert_heads(&log.heads(after_a_gap, page_of(3)).await.unwrap(), &["aa", "b"], false);
    assert_heads(&log.heads(Some(&trail("b")), page_of(3)).await.unwrap(), &[], false);
    for head in first.items {
        assert_eq!(log.head(&head.trail).await.unwrap(), Some(head));
    }
}

pub(super) async fn heads_has_exactly_the_trails_with_events(log: Log) {
    assert_heads(&log.heads(None, page_of(3)).await.unwrap(), &[], false);
    log.append(&[]).await.unwrap();
    log.flush_outbox(Some(&trail("empty"))).await.unwrap();
    append(&log, "acme", ["1", "2"]).await;
    assert_heads(&log.heads(None, page_of(3)).await.unwrap(), &["acme"], false);
}

/// Six events, one every ten seconds: two alternating kinds, and three actors.
fn varied() -> Vec<AuditEvent> {
    let ada = admin("ada", "acme", "ada@example.com");
    let actors = [AuditActor::admin(&ada), AuditActor::anonymous(), AuditActor::system()];
    let actions = [Action::AdminUpdated, Action::LoginFailed];
    let varied = |i: usize| AuditEvent {
        at: at(10 * i as u64),
        action: actions[i % 2],
        actor: actors[i % 3].clone(),
        ..event(&i.to_string(), "acme")
    };
    (0..6).map(varied).collect()
}

fn assert_page(page: &Page<StoredEvent>, expected: &str, more: bool) {
    assert_eq!((listed(page).as_str(), page.more), (expected, more));
}

fn assert_heads(page: &Page<ChainHead>, keys: &[&str], more: bool) {
    let found: Vec<&str> = page.items.iter().map(|head| head.trail.key()).collect();
    assert_eq!((found.as_slice(), page.more), (keys, more));
}
