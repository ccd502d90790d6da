//! Responses of operations.

mod document;
mod lines;
mod page;
mod url;

use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::input::{EntityTag, is_known};

pub(crate) use document::{document_changed, document_created, document_ok};
pub(crate) use lines::{LINES, documents, file, file_head, text};
pub(crate) use page::{DocumentPage, PageBody};
pub(crate) use url::segment;

/// Responds with a resource and its entity tag; 304 if the client already has this state.
pub(crate) fn ok(
    request: &HttpRequest,
    tag: &impl EntityTag,
    body: &impl Serialize,
) -> HttpResponse {
    let tag = tag.tag();
    if is_known(request, &tag) {
        HttpResponse::NotModified().insert_header((ETAG, tag.to_string())).finish()
    } else {
        HttpResponse::Ok().insert_header((ETAG, tag.to_string())).json(body)
    }
}

/// Responds with a changed resource.
pub(crate) fn changed(
    status: StatusCode,
    tag: &impl EntityTag,
    body: &impl Serialize,
) -> HttpResponse {
    HttpResponse::build(status).insert_header((ETAG, tag.tag().to_string())).json(body)
}

/// Responds with a resource created at `location`.
pub(crate) fn created(
    status: StatusCode,
    location: String,
    tag: &impl EntityTag,
    body: &impl Serialize,
) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((LOCATION, location))
        .insert_header((ETAG, tag.tag().to_string()))
        .json(body)
}
