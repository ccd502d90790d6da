//! Static response bodies with cache headers.

use actix_web::body::BoxBody;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETag, EntityTag};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::input::is_known;

/// Static asset, which changes only with the binary.
#[derive(Clone)]
pub(super) struct Asset {
    body: Bytes,
    content_type: &'static str,
    etag: EntityTag,
    /// Value of `Cache-Control`.
    cache: &'static str,
    /// `Content-Security-Policy` that overrides the default of the API.
    policy: Option<&'static str>,
}

impl Asset {
    /// Asset that browsers revalidate on every use.
    pub(super) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let etag = EntityTag::new_strong(HEXLOWER.encode(&Sha256::digest(&body)[..16]));
        Self { body, content_type, etag, cache: "no-cache", policy: None }
    }

    /// HTML page with the content security policy `policy`.
    pub(super) fn page(body: impl Into<Bytes>, policy: &'static str) -> Self {
        Self { policy: Some(policy), ..Self::new("text/html; charset=utf-8", body) }
    }

    /// Caches the asset for ever, because a new version has a new name.
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
