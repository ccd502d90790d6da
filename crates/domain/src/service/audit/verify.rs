//! Verification of trails.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Action, ChainHead, Checkpoint, EventHash, LoggedEvent, Seq, Trail, TrailLine};
use crate::ports::{CheckpointVerifier, SignatureVerdict};

/// Kind of damage to a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakKind {
    /// The content of an event does not match its hash.
    Changed,
    /// An event is missing.
    Removed,
    /// An event was inserted.
    Inserted,
    /// An event comes after a later one.
    Reordered,
    /// An event does not link to its predecessor: one of the two was replaced.
    Replaced,
    /// The trail is not the signed one: all events up to here were rewritten.
    Rewritten,
    /// A signature was made by another key than it names, or covers other content.
    Forged,
    /// The last signature was made by a key that is not trusted.
    UnknownKey,
    /// The end has no signature: later events may have been removed.
    Unsigned,
    /// The trail begins neither with the creation or adoption of its organization nor after a
    /// signed retention mark.
    MissingBeginning,
    /// A checkpoint is missing.
    MissingCheckpoint,
}

/// The first damage of a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Break {
    /// Position of the event.
    pub seq: Seq,
    /// Kind of the damage.
    pub kind: BreakKind,
}

/// Result of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Number of events that were read.
    pub events: u64,
    /// The chain head after the last valid event.
    pub head: Option<ChainHead>,
    /// The last valid checkpoint.
    pub signed_head: Option<Checkpoint>,
    /// The first damage; none when the trail is intact.
    pub first_break: Option<Break>,
}

/// Required end of a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Events may follow the last checkpoint: they are signed later.
    Open,
    /// As [`Self::Open`], with the last event at this position.
    At(Seq),
    /// A signature of the last event, as in every export.
    Signed,
}

/// Verifies the lines of a trail one after the other.
pub struct TrailVerifier<'a> {
    keys: &'a dyn CheckpointVerifier,
    /// Given, or taken from the first line.
    trail: Option<Trail>,
    events: u64,
    /// The last event, or the point after which the trail begins.
    last: Option<(Seq, EventHash)>,
    signed_head: Option<Checkpoint>,
    /// Position of the last checkpoint, if its key is not trusted.
    unknown: Option<Seq>,
    /// The number of the last numbered checkpoint.
    number: u64,
    /// Whether the beginning of the trail was verified.
    has_begun: bool,
    /// Anchored checkpoints that the trail has to contain.
    anchors: BTreeMap<Seq, EventHash>,
    /// The anchored event that was just read: its checkpoint must be the next line.
    anchored: Option<Seq>,
    /// The end of an export that the trail has to contain, without a checkpoint.
    exported: Option<(Seq, EventHash)>,
    /// Position of the last line, if that is an unstored checkpoint.
    unstored: Option<Seq>,
    first_break: Option<Break>,
}

impl<'a> TrailVerifier<'a> {
    /// A verifier for a trail that is signed with one of `keys`.
    #[must_use]
    pub fn new(keys: &'a dyn CheckpointVerifier, trail: Option<Trail>) -> Self {
        Self {
            keys,
            trail,
            events: 0,
            last: None,
            signed_head: None,
            unknown: None,
            number: 0,
            has_begun: false,
            anchors: BTreeMap::new(),
            anchored: None,
            exported: None,
            unstored: None,
            first_break: None,
        }
    }

    /// Requires that the trail contains a checkpoint of each of `anchors`, unless a later retention
    /// mark stands for it.
    #[must_use]
    pub fn anchored(mut self, anchors: impl IntoIterator<Item = (Seq, EventHash)>) -> Self {
        self.anchors.extend(anchors);
        self
    }

    /// Requires that the trail contains the end of an export, unless a later retention mark stands
    /// for it.
    #[must_use]
    pub(super) fn containing(self, exported: Option<(Seq, EventHash)>) -> Self {
        Self { exported, ..self }
    }

