//! Sequential appends.

use domain::model::{
    Action, AuditActor, AuditContext, AuditEvent, AuditTarget, ChainHead, Changes, LoggedEvent,
    Trail,
};
use serde_json::json;

use super::{Log, append, events};
use crate::fixtures::{act, admin, at, event};
use crate::trails::{chain, event_ids, logged_ids, trail};

pub(super) async fn append_links_events_in_the_order_given(log: Log) {
    let order = ["5", "1", "9", "3", "7"];
    let added = events("acme", order);
    log.append(&added[..3]).await.unwrap();
    log.append(&added[3..]).await.unwrap();
    let mut head = ChainHead::start(trail("acme"));
    let expected: Vec<LoggedEvent> = added.iter().map(|event| head.push(event)).collect();
    assert_eq!(chain(&*log, &head.trail).await, expected);
}

pub(super) async fn append_continues_each_trail_separately(log: Log) {
    let of = |id, trail| AuditEvent { trail, ..event(id, "acme") };
    let all = [
        of("1", trail("acme")),
        of("2", Trail::Installation),
        of("3", trail("acme-2")),
        of("4", trail("acme")),
        of("5", Trail::Installation),
    ];
    log.append(&all[..2]).await.unwrap();
    log.append(&all[2..]).await.unwrap();
    for (trail, expected) in
        [(trail("acme"), vec![0, 3]), (Trail::Installation, vec![1, 4]), (trail("acme-2"), vec![2])]
    {
        let mut head = ChainHead::start(trail);
        let expected: Vec<LoggedEvent> = expected.iter().map(|&i| head.push(&all[i])).collect();
        assert_eq!(chain(&*log, &head.trail).await, expected);
    }
}

pub(super) async fn append_of_nothing_changes_nothing(log: Log) {
    log.append(&[]).await.unwrap();
    append(&log, "acme", ["1"]).await;
    log.append(&[]).await.unwrap();
    assert_eq!(logged_ids(&*log, "acme").await, ["1"]);
}

/// Content that a store might alter: numbers, names of members, their order, and null.
pub(super) async fn append_keeps_contents_exactly(log: Log) {
    let difficult = json!({
        "zeta": [0, -1, 9_007_199_254_740_991_i64, -9_007_199_254_740_991_i64, u64::MAX, 1.0, -0.0],
        "floats": [0.1, 0.11711111111111111, -3.597847523160892e-242, 5e-324, 1.7976931348623157e308],
        "alpha": {"": null, "$set": {"b": true, "a": false}, "a.b": {}, "none": [], "é": "e\u{301}"},
        "text": "\0 \u{2028} \u{1F600} \" \\ \n",
    });
    let changes = Changes::noted("difficult", difficult);
    let ada = admin("ada", "acme", "ada@example.com");
    let by_nobody = AuditContext { actor: AuditActor::system(), request_info: None, ..act("2") };
    let added = [
        AuditEvent {
            changes: changes.clone(),
            actor: AuditActor::admin(&ada),
            ..event("1", "acme")
        },
        by_nobody.event(trail("acme"), Action::KeyCreated, AuditTarget::admin(None), changes),
    ];
    log.append(&added).await.unwrap();
    let mut head = ChainHead::start(trail("acme"));
    let expected = added.each_ref().map(|event| head.push(event));
    assert_eq!(chain(&*log, &head.trail).await, expected);
}

pub(super) async fn append_of_the_same_events_is_idempotent(log: Log) {
    for _ in 0..3 {
        append(&log, "acme", ["1", "2", "3"]).await;
        assert_eq!(logged_ids(&*log, "acme").await, ["1", "2", "3"]);
    }
    append(&log, "acme", ["2"]).await;
    // The content does not matter: the id is in the log already.
    log.append(&[AuditEvent { at: at(9), ..event("3", "acme") }]).await.unwrap();
    assert_eq!(logged_ids(&*log, "acme").await, ["1", "2", "3"]);
}

pub(super) async fn append_of_the_same_events_in_another_order_is_idempotent(log: Log) {
    append(&log, "acme", ["1", "2", "3"]).await;
    for order in [["3", "2", "1"], ["2", "3", "1"]] {
        append(&log, "acme", order).await;
        assert_eq!(logged_ids(&*log, "acme").await, ["1", "2", "3"]);
    }
}

pub(super) async fn append_adds_new_events_among_known_ones(log: Log) {
    append(&log, "acme", ["2", "4"]).await;
    append(&log, "acme", ["1", "2", "3", "4", "5"]).await;
    assert_eq!(logged_ids(&*log, "acme").await, ["2", "4", "1", "3", "5"]);
    append(&log, "acme", ["5", "6"]).await;
    append(&log, "acme", ["7", "1"]).await;
    assert_eq!(logged_ids(&*log, "acme").await, ["2", "4", "1", "3", "5", "6", "7"]);
}

pub(super) async fn append_adds_a_duplicated_event_once(log: Log) {
    append(&log, "acme", ["1", "2", "1", "1", "3", "2"]).await;
    assert_eq!(logged_ids(&*log, "acme").await, ["1", "2", "3"]);
}

pub(super) async fn event_ids_are_unique_per_trail(log: Log) {
    append(&log, "acme", ["1", "2"]).await;
    append(&log, "acme-2", ["2", "1"]).await;
    log.append(&[event("3", "acme"), event("3", "acme-2")]).await.unwrap();
    assert_eq!(logged_ids(&*log, "acme").await, ["1", "2", "3"]);
    assert_eq!(logged_ids(&*log, "acme-2").await, ["2", "1", "3"]);
}

pub(super) async fn flush_outbox_of_an_empty_outbox_changes_nothing(log: Log) {
    log.flush_outbox(None).await.unwrap();
    assert!(event_ids(&*log, "acme").await.is_empty());
    append(&log, "acme", ["1", "2"]).await;
    log.flush_outbox(None).await.unwrap();
    assert_eq!(event_ids(&*log, "acme").await, ["1", "2"]);
}

pub(super) async fn head_returns_the_last_event_of_a_trail(log: Log) {
    let mut head = ChainHead::start(trail("acme"));
    for i in 0..12 {
        let added = event(&i.to_string(), "acme");
        log.append(std::slice::from_ref(&added)).await.unwrap();
        head.push(&added);
        assert_eq!(log.head(&head.trail).await.unwrap().as_ref(), Some(&head));
    }
}

pub(super) async fn head_of_an_empty_trail_is_none(log: Log) {
    append(&log, "acme", ["1"]).await;
    for empty in [trail("acm"), trail("acme-2"), Trail::Installation] {
        assert_eq!(log.head(&empty).await.unwrap(), None, "{empty:?}");
    }
}
