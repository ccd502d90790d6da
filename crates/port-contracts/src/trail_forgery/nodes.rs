//! Servers that sign the same trail.

use std::sync::Arc;
use std::time::Duration;

use super::Subject;
use super::world::{Anchors, World, numbers, verify};
use crate::suite::at_once;

pub(super) async fn a_checkpoint_of_another_node_is_continued(subject: Subject) {
    let files = [Arc::new(Anchors::default()), Arc::new(Anchors::default())];
    let one = World::with(subject, Some(Arc::clone(&files[0])));
    let nodes = [one.restarted(Some(Arc::clone(&files[1]))), one];
    for round in 0..6 {
        nodes[0].append_events(round * 3..round * 3 + 3).await;
        // Each server signs twice, and reads what the other one signed.
        nodes[round as usize / 2 % 2].sign_later().await;
        nodes[(round as usize / 2 + 1) % 2].services.audit.sign_heads().await.unwrap();
    }
    for node in &nodes {
        assert_eq!(node.first_break().await, None);
        assert_eq!(numbers(&node.checkpoints().await), [1, 2, 3, 4, 5, 6]);
    }
    // Each has the checkpoints that it signed itself, and continues from there after a restart.
    let anchored = files.each_ref().map(|file| numbers(&file.appended()));
    assert_eq!(anchored, [vec![3, 4], vec![1, 2, 5, 6]]);
    let restarted = nodes[1].restarted(Some(Arc::clone(&files[0])));
    restarted.append_events(30..33).await;
    restarted.sign_later().await;
    assert_eq!(numbers(&restarted.checkpoints().await).last(), Some(&7));
    assert_eq!(restarted.first_break().await, None);
}

pub(super) async fn concurrent_signing_nodes_share_numbers(subject: Subject) {
    let world = World::with(subject, None);
    world.append_events(0..1).await;
    at_once(8, |i| {
        let node = world.restarted(None);
        async move {
            for n in 0..4 {
                let number = 1 + u32::try_from(i).unwrap() * 10 + n;
                node.append_events(number..number + 1).await;
                // Some exports store a checkpoint, and others come shortly after one.
                if n % 2 == 0 {
                    node.clock.advance(Duration::from_secs(60));
                }
                assert_eq!(verify(&node.export().await).first_break, None);
            }
        }
    })
    .await;
    let numbers = numbers(&world.checkpoints().await);
    let expected: Vec<u64> = (1..=numbers.len() as u64).collect();
    assert_eq!(numbers, expected);
    assert_eq!(world.first_break().await, None);
}
