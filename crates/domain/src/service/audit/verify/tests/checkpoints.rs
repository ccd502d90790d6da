//! Beginnings, retention marks, numbers and anchors.

use super::*;

#[test]
fn a_trail_may_begin_after_a_signed_retention_mark() {
    // Truncated after the third event, and after the sixth.
    for (from, events) in [(3, 5), (7, 2)] {
        let verification = verify(&truncated(&lines(), from), Ending::Signed);
        assert_eq!((verification.first_break, verification.events), (None, events));
        // An ordinary checkpoint is not a mark.
        assert_eq!(first_break(&lines()[from..]), Some((1, BreakKind::MissingBeginning)));
    }
    // Truncated anywhere else.
    assert_eq!(first_break(&lines()[4..]), Some((1, BreakKind::Removed)));
    // Only the mark: the last event always stays.
    assert_eq!(first_break(&truncated(&lines(), 3)[..1]), Some((4, BreakKind::Removed)));
}

#[test]
fn a_retention_mark_needs_a_signature_of_a_trusted_key() {
    let mut lines = truncated(&lines(), 3);
    let TrailLine::Head { signed_head } = &mut lines[0] else { panic!() };
    let head = signed_head.head();
    *signed_head = checkpoint(&head, "other", Some(1), true);
    assert_eq!(first_break(&lines), Some((3, BreakKind::UnknownKey)));
    // The flag is signed, too.
    let planted = Checkpoint { truncated: true, ..checkpoint(&head, "key", Some(1), false) };
    lines[0] = TrailLine::Head { signed_head: planted };
    assert_eq!(first_break(&lines), Some((3, BreakKind::Forged)));
}

#[test]
fn a_trail_of_an_organization_begins_with_its_creation() {
    let missing = Some((1, BreakKind::MissingBeginning));
    // The creation removed, and the rest linked and signed again.
    let mut head = ChainHead::start(trail());
    let mut lines: Vec<_> = (2..=8).map(|n| TrailLine::Event(head.push(&event(n)))).collect();
    lines.push(sign(&head, "key", 1));
    assert_eq!(first_break(&lines), missing);
    // A version without numbers signed a trail of an organization that was older than audit trails.
    assert_eq!(first_break(&unnumbered(&lines)), None);

    for (trail, expected) in
        [(trail(), Some(BreakKind::MissingBeginning)), (Trail::Installation, None)]
    {
        let empty = TrailVerifier::new(&Keys, Some(trail)).finish(Ending::Open);
        assert_eq!(empty.first_break.map(|found| found.kind), expected);
    }
}

#[test]
fn checkpoints_without_events_are_detected() {
    let is_head = |line: &&TrailLine| matches!(line, TrailLine::Head { .. });
    let heads: Vec<_> = lines().iter().filter(is_head).cloned().collect();
    for count in 1..=3 {
        assert_eq!(first_break(&heads[..count]), Some((1, BreakKind::MissingBeginning)));
        assert_eq!(first_break(&unnumbered(&heads[..count])), Some((4, BreakKind::Removed)));
    }
}

#[test]
fn a_removed_checkpoint_is_detected_by_its_number() {
    for (index, found) in
        [(3, (6, BreakKind::MissingCheckpoint)), (7, (8, BreakKind::MissingCheckpoint))]
    {
        let mut lines = lines();
        lines.remove(index);
        assert_eq!(first_break(&lines), Some(found));
    }
    // All checkpoints, and the first one again.
    let mut all: Vec<_> = lines();
    all.remove(7);
    all.remove(3);
    assert_eq!(first_break(&all), Some((8, BreakKind::MissingCheckpoint)));
    // After a retention mark, too.
    let mut cut = truncated(&lines(), 3);
    cut.remove(4);
    assert_eq!(first_break(&cut), Some((8, BreakKind::MissingCheckpoint)));
}

/// The end of an export that was signed shortly after the checkpoint with this `number`.
fn unstored(head: &ChainHead, number: u64) -> TrailLine {
    let signed_head = checkpoint(head, "key", Some(number), false);
    TrailLine::Head { signed_head: signed_again(Checkpoint { unstored: true, ..signed_head }) }
}

#[test]
fn an_unstored_checkpoint_may_only_end_an_export() {
    let mut export = lines();
    let TrailLine::Head { signed_head } = export.pop().unwrap() else { panic!() };
    let head = signed_head.head();
    let end = |number| [&export[..], &[unstored(&head, number)]].concat();
    assert_eq!(first_break(&end(2)), None);
    assert_eq!(first_break(&end(1)), None, "another server stored one meanwhile");
    assert_eq!(first_break(&end(3)), Some((8, BreakKind::MissingCheckpoint)), "one was removed");
    // Neither stored nor followed by another line.
    let stored = verify(&end(2), Ending::At(head.seq)).first_break;
    assert_eq!(stored, Some(Break { seq: head.seq, kind: BreakKind::Forged }));
    let mut followed = end(2);
    let mut next = head.clone();
    followed.push(TrailLine::Event(next.push(&event(9))));
    followed.push(sign(&next, "key", 3));
    assert_eq!(first_break(&followed), Some((8, BreakKind::Forged)));
    let mut twice = end(2);
    twice.push(twice.last().unwrap().clone());
    assert_eq!(first_break(&twice), Some((8, BreakKind::Forged)));
    // The flag is signed.
    for flag in [false, true] {
        let mut changed = if flag { lines() } else { end(2) };
        let TrailLine::Head { signed_head } = changed.last_mut().unwrap() else { panic!() };
        signed_head.unstored = flag;
        assert_eq!(first_break(&changed), Some((8, BreakKind::Forged)));
    }
    // It can't begin a trail.
    let mut begun = lines().split_off(7);
    let TrailLine::Head { signed_head } = &begun[0] else { panic!() };
    begun[0] = unstored(&signed_head.head(), 2);
    assert_eq!(first_break(&begun), Some((1, BreakKind::MissingBeginning)));
}

