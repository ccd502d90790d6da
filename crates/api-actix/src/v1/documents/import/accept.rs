//! Content negotiation for imports: one JSON response or NDJSON progress lines.

use actix_web::HttpRequest;
use actix_web::http::header::{Accept, Header};

use crate::response::LINES;

/// Whether `request` prefers NDJSON to JSON and `*/*` (RFC 9110, section 12.5.1).
pub(super) fn asks_for_lines(request: &HttpRequest) -> bool {
    let Ok(accept) = Accept::parse(request) else { return false };
    let known = |kind: &String| matches!(kind.as_str(), LINES | "application/json" | "*/*");
    let ranked = accept.ranked().into_iter().map(|kind| kind.essence_str().to_ascii_lowercase());
    ranked.into_iter().find(known).is_some_and(|first| first == LINES)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn ndjson_responses_are_negotiated_by_the_accept_header() {
        for (accept, expected) in [
            ("application/x-ndjson", true),
            ("Application/X-NDJSON; charset=utf-8", true),
            ("application/x-ndjson, */*", true),
            ("application/x-ndjson, application/json;q=0.9", true),
            ("application/json, application/x-ndjson;q=0.9", false),
            ("application/json", false),
            ("*/*", false),
            ("text/html", false),
            ("", false),
        ] {
            let request = TestRequest::default().insert_header(("Accept", accept));
            assert_eq!(asks_for_lines(&request.to_http_request()), expected, "{accept}");
        }
        assert!(!asks_for_lines(&TestRequest::default().to_http_request()));
    }
}
