//! Whether a trail is what it was.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Action, EventHash, Head, LoggedEvent, Seq, SignedHead, Trail, TrailLine};
use crate::ports::{HeadVerifier, SignatureVerdict};

/// How a trail was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakKind {
    /// An event is not what its hash was made of.
    Changed,
    /// An event is missing.
    Removed,
    /// An event is there that does not belong there.
    Inserted,
    /// An event stands behind a later one.
    Reordered,
    /// An event does not follow the one before it: one of the two was put in the place of another.
    Replaced,
    /// The trail is not the one that was signed: all of it was written anew, up to here.
    Rewritten,
    /// A signature was not made with the key that it names, or of something else.
    Forged,
    /// The last signature was made with a key that is not trusted.
    UnknownKey,
    /// No signature is under the end: what follows may have been cut off.
    Unsigned,
    /// The trail begins neither with the creation or adoption of its organization nor after a signed retention mark.
    MissingBeginning,
    /// A checkpoint is missing.
    MissingCheckpoint,
}

/// Where a trail is broken first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Break {
    /// The place of the event.
    pub seq: Seq,
    /// What happened to it.
    pub kind: BreakKind,
}

/// What came of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many events were read.
    pub events: u64,
    /// The last event that was good.
    pub head: Option<Head>,
    /// The last signature that was good.
    pub signed_head: Option<SignedHead>,
    /// Where it is broken first; none when nobody has touched it.
    pub first_break: Option<Break>,
}

/// What a trail has to end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Events may come after the last signature: they are signed later.
    Open,
    /// As [`Self::Open`], with the event at this place as the last one.
    At(Seq),
    /// A signature under the last event, as every export has.
    Signed,
}

/// Checks the lines of a trail, one after the other.
pub struct TrailVerifier<'a> {
    keys: &'a dyn HeadVerifier,
    /// Known from its first line, unless it was known before.
    trail: Option<Trail>,
    events: u64,
    /// The last event, or what the trail begins after.
    last: Option<(Seq, EventHash)>,
    signed_head: Option<SignedHead>,
    /// The last signed head, when its key is not known.
    unknown: Option<Seq>,
    /// The number of the last numbered checkpoint.
    number: u64,
    /// Whether the beginning of the trail was verified.
    has_begun: bool,
    /// Anchored checkpoints that the trail has to contain.
    anchors: BTreeMap<Seq, EventHash>,
    /// The anchored event that was just read: its checkpoint is the next line.
    anchored: Option<Seq>,
    /// The end of an export that the trail has to contain, without a checkpoint.
    exported: Option<(Seq, EventHash)>,
    /// The last line, when that is an unstored checkpoint.
    unstored: Option<Seq>,
    first_break: Option<Break>,
}

impl<'a> TrailVerifier<'a> {
    /// For a trail whose signatures are made with one of `keys`.
    #[must_use]
    pub fn new(keys: &'a dyn HeadVerifier, trail: Option<Trail>) -> Self {
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

    /// The trail has to contain a checkpoint of each of `anchors`, unless a later retention mark stands for it.
    #[must_use]
    pub fn anchored(mut self, anchors: impl IntoIterator<Item = (Seq, EventHash)>) -> Self {
        self.anchors.extend(anchors);
        self
    }

    /// The trail has to contain the end of an export, unless a later retention mark stands for it.
    #[must_use]
    pub(super) fn containing(self, exported: Option<(Seq, EventHash)>) -> Self {
        Self { exported, ..self }
    }

    /// Checks the next line.
    pub fn check(&mut self, line: &TrailLine) {
        if self.first_break.is_none() {
            // Nothing follows the end of an export.
            let followed = self.unstored.map(|seq| Break { seq, kind: BreakKind::Forged });
            self.first_break = followed;
        }
        match line {
            TrailLine::Event(event) => {
                self.events += 1;
                match &mut self.first_break {
                    None => self.first_break = self.follow(event).err(),
                    // What is missing where it belongs may come later.
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

    /// A line or a record that is none of a trail. Changes nothing after the first break.
    pub fn unreadable(&mut self) {
        if self.first_break.is_none() {
            self.first_break = Some(Break { seq: self.next_seq(), kind: BreakKind::Changed });
        }
    }

    /// Whether a line was wrong already.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.first_break.is_some()
    }

    /// What came of it.
    #[must_use]
    pub fn finish(self, ending: Ending) -> Verification {
        let first_break = self.first_break.clone().or_else(|| self.break_at_end(ending));
        let head = self.last.zip(self.trail.clone());
        Verification {
            events: self.events,
            head: head.map(|((seq, hash), trail)| Head { trail, seq, hash }),
            signed_head: self.signed_head,
            first_break,
        }
    }

    /// A break that only shows once all lines are read.
    fn break_at_end(&self, ending: Ending) -> Option<Break> {
        let last = self.last.map_or(Seq::START, |(seq, _)| seq);
        let signed = self.signed_head.as_ref().map_or(Seq::START, |head| head.seq);
        let found = |seq, kind| Some(Break { seq, kind });
        let is_organization = matches!(self.trail, Some(Trail::Organization(_)));
        if is_organization && !self.has_begun {
            return found(Seq::START.next(), BreakKind::MissingBeginning);
        }
        // The last event of a trail is never cut off, and a checkpoint of an anchor never removed.
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

    fn hold(&mut self, signed: &SignedHead) -> Result<(), Break> {
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
            SignatureVerdict::Wrong => return broken(BreakKind::Forged),
            // Only its signature vouches for the events that were removed.
            SignatureVerdict::UnknownKey if is_start => return broken(BreakKind::UnknownKey),
            // One with a key that is known may follow, and covers this one.
            SignatureVerdict::UnknownKey => self.unknown = Some(signed.seq),
            SignatureVerdict::Right => {
                self.unknown = None;
                self.signed_head = Some(signed.clone());
                // Versions that signed without a number did not always begin a trail with the creation.
                self.has_begun |= is_start || signed.number.is_none();
            }
        }
        self.count(signed, is_start)?;
        if is_start { self.begin_after(signed) } else { Ok(()) }
    }

    /// Each numbered checkpoint has the number after that of the one before it. An unstored one has none of its
    /// own: as many checkpoints were stored before it, and other servers may have stored more at that moment.
    fn count(&mut self, signed: &SignedHead, is_start: bool) -> Result<(), Break> {
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
    fn begin_after(&mut self, mark: &SignedHead) -> Result<(), Break> {
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

/// Whether the trail of an organization begins with `event`. Attempts to log in while it is provisioned may come
/// before, and on MongoDB other events of the same moment.
fn begins(event: &LoggedEvent) -> bool {
    let beginnings = [Action::OrganizationCreated, Action::OrganizationAdopted];
    beginnings.iter().any(|action| event.action() == Some(action.as_str()))
}
