//! Trails of versions without numbers and without retention marks.

use std::sync::Arc;

use domain::model::{Checkpoint, KeyId};
use domain::ports::{BoxError, CheckpointSigner, CheckpointVerifier, SignatureVerdict};

use super::Subject;
use super::world::{DAY, World, numbers, trail, verify};
use crate::fakes::FakeSigner;

/// Stores a checkpoint of the chain head as an earlier version did.
async fn sign_as_before(world: &World) -> Checkpoint {
    let head = world.ports.audit.head(&trail()).await.unwrap().unwrap();
    let (at, key_id) = (world.ports.clock.now(), FakeSigner.key_id());
    let (number, signature) = (None, String::new());
    let (truncated, unstored) = (false, false);
    let (trail, seq, hash) = (head.trail, head.seq, head.hash);
    let mut signed =
        Checkpoint { trail, seq, hash, at, key_id, number, truncated, unstored, signature };
    signed.signature = FakeSigner.sign(&signed.message()).unwrap();
    world.ports.signed_heads.keep(&signed).await.unwrap();
    signed
}

pub(super) async fn a_trail_signed_by_an_earlier_version_verifies_and_is_continued(
    subject: Subject,
) {
    let world = World::with(subject, None);
    for n in 0..3 {
        world.append_events(n * 3..n * 3 + 3).await;
        sign_as_before(&world).await;
    }
    assert_eq!(world.first_break().await, None);
    world.sign_later().await;
    assert!(numbers(&world.checkpoints().await).is_empty(), "what is signed is not signed again");
    for n in 3..5 {
        world.append_events(n * 3..n * 3 + 3).await;
        world.sign_later().await;
        assert_eq!(world.first_break().await, None);
    }
    assert_eq!(numbers(&world.checkpoints().await), [1, 2]);
    // A server of the earlier version that still runs.
    world.append_events(20..21).await;
    sign_as_before(&world).await;
    let restarted = world.restarted(None);
    restarted.append_events(21..22).await;
    restarted.sign_later().await;
    assert_eq!(numbers(&restarted.checkpoints().await), [1, 2, 3]);
    assert_eq!(restarted.first_break().await, None);
    assert_eq!(verify(&restarted.export().await).first_break, None);
    // Retention truncates it like any other.
    world.clock.advance(40 * DAY);
    world.append_events(22..23).await;
    world.services.audit.truncate_expired().await.unwrap();
    assert_eq!(world.first_break().await, None);
    assert_eq!(verify(&world.export().await).first_break, None);
}

pub(super) async fn a_trail_truncated_by_an_earlier_version_verifies(subject: Subject) {
    let world = World::with(subject, None);
    world.append_events(0..3).await;
    let start = sign_as_before(&world).await;
    world.append_events(3..6).await;
    sign_as_before(&world).await;
    world.ports.signed_heads.begin_after(&start).await.unwrap();
    world.ports.audit.truncate(&trail(), start.seq).await.unwrap();
    assert_eq!(world.first_break().await, None);
    world.append_events(6..9).await;
    world.sign_later().await;
    for world in [&world, &world.restarted(None)] {
        assert_eq!(world.first_break().await, None);
        assert_eq!(verify(&world.export().await).first_break, None);
    }
}

/// Organizations may be older than audit trails.
pub(super) async fn a_trail_of_an_earlier_version_without_its_creation_verifies(subject: Subject) {
    let world = World::with(subject, None);
    world.append_events(1..3).await;
    sign_as_before(&world).await;
    world.append_events(3..6).await;
    world.sign_later().await;
    assert_eq!(world.first_break().await, None);
    assert_eq!(verify(&world.export().await).first_break, None);
}

pub(super) async fn a_retention_mark_is_signed_anew_with_another_key(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    world.clock.advance(40 * DAY);
    world.append_events(3..6).await;
    world.services.audit.truncate_expired().await.unwrap();
    world.sign_later().await;
    assert_eq!(world.first_break().await, None);
    let before = world.ports.signed_heads.start(&trail()).await.unwrap().unwrap();
    assert_eq!((before.truncated, before.number), (true, Some(1)));

    let other = world.signing_with(Arc::new(Successor));
    other.sign_later().await;
    let mark = world.ports.signed_heads.start(&trail()).await.unwrap().unwrap();
    assert_eq!((mark.seq, mark.hash, mark.number), (before.seq, before.hash, before.number));
    assert_eq!((mark.truncated, mark.key_id), (true, Successor.key_id()));
    assert_eq!(other.first_break().await, None);
    assert_eq!(numbers(&other.checkpoints().await), [1, 2]);
}

pub(super) async fn a_downgrade_after_retention_leaves_no_gap_of_numbers(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    world.append_events(3..6).await;
    world.sign_later().await;
    world.clock.advance(40 * DAY);
    world.append_events(6..7).await;
    world.services.audit.truncate_expired().await.unwrap();
    sign_as_before(&world).await;
    let upgraded = world.restarted(None);
    upgraded.append_events(7..8).await;
    upgraded.sign_later().await;
    assert_eq!(numbers(&upgraded.checkpoints().await), [2, 3]);
    assert_eq!(upgraded.first_break().await, None);
}

/// Signs under another key id, and trusts its predecessor.
pub(super) struct Successor;

impl CheckpointVerifier for Successor {
    fn verify(&self, key: &KeyId, message: &[u8], signature: &str) -> SignatureVerdict {
        let known = if *key == self.key_id() { &FakeSigner.key_id() } else { key };
        FakeSigner.verify(known, message, signature)
    }
}

impl CheckpointSigner for Successor {
    fn key_id(&self) -> KeyId {
        KeyId::parse("successor").unwrap()
    }

    fn sign(&self, message: &[u8]) -> Result<String, BoxError> {
        FakeSigner.sign(message)
    }

    fn jwks(&self) -> serde_json::Value {
        FakeSigner.jwks()
    }
}
