//! Contract for audit trails that an administrator of the database forges without the signing key:
//! what `verify` reports, and what the server refuses to sign.

mod exports;
mod nodes;
mod plants;
mod upgrade;
mod world;

use std::sync::Arc;

use domain::model::{Checkpoint, Seq};
use domain::service::BreakKind;

use exports::{
    a_planted_end_of_an_export_is_reported, exports_store_and_anchor_a_checkpoint_a_minute,
    the_anchor_of_a_cancelled_export_is_appended_later, the_end_of_an_export_is_continued,
};
use nodes::{a_checkpoint_of_another_node_is_continued, concurrent_signing_nodes_share_numbers};
use plants::{
    a_checkpoint_of_the_future_does_not_stop_signing, a_forged_checkpoint_takes_no_number,
    a_mark_of_another_trail_never_begins_a_trail, a_record_that_is_not_a_checkpoint_is_reported,
    an_event_that_claims_another_position_is_reported, an_export_that_retention_overtakes_fails,
    an_ordinary_checkpoint_never_becomes_a_mark,
    an_unreadable_last_event_is_reported_and_blocks_no_other_trail,
    copies_of_a_checkpoint_under_other_keys_block_no_other_trail,
};
use upgrade::{
    a_downgrade_after_retention_leaves_no_gap_of_numbers,
    a_retention_mark_is_signed_anew_with_another_key,
    a_trail_of_an_earlier_version_without_its_creation_verifies,
    a_trail_signed_by_an_earlier_version_verifies_and_is_continued,
    a_trail_truncated_by_an_earlier_version_verifies,
};
use world::{Anchors, DAY, World, numbers, trail, verify};

pub use world::{Erased, Eraser, Planted, Planter, StoreUnderAttack};

type Subject = Arc<StoreUnderAttack>;

suite! { $ trail_forgery(Subject):
    a_rewritten_trail_without_checkpoints_is_refused_and_reported,
    an_anchor_file_preserves_checkpoints_across_restarts,
    deleted_events_are_reported,
    a_deleted_trail_is_reported,
    a_trail_without_its_creation_is_reported,
    deleted_checkpoints_are_reported_by_their_numbers,
    a_truncation_without_a_retention_mark_is_reported,
    a_forged_checkpoint_never_becomes_a_retention_mark,
    a_restored_backup_is_refused_until_the_anchors_are_removed,
    a_failed_anchor_is_appended_later,
    a_checkpoint_of_another_node_is_continued,
    concurrent_signing_nodes_share_numbers,
    a_trail_signed_by_an_earlier_version_verifies_and_is_continued,
    a_trail_truncated_by_an_earlier_version_verifies,
    a_trail_of_an_earlier_version_without_its_creation_verifies,
    a_retention_mark_is_signed_anew_with_another_key,
    a_downgrade_after_retention_leaves_no_gap_of_numbers,
    a_mark_of_another_trail_never_begins_a_trail,
    a_forged_checkpoint_takes_no_number,
    an_ordinary_checkpoint_never_becomes_a_mark,
    an_event_that_claims_another_position_is_reported,
    a_record_that_is_not_a_checkpoint_is_reported,
    an_unreadable_last_event_is_reported_and_blocks_no_other_trail,
    copies_of_a_checkpoint_under_other_keys_block_no_other_trail,
    a_checkpoint_of_the_future_does_not_stop_signing,
    an_export_that_retention_overtakes_fails,
    exports_store_and_anchor_a_checkpoint_a_minute,
    the_anchor_of_a_cancelled_export_is_appended_later,
    the_end_of_an_export_is_continued,
    a_planted_end_of_an_export_is_reported,
}

async fn a_rewritten_trail_without_checkpoints_is_refused_and_reported(subject: Subject) {
    let world = World::signed(subject, 0..5).await;
    world.forge([0, 1, 3, 4, 5]).await;
    assert!(world.checkpoints().await.is_empty(), "it refuses to sign");
    assert_eq!(world.first_break().await, Some((5, BreakKind::Rewritten)));
    // Also longer than before.
    world.append_as_attacker(6..20).await;
    world.sign_later().await;
    assert!(world.checkpoints().await.is_empty());
    assert_eq!(world.first_break().await, Some((5, BreakKind::Rewritten)));
    let exported = verify(&world.export().await);
    assert_eq!(exported.first_break.unwrap().kind, BreakKind::Unsigned);
    assert_eq!(exported.events, 19, "it is exported all the same");

    // A process without memory has nothing to compare with: that is the purpose of anchors.
    let restarted = world.restarted(None);
    restarted.sign_later().await;
    assert_eq!(restarted.first_break().await, None);
    assert_eq!(world.first_break().await, Some((5, BreakKind::Rewritten)));
}

async fn an_anchor_file_preserves_checkpoints_across_restarts(subject: Subject) {
    let anchors = Arc::new(Anchors::default());
    let world = World::with(subject, Some(Arc::clone(&anchors)));
    world.append_events(0..3).await;
    world.sign_later().await;
    world.append_events(3..5).await;
    world.sign_later().await;
    let signed: Vec<u64> = anchors.appended().iter().map(|anchor| anchor.seq.get()).collect();
    assert_eq!(signed, [3, 5]);
    assert_eq!(anchors.appended(), world.checkpoints().await, "as they are stored");

    world.forge([0, 1, 3, 4, 5]).await;
    let restarted = world.restarted(Some(anchors));
    restarted.sign_later().await;
    assert!(restarted.checkpoints().await.is_empty());
    assert_eq!(restarted.first_break().await, Some((5, BreakKind::Rewritten)));
}

