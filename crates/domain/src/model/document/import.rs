//! Documents that come in batches.

use std::fmt;
use std::ops::RangeInclusive;

use serde::Serialize;
use serde_json::json;

use super::Document;
use crate::model::{
    Act, Action, AuditEvent, AuditTarget, Changes, Invalid, OrganizationId, Trail, Usage,
};

/// What becomes of a document whose id is there already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ImportMode {
    /// It is refused.
    #[default]
    Insert,
    /// It takes the place of the one that is there.
    Upsert,
    /// It is passed over.
    Skip,
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// It was added.
    Inserted,
    /// It is in the place of another.
    Replaced,
    /// Its id was there; nothing was changed.
    Skipped,
    /// Its id was there, and should not have been; nothing was changed.
    Refused,
}

/// How many lines became what.
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
    /// The documents, in the order in which they came.
    pub documents: Vec<Document>,
    /// What becomes of those whose ids are there already.
    pub mode: ImportMode,
    /// The lines that they came in, with those that were refused.
    pub lines: RangeInclusive<u64>,
    /// How many of the lines were refused.
    pub refused: u64,
    /// Whose documents they will be.
    pub organization: OrganizationId,
    /// Who writes them.
    pub act: Act,
}

impl ImportMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Insert, Self::Upsert, Self::Skip];

    /// Takes the text of a mode.
    ///
    /// # Errors
    /// Any other text is [`Invalid`].
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

    /// What becomes of a document, whose id is there or not.
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
    /// Whether something was written.
    #[must_use]
    pub fn is_written(self) -> bool {
        matches!(self, Self::Inserted | Self::Replaced)
    }
}

impl ImportCounts {
    /// Counts one more.
    pub fn add(&mut self, imported: Imported) {
        *match imported {
            Imported::Inserted => &mut self.inserted,
            Imported::Replaced => &mut self.replaced,
            Imported::Skipped => &mut self.skipped,
            Imported::Refused => &mut self.refused,
        } += 1;
    }

    /// Counts what another batch led to.
    pub fn add_all(&mut self, other: Self) {
        self.inserted += other.inserted;
        self.replaced += other.replaced;
        self.skipped += other.skipped;
        self.refused += other.refused;
    }
}

impl Batch {
    /// The greatest number of lines, without empty ones.
    pub const MAX_LINES: usize = 1000;
    /// The number of bytes of JSON at which a batch ends.
    pub const MAX_BYTES: usize = 1024 * 1024;

    /// How many lines became what, when `imported` is what became of the documents.
    #[must_use]
    pub fn counts(&self, imported: &[Imported]) -> ImportCounts {
        let mut counts = ImportCounts { refused: self.refused, ..ImportCounts::default() };
        imported.iter().for_each(|imported| counts.add(*imported));
        counts
    }

    /// What all documents would be together.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.documents.iter().map(Usage::of).fold(Usage::default(), Usage::plus)
    }

    /// What is told when `imported` is what became of the documents; nothing, when none was written.
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
