use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::*;
use crate::model::{
    Action, AuditActor, AuditContext, AuditTarget, Changes, ClientAddress, EventId, OrganizationId,
    RequestId, RequestInfo,
};

fn event(id: &str) -> AuditEvent {
    let organization = OrganizationId::parse("o1").unwrap();
    let request_info = RequestInfo {
        address: ClientAddress::new("192.0.2.7".parse().unwrap()),
        request_id: RequestId::parse("req-1").unwrap(),
    };
    let act = AuditContext {
        id: EventId::parse(id).unwrap(),
        at: Timestamp::new(
            DateTime::<Utc>::UNIX_EPOCH + TimeDelta::milliseconds(1_790_000_000_123),
        ),
        actor: AuditActor::operator(),
        request_info: Some(request_info),
    };
    let target = AuditTarget::organization(&organization);
    let changes = Changes::noted("name", "Ärger \u{1f600} \"quoted\"\n");
    act.event(Trail::Organization(organization), Action::OrganizationUpdated, target, changes)
}

/// Computed independently: Python's `hashlib.sha256` of `json.dumps(event, sort_keys=True,
/// separators=(",", ":"), ensure_ascii=False)`, which is canonical where there are no fractions.
#[test]
fn the_hash_covers_the_canonical_json() {
    let mut head = ChainHead::start(Trail::Organization(OrganizationId::parse("o1").unwrap()));
    let logged = head.push(&event("e1"));
    assert_eq!(
        json!(logged),
        json!({
            "id": "e1",
            "organization_id": "o1",
            "at": "2026-09-21T14:13:20.123Z",
            "action": "organization.updated",
            "actor": {"type": "operator", "id": null, "name": null},
            "target": {"type": "organization", "id": "o1"},
            "changes": {"name": {"before": null, "after": "Ärger \u{1f600} \"quoted\"\n"}},
            "ip": "192.0.2.7",
            "request_id": "req-1",
            "seq": 1,
            "prev_hash": "0".repeat(64),
            "hash": "4578cfcdd0d512b02cce7558c6358a754ad9ed98876d1d8e6b07304ae286f15d",
        })
    );
}

#[test]
fn each_event_links_to_the_previous_one() {
    let mut head = ChainHead::start(Trail::Installation);
    let (first, second) = (head.push(&event("e1")), head.push(&event("e2")));
    assert_eq!((first.seq(), first.prev_hash()), (Some(Seq::new(1)), Some(EventHash::START)));
    assert_eq!((second.seq(), second.prev_hash()), (Some(Seq::new(2)), first.hash()));
    assert_eq!((head.seq, Some(head.hash)), (Seq::new(2), second.hash()));
    assert!(first.is_unchanged() && second.is_unchanged());
}

#[test]
fn any_change_of_an_event_is_detected() {
    let event = ChainHead::start(Trail::Installation).push(&event("e1"));
    let changed = |change: &dyn Fn(&mut Map<String, Value>)| {
        let mut members = event.members().clone();
        change(&mut members);
        LoggedEvent::new(members)
    };
    let other = "f".repeat(64);
    for name in event.members().keys() {
        for value in [json!(null), json!(7), json!(""), json!(other), json!({})] {
            if event.members()[name] != value {
                let planted = changed(&|members| _ = members.insert(name.clone(), value.clone()));
                assert!(!planted.is_unchanged(), "{name}: {value}");
            }
        }
        assert!(!changed(&|members| _ = members.shift_remove(name)).is_unchanged(), "{name}");
    }
    assert!(!changed(&|members| _ = members.insert("more".to_owned(), json!(1))).is_unchanged());
    assert!(!LoggedEvent::new(Map::new()).is_unchanged());
    // The order of members does not matter.
    let turned = event.members().clone().into_iter().rev().collect();
    assert!(LoggedEvent::new(turned).is_unchanged());
}

#[test]
fn malformed_events_can_be_inspected() {
    for members in [json!({}), json!({"seq": "1", "hash": 7, "organization_id": 1, "actor": []})] {
        let Value::Object(members) = members else { panic!() };
        let odd = LoggedEvent::new(members);
        assert_eq!((odd.id(), odd.seq(), odd.hash(), odd.trail()), (None, None, None, None));
        assert_eq!((odd.at(), odd.action(), odd.actor()), (None, None, None));
        assert_eq!(odd.head(), None);
    }
}

#[test]
fn a_hash_is_read_in_its_canonical_form_only() {
    let hash = EventHash::parse(&"0f".repeat(32)).unwrap();
    assert_eq!(hash.to_string(), "0f".repeat(32));
    for text in ["", "0f", &"0F".repeat(32), &"0f".repeat(33), &"zz".repeat(32)] {
        assert_eq!(EventHash::parse(text), None, "{text}");
    }
}
