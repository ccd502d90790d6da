//! Groups the lines of an import into batches of documents and writes them.

use std::time::{Duration, Instant};

use actix_web::rt::time::timeout;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, web};
use domain::model::{Batch, Document, ImportCounts, Imported, MAX_POINTER, NewDocument};
use domain::service::{Error, Importer, Services};
use serde_json::Value;

use super::report::{BatchReport, LineError, LineRange};
use crate::input::{Line, Lines, parse};
use crate::offload;
use crate::problem::{ErrorLocation, FieldError, Problem};
use crate::streams::StreamPermit;

/// Batches of an import. At most one is in memory at a time.
pub(super) struct Batches {
    services: web::Data<Services>,
    importer: Importer,
    lines: Lines,
    /// Maximum length of a line, in bytes.
    limit: usize,
    /// Maximum time from the first line of a batch to its write.
    longest: Duration,
    request: HttpRequest,
    /// How the body ended, once it has ended.
    end: Option<Result<(), Problem>>,
    _permit: StreamPermit,
}

/// Error that aborts an import.
pub(super) struct ImportAborted {
    pub(super) problem: Problem,
    /// Lines whose outcome is unknown.
    pub(super) uncertain: Option<LineRange>,
}

/// Lines that were read and not yet written.
#[derive(Default)]
struct PendingBatch {
    lines: Option<LineRange>,
    /// When the first line arrived.
    since: Option<Instant>,
    documents: Vec<Document>,
    /// Line number of each document.
    numbers: Vec<u64>,
    /// Size of documents and errors, in bytes.
    bytes: usize,
    errors: Vec<LineError>,
    /// Whether the limit of bytes in flight leaves no room for more. The batch is then written as
    /// it is, because it must not hold bytes while it waits for others.
    is_crowded: bool,
}

impl Batches {
    pub(super) fn new(
        services: web::Data<Services>,
        importer: Importer,
        (request, lines): (HttpRequest, Lines),
        limit: usize,
        (permit, longest): (StreamPermit, Duration),
    ) -> Self {
        Self { services, importer, lines, limit, longest, request, end: None, _permit: permit }
    }

    /// Reads the next batch and writes it; returns `None` at the end of the body. Complete lines
    /// that arrived before the body broke off also form a batch.
    pub(super) async fn next(&mut self) -> Result<Option<BatchReport>, ImportAborted> {
        // The response line of the previous batch has been sent.
        self.lines.release();
        let mut pending = PendingBatch::default();
        while self.end.is_none() && !pending.is_full() {
            let longest = self.longest;
            let left = |since: Instant| longest.saturating_sub(since.elapsed());
            // Before the first line, only the limits of a single line apply.
            let left = pending.since.map_or(Duration::MAX, left);
            let Ok(next) = timeout(left, self.lines.next()).await else { break };
            match next {
                Ok(Some(line)) => {
                    if let Err(problem) = self.take(line, &mut pending).await {
                        self.end = Some(Err(problem));
                    }
                }
                Ok(None) => self.end = Some(Ok(())),
                Err(problem) => self.end = Some(Err(problem)),
            }
        }
        match (pending.lines, self.end.take()) {
            (Some(lines), end) => {
                self.end = end;
                self.write(lines, pending).await.map(Some)
            }
            (None, Some(Err(problem))) => Err(ImportAborted { problem, uncertain: None }),
            (None, _) => Ok(None),
        }
    }

    /// Adds a line to `pending`. If this fails, the line was not validated.
    async fn take(
        &mut self,
        Line { number, text }: Line,
        pending: &mut PendingBatch,
    ) -> Result<(), Problem> {
        let bytes = text.as_ref().map_or(0, Bytes::len);
        let read = match text {
            Some(text) if text.trim_ascii().is_empty() => None,
            Some(text) => {
                let services = self.services.clone();
                let read = move || document(&text, &services);
                let read = offload::run(&self.request, bytes, read).await?;
                Some(read.map_err(|error| LineError::new(number, error)))
            }
            None => Some(Err(LineError::too_long(number, self.limit))),
        };
        let first = pending.lines.map_or(number, |lines| lines.first);
        pending.lines = Some(LineRange { first, last: number });
        pending.since.get_or_insert_with(Instant::now);
        match read {
            Some(Ok(document)) => {
                pending.bytes += document.json().len();
                pending.numbers.push(number);
                pending.documents.push(document);
            }
            Some(Err(error)) => {
                // The batch keeps only the error's pointer.
                pending.bytes += bytes.min(MAX_POINTER);
                pending.errors.push(error);
            }
            None => {}
        }
        pending.is_crowded = !self.lines.keep(pending.bytes);
        Ok(())
    }

    async fn write(
        &mut self,
        lines: LineRange,
        pending: PendingBatch,
    ) -> Result<BatchReport, ImportAborted> {
        let PendingBatch { documents, numbers, mut errors, .. } = pending;
        let refused = errors.len() as u64;
        let written = self.importer.write(lines.first..=lines.last, documents, refused).await;
        let imported = written.map_err(|error| ImportAborted::after_write_error(error, lines))?;
        let mut counts = ImportCounts { refused, ..ImportCounts::default() };
        for (number, imported) in numbers.into_iter().zip(imported) {
            counts.add(imported);
            if imported == Imported::Refused {
                errors.push(LineError::exists(number));
            }
        }
        Ok(BatchReport::new(lines, counts, errors))
    }
}

impl PendingBatch {
    fn is_full(&self) -> bool {
        let lines = self.documents.len() + self.errors.len();
        lines >= Batch::MAX_LINES || self.bytes >= Batch::MAX_BYTES || self.is_crowded
    }
}

impl ImportAborted {
    /// Error of a failed write of the batch `lines`.
    fn after_write_error(error: Error, lines: LineRange) -> Self {
        let is_sure = matches!(
            error,
            Error::QuotaExceeded(_)
                | Error::Suspended
                | Error::NotFound(_)
                | Error::Forbidden(_)
                | Error::Token(_)
        );
        Self { problem: error.into(), uncertain: (!is_sure).then_some(lines) }
    }
}

/// Parses the document in a line; returns the first error if it is invalid.
fn document(text: &[u8], services: &Services) -> Result<Document, FieldError> {
    match parse(text).map_err(Problem::into_first_error)? {
        Value::Object(members) => {
            let document = NewDocument::parse(members);
            let document = document.and_then(|new| new.with_id(|| services.document_id()));
            document.map_err(FieldError::from)
        }
        _ => Err(FieldError::new(ErrorLocation::Pointer(""), "type", "must be an object")),
    }
}
