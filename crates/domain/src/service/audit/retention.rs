//! Background work on trails: flushing outboxes, signing checkpoints, and retention.

use std::time::Duration;

use super::Audit;
use super::sign::{CheckpointKind, Signing};
use crate::model::{ChainHead, Checkpoint, PageSize, Seq, Trail};
use crate::ports::{Causes, SignatureVerdict, StoreError};
use crate::service::Error;

/// Maximum time for which an event stays without a checkpoint.
const SIGN_EVERY: Duration = Duration::from_secs(10 * 60);

/// Kind of background work.
#[derive(Debug, Clone, Copy)]
enum Maintenance {
    /// Sign a checkpoint.
    Sign,
    /// Remove events older than this.
    Truncate(Duration),
}

impl Audit {
    /// Moves acknowledged events from the outboxes to the log.
    ///
    /// # Errors
    /// When the store fails; the next call continues.
    pub async fn flush_outbox(&self) -> Result<(), StoreError> {
        self.ports.audit.flush_outbox(None).await
    }

    /// Signs a checkpoint of every trail that has new events and was not signed for ten minutes.
    /// Intended to run about every minute, in any number of processes. A trail that can't be signed
    /// does not affect the others.
    ///
    /// # Errors
    /// When the store can't list the trails.
    pub async fn sign_heads(&self) -> Result<(), StoreError> {
        self.retry_anchors().await;
        let refused = self.for_each_trail(Maintenance::Sign).await?;
        if refused > 0 {
            tracing::error!(trails = refused, "audit trails do not contain their last checkpoints");
        }
        Ok(())
    }

    /// Removes events that exceed the retention time, of every trail. Intended to run about every
    /// hour, in any number of processes.
    ///
    /// # Errors
    /// As [`Self::sign_heads`].
    pub async fn truncate_expired(&self) -> Result<(), StoreError> {
        let Some(retention) = self.retention else { return Ok(()) };
        self.for_each_trail(Maintenance::Truncate(retention)).await.map(drop)
    }

    /// Does the work `task` for every trail. Returns the number of trails that the server refused
    /// to sign.
    async fn for_each_trail(&self, task: Maintenance) -> Result<usize, StoreError> {
        let (mut after, mut refused): (Option<Trail>, usize) = (None, 0);
        loop {
            let page = self.ports.audit.heads(after.as_ref(), PageSize::MAX).await?;
            after = page.items.last().map(|head| head.trail.clone());
            for head in &page.items {
                let done = match task {
                    Maintenance::Sign => self.sign_if_due(head).await,
                    Maintenance::Truncate(retention) => {
                        self.truncate(head, retention).await.map(|()| Signing::Signed)
                    }
                };
                match done {
                    Ok(Signing::Signed | Signing::Unstored(_)) => {}
                    Ok(Signing::Refused) => refused += 1,
                    Err(Error::Store(error @ StoreError::Corrupt { .. })) => {
                        let (trail, error) = (head.trail.name(), Causes(&error));
                        tracing::error!(trail, %error, "an audit trail can't be signed or truncated");
                    }
                    Err(error) => {
                        let (trail, error) = (head.trail.name(), Causes(&error));
                        tracing::warn!(trail, %error, "an audit trail can't be signed or truncated");
                    }
                }
            }
            if !page.more {
                return Ok(refused);
            }
        }
    }

    /// Signs `head`, unless it is signed already, or an earlier head was signed recently.
    async fn sign_if_due(&self, head: &ChainHead) -> Result<Signing, Error> {
        let signer = self.ports.checkpoint_signer.key_id();
        // Most trails are idle, and need no read from the store.
        let known = self.memory.last(&head.trail);
        if known.is_some_and(|known| known.is_of(head) && known.key_id == signer) {
            return Ok(Signing::Signed);
        }
        let latest = self.ports.signed_heads.latest(&head.trail).await?;
        let now = self.ports.clock.now();
        let is_due = |latest: &Checkpoint| {
            // The time of a retention mark is that of the truncation.
            let is_over = latest.truncated || now.since(latest.at) >= SIGN_EVERY;
            let is_doubtful = latest.at > now || !self.is_genuine(&head.trail, latest);
            is_over || is_doubtful || latest.key_id != signer || latest.seq == head.seq
        };
        if let Some(latest) = &latest
            && (latest.at > now || self.verdict(latest) == SignatureVerdict::Invalid)
        {
            let (organization, seq, at) = (head.trail.name(), latest.seq, latest.at);
            tracing::error!(
                organization, %seq, %at,
                "the last checkpoint of an audit trail is forged or lies in the future"
            );
        }
        if latest.as_ref().is_none_or(is_due) {
            self.sign(&head.trail, Duration::ZERO).await
        } else {
            Ok(Signing::Signed)
        }
    }

    /// Removes whole segments: the events before a checkpoint that is older than `retention`. A
    /// signed retention mark replaces that checkpoint, and proves what the rest follows. A
    /// checkpoint without a genuine signature never becomes a mark. The last event always stays:
    /// the next one links to it.
    async fn truncate(&self, head: &ChainHead, retention: Duration) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let heads = &self.ports.signed_heads;
        let start = heads.start(&head.trail).await?.map_or(Seq::START, |start| start.seq);
        let (mut after, mut end) = (start, None);
        loop {
            let page = heads.list(&head.trail, after, PageSize::MAX).await?;
            let old = |it: &&Checkpoint| now.since(it.at) > retention && it.seq < head.seq;
            let old_heads = page.items.iter().take_while(old).collect::<Vec<_>>();
            let genuine = old_heads.iter().rev().find(|it| self.is_genuine(&head.trail, it));
            end = genuine.map(|head| (*head).clone()).or(end);
            let goes_on = page.more && page.items.last().as_ref().is_some_and(old);
            after = page.items.last().map_or(after, |last| last.seq);
            if !goes_on {
                break;
            }
        }
        if let Some(end) = &end {
            let mark = self.checkpoint(&end.head(), end.number, CheckpointKind::RetentionMark)?;
            heads.begin_after(&mark).await?;
        }
        // Also the remains of an interrupted truncation.
        let end = end.map_or(start, |end| end.seq);
        if end > Seq::START {
            self.ports.audit.truncate(&head.trail, end).await?;
            heads.remove_before(&head.trail, end).await?;
        }
        Ok(())
    }
}
