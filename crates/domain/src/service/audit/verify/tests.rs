mod checkpoints;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::{Strategy, any, proptest};
use proptest::sample::Index;
use serde_json::{Value, json};

use super::*;
use crate::model::{
    Action, AuditActor, AuditContext, AuditEvent, AuditTarget, Changes, EventId, KeyId,
    OrganizationId, Timestamp,
};

/// Trusts signatures of `key`: the message itself, as text.
struct Keys;

impl CheckpointVerifier for Keys {
    fn verify(&self, key: &KeyId, message: &[u8], signature: &str) -> SignatureVerdict {
        match key.as_str() {
            "key" if signature.as_bytes() == message => SignatureVerdict::Valid,
            "key" => SignatureVerdict::Invalid,
            _ => SignatureVerdict::UnknownKey,
        }
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(seconds))
}

fn trail() -> Trail {
    Trail::Organization(OrganizationId::parse("o1").unwrap())
}

fn event(n: usize) -> AuditEvent {
    let (id, actor) = (EventId::parse(format!("e{n}")).unwrap(), AuditActor::operator());
    let act = AuditContext { id, at: at(1), actor, request_info: None };
    let target = AuditTarget::admin(None);
    let action = if n == 1 { Action::OrganizationCreated } else { Action::LoginFailed };
    act.event(trail(), action, target, Changes::noted("n", n))
}

/// A checkpoint of `head`, with the relevant fields only.
fn checkpoint(head: &ChainHead, key: &str, number: Option<u64>, truncated: bool) -> Checkpoint {
    let ChainHead { trail, seq, hash } = head.clone();
    let (at, key_id) = (at(2), KeyId::parse(key).unwrap());
    let (unstored, signature) = (false, String::new());
    signed_again(Checkpoint {
        trail,
        seq,
        hash,
        at,
        key_id,
        number,
        truncated,
        unstored,
        signature,
    })
}

fn signed_again(mut signed: Checkpoint) -> Checkpoint {
    signed.signature = String::from_utf8(signed.message()).unwrap();
    signed
}

fn sign(head: &ChainHead, key: &str, number: u64) -> TrailLine {
    TrailLine::Head { signed_head: checkpoint(head, key, Some(number), false) }
}

/// Eight events, with checkpoints after the third, the sixth and the eighth: 11 lines.
fn lines() -> Vec<TrailLine> {
    let (mut head, mut lines, mut number) = (ChainHead::start(trail()), Vec::new(), 0);
    for n in 1..=8 {
        lines.push(TrailLine::Event(head.push(&event(n))));
        if matches!(n, 3 | 6 | 8) {
            number += 1;
            lines.push(sign(&head, "key", number));
        }
    }
    lines
}

/// As a version without numbers wrote them.
fn unnumbered(lines: &[TrailLine]) -> Vec<TrailLine> {
    let without = |line: &TrailLine| match line {
        TrailLine::Head { signed_head } => {
            let signed_head = checkpoint(&signed_head.head(), "key", None, false);
            TrailLine::Head { signed_head }
        }
        TrailLine::Event(_) => line.clone(),
    };
    lines.iter().map(without).collect()
}

/// `lines` beginning with the checkpoint at `from`, which becomes a retention mark.
fn truncated(lines: &[TrailLine], from: usize) -> Vec<TrailLine> {
    let mut lines = lines[from..].to_vec();
    let TrailLine::Head { signed_head } = &mut lines[0] else { panic!() };
    *signed_head = checkpoint(&signed_head.head(), "key", signed_head.number, true);
    lines
}

fn verify(lines: &[TrailLine], ending: Ending) -> Verification {
    let mut verifier = TrailVerifier::new(&Keys, None);
    lines.iter().for_each(|line| verifier.check(line));
    verifier.finish(ending)
}

fn first_break(lines: &[TrailLine]) -> Option<(u64, BreakKind)> {
    verify(lines, Ending::Signed).first_break.map(|found| (found.seq.get(), found.kind))
}

/// Index of event `seq` among the lines.
fn line_of(lines: &[TrailLine], seq: u64) -> usize {
    let wanted = |line: &TrailLine| matches!(line, TrailLine::Event(event) if event.seq() == Some(Seq::new(seq)));
    lines.iter().position(wanted).unwrap()
}

