//! What an export says, line by line, and where it is broken.

use std::collections::BTreeMap;

use domain::model::{EventHash, KeyId, Seq, Timestamp, TrailLine};
use domain::ports::HeadVerifier;
use domain::service::{BreakKind, Ending, TrailVerifier, Verification};

/// Follows a file, and remembers what people want to know of it.
pub(super) struct Check<'a> {
    verifier: TrailVerifier<'a>,
    lines: u64,
    /// The line with which the trail stopped being what it was, and whether it is a line of Tenantry's at all.
    broken: Option<(u64, bool)>,
    signature: Option<Signature>,
    /// The number of anchored checkpoints that the export has to contain; `None` without anchor files.
    anchors: Option<usize>,
    told: Told,
}

/// The last signature in a file: its line, and the key that it names.
struct Signature {
    line: u64,
    key: KeyId,
}

/// What the good lines of a file tell.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The place that the trail begins after, where it does not begin with its first event.
    pub(super) start: Option<Seq>,
    /// Place and time of the first event.
    pub(super) first: Option<(Seq, Timestamp)>,
    /// The same of the last one.
    pub(super) last: Option<(Seq, Timestamp)>,
    /// How many events there are.
    pub(super) events: u64,
}

/// What came of it.
pub(super) struct Checked {
    pub(super) told: Told,
    pub(super) verification: Verification,
    /// The number of anchored checkpoints that it has to contain; `None` without anchor files.
    pub(super) anchors: Option<usize>,
    /// Where it is broken.
    pub(super) place: Place,
}

/// Where a file is broken.
#[derive(Debug)]
pub(super) enum Place {
    /// With this line.
    Line(u64),
    /// With this line, which Tenantry has not written.
    Unreadable(u64),
    /// With the signature in this line, made with this key.
    Signature(u64, KeyId),
    /// It ends after so many lines.
    End(u64),
    /// The beginning of the trail is missing.
    Beginning,
}

impl<'a> Check<'a> {
    /// For signatures made with one of `keys`.
    pub(super) fn new(keys: &'a dyn HeadVerifier) -> Self {
        let verifier = TrailVerifier::new(keys, None);
        let told = Told::default();
        Self { verifier, lines: 0, broken: None, signature: None, anchors: None, told }
    }

    /// Requires the file to contain these anchored checkpoints.
    pub(super) fn anchored(self, anchors: BTreeMap<Seq, EventHash>) -> Self {
        let count = anchors.len();
        Self { verifier: self.verifier.anchored(anchors), anchors: Some(count), ..self }
    }

    /// Follows the next line; none for one that Tenantry has not written.
    pub(super) fn follow(&mut self, line: Option<&TrailLine>) {
        self.lines += 1;
        match line {
            Some(line) => self.verifier.check(line),
            None => self.verifier.unreadable(),
        }
        if self.broken.is_some() {
            return;
        }
        if self.verifier.is_broken() {
            self.broken = Some((self.lines, line.is_some()));
        } else if let Some(line) = line {
            self.remember(line);
        }
    }

    /// What came of it, once all lines are read.
    pub(super) fn finish(self) -> Checked {
        let Self { verifier, lines, broken, signature, anchors, told } = self;
        let verification = verifier.finish(Ending::Signed);
        let kind = verification.first_break.as_ref().map(|broken| broken.kind);
        let place = match (broken, signature) {
            (Some((line, true)), _) => Place::Line(line),
            (Some((line, false)), _) => Place::Unreadable(line),
            (None, _) if kind == Some(BreakKind::MissingBeginning) => Place::Beginning,
            (None, Some(it)) if kind == Some(BreakKind::UnknownKey) => {
                Place::Signature(it.line, it.key)
            }
            (None, _) => Place::End(lines),
        };
        Checked { told, verification, anchors, place }
    }

    fn remember(&mut self, line: &TrailLine) {
        match line {
            TrailLine::Event(event) => {
                self.told.events += 1;
                let told = event.seq().zip(event.at());
                self.told.first = self.told.first.or(told);
                self.told.last = told.or(self.told.last);
            }
            TrailLine::Head { signed_head } => {
                if self.lines == 1 {
                    self.told.start = Some(signed_head.seq);
                }
                let key = signed_head.key_id.clone();
                self.signature = Some(Signature { line: self.lines, key });
            }
        }
    }
}