#[test]
fn a_trail_must_contain_the_end_of_an_export() {
    let found = |lines: &[TrailLine], end: (Seq, EventHash)| {
        let mut verifier = TrailVerifier::new(&Keys, None).containing(Some(end));
        lines.iter().for_each(|line| verifier.check(line));
        let found = verifier.finish(Ending::Signed).first_break;
        found.map(|found| (found.seq.get(), found.kind))
    };
    let TrailLine::Event(seventh) = &lines()[8] else { panic!() };
    let end = (Seq::new(7), seventh.hash().unwrap());
    assert_eq!(found(&lines(), end), None);
    assert_eq!(found(&lines()[..8], end), Some((7, BreakKind::Removed)));
    let other = (end.0, EventHash::START);
    assert_eq!(found(&lines(), other), Some((7, BreakKind::Rewritten)));
    // A later retention mark stands for it.
    assert_eq!(found(&truncated(&lines(), 7), (Seq::new(5), EventHash::START)), None);
}

#[test]
fn checkpoints_without_numbers_verify_and_are_continued_with_numbers() {
    let old = unnumbered(&lines());
    assert_eq!(first_break(&old), None);
    assert_eq!(first_break(&old[3..]), None, "cut at a checkpoint, as retention did");
    for from in [0, 3] {
        let mut lines = old[from..].to_vec();
        let TrailLine::Head { signed_head } = lines.last().unwrap() else { panic!() };
        let mut head = signed_head.head();
        for (n, number) in [(9, Some(1)), (10, None), (11, Some(2))] {
            lines.push(TrailLine::Event(head.push(&event(n))));
            let signed_head = checkpoint(&head, "key", number, false);
            lines.push(TrailLine::Head { signed_head });
        }
        assert_eq!(first_break(&lines), None, "a server of each version signs the same trail");
    }
}

#[test]
fn a_trail_must_contain_its_anchors() {
    let anchors: Vec<_> = lines()
        .iter()
        .filter_map(|line| match line {
            TrailLine::Head { signed_head } => Some((signed_head.seq, signed_head.hash)),
            TrailLine::Event(_) => None,
        })
        .collect();
    let found = |lines: &[TrailLine], anchors: &[(Seq, EventHash)]| {
        let mut verifier = TrailVerifier::new(&Keys, None).anchored(anchors.iter().copied());
        lines.iter().for_each(|line| verifier.check(line));
        let found = verifier.finish(Ending::Signed).first_break;
        found.map(|found| (found.seq.get(), found.kind))
    };
    assert_eq!(found(&lines(), &anchors), None);
    assert_eq!(found(&truncated(&lines(), 3), &anchors), None);
    assert_eq!(found(&truncated(&lines(), 7), &anchors), None);
    // An earlier trail, a rewritten one, a mark of another one, and one without its checkpoints.
    assert_eq!(found(&lines()[..8], &anchors), Some((7, BreakKind::Removed)));
    let mut head = ChainHead::start(trail());
    let mut rewritten: Vec<_> =
        [1, 3, 4, 5, 6, 7, 8, 9].iter().map(|n| TrailLine::Event(head.push(&event(*n)))).collect();
    rewritten.push(sign(&head, "key", 1));
    assert_eq!(found(&rewritten, &[]), None);
    assert_eq!(found(&rewritten, &anchors), Some((3, BreakKind::Rewritten)));
    let mut mark = ChainHead::start(trail());
    (3..=5).for_each(|n| _ = mark.push(&event(n)));
    let mut cut = vec![TrailLine::Head { signed_head: checkpoint(&mark, "key", Some(1), true) }];
    cut.push(TrailLine::Event(mark.push(&event(6))));
    assert_eq!(found(&cut, &anchors), Some((3, BreakKind::Rewritten)));
    let mut without: Vec<_> = lines();
    without.truncate(10);
    without.remove(7);
    without.remove(3);
    without.push(sign(
        &ChainHead { trail: trail(), seq: anchors[2].0, hash: anchors[2].1 },
        "key",
        1,
    ));
    assert_eq!(found(&without, &[]), None);
    assert_eq!(found(&without, &anchors), Some((3, BreakKind::MissingCheckpoint)));
}
