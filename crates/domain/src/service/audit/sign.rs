//! Signing of checkpoints. A checkpoint always continues the one before it: the server refuses to
//! sign a chain head whose chain does not contain the last checkpoint, of the store or of its own
//! memory.

use std::time::Duration;

use super::Audit;
use super::memory::LastCheckpoint;
use crate::model::{
    ChainHead, Checkpoint, EventFilter, EventHash, PageSize, Seq, StoredEvent, Trail,
};
use crate::ports::{Causes, SignatureVerdict, StoreError};
use crate::service::Error;

/// Maximum attempts when other servers take the next number of a trail.
const ATTEMPTS: usize = 10;

/// The outcome of a request to sign a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Signing {
    /// The head is signed, or there is nothing to sign.
    Signed,
    /// The head is signed for the end of an export, and not stored: the last checkpoint is recent.
    Unstored(Checkpoint),
    /// The chain does not contain the last checkpoint.
    Refused,
}

/// Kind of signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckpointKind {
    Checkpoint,
    RetentionMark,
    /// The end of an export.
    Unstored,
}

impl Audit {
    /// Signs the chain head of `trail`, unless it is signed. Stores the checkpoint when the last
    /// one is at least as old as `spacing`.
    pub(super) async fn sign(&self, trail: &Trail, spacing: Duration) -> Result<Signing, Error> {
        let signer = self.ports.checkpoint_signer.key_id();
        let mut wanted = None;
        for attempt in 0..ATTEMPTS {
            // In this order: later reads contain what earlier ones returned.
            let (known, exported) = (self.memory.last(trail), self.memory.exported(trail));
            let mut last = known.as_ref().and_then(|known| known.number);
            let mut latest = self.ports.signed_heads.latest(trail).await?;
            let is_numbered = |it: &Checkpoint| it.number.is_some() && self.is_genuine(trail, it);
            if attempt > 0 || !latest.as_ref().is_some_and(is_numbered) {
                // A server of an earlier version may have signed last, without a number.
                last = last.max(self.last_number(trail).await?);
                latest = self.ports.signed_heads.latest(trail).await?;
            }
            let genuine = latest.as_ref().filter(|latest| self.is_genuine(trail, latest));
            last = last.max(genuine.and_then(|latest| latest.number));
            let head = self.ports.audit.head(trail).await?;
            let head = head.unwrap_or_else(|| ChainHead::start(trail.clone()));
            let points = [known.as_ref().map(LastCheckpoint::point), exported, genuine.map(point)];
            if !self.is_continued(&head, points).await? {
                self.refuse(&head, points);
                return Ok(Signing::Refused);
            }
            if head.seq == Seq::START {
                return Ok(Signing::Signed);
            }
            // Events appended meanwhile belong to the next checkpoint.
            let wanted = *wanted.get_or_insert(head.seq);
            if let Some(latest) = genuine
                && latest.seq >= wanted
                && latest.key_id == signer
            {
                self.memory.remember(latest);
                return Ok(Signing::Signed);
            }
            if genuine.is_some_and(|latest| self.is_recent(latest, spacing)) {
                return self.sign_export(&head, last);
            }
            if latest.as_ref().is_some_and(|latest| latest.key_id != signer) {
                self.renew_mark(trail).await?;
            }
            let replaced = replaced_number(&head, known.as_ref(), latest.as_ref());
            let next = last.map_or(1, |last| last.saturating_add(1));
            let number = replaced.filter(|_| attempt == 0).unwrap_or(next);
            let checkpoint = self.checkpoint(&head, Some(number), CheckpointKind::Checkpoint)?;
            if self.ports.signed_heads.keep(&checkpoint).await? {
                self.record(checkpoint).await;
                return Ok(Signing::Signed);
            }
        }
        Err(StoreError::unavailable("other servers sign the same audit trail all the time").into())
    }

    /// Whether `latest` is an ordinary checkpoint that this server's key signed less than `spacing`
    /// ago.
    fn is_recent(&self, latest: &Checkpoint, spacing: Duration) -> bool {
        let now = self.ports.clock.now();
        let is_ordinary = latest.number.is_some() && !latest.truncated;
        let is_own = latest.key_id == self.ports.checkpoint_signer.key_id();
        is_ordinary && is_own && latest.at <= now && now.since(latest.at) < spacing
    }

