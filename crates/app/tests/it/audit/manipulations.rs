//! Manipulated exports: each manipulation is detected, and the first break is reported.

use adapters_security::{AuditSigner, generate_signing_key};
use domain::model::Timestamp;
use domain::ports::CheckpointSigner;
use serde_json::json;
use tempfile::TempDir;

use super::export::{Export, mark, parse};
use super::{SETTINGS, keys, make_changes, stdout, verify};
use crate::api::Api;
use crate::support::Server;

/// An intact export with checkpoints at its events 6 and 8, and the key.
struct Trail {
    export: Export,
    place: TempDir,
}

impl Trail {
    async fn new() -> Self {
        let server = Server::start_with(&[&SETTINGS[..], &[("AUDIT_KEY", keys::PRIVATE)]].concat());
        let api = Api::new(&server);
        let id = make_changes(&api).await;
        Export::of(&api, &id).await;
        for number in [7, 8] {
            let token = api.login(super::EMAIL).await.unwrap();
            assert_eq!(token.status, 200, "event {number}");
        }
        let export = Export::of(&api, &id).await;
        assert_eq!((export.len(), export.signatures()), (10, vec![6, 9]));
        let keys = api.get("/.well-known/audit-keys.json", "").send().await.unwrap();
        let place = TempDir::new().unwrap();
        std::fs::write(place.path().join("keys.json"), keys.text().await.unwrap()).unwrap();
        Self { export, place }
    }

    /// The first line of the report of a changed export, and the number of intact events.
    fn report_of(&self, text: &str) -> (String, String) {
        let output = verify(self.place.path(), text, &["keys.json"]);
        let report = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{report}");
        let lines: Vec<_> = report.lines().collect();
        assert_eq!(lines.len(), 3, "{report}");
        (lines[0].to_owned(), lines[2].to_owned())
    }

    /// Expects that `plant` is detected at `line`, for this `reason`.
    fn assert_detected(&self, plant: impl FnOnce(&mut Vec<String>), line: usize, reason: &str) {
        let mut planted = self.export.clone();
        plant(&mut planted.0);
        self.assert_detected_in(&planted.text(), line, reason);
    }

    fn assert_detected_in(&self, text: &str, line: usize, reason: &str) {
        assert_eq!(self.report_of(text).0, format!("broken at line {line}: {reason}"));
    }
}

#[tokio::test]
async fn a_changed_event_is_detected() {
    let trail = Trail::new().await;
    let changed = "event 2 was changed: its hash does not match";
    for (member, value) in [
        ("at", json!("2026-01-01T00:00:00.000Z")),
        ("ip", json!("192.0.2.7")),
        ("changes", json!({ "n": 1 })),
        ("hash", trail.export.event(3)["hash"].clone()),
        ("prev_hash", json!("0".repeat(64))),
        ("added", json!(null)),
    ] {
        let mut event = trail.export.event(2);
        event[member] = value;
        trail.assert_detected(|lines| lines[1] = event.to_string(), 2, changed);
    }
    let mut event = trail.export.event(8);
    event.as_object_mut().unwrap().shift_remove("request_id");
    let changed = "event 8 was changed: its hash does not match";
    trail.assert_detected(|lines| lines[8] = event.to_string(), 9, changed);
    let (_, signed) = trail.report_of(&trail.export.text()[1..]);
    assert_eq!(signed, "not covered by any checkpoint");
}

#[tokio::test]
async fn a_removed_line_is_detected() {
    let trail = Trail::new().await;
    for (seq, line) in [(1, 1), (4, 4), (6, 6), (7, 8), (8, 9)] {
        let index = trail.export.index(seq);
        trail.assert_detected(
            |lines| _ = lines.remove(index),
            line,
            &format!("event {seq} is missing"),
        );
    }
    let mut unsigned = trail.export.clone();
    unsigned.0.pop();
    let (broken, signed) = trail.report_of(&unsigned.text());
    let expected = "broken at the end, after 9 lines: no checkpoint covers event 7 and later \
                    ones: the end may have been truncated";
    assert_eq!(broken, expected);
    assert!(signed.starts_with("signed up to event 6 at "), "{signed}");
    trail.assert_detected(
        |lines| _ = lines.remove(6),
        9,
        "a checkpoint at event 8 or before it is missing",
    );
}

