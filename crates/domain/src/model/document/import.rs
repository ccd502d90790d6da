//! Batch imports of documents.

use std::fmt;
use std::ops::RangeInclusive;

use serde::Serialize;
use serde_json::json;

use super::Document;
use crate::model::{
    Action, AuditContext, AuditEvent, AuditTarget, Changes, Invalid, OrganizationId, Trail, Usage,
};

/// Treatment of imported documents whose ids exist already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ImportMode {
    /// Refuses it.
    #[default]
    Insert,
    /// Replaces the existing document.
    Upsert,
    /// Skips it.
    Skip,
}

/// Outcome of one imported document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// It was inserted.
    Inserted,
    /// It replaced an existing document.
    Replaced,
    /// Its id existed; nothing was changed.
    Skipped,
    /// Its id existed and the mode does not allow that; nothing was changed.
    Refused,
}

/// Number of lines per outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the words are those of `Imported`")]
pub struct ImportCounts {
    pub inserted: u64,
    pub replaced: u64,
    pub skipped: u64,
    pub refused: u64,
}

/// Documents that are written together.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The documents, in the order of the input.
    pub documents: Vec<Document>,
    /// Treatment of documents with existing ids.
    pub mode: ImportMode,
    /// The input lines of the batch, refused ones included.
    pub lines: RangeInclusive<u64>,
    /// Number of refused lines.
    pub refused: u64,
    /// The organization that owns the documents.
    pub organization: OrganizationId,
    /// Actor, time and request of the import.
    pub act: AuditContext,
}

impl ImportMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Insert, Self::Upsert, Self::Skip];

    /// Parses a mode.
    ///
    /// # Errors
    /// [`Invalid`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mode = Self::ALL.into_iter().find(|mode| mode.as_str() == text);
        mode.ok_or(Invalid::Format("must be `insert`, `upsert` or `skip`"))
    }

    /// The mode as text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Upsert => "upsert",
            Self::Skip => "skip",
        }
    }

    /// The outcome of a document whose id exists or not.
    #[must_use]
    pub fn decide(self, is_there: bool) -> Imported {
        match (is_there, self) {
            (false, _) => Imported::Inserted,
            (true, Self::Insert) => Imported::Refused,
            (true, Self::Upsert) => Imported::Replaced,
            (true, Self::Skip) => Imported::Skipped,
        }
    }
}

impl fmt::Display for ImportMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Imported {
    /// Whether the outcome is a write.
    #[must_use]
    pub fn is_written(self) -> bool {
        matches!(self, Self::Inserted | Self::Replaced)
    }
}

impl ImportCounts {
    /// Counts one outcome.
    pub fn add(&mut self, imported: Imported) {
        *match imported {
            Imported::Inserted => &mut self.inserted,
            Imported::Replaced => &mut self.replaced,
            Imported::Skipped => &mut self.skipped,
            Imported::Refused => &mut self.refused,
        } += 1;
    }
}

impl Batch {
    /// Maximum number of lines, without empty ones.
    pub const MAX_LINES: usize = 1000;
    /// Size at which a batch ends, in bytes of JSON.
    pub const MAX_BYTES: usize = 1024 * 1024;

    /// Number of lines per outcome, given the outcomes of the documents.
    #[must_use]
    pub fn counts(&self, imported: &[Imported]) -> ImportCounts {
        let mut counts = ImportCounts { refused: self.refused, ..ImportCounts::default() };
        imported.iter().for_each(|imported| counts.add(*imported));
        counts
    }

    /// Usage of all documents together.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.documents.iter().map(Usage::of).fold(Usage::default(), Usage::plus)
    }

    /// The audit event of these outcomes; none when nothing was written.
    #[must_use]
    pub fn event(&self, imported: &[Imported]) -> Option<AuditEvent> {
        imported.iter().any(|imported| imported.is_written()).then(|| {
            let counts = self.counts(imported);
            let lines = [self.lines.start(), self.lines.end()];
            let changes = Changes::noted(
                "import",
                json!({ "mode": self.mode.as_str(), "lines": lines, "counts": counts }),
            );
            let trail = Trail::Organization(self.organization.clone());
            let target = AuditTarget::organization(&self.organization);
            self.act.event(trail, Action::DocumentsImported, target, changes)
        })
    }
}
