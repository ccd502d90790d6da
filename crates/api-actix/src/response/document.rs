//! Responses with documents: the stored text is the body.

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse};
use domain::model::Document;

use super::segment;
use crate::input::{EntityTag, is_known};

/// Responds with a document; 304 if the client already has this state.
pub(crate) fn document_ok(request: &HttpRequest, document: &Document) -> HttpResponse {
    if is_known(request, &document.tag().tag()) {
        let tag = document.tag().tag().to_string();
        return HttpResponse::NotModified().insert_header((ETAG, tag)).finish();
    }
    document_changed(StatusCode::OK, document)
}

/// Responds with a changed document.
pub(crate) fn document_changed(status: StatusCode, document: &Document) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((ETAG, document.tag().tag().to_string()))
        .content_type(ContentType::json())
        .body(document.json().to_owned())
}

/// Responds with a document inserted into the collection at `path`.
pub(crate) fn document_created(path: &str, document: &Document) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((LOCATION, format!("{path}/{}", segment(document.id().as_str()))))
        .insert_header((ETAG, document.tag().tag().to_string()))
        .content_type(ContentType::json())
        .body(document.json().to_owned())
}
