//! What is the same for everybody who asks, with the headers that let a browser keep it.

use actix_web::body::BoxBody;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETag, EntityTag};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::input::is_known;

/// A body that changes with the binary only.
#[derive(Clone)]
pub(super) struct Asset {
    body: Bytes,
    content_type: &'static str,
    etag: EntityTag,
    /// `Cache-Control`.
    cache: &'static str,
    /// `Content-Security-Policy`, where the one of the API does not fit.
    policy: Option<&'static str>,
}

impl Asset {
    /// Asked for again each time, and sent only when it has changed.
    pub(super) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let etag = EntityTag::new_strong(HEXLOWER.encode(&Sha256::digest(&body)[..16]));
        Self { body, content_type, etag, cache: "no-cache", policy: None }
    }

    /// A page, which may load what `policy` says.
    pub(super) fn page(body: impl Into<Bytes>, policy: &'static str) -> Self {
        Self { policy: Some(policy), ..Self::new("text/html; charset=utf-8", body) }
    }

    /// Kept for good, because a new version comes under a new name.
    pub(super) fn immutable(self) -> Self {
        Self { cache: "public, max-age=31536000, immutable", ..self }
    }
}

impl Responder for Asset {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let known = is_known(request, &self.etag);
        let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        answer.insert_header((CACHE_CONTROL, self.cache)).insert_header(ETag(self.etag));
        if let Some(policy) = self.policy {
            answer.insert_header((CONTENT_SECURITY_POLICY, policy));
        }
        if known { answer.finish() } else { answer.content_type(self.content_type).body(self.body) }
    }
}
