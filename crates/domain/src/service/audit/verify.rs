//! Whether a trail is what it was.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::model::{EventHash, Head, LoggedEvent, Seq, SignedHead, Trail, TrailLine};
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
            first_break: None,
        }
    }

    /// Checks the next line.
    pub fn check(&mut self, line: &TrailLine) {
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

    /// A line that is none of a trail.
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
        let broken = || {
            let last = self.last.map_or(Seq::START, |(seq, _)| seq);
            let signed = self.signed_head.as_ref().map_or(Seq::START, |head| head.seq);
            match self.unknown {
                Some(seq) => Some(Break { seq, kind: BreakKind::UnknownKey }),
                None if ending == Ending::Open => None,
                None if signed == Seq::START || last > signed => {
                    Some(Break { seq: signed.next(), kind: BreakKind::Unsigned })
                }
                None => None,
            }
        };
        let first_break = self.first_break.clone().or_else(broken);
        let head = self.last.zip(self.trail.clone());
        Verification {
            events: self.events,
            head: head.map(|((seq, hash), trail)| Head { trail, seq, hash }),
            signed_head: self.signed_head,
            first_break,
        }
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
        if seq > expected {
            return Err(Break { seq: expected, kind: BreakKind::Removed });
        }
        let before = self.last.map_or(EventHash::START, |(_, hash)| hash);
        if event.prev_hash() != Some(before) {
            return Err(Break { seq, kind: BreakKind::Replaced });
        }
        self.last = Some((seq, hash));
        Ok(())
    }

    fn hold(&mut self, signed: &SignedHead) -> Result<(), Break> {
        let broken = |kind| Err(Break { seq: signed.seq, kind });
        if *self.trail.get_or_insert_with(|| signed.trail.clone()) != signed.trail {
            return broken(BreakKind::Forged);
        }
        match self.last {
            // What was cut off ended here.
            None => self.last = Some((signed.seq, signed.hash)),
            Some((last, _)) if last < signed.seq => {
                return Err(Break { seq: last.next(), kind: BreakKind::Removed });
            }
            Some((last, hash)) if last > signed.seq || hash != signed.hash => {
                return broken(BreakKind::Rewritten);
            }
            Some(_) => {}
        }
        let message = SignedHead::message(&signed.head(), signed.at, &signed.key_id);
        match self.keys.verify(&signed.key_id, &message, &signed.signature) {
            SignatureVerdict::Wrong => return broken(BreakKind::Forged),
            // One with a key that is known may follow, and covers this one.
            SignatureVerdict::UnknownKey => self.unknown = Some(signed.seq),
            SignatureVerdict::Right => {
                self.unknown = None;
                self.signed_head = Some(signed.clone());
            }
        }
        Ok(())
    }

    fn next_seq(&self) -> Seq {
        self.last.map_or(Seq::START, |(seq, _)| seq).next()
    }
}