    /// Signs the end of an export after the checkpoint with the number `last`. It is recorded in
    /// memory and in the log, and neither in the store nor in the anchor log.
    fn sign_export(&self, head: &ChainHead, last: Option<u64>) -> Result<Signing, Error> {
        let end = self.checkpoint(head, last, CheckpointKind::Unstored)?;
        self.memory.remember_export(&end);
        let organization = head.trail.name();
        tracing::info!(organization, seq = %end.seq, hash = %end.hash, "audit export signed");
        Ok(Signing::Unstored(end))
    }

    /// Signs `head`.
    pub(super) fn checkpoint(
        &self,
        head: &ChainHead,
        number: Option<u64>,
        kind: CheckpointKind,
    ) -> Result<Checkpoint, Error> {
        let signer = &self.ports.checkpoint_signer;
        let ChainHead { trail, seq, hash } = head.clone();
        let (at, key_id, signature) = (self.ports.clock.now(), signer.key_id(), String::new());
        let (truncated, unstored) =
            (kind == CheckpointKind::RetentionMark, kind == CheckpointKind::Unstored);
        let mut signed =
            Checkpoint { trail, seq, hash, at, key_id, number, truncated, unstored, signature };
        signed.signature = signer.sign(&signed.message()).map_err(Error::Internal)?;
        Ok(signed)
    }

    /// Whether `signed` is a stored checkpoint of `trail` with a valid signature of a trusted key.
    pub(super) fn is_genuine(&self, trail: &Trail, signed: &Checkpoint) -> bool {
        signed.trail == *trail
            && !signed.unstored
            && self.verdict(signed) == SignatureVerdict::Valid
    }

    pub(super) fn verdict(&self, signed: &Checkpoint) -> SignatureVerdict {
        if signed.is_unreadable() {
            return SignatureVerdict::Invalid;
        }
        let Checkpoint { key_id, signature, .. } = signed;
        self.ports.checkpoint_signer.verify(key_id, &signed.message(), signature)
    }

    /// Retries the appends to the anchor log that failed.
    pub(super) async fn retry_anchors(&self) {
        for checkpoint in self.memory.unanchored() {
            self.anchor(checkpoint).await;
        }
    }

    /// Records `checkpoint` in memory, in the log and in the anchor log.
    async fn record(&self, checkpoint: Checkpoint) {
        self.memory.remember(&checkpoint);
        let Checkpoint { trail, seq, hash, number, .. } = &checkpoint;
        let (organization, number) = (trail.name(), number.unwrap_or_default());
        tracing::info!(organization, %seq, %hash, number, "audit trail signed");
        self.anchor(checkpoint).await;
    }

    async fn anchor(&self, checkpoint: Checkpoint) {
        let Some(anchors) = &self.anchors else { return };
        // Before the append: the caller may be gone when it fails.
        self.memory.keep_unanchored(checkpoint.clone());
        match anchors.append(&checkpoint).await {
            Ok(()) => self.memory.anchored(&checkpoint),
            Err(error) => {
                let (organization, seq) = (checkpoint.trail.name(), checkpoint.seq);
                let error = Causes(&*error);
                tracing::error!(
                    organization, %seq, %error,
                    "can't append to AUDIT_ANCHOR_FILE, retrying"
                );
            }
        }
    }

    fn refuse(&self, head: &ChainHead, points: Points) {
        if !self.memory.refuse(&head.trail) {
            return;
        }
        let last = points.into_iter().flatten().max_by_key(|(seq, _)| *seq);
        let (last_seq, last_hash) = last.unzip();
        tracing::error!(
            organization = head.trail.name(), seq = %head.seq, hash = %head.hash,
            last_seq = last_seq.map(tracing::field::display),
            last_hash = last_hash.map(tracing::field::display),
            "refused to sign an audit trail: it does not contain its last checkpoint"
        );
    }

