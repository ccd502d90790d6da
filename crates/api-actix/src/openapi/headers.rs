//! Response headers that are common to several operations: described once as components, and
//! referenced by every response that may have them.

use actix_web::http::StatusCode;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{ObjectBuilder, OpenApi, RefOr, Type};

use super::edit::{self, add_header};
use crate::idempotency::{self, is_decided};

const LINK: &str = "Link";
const RATE_LIMIT: &str = "RateLimit";
const RATE_LIMIT_POLICY: &str = "RateLimit-Policy";
const REPLAYED: &str = "Idempotent-Replayed";
const REQUEST_ID: &str = "X-Request-Id";
/// Name of the header `Retry-After`.
pub(super) const RETRY_AFTER: &str = "Retry-After";

/// Shared headers with their type and description.
const SHARED: [(&str, Type, &str); 7] = [
    (
        REPLAYED,
        Type::String,
        "`true` if this is the replayed response to an earlier request with the same key",
    ),
    (
        LINK,
        Type::String,
        "Link to the next page as `<path>; rel=\"next\"`; absent on the last page",
    ),
    (
        RATE_LIMIT,
        Type::String,
        "Remaining requests of each limit, and seconds until it resets: `\"organization\";r=997;t=42` \
         (draft-ietf-httpapi-ratelimit-headers-11). Absent where no limit applies",
    ),
    (
        RATE_LIMIT_POLICY,
        Type::String,
        "Limits that apply to the request, each with its window in seconds: \
         `\"organization\";q=1000;w=60`",
    ),
    (RETRY_AFTER, Type::Integer, "Seconds to wait before a retry"),
    ("WWW-Authenticate", Type::String, "`Bearer`, with the error if a token was sent"),
    (REQUEST_ID, Type::String, "Id of the request in the server's log"),
];

/// Adds the headers as components, and references them in every response that may have them.
pub(super) fn complete(document: &mut OpenApi, is_limited: fn(&str) -> bool) {
    for (path, item) in &mut document.paths.paths {
        edit::operations(item).for_each(|operation| describe(operation, is_limited(path)));
    }
    let components = document.components.get_or_insert_default();
    for (name, kind, description) in SHARED {
        let schema = ObjectBuilder::new().schema_type(kind);
        let header = HeaderBuilder::new().schema(Some(schema)).description(Some(description));
        components.headers.insert(name.to_owned(), RefOr::T(header.build()));
    }
}

fn describe(operation: &mut Operation, is_limited: bool) {
    let is_list = edit::takes(operation, "after");
    let is_keyed = edit::takes(operation, idempotency::HEADER.as_str());
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let Ok(status) = status.parse::<StatusCode>() else { continue };
        add_header(response, REQUEST_ID);
        if is_limited {
            add_header(response, RATE_LIMIT);
            add_header(response, RATE_LIMIT_POLICY);
        }
        if is_list && status.is_success() {
            add_header(response, LINK);
        }
        if is_keyed && is_decided(status) {
            add_header(response, REPLAYED);
        }
    }
}