    /// Verifies the next line.
    pub fn check(&mut self, line: &TrailLine) {
        if self.first_break.is_none() {
            // Nothing may follow the end of an export.
            let followed = self.unstored.map(|seq| Break { seq, kind: BreakKind::Forged });
            self.first_break = followed;
        }
        match line {
            TrailLine::Event(event) => {
                self.events += 1;
                match &mut self.first_break {
                    None => self.first_break = self.follow(event).err(),
                    // The missing event may come later.
                    Some(gap) if gap.kind == BreakKind::Removed && event.seq() == Some(gap.seq) => {
                        gap.kind = BreakKind::Reordered;
                    }
                    Some(_) => {}
                }
            }
            TrailLine::Head { signed_head } if self.first_break.is_none() => {
                self.first_break = self.hold(signed_head).err();
            }
            TrailLine::Head { .. } => {}
        }
    }

    /// Reports a line or a record that does not belong to a trail. Changes nothing after the first
    /// break.
    pub fn unreadable(&mut self) {
        if self.first_break.is_none() {
            self.first_break = Some(Break { seq: self.next_seq(), kind: BreakKind::Changed });
        }
    }

    /// Whether a line was invalid.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.first_break.is_some()
    }

    /// The result of the verification.
    #[must_use]
    pub fn finish(self, ending: Ending) -> Verification {
        let first_break = self.first_break.clone().or_else(|| self.break_at_end(ending));
        let head = self.last.zip(self.trail.clone());
        Verification {
            events: self.events,
            head: head.map(|((seq, hash), trail)| ChainHead { trail, seq, hash }),
            signed_head: self.signed_head,
            first_break,
        }
    }

    /// Damage that is only detectable after all lines.
    fn break_at_end(&self, ending: Ending) -> Option<Break> {
        let last = self.last.map_or(Seq::START, |(seq, _)| seq);
        let signed = self.signed_head.as_ref().map_or(Seq::START, |head| head.seq);
        let found = |seq, kind| Some(Break { seq, kind });
        let is_organization = matches!(self.trail, Some(Trail::Organization(_)));
        if is_organization && !self.has_begun {
            return found(Seq::START.next(), BreakKind::MissingBeginning);
        }
        // Retention never removes the last event of a trail, nor a checkpoint of an anchor.
        let is_short = !self.anchors.is_empty() || self.exported.is_some();
        if is_short || (self.events == 0 && last > Seq::START) {
            return found(last.next(), BreakKind::Removed);
        }
        if let Some(seq) = self.anchored {
            return found(seq, BreakKind::MissingCheckpoint);
        }
        if let Some(seq) = self.unknown {
            return found(seq, BreakKind::UnknownKey);
        }
        if let Some(seq) = self.unstored.filter(|_| ending != Ending::Signed) {
            return found(seq, BreakKind::Forged);
        }
        if let Ending::At(end) = ending
            && last < end
        {
            return found(last.next(), BreakKind::Removed);
        }
        if ending == Ending::Signed && (signed == Seq::START || last > signed) {
            return found(signed.next(), BreakKind::Unsigned);
        }
        None
    }

    fn follow(&mut self, event: &LoggedEvent) -> Result<(), Break> {
        let expected = self.next_seq();
        let changed = Break { seq: expected, kind: BreakKind::Changed };
        let (Some(seq), Some(hash), Some(trail), true) =
            (event.seq(), event.hash(), event.trail(), event.is_unchanged())
        else {
            return Err(changed);
        };
        if *self.trail.get_or_insert_with(|| trail.clone()) != trail || seq < expected {
            return Err(Break { seq, kind: BreakKind::Inserted });
        }
        if let Some(seq) = self.anchored {
            return Err(Break { seq, kind: BreakKind::MissingCheckpoint });
        }
        if seq > expected {
            return Err(Break { seq: expected, kind: BreakKind::Removed });
        }
        let before = self.last.map_or(EventHash::START, |(_, hash)| hash);
        if event.prev_hash() != Some(before) {
            return Err(Break { seq, kind: BreakKind::Replaced });
        }
        if let Some(anchor) = self.anchors.remove(&seq) {
            if anchor != hash {
                return Err(Break { seq, kind: BreakKind::Rewritten });
            }
            self.anchored = Some(seq);
        }
        if let Some((_, exported)) = self.exported.take_if(|(at, _)| *at == seq)
            && exported != hash
        {
            return Err(Break { seq, kind: BreakKind::Rewritten });
        }
        self.has_begun |= begins(event);
        self.last = Some((seq, hash));
        Ok(())
    }

    fn hold(&mut self, signed: &Checkpoint) -> Result<(), Break> {
        let broken = |kind| Err(Break { seq: signed.seq, kind });
        let is_foreign = *self.trail.get_or_insert_with(|| signed.trail.clone()) != signed.trail;
        if is_foreign || signed.is_unreadable() {
            return broken(BreakKind::Forged);
        }
        let is_start = self.last.is_none();
        match self.last {
            None if !signed.may_begin_trail() => {
                return Err(Break { seq: Seq::START.next(), kind: BreakKind::MissingBeginning });
            }
            None => {}
            Some((last, _)) if last < signed.seq => {
                return Err(Break { seq: last.next(), kind: BreakKind::Removed });
            }
            Some((last, hash)) if last > signed.seq || hash != signed.hash => {
                return broken(BreakKind::Rewritten);
            }
            Some(_) => {}
        }
        match self.keys.verify(&signed.key_id, &signed.message(), &signed.signature) {
            SignatureVerdict::Invalid => return broken(BreakKind::Forged),
            // Only its signature proves the removed events.
            SignatureVerdict::UnknownKey if is_start => return broken(BreakKind::UnknownKey),
            // A checkpoint of a trusted key may follow, which covers this one.
            SignatureVerdict::UnknownKey => self.unknown = Some(signed.seq),
            SignatureVerdict::Valid => {
                self.unknown = None;
                self.signed_head = Some(signed.clone());
                // Versions without numbers did not always begin a trail with the creation.
                self.has_begun |= is_start || signed.number.is_none();
            }
        }
        self.count(signed, is_start)?;
        if is_start { self.begin_after(signed) } else { Ok(()) }
    }

    /// Each numbered checkpoint has the next number. An unstored one has no number of its own: it
    /// has that of the last checkpoint stored before it, and other servers may have stored more at
    /// that moment.
    fn count(&mut self, signed: &Checkpoint, is_start: bool) -> Result<(), Break> {
        self.anchored = self.anchored.filter(|seq| *seq != signed.seq);
        let Some(number) = signed.number else { return Ok(()) };
        let is_next = if signed.unstored {
            self.unstored = Some(signed.seq);
            number <= self.number
        } else {
            is_start || number == self.number.saturating_add(1)
        };
        if !is_next {
            return Err(Break { seq: signed.seq, kind: BreakKind::MissingCheckpoint });
        }
        self.number = self.number.max(number);
        Ok(())
    }

    /// Begins the trail after `mark`, which stands for the anchors of the removed events.
    fn begin_after(&mut self, mark: &Checkpoint) -> Result<(), Break> {
        self.last = Some((mark.seq, mark.hash));
        self.exported = self.exported.filter(|(seq, _)| *seq > mark.seq);
        let later = self.anchors.split_off(&mark.seq.next());
        let cut = std::mem::replace(&mut self.anchors, later);
        match cut.get(&mark.seq) {
            Some(hash) if *hash != mark.hash => {
                Err(Break { seq: mark.seq, kind: BreakKind::Rewritten })
            }
            _ => Ok(()),
        }
    }

    fn next_seq(&self) -> Seq {
        self.last.map_or(Seq::START, |(seq, _)| seq).next()
    }
}

/// Whether the trail of an organization begins with `event`. Login attempts during the provisioning
/// may come before, and on MongoDB other events of the same moment.
fn begins(event: &LoggedEvent) -> bool {
    let beginnings = [Action::OrganizationCreated, Action::OrganizationAdopted];
    beginnings.iter().any(|action| event.action() == Some(action.as_str()))
}
