//! The headers of answers that do not belong to one operation: described once, and referred to by
//! every response that may have them.

use actix_web::http::StatusCode;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{ObjectBuilder, OpenApi, RefOr, Type};

use super::edit::{self, add_header};
use crate::idempotency::{self, is_decision};

const LINK: &str = "Link";
const RATE_LIMIT: &str = "RateLimit";
const RATE_LIMIT_POLICY: &str = "RateLimit-Policy";
const REPLAYED: &str = "Idempotent-Replayed";
const REQUEST_ID: &str = "X-Request-Id";
/// When to come back.
pub(super) const RETRY_AFTER: &str = "Retry-After";

/// Each with its type and what it tells.
const SHARED: [(&str, Type, &str); 7] = [
    (
        REPLAYED,
        Type::String,
        "`true` when this is the answer to an earlier request with the same key",
    ),
    (LINK, Type::String, "The next page, as `<path>; rel=\"next\"`; left out on the last one"),
    (
        RATE_LIMIT,
        Type::String,
        "What is left of each limit, and for how many seconds: `\"organization\";r=997;t=42` \
         (draft-ietf-httpapi-ratelimit-headers-11). Left out where nothing is limited",
    ),
    (
        RATE_LIMIT_POLICY,
        Type::String,
        "Each limit that the request was counted for, and its window in seconds: \
         `\"organization\";q=1000;w=60`",
    ),
    (RETRY_AFTER, Type::Integer, "After how many seconds to send the request again"),
    (
        "WWW-Authenticate",
        Type::String,
        "`Bearer`, and what is wrong with the token if one was sent",
    ),
    (REQUEST_ID, Type::String, "What the request is called in the log of the server"),
];

/// Describes the headers, and says of every response which of them it may have.
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
        if is_keyed && is_decision(status) {
            add_header(response, REPLAYED);
        }
    }
}
