//! What is done for trails beside the requests: events are brought into the log, heads are signed, and what is
//! older than it has to be is cut off.

use std::time::Duration;

use super::Audit;
use super::sign::{Kind, Signing};
use crate::model::{Head, PageSize, Seq, SignedHead, Trail};
use crate::ports::{Causes, SignatureVerdict, StoreError};
use crate::service::Error;

/// How long events of a trail may go without a signature after them.
const SIGN_EVERY: Duration = Duration::from_secs(10 * 60);

/// What trails need now and then.
#[derive(Debug, Clone, Copy)]
enum Care {
    /// A signature.
    Sign,
    /// To end where this is past.
    Cut(Duration),
}

impl Audit {
    /// Brings into the log what was acknowledged and is not there yet.
    ///
    /// # Errors
    /// When the store fails; what is left is for the next time.
    pub async fn settle(&self) -> Result<(), StoreError> {
        self.ports.audit.settle(None).await
    }

    /// Signs the head of every trail that has new events and was not signed for ten minutes; to be done every
    /// minute or so, by any number of processes. A trail that can't be signed does not keep the others from it.
    ///
    /// # Errors
    /// When the store can't tell which trails there are.
    pub async fn sign_heads(&self) -> Result<(), StoreError> {
        self.retry_anchors().await;
        let refused = self.walk(Care::Sign).await?;
        if refused > 0 {
            tracing::error!(trails = refused, "audit trails do not contain their last checkpoints");
        }
        Ok(())
    }

    /// Cuts off what is older than events are kept, of every trail; to be done every hour or so, by any number of
    /// processes.
    ///
    /// # Errors
    /// As [`Self::sign_heads`].
    pub async fn cut_old(&self) -> Result<(), StoreError> {
        let Some(retention) = self.retention else { return Ok(()) };
        self.walk(Care::Cut(retention)).await.map(drop)
    }

    /// Takes `care` of every trail. Returns how many the server refused to sign.
    async fn walk(&self, care: Care) -> Result<usize, StoreError> {
        let (mut after, mut refused): (Option<Trail>, usize) = (None, 0);
        loop {
            let page = self.ports.audit.heads(after.as_ref(), PageSize::MAX).await?;
            after = page.items.last().map(|head| head.trail.clone());
            for head in &page.items {
                let done = match care {
                    Care::Sign => self.sign_in_time(head).await,
                    Care::Cut(retention) => {
                        self.cut(head, retention).await.map(|()| Signing::Signed)
                    }
                };
                match done {
                    Ok(Signing::Signed | Signing::Unstored(_)) => {}
                    Ok(Signing::Refused) => refused += 1,
                    Err(Error::Store(error @ StoreError::Corrupt { .. })) => {
                        let (trail, error) = (head.trail.name(), Causes(&error));
                        tracing::error!(trail, %error, "an audit trail can't be signed or cut");
                    }
                    Err(error) => {
                        let (trail, error) = (head.trail.name(), Causes(&error));
                        tracing::warn!(trail, %error, "an audit trail can't be signed or cut");
                    }
                }
            }
            if !page.more {
                return Ok(refused);
            }
        }
    }

    /// Signs `head`, unless that was done, or something before it a moment ago.
    async fn sign_in_time(&self, head: &Head) -> Result<Signing, Error> {
        let signer = self.ports.head_signer.key_id();
        // Most trails rest, and need no look at the store.
        let known = self.memory.last(&head.trail);
        if known.is_some_and(|known| known.is_of(head) && known.key_id == signer) {
            return Ok(Signing::Signed);
        }
        let latest = self.ports.signed_heads.latest(&head.trail).await?;
        let now = self.ports.clock.now();
        let is_due = |latest: &SignedHead| {
            // The time of a retention mark is that of the truncation.
            let is_over = latest.truncated || now.since(latest.at) >= SIGN_EVERY;
            let is_doubtful = latest.at > now || !self.is_genuine(&head.trail, latest);
            is_over || is_doubtful || latest.key_id != signer || latest.seq == head.seq
        };
        if let Some(latest) = &latest
            && (latest.at > now || self.verdict(latest) == SignatureVerdict::Wrong)
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

    /// Cuts off whole segments: what comes before a signed head that is older than `retention`. A signed retention
    /// mark takes the place of that head, and vouches for what the rest follows. A head without a genuine signature
    /// never becomes a mark. The last event stays as well: the next one follows it.
    async fn cut(&self, head: &Head, retention: Duration) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let heads = &self.ports.signed_heads;
        let start = heads.start(&head.trail).await?.map_or(Seq::START, |start| start.seq);
        let (mut after, mut end) = (start, None);
        loop {
            let page = heads.list(&head.trail, after, PageSize::MAX).await?;
            let old = |it: &&SignedHead| now.since(it.at) > retention && it.seq < head.seq;
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
            let mark = self.checkpoint(&end.head(), end.number, Kind::RetentionMark)?;
            heads.begin_after(&mark).await?;
        }
        // What an earlier cut left, too.
        let end = end.map_or(start, |end| end.seq);
        if end > Seq::START {
            self.ports.audit.cut(&head.trail, end).await?;
            heads.remove_before(&head.trail, end).await?;
        }
        Ok(())
    }
}
