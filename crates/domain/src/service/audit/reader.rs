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
    is_over: bool,
}

impl TrailReader {
    pub(super) fn new(ports: Ports, trail: Trail, start: Option<SignedHead>, end: Seq) -> Self {
        let after = start.as_ref().map_or(Seq::START, |start| start.seq);
        Self { ports, trail, start, after, end, is_over: false }
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
        let events = page.items.into_iter().take_while(|event| event.seq() <= Some(self.end));
        lines.extend(events.map(TrailLine::Event));
        let last = lines.iter().filter_map(seq).max().unwrap_or(before);
        self.is_over = !page.more || last >= self.end || last == before;
        self.after = last;
        // Signatures beyond the last event show that events are missing.
        let through = if self.is_over { self.end } else { last };
        let heads = self.heads(before, through).await?;
        Ok(Some(merge(lines, heads)))
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
