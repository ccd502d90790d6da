//! Checkpoints and events that an administrator of the database plants or edits.

use std::sync::Arc;

use domain::model::{ChainHead, Checkpoint, EventFilter, KeyId, LoggedEvent, PageSize, Seq};
use domain::ports::{CheckpointSigner, StoreError};
use domain::service::BreakKind;

use super::Subject;
use super::upgrade::Successor;
use super::world::{DAY, Erased, Planted, World, numbered_event, numbers, trail, verify};
use crate::fakes::FakeSigner;
use crate::fixtures::event;

/// A checkpoint of the chain head that no trusted key signed.
async fn forged_head(world: &World, number: u64) -> Checkpoint {
    let ChainHead { trail, seq, hash } = world.ports.audit.head(&trail()).await.unwrap().unwrap();
    let (at, key_id) = (world.ports.clock.now(), KeyId::parse("unknown").unwrap());
    let (number, signature) = (Some(number), "none".to_owned());
    let (truncated, unstored) = (false, false);
    Checkpoint { trail, seq, hash, at, key_id, number, truncated, unstored, signature }
}

pub(super) async fn a_mark_of_another_trail_never_begins_a_trail(subject: Subject) {
    let world = World::signed(subject, 0..5).await;
    let mut mark = world.checkpoints().await.remove(0);
    mark.trail = crate::trails::trail("mallory");
    (mark.seq, mark.number, mark.truncated) = (Seq::new(6), Some(9), true);
    mark.signature = FakeSigner.sign(&mark.message()).unwrap();
    world.erase(Erased::Heads).await;
    world.erase(Erased::Events).await;
    world.append_as_attacker([0, 1, 3, 4, 5, 6, 7]).await;
    let forged = forged_head(&world, 1).await;
    world.plant(6, Planted::Head(mark, true)).await;
    world.plant(7, Planted::Head(forged.clone(), false)).await;
    let start = world.ports.signed_heads.start(&trail()).await.unwrap();
    assert!(start.is_some_and(|start| start.is_unreadable()));
    assert_eq!(world.first_break().await, Some((6, BreakKind::Forged)));
    world.sign_later().await;
    // The attacker removes the mark.
    world.erase(Erased::Heads).await;
    world.plant(7, Planted::Head(forged.clone(), false)).await;
    world.sign_later().await;
    assert_eq!(world.checkpoints().await, [forged], "it refuses to sign");
    assert_eq!(world.first_break().await, Some((5, BreakKind::Rewritten)));
    let audit = &world.services.audit;
    assert!(audit.export(&audit.any_trail(trail())).await.unwrap().is_refused());
    assert!(verify(&world.export().await).first_break.is_some());
}

pub(super) async fn a_forged_checkpoint_takes_no_number(subject: Subject) {
    let world = World::signed(subject, 0..5).await;
    world.erase(Erased::Heads).await;
    world.append_events(5..9).await;
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
    world.append_events(3..6).await;
    world.sign_later().await;
    world.plant(3, Planted::Head(first.clone(), true)).await;
    let other = world.signing_with(Arc::new(Successor));
    other.sign_later().await;
    assert_eq!(other.ports.signed_heads.start(&trail()).await.unwrap(), Some(first));
    assert_eq!(other.first_break().await, Some((1, BreakKind::MissingBeginning)));
}

pub(super) async fn an_event_that_claims_another_position_is_reported(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    world.append_events(3..9).await;
    let all = EventFilter::default();
    let page = world.ports.audit.list(&trail(), &all, Seq::new(3), PageSize::MAX).await.unwrap();
    let genuine = page.items[0].event.clone();
    let mut members = genuine.members().clone();
    members.insert("seq".to_owned(), 1_000_000.into());
    let edited = LoggedEvent::new(members);
    let (seq, hash) = (Seq::new(999_999), genuine.prev_hash().unwrap());
    // Also with a matching hash.
    let moved = ChainHead { trail: trail(), seq, hash }.push(&numbered_event(3));
    for (planted, kind) in [(edited, BreakKind::Changed), (moved, BreakKind::Removed)] {
        world.plant(4, Planted::Event(planted)).await;
        assert_eq!(world.listed().await, (1..=9).collect::<Vec<_>>(), "pages follow the keys");
        assert_eq!(world.first_break().await, Some((4, kind)));
        world.sign_later().await;
        assert_eq!(numbers(&world.checkpoints().await), [1], "it refuses to sign");
        let exported = verify(&world.export().await);
        assert_eq!(exported.first_break.map(|found| found.kind), Some(kind));
        assert_eq!(exported.events, 9, "it hides none");
    }
}

