//! What is done for trails beside the requests: events are brought into the log, heads are signed, and what is
//! older than it has to be is cut off.

use std::time::Duration;

use super::Audit;
use crate::model::{Head, PageSize, Seq, SignedHead, Trail};
use crate::ports::{Causes, StoreError};
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
        self.walk(Care::Sign).await
    }

    /// Cuts off what is older than events are kept, of every trail; to be done every hour or so, by any number of
    /// processes.
    ///
    /// # Errors
    /// As [`Self::sign_heads`].
    pub async fn cut_old(&self) -> Result<(), StoreError> {
        let Some(retention) = self.retention else { return Ok(()) };
        self.walk(Care::Cut(retention)).await
    }

    /// Takes `care` of every trail.
    async fn walk(&self, care: Care) -> Result<(), StoreError> {
        let mut after: Option<Trail> = None;
        loop {
            let page = self.ports.audit.heads(after.as_ref(), PageSize::MAX).await?;
            after = page.items.last().map(|head| head.trail.clone());
            for head in &page.items {
                let done = match care {
                    Care::Sign => self.sign_in_time(head).await,
                    Care::Cut(retention) => self.cut(head, retention).await,
                };
                if let Err(error) = done {
                    let (trail, error) = (head.trail.key(), Causes(&error));
                    tracing::warn!(trail, %error, "an audit trail can't be signed or cut");
                }
            }
            if !page.more {
                return Ok(());
            }
        }
    }

    /// Signs `head`, unless that was done, or something before it a moment ago.
    async fn sign_in_time(&self, head: &Head) -> Result<(), Error> {
        let signer = self.ports.head_signer.key_id();
        // Most trails rest, and need no look at the store.
        if self.signed.get(&head.trail) == Some((head.seq, signer.clone())) {
            return Ok(());
        }
        let latest = self.ports.signed_heads.latest(&head.trail).await?;
        let now = self.ports.clock.now();
        let is_due =
            |latest: &SignedHead| latest.key_id != signer || now.since(latest.at) >= SIGN_EVERY;
        if latest.as_ref().is_some_and(|it| it.seq == head.seq && it.key_id == signer) {
            self.signed.insert(head.trail.clone(), (head.seq, signer));
        } else if latest.as_ref().is_none_or(is_due) {
            self.sign(head).await?;
        }
        Ok(())
    }

    /// Signs `head`, unless that was done.
    pub(super) async fn sign(&self, head: &Head) -> Result<(), Error> {
        let latest = self.ports.signed_heads.latest(&head.trail).await?;
        let signer = &self.ports.head_signer;
        let is_signed = |it: &SignedHead| it.seq >= head.seq && it.key_id == signer.key_id();
        if latest.as_ref().is_some_and(is_signed) {
            return Ok(());
        }
        let (at, key_id) = (self.ports.clock.now(), signer.key_id());
        let message = SignedHead::message(head, at, &key_id);
        let signature = signer.sign(&message).map_err(Error::Internal)?;
        let Head { trail, seq, hash } = head.clone();
        let signed = SignedHead { trail, seq, hash, at, key_id, signature };
        Ok(self.ports.signed_heads.keep(&signed).await?)
    }

    /// Cuts off whole segments: what comes before a signed head that is older than `retention`. That head stays, and
    /// vouches for what the rest follows. The last event stays as well: the next one follows it.
    async fn cut(&self, head: &Head, retention: Duration) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let heads = &self.ports.signed_heads;
        let start = heads.start(&head.trail).await?.map_or(Seq::START, |start| start.seq);
        let (mut after, mut end) = (start, None);
        loop {
            let page = heads.list(&head.trail, after, PageSize::MAX).await?;
            let old = |it: &&SignedHead| now.since(it.at) > retention && it.seq < head.seq;
            let oldest = page.items.iter().take_while(old).last();
            end = oldest.map(|head| head.seq).or(end);
            let goes_on = page.more && page.items.last().as_ref().is_some_and(old);
            after = page.items.last().map_or(after, |last| last.seq);
            if !goes_on {
                break;
            }
        }
        if let Some(end) = end {
            heads.begin_after(&head.trail, end).await?;
        }
        // What an earlier cut left, too.
        let end = end.unwrap_or(start);
        if end > Seq::START {
            self.ports.audit.cut(&head.trail, end).await?;
            heads.remove_before(&head.trail, end).await?;
        }
        Ok(())
    }
}
