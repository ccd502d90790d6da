//! Media types of request bodies.

use std::borrow::Cow;

use actix_web::http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue,
};
use actix_web::{HttpMessage, HttpRequest};

use crate::problem::{Code, Problem};

/// Rejects a body that is not sent as one of the `accepted` types, in UTF-8 and without a content
/// encoding.
pub(super) fn check(request: &HttpRequest, accepted: &[&str]) -> Result<(), Problem> {
    if is_encoded(request) {
        let detail = "The body must be sent without a Content-Encoding.";
        let identity = HeaderValue::from_static("identity");
        return Err(unsupported(detail).with_header(ACCEPT_ENCODING, identity));
    }
    let known = accepted.iter().any(|known| request.content_type().eq_ignore_ascii_case(known));
    if known && is_utf8(request) {
        return Ok(());
    }
    let problem =
        unsupported(format!("The body must be sent as {}, in UTF-8.", accepted.join(" or ")));
    Err(match HeaderValue::from_str(&accepted.join(", ")) {
        Ok(accepted) => problem.with_header(accept(request), accepted),
        Err(_) => problem,
    })
}

fn unsupported(detail: impl Into<Cow<'static, str>>) -> Problem {
    Problem::new(Code::UnsupportedMediaType).because(detail)
}

/// Name of the response header that lists accepted types (RFC 9110, section 15.5.16, and RFC 5789,
/// section 2.2).
fn accept(request: &HttpRequest) -> HeaderName {
    match request.method().as_str() {
        "PATCH" => HeaderName::from_static("accept-patch"),
        _ => ACCEPT,
    }
}

/// Whether the body has a content encoding; the list in the header may be empty (RFC 9110, section
/// 5.6.1).
fn is_encoded(request: &HttpRequest) -> bool {
    let mut lists = request.headers().get_all(CONTENT_ENCODING);
    let plain = |coding: &str| coding.is_empty() || coding.eq_ignore_ascii_case("identity");
    !lists.all(|list| list.to_str().is_ok_and(|list| list.split(',').map(str::trim).all(plain)))
}

/// Whether the declared charset, if any, is UTF-8, the only encoding of JSON (RFC 8259, section
/// 8.1).
fn is_utf8(request: &HttpRequest) -> bool {
    let sent = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let parameters = sent.unwrap_or_default().split(';').skip(1);
    let mut named = parameters.filter_map(|parameter| parameter.split_once('='));
    named.all(|(name, value)| {
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        !is_charset || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    })
}
