//! Reader of a whole trail, in batches of lines.

use std::sync::Arc;

use super::AuditPorts;
use super::sign::Signing;
use crate::model::{Checkpoint, EventFilter, PageSize, Seq, StoredEvent, Trail, TrailLine};
use crate::ports::{AuditLog, CheckpointRepo, StoreError};

/// Reads a trail with its checkpoints in place, in bounded memory for any length.
pub struct TrailReader {
    audit: Arc<dyn AuditLog>,
    signed_heads: Arc<dyn CheckpointRepo>,
    trail: Trail,
    /// The retention mark at the beginning, until it was returned.
    start: Option<Checkpoint>,
    after: Seq,
    /// The end of the trail when the reader was created: later events are not read.
    end: Seq,
    /// Outcome of signing the end.
    signing: Signing,
    is_over: bool,
}

impl TrailReader {
    pub(super) fn new(
        ports: &AuditPorts,
        trail: Trail,
        start: Option<Checkpoint>,
        end: Seq,
    ) -> Self {
        let after = start.as_ref().map_or(Seq::START, |start| start.seq);
        let (audit, signed_heads) = (ports.audit.clone(), ports.signed_heads.clone());
        Self {
            audit,
            signed_heads,
            trail,
            start,
            after,
            end,
            signing: Signing::Signed,
            is_over: false,
        }
    }

    /// Adds the unstored signature of the end, or none if the server refused to sign it.
    pub(super) fn signed(self, signing: Signing) -> Self {
        Self { signing, ..self }
    }

    /// Whether the server refused to sign the end.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.signing == Signing::Refused
    }

    /// The next lines; none at the end.
    ///
    /// # Errors
    /// When the store fails. Lines that were read before stay valid.
    pub async fn next(&mut self) -> Result<Option<Vec<TrailLine>>, StoreError> {
        if let Some(signed_head) = self.start.take() {
            return Ok(Some(vec![TrailLine::Head { signed_head }]));
        }
        if self.is_over {
            return Ok(None);
        }
        let (all, size) = (EventFilter::default(), PageSize::MAX);
        let page = self.audit.list(&self.trail, &all, self.after, size).await?;
        let before = self.after;
        let mut events = page.items;
        self.is_over = !page.more || events.last().is_some_and(|last| last.seq >= self.end);
        events.retain(|event| event.seq <= self.end);
        let last = events.last().map_or(before, |last| last.seq);
        self.after = last;
        // Signatures beyond the last event show that events are missing.
        let through = if self.is_over { self.end } else { last };
        let heads = self.heads(before, through).await?;
        self.must_begin_before(before).await?;
        let mut lines = merge(events, heads);
        if self.is_over {
            match &self.signing {
                Signing::Signed => {}
                Signing::Unstored(end) => lines.push(TrailLine::Head { signed_head: end.clone() }),
                Signing::Refused => {
                    while lines.pop_if(|line| matches!(line, TrailLine::Head { .. })).is_some() {}
                }
            }
        }
        Ok(Some(lines))
    }

    /// Fails when retention removed lines after `last` that were not read yet.
    async fn must_begin_before(&self, last: Seq) -> Result<(), StoreError> {
        let start = self.signed_heads.start(&self.trail).await?;
        if start.is_some_and(|start| start.seq > last) {
            let cause = "retention removed a part of the audit trail while it was read";
            return Err(StoreError::unavailable(cause));
        }
        Ok(())
    }

    /// The checkpoints after `before`, up to `through`.
    async fn heads(&self, before: Seq, through: Seq) -> Result<Vec<Checkpoint>, StoreError> {
        let (mut found, mut after) = (Vec::new(), before);
        loop {
            let heads = &self.signed_heads;
            let page = heads.list(&self.trail, after, PageSize::MAX).await?;
            let wanted = |head: &Checkpoint| head.seq <= through;
            let passed = page.items.iter().any(|head| !wanted(head));
            after = page.items.last().map_or(after, |last| last.seq);
            found.extend(page.items.into_iter().filter(wanted));
            if passed || !page.more {
                return Ok(found);
            }
        }
    }
}

/// Puts each checkpoint after the event that it signs.
fn merge(events: Vec<StoredEvent>, heads: Vec<Checkpoint>) -> Vec<TrailLine> {
    let mut heads = heads.into_iter().peekable();
    let mut lines = Vec::with_capacity(events.len() + heads.len());
    for StoredEvent { seq, event } in events {
        while let Some(signed_head) = heads.next_if(|head| head.seq < seq) {
            lines.push(TrailLine::Head { signed_head });
        }
        lines.push(TrailLine::Event(event));
    }
    lines.extend(heads.map(|signed_head| TrailLine::Head { signed_head }));
    lines
}