async fn deleted_events_are_reported(subject: Subject) {
    let world = World::signed(subject, 0..5).await;
    world.erase(Erased::Events).await;
    for world in [&world, &world.restarted(None)] {
        assert_eq!(world.first_break().await, Some((1, BreakKind::MissingBeginning)));
        world.sign_later().await;
        assert_eq!(numbers(&world.checkpoints().await), [1]);
    }
    // Later events do not replace them.
    world.append_as_attacker([0, 7]).await;
    world.sign_later().await;
    assert_eq!(numbers(&world.checkpoints().await), [1], "it refuses to sign");
    assert_eq!(world.first_break().await, Some((3, BreakKind::Removed)));
}

async fn a_deleted_trail_is_reported(subject: Subject) {
    let world = World::signed(subject, 0..5).await;
    world.erase(Erased::Events).await;
    world.erase(Erased::Heads).await;
    for world in [&world, &world.restarted(None)] {
        assert_eq!(world.first_break().await, Some((1, BreakKind::MissingBeginning)));
    }
}

async fn a_trail_without_its_creation_is_reported(subject: Subject) {
    let world = World::signed(subject, 0..5).await;
    world.forge([1, 2, 3, 4]).await;
    let restarted = world.restarted(None);
    restarted.sign_later().await;
    assert_eq!(restarted.first_break().await, Some((1, BreakKind::MissingBeginning)));
    let exported = verify(&restarted.export().await);
    assert_eq!(exported.first_break.unwrap().kind, BreakKind::MissingBeginning);
}

async fn deleted_checkpoints_are_reported_by_their_numbers(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    for n in 3..6 {
        world.append_events(n..n + 1).await;
        world.sign_later().await;
    }
    assert_eq!(numbers(&world.checkpoints().await), [1, 2, 3, 4]);
    assert_eq!(world.first_break().await, None);
    world.erase(Erased::Heads).await;
    assert_eq!(world.first_break().await, Some((6, BreakKind::MissingCheckpoint)));
    world.append_events(6..7).await;
    world.sign_later().await;
    assert_eq!(numbers(&world.checkpoints().await), [5]);
    for world in [&world, &world.restarted(None)] {
        let found = world.first_break().await.map(|(_, kind)| kind);
        assert_eq!(found, Some(BreakKind::MissingCheckpoint));
    }
}

async fn a_truncation_without_a_retention_mark_is_reported(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    world.append_events(3..6).await;
    world.sign_later().await;
    let first = &world.checkpoints().await[0];
    world.ports.signed_heads.begin_after(first).await.unwrap();
    world.ports.audit.truncate(&trail(), first.seq).await.unwrap();
    world.ports.signed_heads.remove_before(&trail(), first.seq).await.unwrap();
    for world in [&world, &world.restarted(None)] {
        assert_eq!(world.first_break().await, Some((1, BreakKind::MissingBeginning)));
    }
}

async fn a_forged_checkpoint_never_becomes_a_retention_mark(subject: Subject) {
    let world = World::signed(subject, 0..3).await;
    world.append_events(3..6).await;
    let genuine = world.checkpoints().await.remove(0);
    let forged = Checkpoint { seq: Seq::new(4), number: None, ..genuine };
    world.ports.signed_heads.keep(&forged).await.unwrap();
    world.clock.advance(40 * DAY);
    world.services.audit.truncate_expired().await.unwrap();
    let start = world.ports.signed_heads.start(&trail()).await.unwrap().unwrap();
    assert_eq!((start.seq, start.truncated), (Seq::new(3), true));
}

async fn a_restored_backup_is_refused_until_the_anchors_are_removed(subject: Subject) {
    let anchors = Arc::new(Anchors::default());
    let world = World::with(subject, Some(Arc::clone(&anchors)));
    world.append_events(0..3).await;
    world.sign_later().await;
    let backup = world.checkpoints().await;
    world.append_events(3..9).await;
    world.sign_later().await;
    world.erase(Erased::Events).await;
    world.erase(Erased::Heads).await;
    world.append_as_attacker([0, 1, 2]).await;
    world.ports.signed_heads.keep(&backup[0]).await.unwrap();

    let with_file = world.restarted(Some(anchors));
    for world in [&world, &with_file] {
        world.sign_later().await;
        assert_eq!(world.first_break().await, Some((4, BreakKind::Removed)));
        let exported = verify(&world.export().await).first_break.map(|found| found.kind);
        assert_eq!(exported, Some(BreakKind::Unsigned), "a refused export never verifies");
    }
    let acknowledged = world.restarted(Some(Arc::new(Anchors::default())));
    acknowledged.append_as_attacker(20..22).await;
    acknowledged.sign_later().await;
    assert_eq!(acknowledged.first_break().await, None);
    assert_eq!(numbers(&acknowledged.checkpoints().await), [1, 2]);
}

async fn a_failed_anchor_is_appended_later(subject: Subject) {
    let anchors = Arc::new(Anchors::default());
    let world = World::with(subject, Some(Arc::clone(&anchors)));
    anchors.fail(3);
    for n in 0..3 {
        world.append_events(n..n + 1).await;
        // Rounds 2 and 3 retry the append of the previous one, too: the last checkpoint of each
        // trail is kept.
        world.sign_later().await;
    }
    let appended = |anchors: &Anchors| numbers(&anchors.appended());
    assert_eq!(numbers(&world.checkpoints().await), [1, 2, 3], "it is signed all the same");
    world.sign_later().await;
    let last = appended(&anchors);
    assert_eq!(last.last(), Some(&3), "{last:?}");
    world.sign_later().await;
    assert_eq!(appended(&anchors), last, "once");
}
