//! What is said of an import.

use std::borrow::Cow;

use domain::model::{ImportCounts, Invalid};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{FieldError, Place};

/// How many refused lines an answer in JSON tells of.
const MOST: usize = 1000;

/// A line that was refused, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ImportError)]
pub(super) struct LineError {
    /// The number of the line; the first is 1.
    #[schema(example = 7)]
    pub(super) line: u64,
    /// Where in the line the refused value is: a JSON Pointer (RFC 6901); of one of more than 1024 bytes, what encloses
    /// the value.
    #[schema(example = "/_id")]
    pointer: String,
    /// The reason, for programs.
    #[schema(value_type = String, example = "document_exists")]
    code: &'static str,
    /// The reason in words.
    #[schema(value_type = String, example = "belongs to another document of the organization")]
    detail: Cow<'static, str>,
}

/// From one line to another, both included.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(super) struct LineRange {
    /// The number of the first.
    #[schema(example = 1)]
    pub(super) first: u64,
    /// The number of the last.
    #[schema(example = 1000)]
    pub(super) last: u64,
}

/// How many lines became what.
#[derive(Debug, Default, Clone, Copy, Serialize, ToSchema)]
#[schema(as = ImportTotals)]
pub(super) struct Totals {
    /// How many lines were dealt with, empty ones too: it goes on after them.
    #[schema(example = 1002)]
    lines: u64,
    /// How many were added.
    #[schema(example = 998)]
    inserted: u64,
    /// How many took the place of others.
    #[schema(example = 0)]
    replaced: u64,
    /// How many were passed over because they were there.
    #[schema(example = 1)]
    skipped: u64,
    /// How many were refused.
    #[schema(example = 1)]
    refused: u64,
}

/// What became of an import, or of what was done of it until it had to stop.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ImportReport {
    #[serde(flatten)]
    totals: Totals,
    /// The refused lines, but no more than 1000 of them.
    errors: Vec<LineError>,
    /// The lines of which it is not known whether they were written; only where an import had to stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    uncertain: Option<LineRange>,
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportProgress)]
pub(super) struct Progress {
    /// The lines of the batch.
    pub(super) lines: LineRange,
    /// How many were added.
    #[schema(example = 1000)]
    inserted: u64,
    /// How many took the place of others.
    #[schema(example = 0)]
    replaced: u64,
    /// How many were passed over because they were there.
    #[schema(example = 0)]
    skipped: u64,
    /// How many were refused.
    #[schema(example = 0)]
    refused: u64,
    /// All lines that were refused.
    errors: Vec<LineError>,
}

/// A line of the answer to an import.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ImportLine<'a> {
    /// A batch.
    Batch(&'a Progress),
    /// The last line, when all is done.
    Done(Done),
    /// The last line, when the import had to stop.
    Stopped(Stopped),
}

/// The last line, when all is done.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportDone)]
pub(crate) struct Done {
    /// Always true.
    pub(super) done: bool,
    #[serde(flatten)]
    pub(super) totals: Totals,
}

/// The last line, when the import had to stop.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportStopped)]
pub(crate) struct Stopped {
    /// Why, as in an answer that is nothing else.
    #[schema(value_type = crate::problem::ProblemBody)]
    pub(super) problem: serde_json::Value,
    #[serde(flatten)]
    pub(super) totals: Totals,
    /// The lines of which it is not known whether they were written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) uncertain: Option<LineRange>,
}

impl LineError {
    pub(super) fn new(line: u64, error: FieldError) -> Self {
        let (pointer, code, detail) = error.into_parts();
        // In a line there is no other one to be told of.
        let detail = match detail.contains(" at line 1 column ") {
            true => detail.replace(" at line 1 column ", " at column ").into(),
            false => detail,
        };
        Self { line, pointer, code, detail }
    }

    /// Its id is there already.
    pub(super) fn exists(line: u64) -> Self {
        let place = Place::Pointer("/_id");
        let detail = "belongs to another document of the organization";
        Self::new(line, FieldError::new(place, "document_exists", detail))
    }

    /// It has more than `limit` bytes.
    pub(super) fn too_long(line: u64, limit: usize) -> Self {
        Self::new(line, FieldError::from(Invalid::TooLarge { max: limit }.at("")))
    }
}

impl Progress {
    pub(super) fn new(lines: LineRange, counts: ImportCounts, mut errors: Vec<LineError>) -> Self {
        let ImportCounts { inserted, replaced, skipped, refused } = counts;
        errors.sort_by_key(|error| error.line);
        Self { lines, inserted, replaced, skipped, refused, errors }
    }
}

impl Totals {
    pub(super) fn add(&mut self, batch: &Progress) {
        self.lines = batch.lines.last;
        self.inserted += batch.inserted;
        self.replaced += batch.replaced;
        self.skipped += batch.skipped;
        self.refused += batch.refused;
    }
}

impl ImportReport {
    pub(super) fn add(&mut self, batch: Progress) {
        self.totals.add(&batch);
        let room = MOST - self.errors.len();
        self.errors.extend(batch.errors.into_iter().take(room));
    }

    /// The same of an import that had to stop.
    pub(super) fn stopped(self, uncertain: Option<LineRange>) -> Self {
        Self { uncertain, ..self }
    }
}
