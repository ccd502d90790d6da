//! Exports between two checkpoints: their end is signed, and neither stored nor anchored.

use std::sync::Arc;
use std::time::Duration;

use domain::model::{Seq, TrailLine};
use domain::service::BreakKind;

use super::Subject;
use super::world::{Anchors, Erased, Planted, World, numbers, verify};

pub(super) async fn exports_store_and_anchor_a_checkpoint_a_minute(subject: Subject) {
    let anchors = Arc::new(Anchors::default());
    let world = World::with(subject, Some(Arc::clone(&anchors)));
    // Two minutes.
    for n in 0..60 {
        world.append_events(n..n + 1).await;
        let exported = verify(&world.export().await);
        assert_eq!((exported.first_break, exported.events), (None, u64::from(n) + 1));
        assert_eq!(exported.signed_head.unwrap().seq.get(), exported.events, "up to its end");
        world.clock.advance(Duration::from_secs(2));
    }
    assert_eq!(numbers(&world.checkpoints().await), [1, 2]);
    assert_eq!(anchors.appended(), world.checkpoints().await);
    assert_eq!(world.first_break().await, None);
    // The signing round stores what exports did not.
    world.sign_later().await;
    let stored = world.checkpoints().await;
    assert_eq!((numbers(&stored), stored[2].seq), (vec![1, 2, 3], Seq::new(60)));
    assert_eq!(anchors.appended(), stored);
    assert_eq!(world.first_break().await, None);
    assert_eq!(verify(&world.export().await).first_break, None);
}

pub(super) async fn the_anchor_of_a_cancelled_export_is_appended_later(subject: Subject) {
    let anchors = Arc::new(Anchors::default());
    let world = World::with(subject, Some(Arc::clone(&anchors)));
    world.append_events(0..3).await;
    anchors.hang(true);
    tokio::select! {
        _ = world.export() => panic!("the append hangs"),
        () = anchors.hung() => {}
    }
    anchors.hang(false);
    assert_eq!((world.checkpoints().await.len(), anchors.appended().len()), (1, 0));
    for _ in 0..2 {
        world.sign_later().await;
        assert_eq!(anchors.appended(), world.checkpoints().await, "once");
    }
}

pub(super) async fn the_end_of_an_export_is_continued(subject: Subject) {
    let world = World::signed(subject, 0..5).await;
    world.append_events(5..8).await;
    world.export().await;
    assert_eq!(world.first_break().await, None);
    // The events after the last checkpoint are linked again without one of them.
    world.erase(Erased::Events).await;
    world.append_as_attacker([0, 1, 2, 3, 4, 5, 7]).await;
    assert_eq!(world.first_break().await, Some((8, BreakKind::Removed)));
    world.append_as_attacker([8]).await;
    assert_eq!(world.first_break().await, Some((8, BreakKind::Rewritten)));
    world.sign_later().await;
    assert_eq!(numbers(&world.checkpoints().await), [1], "it refuses to sign");
    assert_eq!(world.restarted(None).first_break().await, None, "memory alone has it");
}

pub(super) async fn a_planted_end_of_an_export_is_reported(subject: Subject) {
    let world = World::signed(subject, 0..5).await;
    world.append_events(5..8).await;
    let exported = world.export().await;
    let Some(TrailLine::Head { signed_head }) = exported.last() else { panic!() };
    assert!(signed_head.unstored && signed_head.seq == Seq::new(8));
    // It must not be accepted as a stored checkpoint.
    world.erase(Erased::Heads).await;
    world.plant(8, Planted::Head(signed_head.clone(), false)).await;
    world.append_events(8..9).await;
    world.sign_later().await;
    let stored = world.checkpoints().await;
    assert_eq!((stored[1].seq, stored[1].number), (Seq::new(9), Some(2)), "one is stored");
    for world in [&world, &world.restarted(None)] {
        assert_eq!(world.first_break().await, Some((8, BreakKind::MissingCheckpoint)));
    }
}
