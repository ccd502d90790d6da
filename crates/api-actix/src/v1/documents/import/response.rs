//! Responses to an import: total counts at the end, or one line per batch during the import.

use std::convert::Infallible;
use std::future::poll_fn;

use actix_web::rt;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::{Stream, stream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tracing::{Instrument, Span};

use super::batch::Batches;
use super::report::{AbortedLine, CompletedLine, ImportLine, ImportReport, Totals};
use crate::problem::Problem;
use crate::response::{LINES, text};

/// Runs the import and responds with its report.
pub(super) async fn counted(mut batches: Batches) -> Result<HttpResponse, Problem> {
    let mut report = ImportReport::default();
    loop {
        match batches.next().await {
            Ok(Some(batch)) => report.add(batch),
            Ok(None) => return Ok(HttpResponse::Ok().json(report)),
            Err(aborted) => {
                return Err(aborted.problem.of_import(&report.stopped(aborted.uncertain)));
            }
        }
    }
}

/// Starts the import and streams one line per batch. The import continues even if the client stops
/// reading: received lines are written and recorded in the audit trail.
pub(super) fn streamed(batches: Batches, request: HttpRequest) -> HttpResponse {
    let (sender, receiver) = channel(1);
    rt::spawn(run(batches, request, sender).instrument(Span::current()));
    HttpResponse::Ok().content_type(LINES).streaming(received(receiver))
}

async fn run(mut batches: Batches, request: HttpRequest, sender: Sender<Bytes>) {
    let mut totals = Totals::default();
    loop {
        let step = batches.next().await;
        let (line, is_last) = match &step {
            Ok(Some(batch)) => {
                totals.add(batch);
                (ImportLine::Batch(batch), false)
            }
            Ok(None) => (ImportLine::Done(CompletedLine { done: true, totals }), true),
            Err(aborted) => {
                let (problem, uncertain) = (aborted.problem.details(&request), aborted.uncertain);
                (ImportLine::Stopped(AbortedLine { problem, totals, uncertain }), true)
            }
        };
        if let Ok(line) = text(&[line]) {
            // Fails if the client has disconnected; the import continues.
            let _ = sender.send(line).await;
        }
        if is_last {
            return;
        }
    }
}

fn received(receiver: Receiver<Bytes>) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(receiver, |mut receiver| async {
        let line = poll_fn(|context| receiver.poll_recv(context)).await?;
        Some((Ok(line), receiver))
    })
}
