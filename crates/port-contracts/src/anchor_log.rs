//! Contract of [`AnchorLog`].

use std::sync::Arc;

use domain::model::{ChainHead, Checkpoint, KeyId, Seq};
use domain::ports::AnchorLog;

use crate::fixtures::{at, event};
use crate::suite::at_once;
use crate::trails::trail;

/// An anchor log that can be reopened.
pub struct AnchorLogUnderTest {
    /// Opens it.
    pub open: Box<dyn Fn() -> Arc<dyn AnchorLog> + Send + Sync>,
}

type Subject = Arc<AnchorLogUnderTest>;

suite! { $ anchor_log(Subject):
    a_new_log_is_empty,
    restored_returns_the_last_checkpoint_of_each_trail,
    concurrent_appends_are_all_restored,
}

async fn a_new_log_is_empty(subject: Subject) {
    assert!((subject.open)().restored().is_empty());
    assert!((subject.open)().restored().is_empty(), "a second time, too");
}

async fn restored_returns_the_last_checkpoint_of_each_trail(subject: Subject) {
    let log = (subject.open)();
    for (organization, seq) in [("acme", 3), ("beta", 7), ("acme", 12), ("acme", 9)] {
        log.append(&checkpoint(organization, seq)).await.unwrap();
    }
    assert_eq!(restored(&subject), [checkpoint("acme", 12), checkpoint("beta", 7)]);
    (subject.open)().append(&checkpoint("beta", 20)).await.unwrap();
    assert_eq!(restored(&subject), [checkpoint("acme", 12), checkpoint("beta", 20)]);
}

async fn concurrent_appends_are_all_restored(subject: Subject) {
    let logs = [(subject.open)(), (subject.open)()];
    at_once(32, |i| {
        let log = Arc::clone(&logs[i % 2]);
        async move { log.append(&checkpoint(&format!("org-{i:02}"), i as u64 + 1)).await.unwrap() }
    })
    .await;
    let expected: Vec<_> = (0..32_u64).map(|i| checkpoint(&format!("org-{i:02}"), i + 1)).collect();
    assert_eq!(restored(&subject), expected);
}

fn restored(subject: &Subject) -> Vec<Checkpoint> {
    let mut restored = (subject.open)().restored();
    restored.sort_by(|one, other| one.trail.cmp(&other.trail));
    restored
}

/// A checkpoint of an organization, with a fake signature.
#[must_use]
pub fn checkpoint(organization: &str, seq: u64) -> Checkpoint {
    let mut head = ChainHead::start(trail(organization));
    head.push(&event(&format!("event-{seq}"), organization));
    Checkpoint {
        trail: head.trail,
        seq: Seq::new(seq),
        hash: head.hash,
        at: at(seq),
        key_id: KeyId::parse("key").unwrap(),
        number: Some(seq),
        truncated: false,
        unstored: false,
        signature: format!("signature-{seq}"),
    }
}
