//! Answers of a line for each of many things, which are made while they are sent.

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

/// The media type of such a file (<https://github.com/ndjson/ndjson-spec>).
pub(crate) const LINES: &str = "application/x-ndjson";

/// A file of lines, to be kept under `name`: those that `next` takes from the `source`, a few at a
/// time, until there are no more.
pub(crate) fn file<S, F>(name: String, source: S, next: impl Fn(S) -> F + 'static) -> HttpResponse
where
    S: 'static,
    F: Future<Output = Result<Option<(Bytes, S)>, Error>> + 'static,
{
    attachment(name, chunks(source, next))
}

/// The answer to who asks for the head of a file alone.
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

/// What `next` reads, when there is room for it. A failure takes the end with it that a complete
/// answer has, so that the client sees that this one is not (RFC 9112, section 8).
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
                    tracing::error!(error = %Causes(&error), "an export was cut short");
                    Err("an export was cut short".into())
                }
            }
        };
        next.instrument(span.clone())
    })
}

/// Each of the `lines`, with its end.
pub(crate) fn text<L: Serialize>(lines: &[L]) -> Result<Bytes, Error> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line).map_err(|error| Error::Internal(error.into()))?;
        text.push(b'\n');
    }
    Ok(text.into())
}

/// Each of the `documents`, with its end.
pub(crate) fn documents(documents: &[Document]) -> Bytes {
    let mut text = String::with_capacity(documents.iter().map(|it| it.json().len() + 1).sum());
    for document in documents {
        text.push_str(document.json());
        text.push('\n');
    }
    text.into()
}
