//! A whole trail, a line for each event and signature.

use std::error::Error as StdError;

use actix_web::HttpResponse;
use actix_web::http::header::{
    CONTENT_DISPOSITION, ContentDisposition, DispositionParam, DispositionType,
};
use actix_web::web::Bytes;
use domain::model::TrailLine;
use domain::ports::Causes;
use domain::service::{Services, TrailContext, TrailReader};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use tracing::{Instrument, Span};

use crate::problem::Problem;

/// The media type of such a file (<https://github.com/ndjson/ndjson-spec>).
const MEDIA_TYPE: &str = "application/x-ndjson";

/// The lines of `trail`, as a file to be kept under `name`.
pub(super) async fn file(
    services: &Services,
    trail: &TrailContext,
    name: String,
) -> Result<HttpResponse, Problem> {
    let reader = services.audit.export(trail).await?;
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(name)],
    };
    Ok(HttpResponse::Ok()
        .content_type(MEDIA_TYPE)
        .insert_header((CONTENT_DISPOSITION, disposition))
        .streaming(chunks(reader)))
}

/// What `reader` reads, when there is room for it. A failure takes the end with it that a complete answer has, so
/// that the client sees that this one is not (RFC 9112, section 8).
fn chunks(reader: TrailReader) -> impl Stream<Item = Result<Bytes, Box<dyn StdError>>> {
    let span = Span::current();
    try_unfold(reader, move |mut reader| {
        let next = async move {
            match reader.next().await {
                Ok(Some(lines)) => Ok(Some((text(&lines)?, reader))),
                Ok(None) => Ok(None),
                Err(error) => {
                    tracing::error!(error = %Causes(&error), "an export was cut short");
                    Err("an export was cut short".into())
                }
            }
        };
        next.instrument(span.clone())
    })
}

fn text(lines: &[TrailLine]) -> serde_json::Result<Bytes> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
    }
    Ok(text.into())
}
