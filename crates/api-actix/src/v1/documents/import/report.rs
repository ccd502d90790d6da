//! Import reports, progress lines and line errors.

use std::borrow::Cow;

use domain::model::{ImportCounts, Invalid};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{ErrorLocation, FieldError};

/// Maximum number of rejected lines that a JSON response lists.
const MOST: usize = 1000;

/// Rejected line with the reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ImportError)]
pub(super) struct LineError {
    /// Line number, starting at 1.
    #[schema(example = 7)]
    pub(super) line: u64,
    /// JSON Pointer (RFC 6901) to the rejected value. If it exceeds 1024 bytes, it points to an
    /// enclosing value.
    #[schema(example = "/_id")]
    pointer: String,
    /// Machine-readable reason.
    #[schema(value_type = String, example = "document_exists")]
    code: &'static str,
    /// Human-readable reason.
    #[schema(value_type = String, example = "belongs to another document of the organization")]
    detail: Cow<'static, str>,
}

/// Range of lines, both ends included.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(super) struct LineRange {
    /// Number of the first line.
    #[schema(example = 1)]
    pub(super) first: u64,
    /// Number of the last line.
    #[schema(example = 1000)]
    pub(super) last: u64,
}

/// Line counts of an import.
#[derive(Debug, Default, Clone, Copy, Serialize, ToSchema)]
#[schema(as = ImportTotals)]
pub(super) struct Totals {
    /// Processed lines, including empty ones. An import continues after them.
    #[schema(example = 1002)]
    lines: u64,
    /// Inserted documents.
    #[schema(example = 998)]
    inserted: u64,
    /// Replaced documents.
    #[schema(example = 0)]
    replaced: u64,
    /// Documents skipped because their `_id` exists.
    #[schema(example = 1)]
    skipped: u64,
    /// Rejected lines.
    #[schema(example = 1)]
    refused: u64,
}

/// Report of an import: of the whole import, or of the part before it was aborted.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ImportReport {
    #[serde(flatten)]
    totals: Totals,
    /// Rejected lines; at most 1000 are listed.
    errors: Vec<LineError>,
    /// Lines that may or may not have been written; only present if the import was aborted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    uncertain: Option<LineRange>,
}

/// Result of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportProgress)]
pub(super) struct BatchReport {
    /// Lines of the batch.
    pub(super) lines: LineRange,
    /// Inserted documents.
    #[schema(example = 1000)]
    inserted: u64,
    /// Replaced documents.
    #[schema(example = 0)]
    replaced: u64,
    /// Documents skipped because their `_id` exists.
    #[schema(example = 0)]
    skipped: u64,
    /// Rejected lines.
    #[schema(example = 0)]
    refused: u64,
    /// All rejected lines.
    errors: Vec<LineError>,
}

/// Line of the streamed response to an import.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ImportLine<'a> {
    /// Result of a batch.
    Batch(&'a BatchReport),
    /// Last line of a completed import.
    Done(CompletedLine),
    /// Last line of an aborted import.
    Stopped(AbortedLine),
}

/// Last line of a completed import.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportDone)]
pub(crate) struct CompletedLine {
    /// Always true.
    pub(super) done: bool,
    #[serde(flatten)]
    pub(super) totals: Totals,
}

/// Last line of an aborted import.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportStopped)]
pub(crate) struct AbortedLine {
    /// Reason, in the format of an error response.
    #[schema(value_type = crate::problem::ProblemBody)]
    pub(super) problem: serde_json::Value,
    #[serde(flatten)]
    pub(super) totals: Totals,
    /// Lines that may or may not have been written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) uncertain: Option<LineRange>,
}

impl LineError {
    pub(super) fn new(line: u64, error: FieldError) -> Self {
        let (pointer, code, detail) = error.into_parts();
        // Drops the line number of the JSON error: it is always 1 within an NDJSON line.
        let detail = match detail.contains(" at line 1 column ") {
            true => detail.replace(" at line 1 column ", " at column ").into(),
            false => detail,
        };
        Self { line, pointer, code, detail }
    }

    /// A document with this `_id` already exists.
    pub(super) fn exists(line: u64) -> Self {
        let location = ErrorLocation::Pointer("/_id");
        let detail = "belongs to another document of the organization";
        Self::new(line, FieldError::new(location, "document_exists", detail))
    }

    /// The line exceeds `limit` bytes.
    pub(super) fn too_long(line: u64, limit: usize) -> Self {
        Self::new(line, FieldError::from(Invalid::TooLarge { max: limit }.at("")))
    }
}

impl BatchReport {
    pub(super) fn new(lines: LineRange, counts: ImportCounts, mut errors: Vec<LineError>) -> Self {
        let ImportCounts { inserted, replaced, skipped, refused } = counts;
        errors.sort_by_key(|error| error.line);
        Self { lines, inserted, replaced, skipped, refused, errors }
    }
}

impl Totals {
    pub(super) fn add(&mut self, batch: &BatchReport) {
        self.lines = batch.lines.last;
        self.inserted += batch.inserted;
        self.replaced += batch.replaced;
        self.skipped += batch.skipped;
        self.refused += batch.refused;
    }
}

impl ImportReport {
    pub(super) fn add(&mut self, batch: BatchReport) {
        self.totals.add(&batch);
        let room = MOST - self.errors.len();
        self.errors.extend(batch.errors.into_iter().take(room));
    }

    /// Turns the report into that of an aborted import.
    pub(super) fn stopped(self, uncertain: Option<LineRange>) -> Self {
        Self { uncertain, ..self }
    }
}