pub(super) async fn a_record_that_is_not_a_checkpoint_is_reported(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    // Without a number, because an index may forbid duplicates.
    let first = Checkpoint { number: None, ..world.checkpoints().await.remove(0) };
    let mut foreign = Checkpoint { trail: crate::trails::trail("mallory"), ..first.clone() };
    foreign.signature = FakeSigner.sign(&foreign.message()).unwrap();
    world.append_events(3..6).await;
    // As the last checkpoint, within the trail, and as the retention mark.
    for (seq, begins) in [(6, false), (5, false), (3, true)] {
        let foreign = Checkpoint { seq: Seq::new(seq), ..foreign.clone() };
        let elsewhere = Checkpoint { seq: Seq::new(seq + 1), ..first.clone() };
        let heads = [foreign, elsewhere].map(|head| Planted::Head(head, begins));
        for planted in heads.into_iter().chain([Planted::Unreadable]) {
            world.plant(seq, planted.clone()).await;
            let found = world.verify().await.first_break.map(|it| (it.seq.get(), it.kind));
            assert_eq!(found, Some((seq, BreakKind::Forged)), "{planted:?}");
        }
        let exported = verify(&world.export().await).first_break;
        let exported = exported.map(|it| (it.seq.get(), it.kind));
        // At the end, a new checkpoint replaces the planted record.
        let expected = Some((seq, BreakKind::Forged)).filter(|_| seq < 6);
        assert_eq!(exported, expected);
        world.append_events(6..9).await;
        world.sign_later().await;
        let signed = world.checkpoints().await.last().map(|last| last.seq.get());
        assert_eq!(signed, Some(9), "a planted record stops no signature");
    }
}

pub(super) async fn an_unreadable_last_event_is_reported_and_blocks_no_other_trail(
    subject: Subject,
) {
    let world = World::signed(subject, 0..5).await;
    let members = [("hash".to_owned(), "none".into())].into_iter().collect();
    world.plant(5, Planted::Event(LoggedEvent::new(members))).await;
    for other in ["abc", "other"] {
        world.ports.audit.append(&[event(other, other)]).await.unwrap();
    }
    world.sign_later().await;
    for other in ["abc", "other"] {
        let signed = world.ports.signed_heads.latest(&crate::trails::trail(other)).await.unwrap();
        assert!(signed.is_some(), "{other}");
    }
    assert_eq!(world.first_break().await, Some((5, BreakKind::Changed)));
    assert_eq!(world.restarted(None).first_break().await, Some((5, BreakKind::Changed)));
}

pub(super) async fn copies_of_a_checkpoint_under_other_keys_block_no_other_trail(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    let copy = Checkpoint { number: None, ..world.checkpoints().await.remove(0) };
    // More than a page.
    for seq in 4..=208 {
        world.plant(seq, Planted::Head(copy.clone(), false)).await;
    }
    world.append_events(3..6).await;
    world.ports.audit.append(&[event("other", "other")]).await.unwrap();
    world.sign_later().await;
    world.clock.advance(40 * DAY);
    world.services.audit.truncate_expired().await.unwrap();
    assert_eq!(world.first_break().await, Some((4, BreakKind::Forged)));
    let exported = verify(&world.export().await).first_break;
    assert_eq!(exported.map(|found| found.kind), Some(BreakKind::Forged));
    let other = crate::trails::trail("other");
    assert!(world.ports.signed_heads.latest(&other).await.unwrap().is_some());
}

pub(super) async fn a_checkpoint_of_the_future_does_not_stop_signing(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    let first = world.checkpoints().await.remove(0);
    let late = Checkpoint { at: world.ports.clock.now() + 1000 * DAY, ..first };
    world.plant(3, Planted::Head(late, false)).await;
    world.append_events(3..5).await;
    world.sign_later().await;
    assert_eq!(world.checkpoints().await.last().unwrap().seq, Seq::new(5));
    assert_eq!(world.first_break().await, Some((3, BreakKind::Forged)));
}

pub(super) async fn an_export_that_retention_overtakes_fails(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    world.clock.advance(40 * DAY);
    world.append_events(3..6).await;
    let audit = &world.services.audit;
    let mut reader = audit.export(&audit.any_trail(trail())).await.unwrap();
    audit.truncate_expired().await.unwrap();
    let overtaken = reader.next().await;
    assert!(matches!(overtaken, Err(StoreError::Unavailable(_))), "{overtaken:?}");
    assert_eq!(verify(&world.export().await).first_break, None);
    assert_eq!(world.first_break().await, None);
}
