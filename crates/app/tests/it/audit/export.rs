//! An export, and manipulations of it.

use adapters_security::AuditSigner;
use domain::model::{AuditEvent, ChainHead, Checkpoint, LoggedEvent};
use domain::ports::CheckpointSigner;
use serde_json::{Value, json};

use super::OPERATOR;
use crate::api::Api;

/// The lines of an export.
#[derive(Clone)]
pub(super) struct Export(pub(super) Vec<String>);

impl Export {
    /// The export of an organization.
    pub(super) async fn of(api: &Api, id: &str) -> Self {
        Self::at(api, &format!("/v1/organizations/{id}/audit-events/export")).await
    }

    /// The export at `path`.
    pub(super) async fn at(api: &Api, path: &str) -> Self {
        let response = api.get(path, OPERATOR).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let text = response.text().await.unwrap();
        assert!(text.ends_with('\n'));
        Self(text.lines().map(str::to_owned).collect())
    }

    pub(super) fn text(&self) -> String {
        self.0.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Number of lines.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The event at a position.
    pub(super) fn event(&self, seq: u64) -> Value {
        let events = self.0.iter().map(|line| parse(line));
        events.into_iter().find(|event| event["seq"] == seq).unwrap()
    }

    /// The index of the line with this event.
    pub(super) fn index(&self, seq: u64) -> usize {
        self.0.iter().position(|line| parse(line)["seq"] == seq).unwrap()
    }

    /// The actions, in order.
    pub(super) fn actions(&self) -> Vec<String> {
        let actions = self.0.iter().map(|line| parse(line)["action"].clone());
        actions.filter_map(|action| action.as_str().map(str::to_owned)).collect()
    }

    pub(super) fn signed_heads(&self) -> Vec<Value> {
        let heads = self.0.iter().map(|line| parse(line)["signed_head"].clone());
        heads.filter(|head| !head.is_null()).collect()
    }

    /// The indexes of the checkpoint lines.
    pub(super) fn signatures(&self) -> Vec<usize> {
        let is_head = |index: &usize| self.0[*index].starts_with(r#"{"signed_head""#);
        (0..self.len()).filter(is_head).collect()
    }

    /// The event at a position with another actor and its own valid hash.
    pub(super) fn forged(&self, seq: u64) -> String {
        let before = (seq > 1).then(|| self.event(seq - 1));
        let event: AuditEvent = forge(&self.event(seq));
        let mut head = match before {
            Some(before) => logged(&before).head().unwrap(),
            None => ChainHead::start(event.trail.clone()),
        };
        serde_json::to_string(&head.push(&event)).unwrap()
    }

    /// Rewrites the events of `places` with a valid chain of hashes; checkpoints stay as they are
    /// or, with a `signer`, are signed by it under `key_id`.
    pub(super) fn rewritten(
        &self,
        places: impl Fn(u64) -> bool,
        signer: Option<(&AuditSigner, &str)>,
    ) -> Self {
        let first: AuditEvent = forge(&self.event(1));
        let mut head = ChainHead::start(first.trail);
        let lines = self.0.iter().map(|line| {
            let value = parse(line);
            if value["signed_head"].is_null() {
                let changed = places(head.seq.next().get());
                let event = if changed { forge(&value) } else { same(&value) };
                serde_json::to_string(&head.push(&event)).unwrap()
            } else {
                signer.map_or(line.clone(), |(signer, key_id)| sign(&head, &value, signer, key_id))
            }
        });
        Self(lines.collect())
    }
}

/// The checkpoint in `line` as a retention mark, signed by `signer`.
pub(super) fn mark(line: &str, signer: &AuditSigner) -> String {
    resigned(line, signer, |signed| signed.truncated = true)
}

/// The end of an export in `line` as a stored checkpoint with this number, signed by `signer`.
pub(super) fn stored(line: &str, number: u64, signer: &AuditSigner) -> String {
    resigned(line, signer, |signed| {
        assert!(signed.unstored);
        (signed.unstored, signed.number) = (false, Some(number));
    })
}

fn resigned(line: &str, signer: &AuditSigner, change: impl FnOnce(&mut Checkpoint)) -> String {
    let mut signed: Checkpoint =
        serde_json::from_value(parse(line)["signed_head"].clone()).unwrap();
    change(&mut signed);
    signed.signature = signer.sign(&signed.message()).unwrap();
    json!({ "signed_head": signed }).to_string()
}

/// A signature of `signer` for `head`, under the name `key_id`.
fn sign(head: &ChainHead, line: &Value, signer: &AuditSigner, key_id: &str) -> String {
    let mut signed = line["signed_head"].clone();
    signed["hash"] = json!(head.hash);
    signed["key_id"] = json!(key_id);
    let mut signed: Checkpoint = serde_json::from_value(signed).unwrap();
    assert_eq!(signed.seq, head.seq);
    signed.signature = signer.sign(&signed.message()).unwrap();
    json!({ "signed_head": signed }).to_string()
}

fn logged(event: &Value) -> LoggedEvent {
    serde_json::from_value(event.clone()).unwrap()
}

fn same(event: &Value) -> AuditEvent {
    serde_json::from_value(event.clone()).unwrap()
}

/// With another request id.
fn forge(event: &Value) -> AuditEvent {
    let mut forged = event.clone();
    forged["request_id"] = json!("forged");
    same(&forged)
}

pub(super) fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}
