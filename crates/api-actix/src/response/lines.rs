//! NDJSON responses, produced while they are sent.

use std::error::Error as StdError;

use actix_web::HttpResponse;
use actix_web::http::header::{
    CONTENT_DISPOSITION, ContentDisposition, DispositionParam, DispositionType,
};
use actix_web::web::Bytes;
use domain::model::Document;
use domain::ports::Causes;
use domain::service::Error;
use futures_util::Stream;
use futures_util::stream::{empty, try_unfold};
use serde::Serialize;
use tracing::{Instrument, Span};

/// Media type of NDJSON (<https://github.com/ndjson/ndjson-spec>).
pub(crate) const LINES: &str = "application/x-ndjson";

/// Streams lines as a file download called `name`. `next` takes a few lines at a time from
/// `source`, until it returns none.
pub(crate) fn file<S, F>(name: String, source: S, next: impl Fn(S) -> F + 'static) -> HttpResponse
where
    S: 'static,
    F: Future<Output = Result<Option<(Bytes, S)>, Error>> + 'static,
{
    attachment(name, chunks(source, next))
}

/// Response to a HEAD request for a file.
pub(crate) fn file_head(name: String) -> HttpResponse {
    attachment(name, empty())
}

fn attachment(
    name: String,
    content: impl Stream<Item = Result<Bytes, Box<dyn StdError>>> + 'static,
) -> HttpResponse {
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(name)],
    };
    HttpResponse::Ok()
        .content_type(LINES)
        .insert_header((CONTENT_DISPOSITION, disposition))
        .streaming(content)
}

/// Chunks that `next` reads, each when the client can take it. After an error the body ends without
/// the terminating chunk, so that the client sees that it is incomplete (RFC 9112, section 8).
fn chunks<S, F>(
    source: S,
    next: impl Fn(S) -> F,
) -> impl Stream<Item = Result<Bytes, Box<dyn StdError>>>
where
    F: Future<Output = Result<Option<(Bytes, S)>, Error>>,
{
    let span = Span::current();
    try_unfold(source, move |source| {
        let read = next(source);
        let next = async move {
            match read.await {
                Ok(next) => Ok(next),
                Err(error) => {
                    tracing::error!(error = %Causes(&error), "export aborted");
                    Err("export aborted".into())
                }
            }
        };
        next.instrument(span.clone())
    })
}

/// Serializes `lines`, each with a line feed.
pub(crate) fn text<L: Serialize>(lines: &[L]) -> Result<Bytes, Error> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line).map_err(|error| Error::Internal(error.into()))?;
        text.push(b'\n');
    }
    Ok(text.into())
}

/// Concatenates the JSON of `documents`, each with a line feed.
pub(crate) fn documents(documents: &[Document]) -> Bytes {
    let mut text = String::with_capacity(documents.iter().map(|it| it.json().len() + 1).sum());
    for document in documents {
        text.push_str(document.json());
        text.push('\n');
    }
    text.into()
}