    /// Signs the retention mark again if another trusted key signed it. An ordinary checkpoint
    /// never becomes a mark here, also where the store says that the trail begins after it.
    async fn renew_mark(&self, trail: &Trail) -> Result<(), Error> {
        let start = self.ports.signed_heads.start(trail).await?;
        let signer = self.ports.checkpoint_signer.key_id();
        if let Some(start) = start
            && start.truncated
            && start.key_id != signer
            && self.is_genuine(trail, &start)
        {
            let mark =
                self.checkpoint(&start.head(), start.number, CheckpointKind::RetentionMark)?;
            self.ports.signed_heads.begin_after(&mark).await?;
        }
        Ok(())
    }

    /// The greatest number of the stored checkpoints of `trail`.
    async fn last_number(&self, trail: &Trail) -> Result<Option<u64>, StoreError> {
        let (mut last, mut after) = (None, Seq::START);
        loop {
            let page = self.ports.signed_heads.list(trail, after, PageSize::MAX).await?;
            last = page.items.iter().map(|head| head.number).fold(last, Option::max);
            after = page.items.last().map_or(after, |head| head.seq);
            if !page.more {
                return Ok(last);
            }
        }
    }

    /// Whether the chain that ends with `head` contains all `points`. A retention mark of another
    /// server may move the start meanwhile.
    async fn is_continued(&self, head: &ChainHead, points: Points) -> Result<bool, StoreError> {
        let mut start = self.ports.signed_heads.start(&head.trail).await?;
        loop {
            let may_begin =
                |it: &&Checkpoint| it.may_begin_trail() && self.is_genuine(&head.trail, it);
            let mark = start.as_ref().filter(may_begin);
            let mark = mark.map_or((Seq::START, EventHash::START), |mark| (mark.seq, mark.hash));
            if self.contains(head, mark, points).await? {
                return Ok(true);
            }
            let moved = self.ports.signed_heads.start(&head.trail).await?;
            if moved == start {
                return Ok(false);
            }
            start = moved;
        }
    }

    /// Whether the links of the chain lead from the first of `points` through all of them to
    /// `head`. A retention mark stands for the events before it.
    async fn contains(
        &self,
        head: &ChainHead,
        mark: Point,
        points: Points,
    ) -> Result<bool, StoreError> {
        let points = points.into_iter().flatten().filter(|(seq, _)| *seq >= mark.0);
        let points: Vec<Point> = points.collect();
        let is_off = |at: Point| {
            let mut fixed = points.iter().chain([&mark]);
            fixed.any(|(seq, hash)| *seq > head.seq || (*seq == at.0 && *hash != at.1))
        };
        let mut at = points.iter().min_by_key(|(seq, _)| *seq).copied().unwrap_or(mark);
        loop {
            if is_off(at) {
                return Ok(false);
            }
            if at.0 == head.seq {
                return Ok(at.1 == head.hash);
            }
            let all = EventFilter::default();
            let page = self.ports.audit.list(&head.trail, &all, at.0, PageSize::MAX).await?;
            for StoredEvent { event, .. } in &page.items {
                let linked = event.seq() == Some(at.0.next()) && event.prev_hash() == Some(at.1);
                let Some(next) = event.head().filter(|it| linked && it.trail == head.trail) else {
                    return Ok(false);
                };
                at = (next.seq, next.hash);
                if at.0 == head.seq || is_off(at) {
                    break;
                }
            }
            if page.items.is_empty() {
                return Ok(false);
            }
        }
    }
}

/// A position in a trail with the hash of its event.
type Point = (Seq, EventHash);

/// The points that a chain has to contain: the last checkpoint in memory, the end of an export, and
/// the last checkpoint of the store.
type Points = [Option<Point>; 3];

fn point(signed: &Checkpoint) -> Point {
    (signed.seq, signed.hash)
}

/// The number of the checkpoint that one of `head` replaces, such as one of a former key. A number
/// that `known` does not allow is forged.
fn replaced_number(
    head: &ChainHead,
    known: Option<&LastCheckpoint>,
    latest: Option<&Checkpoint>,
) -> Option<u64> {
    let replaced = latest.filter(|latest| latest.seq == head.seq)?.number?;
    let is_allowed = known.is_none_or(|known| {
        if known.seq == head.seq {
            known.number.is_none_or(|number| number == replaced)
        } else {
            known.number < Some(replaced)
        }
    });
    is_allowed.then_some(replaced)
}