#[tokio::test]
async fn a_trail_truncated_at_a_retention_mark_is_reported_as_intact() {
    let trail = Trail::new().await;
    let mut cut = Export(trail.export.0[6..].to_vec());
    let unmarked = "the trail begins neither with the creation of its organization nor after a \
                    signed retention mark";
    trail.assert_detected_in(&cut.text(), 1, unmarked);
    let signer = AuditSigner::from_pem(&keys::PRIVATE.into()).unwrap();
    cut.0[0] = mark(&cut.0[0], &signer);
    let output = verify(trail.place.path(), &cut.text(), &["keys.json"]);
    let report = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{report}");
    let lines: Vec<_> = report.lines().collect();
    assert!(lines[0].starts_with("intact: 2 events of organization "), "{report}");
    assert!(lines[0].contains(", 7 to 8, from "), "{report}");
    assert_eq!(lines[1], "truncated before that: events up to 6 were removed");
    assert!(lines[2].starts_with("signed up to event 8 at "), "{report}");
    // Anywhere else it is refused.
    for (from, missing) in [(1, 1), (5, 1), (7, 1)] {
        let cut = Export(trail.export.0[from..].to_vec());
        trail.assert_detected_in(&cut.text(), 1, &format!("event {missing} is missing"));
    }
}

#[tokio::test]
async fn an_inserted_or_moved_line_is_detected() {
    let trail = Trail::new().await;
    let copy = trail.export.0[1].clone();
    trail.assert_detected(|lines| lines.insert(3, copy), 4, "event 2 does not belong there");
    let forged = trail.export.forged(3);
    // The event that was there before no longer follows.
    trail.assert_detected(|lines| lines.insert(2, forged), 4, "event 3 does not belong there");
    let replaced = "event 4 is not linked to the previous event: one of the two was replaced";
    let forged = trail.export.forged(3);
    trail.assert_detected(|lines| lines[2] = forged, 4, replaced);
    trail.assert_detected(|lines| lines.swap(1, 2), 2, "event 2 follows a later event");
    let anew = "the events up to 6 do not match the signed checkpoint: they were rewritten";
    trail.assert_detected(|lines| lines.swap(6, 7), 8, anew);
}

#[tokio::test]
async fn a_rewritten_trail_is_detected_by_its_checkpoints() {
    let trail = Trail::new().await;
    for (from, line, signed) in [(1, 7, 6), (3, 7, 6), (6, 7, 6), (7, 10, 8)] {
        let rewritten = trail.export.rewritten(|seq| seq >= from, None);
        let reason = format!(
            "the events up to {signed} do not match the signed checkpoint: they were rewritten"
        );
        trail.assert_detected_in(&rewritten.text(), line, &reason);
    }
    let key = generate_signing_key(Timestamp::new(chrono::DateTime::UNIX_EPOCH)).unwrap();
    let thief = AuditSigner::from_store(&key, std::slice::from_ref(&key)).unwrap();
    let (own, ours) = (thief.key_id(), trail.export.signed_heads()[0]["key_id"].clone());
    let rewritten = trail.export.rewritten(|seq| seq >= 3, Some((&thief, own.as_str())));
    let reason =
        format!("the checkpoint at event 8 is signed with the key {own}, which was not given");
    trail.assert_detected_in(&rewritten.text(), 10, &reason);
    let rewritten = trail.export.rewritten(|seq| seq >= 3, Some((&thief, ours.as_str().unwrap())));
    let forged = "the signature of the checkpoint at event 6 is invalid";
    trail.assert_detected_in(&rewritten.text(), 7, forged);
    // Only the checkpoints differ.
    let signed = trail.export.rewritten(|_| false, Some((&thief, own.as_str())));
    assert_eq!(signed.0[..6], trail.export.0[..6]);
    trail.assert_detected_in(&signed.text(), 10, &reason);
}

#[tokio::test]
async fn a_line_in_another_format_is_detected() {
    let trail = Trail::new().await;
    let unreadable = |seq| {
        format!(
            "event {seq} or a checkpoint was changed: the line is not in the format that Tenantry writes"
        )
    };
    let text = trail.export.text();
    let cut = trail.export.0[..8].iter().map(|line| line.len() + 1).sum::<usize>() + 40;
    trail.assert_detected_in(&text[..cut], 9, &unreadable(8));
    let twice = |line: &str| line.replacen('{', r#"{"action":"login.failed","#, 1);
    trail.assert_detected(|lines| lines[2] = twice(&lines[2]), 3, &unreadable(3));
    let spaced = |line: &str| line.replacen(':', ": ", 1);
    trail.assert_detected(|lines| lines[2] = spaced(&lines[2]), 3, &unreadable(3));
    trail.assert_detected(|lines| lines.insert(2, String::new()), 3, &unreadable(3));
    let mut head = parse(&trail.export.0[6]);
    head["signed_head"]["note"] = json!("beside the signature");
    trail.assert_detected(|lines| lines[6] = head.to_string(), 7, &unreadable(7));
    let mut head = parse(&trail.export.0[6]);
    head["signed_head"]["at"] = json!("2026-01-01T00:00:00.000Z");
    let forged = "the signature of the checkpoint at event 6 is invalid";
    trail.assert_detected(|lines| lines[6] = head.to_string(), 7, forged);
}