/// Writes `value` into event `seq`, with or without a matching hash.
fn plant(lines: &mut [TrailLine], seq: u64, value: Value, with_right_hash: bool) {
    let line = line_of(lines, seq);
    let TrailLine::Event(event) = &lines[line] else { panic!() };
    let mut members = event.members().clone();
    members.insert("changes".to_owned(), value.clone());
    if with_right_hash {
        let (trail, hash) = (trail(), event.prev_hash().unwrap());
        let mut head = ChainHead { trail, seq: Seq::new(seq - 1), hash };
        let changes = Changes::noted("planted", value);
        lines[line] = TrailLine::Event(head.push(&AuditEvent { changes, ..self::event(9) }));
    } else {
        lines[line] = TrailLine::Event(LoggedEvent::new(members));
    }
}

#[test]
fn an_unmodified_trail_is_intact() {
    let verification = verify(&lines(), Ending::Signed);
    assert_eq!((verification.first_break, verification.events), (None, 8));
    assert_eq!(verification.head.unwrap().seq, Seq::new(8));
    assert_eq!(verification.signed_head.unwrap().seq, Seq::new(8));
}

#[test]
fn a_trail_may_continue_after_its_last_checkpoint_but_an_export_may_not() {
    let unsigned = &lines()[..10];
    assert_eq!(verify(unsigned, Ending::Open).first_break, None);
    assert_eq!(first_break(unsigned), Some((7, BreakKind::Unsigned)));
    assert_eq!(first_break(&[]), Some((1, BreakKind::Unsigned)));
}

#[test]
fn a_changed_event_is_detected() {
    for seq in 1..=8 {
        let mut lines = lines();
        plant(&mut lines, seq, json!({}), false);
        assert_eq!(first_break(&lines), Some((seq, BreakKind::Changed)));
    }
}

#[test]
fn a_replaced_event_with_a_valid_hash_is_detected() {
    for (seq, found) in [
        (1, (2, BreakKind::Replaced)),
        (4, (5, BreakKind::Replaced)),
        // The next line is followed by a checkpoint.
        (3, (3, BreakKind::Rewritten)),
        (8, (8, BreakKind::Rewritten)),
    ] {
        let mut lines = lines();
        plant(&mut lines, seq, json!(1), true);
        assert_eq!(first_break(&lines), Some(found));
    }
}

#[test]
fn a_removed_event_is_detected() {
    for seq in 1..=8 {
        let mut lines = lines();
        lines.remove(line_of(&lines, seq));
        assert_eq!(first_break(&lines), Some((seq, BreakKind::Removed)), "{seq}");
    }
    // With all lines before it, or after it, up to a checkpoint.
    let (all, third) = (lines(), line_of(&lines(), 3));
    assert_eq!(first_break(&all[1..]), Some((1, BreakKind::Removed)));
    assert_eq!(first_break(&all[..third]), Some((1, BreakKind::Unsigned)));
}

#[test]
fn an_inserted_event_is_detected() {
    let all = lines();
    for seq in 1..=8 {
        let at = line_of(&all, seq);
        let mut twice = all.clone();
        twice.insert(at + 1, all[at].clone());
        assert_eq!(first_break(&twice), Some((seq, BreakKind::Inserted)), "{seq}");
    }
    let mut foreign = all.clone();
    let other = OrganizationId::parse("o2").unwrap();
    let event = AuditEvent { trail: Trail::Organization(other), ..event(1) };
    foreign.insert(1, TrailLine::Event(ChainHead::start(trail()).push(&event)));
    assert_eq!(first_break(&foreign), Some((1, BreakKind::Inserted)));
}

#[test]
fn reordered_events_are_detected() {
    for seq in [1, 4, 7] {
        let mut lines = lines();
        let at = line_of(&lines, seq);
        lines.swap(at, at + 1);
        assert_eq!(first_break(&lines), Some((seq, BreakKind::Reordered)));
    }
}

