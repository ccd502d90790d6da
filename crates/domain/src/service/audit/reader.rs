//! A trail from its start to its end, a few lines at a time.

use crate::model::{EventFilter, PageSize, Seq, SignedHead, Trail, TrailLine};
use crate::ports::{Ports, StoreError};

/// Reads a trail with the signatures where they belong, in bounded memory whatever its length.
pub struct TrailReader {
    ports: Ports,
    trail: Trail,
    /// What the trail begins after, until that has been told.
    start: Option<SignedHead>,
    after: Seq,
    /// The end of the trail when the reading began: what comes after that is for the next reader.
    end: Seq,
    /// Whether the server refused to sign the end.
    is_refused: bool,
    is_over: bool,
}

impl TrailReader {
    pub(super) fn new(ports: Ports, trail: Trail, start: Option<SignedHead>, end: Seq) -> Self {
        let after = start.as_ref().map_or(Seq::START, |start| start.seq);
        Self { ports, trail, start, after, end, is_refused: false, is_over: false }
    }

    /// The same without a signature under the end, if the server refused to sign it.
    pub(super) fn refused(self, is_refused: bool) -> Self {
        Self { is_refused, ..self }
    }

    /// Whether the server refused to sign the end.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// The next lines; none when all have been told.
    ///
    /// # Errors
    /// When the store fails. What was told before is good all the same.
    pub async fn next(&mut self) -> Result<Option<Vec<TrailLine>>, StoreError> {
        if let Some(signed_head) = self.start.take() {
            return Ok(Some(vec![TrailLine::Head { signed_head }]));
        }
        if self.is_over {
            return Ok(None);
        }
        let (all, size) = (EventFilter::default(), PageSize::MAX);
        let page = self.ports.audit.list(&self.trail, &all, self.after, size).await?;
        let before = self.after;
        let mut lines = Vec::with_capacity(page.items.len() + 1);
        let mut last = before;
        for event in page.items {
            if last >= self.end {
                break;
            }
            // An event that claims another place is a break, and hides none of those that follow.
            let claimed = event.seq().filter(|seq| *seq > last && *seq <= self.end);
            last = claimed.unwrap_or(last.next());
            lines.push(TrailLine::Event(event));
        }
        self.is_over = !page.more || last >= self.end;
        self.after = last;
        // Signatures beyond the last event show that events are missing.
        let through = if self.is_over { self.end } else { last };
        let heads = self.heads(before, through).await?;
        self.must_begin_before(before).await?;
        let mut lines = merge(lines, heads);
        if self.is_over && self.is_refused {
            while lines.pop_if(|line| matches!(line, TrailLine::Head { .. })).is_some() {}
        }
        Ok(Some(lines))
    }

    /// Fails when retention removed lines after `last` while they were read.
    async fn must_begin_before(&self, last: Seq) -> Result<(), StoreError> {
        let start = self.ports.signed_heads.start(&self.trail).await?;
        if start.is_some_and(|start| start.seq > last) {
            let cause = "retention removed a part of the audit trail while it was read";
            return Err(StoreError::unavailable(cause));
        }
        Ok(())
    }

    /// The signed heads after `before`, up to `through`.
    async fn heads(&self, before: Seq, through: Seq) -> Result<Vec<SignedHead>, StoreError> {
        let (mut found, mut after) = (Vec::new(), before);
        loop {
            let heads = &self.ports.signed_heads;
            let page = heads.list(&self.trail, after, PageSize::MAX).await?;
            let wanted = |head: &SignedHead| head.seq <= through;
            let passed = page.items.iter().any(|head| !wanted(head));
            after = page.items.last().map_or(after, |last| last.seq);
            found.extend(page.items.into_iter().filter(wanted));
            if passed || !page.more {
                return Ok(found);
            }
        }
    }
}

fn seq(line: &TrailLine) -> Option<Seq> {
    match line {
        TrailLine::Head { signed_head } => Some(signed_head.seq),
        TrailLine::Event(event) => event.seq(),
    }
}

/// Puts each signed head after the event that it signs.
fn merge(events: Vec<TrailLine>, heads: Vec<SignedHead>) -> Vec<TrailLine> {
    let mut heads = heads.into_iter().peekable();
    let mut lines = Vec::with_capacity(events.len() + heads.len());
    for event in events {
        while let Some(signed_head) = heads.next_if(|head| Some(head.seq) < seq(&event)) {
            lines.push(TrailLine::Head { signed_head });
        }
        lines.push(event);
    }
    lines.extend(heads.map(|signed_head| TrailLine::Head { signed_head }));
    lines
}
