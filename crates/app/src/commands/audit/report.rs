//! Human-readable report of a verification.

use std::fmt;

use domain::model::Trail;
use domain::service::{Break, BreakKind};

use super::check::{BreakLocation, ExportReport, Statistics};

impl fmt::Display for ExportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verification.first_break {
            None => write!(f, "intact: ")?,
            Some(broken) => {
                writeln!(f, "broken {}: {}", self.location, reason(broken, &self.location))?;
                write!(f, "before that: ")?;
            }
        }
        self.extent(f)?;
        match &self.verification.signed_head {
            None => write!(f, "\nnot covered by any checkpoint")?,
            Some(head) => write!(
                f,
                "\nsigned up to event {} at {} with the key {}",
                head.seq, head.at, head.key_id
            )?,
        }
        match self.anchors {
            Some(0) => write!(f, "\nthe anchor files contain no checkpoint of this trail"),
            Some(count) if self.verification.first_break.is_none() => {
                write!(f, "\ncontains the anchored checkpoints: {count}")
            }
            _ => Ok(()),
        }
    }
}

impl ExportReport {
    /// Writes the number and range of the valid events.
    fn extent(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Statistics { start, first, last, events } = &self.statistics;
        match events {
            0 => write!(f, "no events")?,
            1 => write!(f, "1 event")?,
            _ => write!(f, "{events} events")?,
        }
        match self.verification.head.as_ref().map(|head| &head.trail) {
            Some(Trail::Organization(id)) => write!(f, " of organization {id}")?,
            Some(Trail::Installation) => write!(f, " of the installation")?,
            None => {}
        }
        if let (Some((first, from)), Some((last, to))) = (first, last) {
            write!(f, ", {first} to {last}, from {from} to {to}")?;
        }
        if let Some(start) = start {
            write!(f, "\ntruncated before that: events up to {start} were removed")?;
        }
        Ok(())
    }
}

impl fmt::Display for BreakLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) | Self::Unreadable(line) | Self::Signature(line, _) => {
                write!(f, "at line {line}")
            }
            Self::End(lines) => write!(f, "at the end, after {lines} lines"),
            Self::Beginning => write!(f, "at the beginning"),
        }
    }
}

fn reason(Break { seq, kind }: &Break, location: &BreakLocation) -> String {
    match (kind, location) {
        (BreakKind::Changed, BreakLocation::Unreadable(_)) => format!(
            "event {seq} or a checkpoint was changed: the line is not in the format that Tenantry writes"
        ),
        (BreakKind::Changed, _) => {
            format!("event {seq} was changed: its hash does not match")
        }
        (BreakKind::Removed, _) => format!("event {seq} is missing"),
        (BreakKind::Inserted, _) => format!("event {seq} does not belong there"),
        (BreakKind::Reordered, _) => format!("event {seq} follows a later event"),
        (BreakKind::Replaced, _) => {
            format!("event {seq} is not linked to the previous event: one of the two was replaced")
        }
        (BreakKind::Rewritten, _) => {
            format!(
                "the events up to {seq} do not match the signed checkpoint: they were rewritten"
            )
        }
        (BreakKind::Forged, _) => {
            format!("the signature of the checkpoint at event {seq} is invalid")
        }
        (BreakKind::UnknownKey, BreakLocation::Signature(_, key)) => format!(
            "the checkpoint at event {seq} is signed with the key {key}, which was not given"
        ),
        (BreakKind::UnknownKey, _) => {
            format!("the checkpoint at event {seq} is signed with a key that was not given")
        }
        (BreakKind::MissingBeginning, _) => {
            "the trail begins neither with the creation of its organization nor after a signed \
             retention mark"
                .to_owned()
        }
        (BreakKind::MissingCheckpoint, _) => {
            format!("a checkpoint at event {seq} or before it is missing")
        }
        (BreakKind::Unsigned, _) => {
            format!(
                "no checkpoint covers event {seq} and later ones: the end may have been truncated"
            )
        }
    }
}