#[test]
fn a_rewritten_trail_is_detected_by_its_checkpoints() {
    let mut head = ChainHead::start(trail());
    let mut lines: Vec<_> = (2..=9).map(|n| TrailLine::Event(head.push(&event(n)))).collect();
    let TrailLine::Head { signed_head } = &self::lines()[3] else { panic!() };
    lines.insert(3, TrailLine::Head { signed_head: signed_head.clone() });
    lines.push(sign(&head, "key", 2));
    assert_eq!(first_break(&lines), Some((3, BreakKind::Rewritten)));
}

#[test]
fn a_signature_must_verify_with_a_trusted_key() {
    let mut forged = lines();
    if let TrailLine::Head { signed_head } = &mut forged[7] {
        signed_head.at = at(3);
    }
    assert_eq!(first_break(&forged), Some((6, BreakKind::Forged)));
    // A former key does not matter when a trusted one has signed later.
    let (mut replaced, mut head) = (lines(), ChainHead::start(trail()));
    (1..=3).for_each(|n| _ = head.push(&event(n)));
    replaced[3] = sign(&head, "other", 1);
    assert_eq!(first_break(&replaced), None);
    (4..=8).for_each(|n| _ = head.push(&event(n)));
    replaced[10] = sign(&head, "other", 3);
    assert_eq!(first_break(&replaced), Some((8, BreakKind::UnknownKey)));
}

#[test]
fn a_malformed_line_is_a_changed_event() {
    let mut verifier = TrailVerifier::new(&Keys, None);
    verifier.check(&lines()[0]);
    verifier.unreadable();
    let found = verifier.finish(Ending::Open).first_break;
    assert_eq!(found, Some(Break { seq: Seq::new(2), kind: BreakKind::Changed }));
}

#[derive(Debug, Clone)]
enum Tampering {
    Remove(Index),
    Repeat(Index, Index),
    Swap(Index, Index),
    CutShort(Index),
    Change(Index, Index, u8),
}

fn tampering() -> impl Strategy<Value = Tampering> {
    use proptest::prop_oneof;
    let line = any::<Index>;
    prop_oneof![
        line().prop_map(Tampering::Remove),
        (line(), line()).prop_map(|(from, to)| Tampering::Repeat(from, to)),
        (line(), line()).prop_map(|(one, other)| Tampering::Swap(one, other)),
        line().prop_map(Tampering::CutShort),
        (line(), any::<Index>(), any::<u8>()).prop_map(|(l, at, to)| Tampering::Change(l, at, to)),
    ]
}

/// The lines after `tampering`; none when a line becomes unreadable.
fn tamper(tampering: &Tampering) -> Option<Vec<TrailLine>> {
    let mut lines = lines();
    let count = lines.len();
    match tampering {
        Tampering::Remove(at) => _ = lines.remove(at.index(count)),
        Tampering::Repeat(from, to) => {
            lines.insert(to.index(count), lines[from.index(count)].clone());
        }
        Tampering::Swap(one, other) => lines.swap(one.index(count), other.index(count)),
        Tampering::CutShort(at) => lines.truncate(at.index(count)),
        Tampering::Change(line, at, to) => {
            let line = line.index(count);
            let mut text = serde_json::to_string(&lines[line]).unwrap().into_bytes();
            let at = at.index(text.len());
            text[at] = *to;
            lines[line] = serde_json::from_slice(&text).ok()?;
        }
    }
    Some(lines)
}

proptest! {
    /// Every single manipulation of a trail is detected, if it affects an event. Only a prefix that
    /// ends with a checkpoint is valid as well: it is the trail of an earlier time.
    #[test]
    fn any_tampering_is_detected(tampering in tampering()) {
        if let Some(tampered) = tamper(&tampering) {
            let events = |lines: &[TrailLine]| -> Vec<TrailLine> {
                lines.iter().filter(|line| matches!(line, TrailLine::Event(_))).cloned().collect()
            };
            let touched = events(&tampered) != events(&lines());
            let earlier = lines().starts_with(&tampered)
                && matches!(tampered.last(), Some(TrailLine::Head { .. }));
            assert!(!touched || earlier || first_break(&tampered).is_some(), "{tampering:?}");
        }
    }
}
