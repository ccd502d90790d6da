//! Signs checkpoints. A checkpoint always continues the one before it: the server refuses to sign a chain head
//! whose chain does not contain the last checkpoint, of the store or of its own memory.

use super::Audit;
use super::memory::LastCheckpoint;
use crate::model::{EventFilter, EventHash, Head, PageSize, Seq, SignedHead, Trail};
use crate::ports::{Causes, SignatureVerdict, StoreError};
use crate::service::Error;

/// Maximum attempts while other servers take the next number of a trail.
const ATTEMPTS: usize = 10;

/// The outcome of a request to sign a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signing {
    /// The head is signed, or there is nothing to sign.
    Signed,
    /// The chain does not contain the last checkpoint.
    Refused,
}

impl Audit {
    /// Signs the head of `trail`, unless it is signed.
    pub(super) async fn sign(&self, trail: &Trail) -> Result<Signing, Error> {
        let signer = self.ports.head_signer.key_id();
        let mut wanted = None;
        for attempt in 0..ATTEMPTS {
            // In this order: later reads contain what earlier ones returned.
            let known = self.memory.last(trail);
            let mut last = known.as_ref().and_then(|known| known.number);
            let mut latest = self.ports.signed_heads.latest(trail).await?;
            let is_numbered = |it: &SignedHead| it.number.is_some() && self.is_genuine(trail, it);
            if attempt > 0 || !latest.as_ref().is_some_and(is_numbered) {
                // A server of an earlier version may have signed last, without a number.
                last = last.max(self.last_number(trail).await?);
                latest = self.ports.signed_heads.latest(trail).await?;
            }
            let genuine = latest.as_ref().filter(|latest| self.is_genuine(trail, latest));
            last = last.max(genuine.and_then(|latest| latest.number));
            let head = self.ports.audit.head(trail).await?;
            let head = head.unwrap_or_else(|| Head::start(trail.clone()));
            if !self.is_continued(&head, known.as_ref(), genuine).await? {
                self.refuse(&head, known.as_ref(), genuine);
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
            if latest.as_ref().is_some_and(|latest| latest.key_id != signer) {
                self.renew_mark(trail).await?;
            }
            let replaced = replaced_number(&head, known.as_ref(), latest.as_ref());
            let next = last.map_or(1, |last| last.saturating_add(1));
            let number = replaced.filter(|_| attempt == 0).unwrap_or(next);
            let checkpoint = self.checkpoint(&head, Some(number), false)?;
            if self.ports.signed_heads.keep(&checkpoint).await? {
                self.record(checkpoint).await;
                return Ok(Signing::Signed);
            }
        }
        Err(StoreError::unavailable("other servers sign the same audit trail all the time").into())
    }

    /// A checkpoint of `head`, or a retention mark.
    pub(super) fn checkpoint(
        &self,
        head: &Head,
        number: Option<u64>,
        truncated: bool,
    ) -> Result<SignedHead, Error> {
        let signer = &self.ports.head_signer;
        let Head { trail, seq, hash } = head.clone();
        let (at, key_id, signature) = (self.ports.clock.now(), signer.key_id(), String::new());
        let mut signed = SignedHead { trail, seq, hash, at, key_id, number, truncated, signature };
        signed.signature = signer.sign(&signed.message()).map_err(Error::Internal)?;
        Ok(signed)
    }

    /// Whether `signed` is a checkpoint of `trail` with a valid signature of a trusted key.
    pub(super) fn is_genuine(&self, trail: &Trail, signed: &SignedHead) -> bool {
        signed.trail == *trail && self.verdict(signed) == SignatureVerdict::Right
    }

    pub(super) fn verdict(&self, signed: &SignedHead) -> SignatureVerdict {
        let SignedHead { key_id, signature, .. } = signed;
        self.ports.head_signer.verify(key_id, &signed.message(), signature)
    }

    /// Retries the appends to the anchor log that failed.
    pub(super) async fn retry_anchors(&self) {
        for checkpoint in self.memory.take_unanchored() {
            self.anchor(checkpoint).await;
        }
    }

    /// Remembers `checkpoint` in memory, in the log and in the anchor log.
    async fn record(&self, checkpoint: SignedHead) {
        self.memory.remember(&checkpoint);
        let SignedHead { trail, seq, hash, number, .. } = &checkpoint;
        let (organization, number) = (trail.key(), number.unwrap_or_default());
        tracing::info!(organization, %seq, %hash, number, "audit trail signed");
        self.anchor(checkpoint).await;
    }

    async fn anchor(&self, checkpoint: SignedHead) {
        let Some(anchors) = &self.ports.anchors else { return };
        if let Err(error) = anchors.append(&checkpoint).await {
            let (organization, seq) = (checkpoint.trail.key(), checkpoint.seq);
            let error = Causes(&*error);
            tracing::error!(organization, %seq, %error, "can't append to AUDIT_ANCHOR_FILE, retrying");
            self.memory.keep_unanchored(checkpoint);
        }
    }

    fn refuse(&self, head: &Head, known: Option<&LastCheckpoint>, latest: Option<&SignedHead>) {
        if !self.memory.refuse(&head.trail) {
            return;
        }
        let last = points(known, latest).into_iter().flatten().max_by_key(|(seq, _)| *seq);
        let (last_seq, last_hash) = last.unzip();
        tracing::error!(
            organization = head.trail.key(), seq = %head.seq, hash = %head.hash,
            last_seq = last_seq.map(tracing::field::display),
            last_hash = last_hash.map(tracing::field::display),
            "refused to sign an audit trail: it does not contain its last checkpoint"
        );
    }

    /// Signs the retention mark again if another trusted key signed it. An ordinary checkpoint never becomes a mark
    /// here, also where the store says that the trail begins after it.
    async fn renew_mark(&self, trail: &Trail) -> Result<(), Error> {
        let start = self.ports.signed_heads.start(trail).await?;
        let signer = self.ports.head_signer.key_id();
        if let Some(start) = start
            && start.truncated
            && start.key_id != signer
            && self.is_genuine(trail, &start)
        {
            let mark = self.checkpoint(&start.head(), start.number, true)?;
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

    /// Whether the chain that ends with `head` contains both checkpoints. A retention mark of another server may
    /// move the start meanwhile.
    async fn is_continued(
        &self,
        head: &Head,
        known: Option<&LastCheckpoint>,
        latest: Option<&SignedHead>,
    ) -> Result<bool, StoreError> {
        let mut start = self.ports.signed_heads.start(&head.trail).await?;
        loop {
            let may_begin =
                |it: &&SignedHead| it.may_begin_trail() && self.is_genuine(&head.trail, it);
            let mark = start.as_ref().filter(may_begin);
            let mark = mark.map_or((Seq::START, EventHash::START), |mark| (mark.seq, mark.hash));
            if self.contains(head, mark, points(known, latest)).await? {
                return Ok(true);
            }
            let moved = self.ports.signed_heads.start(&head.trail).await?;
            if moved == start {
                return Ok(false);
            }
            start = moved;
        }
    }

    /// Whether the links of the chain lead to `head`, from the first of `points` and through all of them. A
    /// retention mark stands for what comes before it.
    async fn contains(
        &self,
        head: &Head,
        mark: Point,
        points: [Option<Point>; 2],
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
            for event in &page.items {
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

/// A place in a trail with the hash of its event.
type Point = (Seq, EventHash);

fn points(known: Option<&LastCheckpoint>, latest: Option<&SignedHead>) -> [Option<Point>; 2] {
    [known.map(|it| (it.seq, it.hash)), latest.map(|it| (it.seq, it.hash))]
}

/// The number of the checkpoint that one of `head` replaces, such as that of a former key. A number that `known` does
/// not allow is forged.
fn replaced_number(
    head: &Head,
    known: Option<&LastCheckpoint>,
    latest: Option<&SignedHead>,
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
