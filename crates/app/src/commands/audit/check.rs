//! Verification of an export, line by line.

use std::collections::BTreeMap;

use domain::model::{EventHash, KeyId, Seq, Timestamp, TrailLine};
use domain::ports::CheckpointVerifier;
use domain::service::{BreakKind, Ending, TrailVerifier, Verification};

/// Verifier of an export that also collects statistics for the report.
pub(super) struct ExportVerifier<'a> {
    verifier: TrailVerifier<'a>,
    lines: u64,
    /// Line of the first break, and whether Tenantry can have written that line.
    broken: Option<(u64, bool)>,
    signature: Option<Signature>,
    /// Number of anchored checkpoints that the export must contain; `None` without anchor files.
    anchors: Option<usize>,
    statistics: Statistics,
}

/// Last checkpoint in a file: its line, and the key that it names.
struct Signature {
    line: u64,
    key: KeyId,
}

/// Statistics of the valid lines of a file.
#[derive(Debug, Default)]
pub(super) struct Statistics {
    /// Sequence number after which the trail begins, if it does not begin with its first event.
    pub(super) start: Option<Seq>,
    /// Sequence number and time of the first event.
    pub(super) first: Option<(Seq, Timestamp)>,
    /// Sequence number and time of the last event.
    pub(super) last: Option<(Seq, Timestamp)>,
    /// Number of events.
    pub(super) events: u64,
}

/// Result of the verification.
pub(super) struct ExportReport {
    pub(super) statistics: Statistics,
    pub(super) verification: Verification,
    /// Number of anchored checkpoints that the export must contain; `None` without anchor files.
    pub(super) anchors: Option<usize>,
    /// Location of the break.
    pub(super) location: BreakLocation,
}

/// Location of a break in a file.
#[derive(Debug)]
pub(super) enum BreakLocation {
    /// At this line.
    Line(u64),
    /// At this line, which Tenantry cannot have written.
    Unreadable(u64),
    /// At the checkpoint in this line, signed with this key.
    Signature(u64, KeyId),
    /// At the end, after this number of lines.
    End(u64),
    /// At the beginning, which is missing.
    Beginning,
}

impl<'a> ExportVerifier<'a> {
    /// Verifies checkpoints with `keys`.
    pub(super) fn new(keys: &'a dyn CheckpointVerifier) -> Self {
        let verifier = TrailVerifier::new(keys, None);
        let statistics = Statistics::default();
        Self { verifier, lines: 0, broken: None, signature: None, anchors: None, statistics }
    }

    /// Requires that the file contains these anchored checkpoints.
    pub(super) fn anchored(self, anchors: BTreeMap<Seq, EventHash>) -> Self {
        let count = anchors.len();
        Self { verifier: self.verifier.anchored(anchors), anchors: Some(count), ..self }
    }

    /// Verifies the next line; `None` is a line that Tenantry cannot have written.
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

    /// Returns the result after the last line.
    pub(super) fn finish(self) -> ExportReport {
        let Self { verifier, lines, broken, signature, anchors, statistics } = self;
        let verification = verifier.finish(Ending::Signed);
        let kind = verification.first_break.as_ref().map(|broken| broken.kind);
        let location = match (broken, signature) {
            (Some((line, true)), _) => BreakLocation::Line(line),
            (Some((line, false)), _) => BreakLocation::Unreadable(line),
            (None, _) if kind == Some(BreakKind::MissingBeginning) => BreakLocation::Beginning,
            (None, Some(it)) if kind == Some(BreakKind::UnknownKey) => {
                BreakLocation::Signature(it.line, it.key)
            }
            (None, _) => BreakLocation::End(lines),
        };
        ExportReport { statistics, verification, anchors, location }
    }

    fn remember(&mut self, line: &TrailLine) {
        match line {
            TrailLine::Event(event) => {
                self.statistics.events += 1;
                let position = event.seq().zip(event.at());
                self.statistics.first = self.statistics.first.or(position);
                self.statistics.last = position.or(self.statistics.last);
            }
            TrailLine::Head { signed_head } => {
                if self.lines == 1 {
                    self.statistics.start = Some(signed_head.seq);
                }
                let key = signed_head.key_id.clone();
                self.signature = Some(Signature { line: self.lines, key });
            }
        }
    }
}
