//! Checkpoints and events that an administrator of the database plants or edits.

use std::sync::Arc;

use domain::model::{EventFilter, Head, KeyId, LoggedEvent, PageSize, Seq, SignedHead};
use domain::ports::{HeadSigner, StoreError};
use domain::service::{BreakKind, Error};

use super::Subject;
use super::upgrade::Successor;
use super::world::{DAY, Erased, Planted, World, numbers, told, trail, verify};
use crate::fakes::FakeSigner;
use crate::fixtures::event;

/// A checkpoint of the head of the trail that no trusted key signed.
async fn forged_head(world: &World, number: u64) -> SignedHead {
    let Head { trail, seq, hash } = world.ports.audit.head(&trail()).await.unwrap().unwrap();
    let (at, key_id) = (world.ports.clock.now(), KeyId::parse("nobody").unwrap());
    let (number, truncated, signature) = (Some(number), false, "none".to_owned());
    SignedHead { trail, seq, hash, at, key_id, number, truncated, signature }
}

pub(super) async fn a_mark_of_another_trail_never_begins_a_trail(subject: Subject) {
    let world = World::signed(subject, 0..5).await;
    let mut mark = world.checkpoints().await.remove(0);
    mark.trail = crate::trails::trail("mallory");
    (mark.seq, mark.number, mark.truncated) = (Seq::new(6), Some(9), true);
    mark.signature = FakeSigner.sign(&mark.message()).unwrap();
    world.erase(Erased::Heads).await;
    world.erase(Erased::Events).await;
    world.told_by_attacker([0, 1, 3, 4, 5, 6, 7]).await;
    let forged = forged_head(&world, 1).await;
    world.plant(6, Planted::Head(mark, true)).await;
    world.plant(7, Planted::Head(forged.clone(), false)).await;
    let start = world.ports.signed_heads.start(&trail()).await;
    assert!(matches!(start, Err(StoreError::Corrupt { .. })), "{start:?}");
    world.sign_later().await;
    // The attacker removes the mark.
    world.erase(Erased::Heads).await;
    world.plant(7, Planted::Head(forged.clone(), false)).await;
    world.sign_later().await;
    assert_eq!(world.checkpoints().await, [forged], "it refuses to sign");
    assert_eq!(world.first_break().await, Some((5, BreakKind::Rewritten)));
    let audit = &world.services.audit;
    assert!(audit.export(&audit.of(trail())).await.unwrap().is_refused());
    assert!(verify(&world.export().await).first_break.is_some());
}

pub(super) async fn a_forged_checkpoint_takes_no_number(subject: Subject) {
    let world = World::signed(subject, 0..5).await;
    world.erase(Erased::Heads).await;
    world.tell(5..9).await;
    let forged = forged_head(&world, 1).await;
    world.plant(9, Planted::Head(forged, false)).await;
    world.sign_later().await;
    assert_eq!(numbers(&world.checkpoints().await), [2]);
    let found = world.first_break().await.map(|(_, kind)| kind);
    assert_eq!(found, Some(BreakKind::MissingCheckpoint));
}

pub(super) async fn an_ordinary_checkpoint_never_becomes_a_mark(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    let first = world.checkpoints().await.remove(0);
    world.tell(3..6).await;
    world.sign_later().await;
    world.plant(3, Planted::Head(first.clone(), true)).await;
    let other = world.signing_with(Arc::new(Successor));
    other.sign_later().await;
    assert_eq!(other.ports.signed_heads.start(&trail()).await.unwrap(), Some(first));
    assert_eq!(other.first_break().await, Some((1, BreakKind::MissingBeginning)));
}

pub(super) async fn an_event_that_claims_another_place_is_reported(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    world.tell(3..9).await;
    let all = EventFilter::default();
    let page = world.ports.audit.list(&trail(), &all, Seq::new(3), PageSize::MAX).await.unwrap();
    let genuine = page.items[0].clone();
    let mut members = genuine.members().clone();
    members.insert("seq".to_owned(), 1_000_000.into());
    let edited = LoggedEvent::new(members);
    let (seq, hash) = (Seq::new(999_999), genuine.prev_hash().unwrap());
    // With a hash that is right, too.
    let moved = Head { trail: trail(), seq, hash }.push(&told(3));
    for (planted, kind) in [(edited, BreakKind::Changed), (moved, BreakKind::Removed)] {
        world.plant(4, Planted::Event(planted)).await;
        assert_eq!(world.first_break().await, Some((4, kind)));
        world.sign_later().await;
        assert_eq!(numbers(&world.checkpoints().await), [1], "it refuses to sign");
        let exported = verify(&world.export().await);
        assert_eq!(exported.first_break.map(|found| found.kind), Some(kind));
        assert_eq!(exported.events, 9, "it hides none");
    }
}

pub(super) async fn copies_of_a_checkpoint_under_other_keys_stop_no_other_trail(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    let copy = SignedHead { number: None, ..world.checkpoints().await.remove(0) };
    // More than a page.
    for seq in 4..=208 {
        world.plant(seq, Planted::Head(copy.clone(), false)).await;
    }
    world.tell(3..6).await;
    world.ports.audit.append(&[event("other", "other")]).await.unwrap();
    world.sign_later().await;
    world.clock.advance(40 * DAY);
    world.services.audit.cut_old().await.unwrap();
    let audit = &world.services.audit;
    let found = audit.verify(&audit.of(trail())).await;
    assert!(matches!(found, Err(Error::Store(StoreError::Corrupt { .. }))), "{found:?}");
    assert!(audit.export(&audit.of(trail())).await.is_err());
    let other = crate::trails::trail("other");
    assert!(world.ports.signed_heads.latest(&other).await.unwrap().is_some());
}

pub(super) async fn a_checkpoint_of_the_future_does_not_stop_signing(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    let first = world.checkpoints().await.remove(0);
    let late = SignedHead { at: world.ports.clock.now() + 1000 * DAY, ..first };
    world.plant(3, Planted::Head(late, false)).await;
    world.tell(3..5).await;
    world.sign_later().await;
    assert_eq!(world.checkpoints().await.last().unwrap().seq, Seq::new(5));
    assert_eq!(world.first_break().await, Some((3, BreakKind::Forged)));
}

pub(super) async fn an_export_that_retention_overtakes_fails(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    world.clock.advance(40 * DAY);
    world.tell(3..6).await;
    let audit = &world.services.audit;
    let mut reader = audit.export(&audit.of(trail())).await.unwrap();
    audit.cut_old().await.unwrap();
    let overtaken = reader.next().await;
    assert!(matches!(overtaken, Err(StoreError::Unavailable(_))), "{overtaken:?}");
    assert_eq!(verify(&world.export().await).first_break, None);
    assert_eq!(world.first_break().await, None);
}
