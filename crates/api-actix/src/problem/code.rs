//! Catalogue of problem kinds.

use actix_web::http::StatusCode;

/// Generates the kinds and their texts from one table, so that every kind has a page.
macro_rules! codes {
    ($($name:ident, $code:literal, $status:ident, $title:literal, $explanation:literal;)+) => {
        /// Kind of problem; its code never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $(#[doc = $title] $name,)+
        }

        impl Code {
            /// All codes.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),+];

            /// Machine-readable code.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// HTTP status of the response.
            pub(crate) fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// Short summary.
            pub(crate) fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// Meaning and remedy: the text of the problem's page.
            pub(crate) fn explanation(self) -> &'static str {
                match self { $(Self::$name => $explanation,)+ }
            }
        }
    };
}

codes! {
    BadRequest, "bad_request", BAD_REQUEST, "The request is malformed",
        "The request violates HTTP. Check how the client builds it; repeating it unchanged leads \
         to the same response.";
    MalformedJson, "malformed_json", BAD_REQUEST, "The body is not valid JSON",
        "The body is not valid JSON (RFC 8259): it is truncated, has a syntax error, invalid \
         Unicode or duplicate members, or is nested too deeply. `detail` describes the error and \
         its position.";
    ValidationFailed, "validation_failed", BAD_REQUEST, "The request is not valid",
        "The body is valid JSON, but some fields have invalid values. `errors` has one entry per \
         field: its location (`pointer`, RFC 6901), a machine-readable reason (`code`) and an \
         explanation (`detail`). Correct all of them and send the request again.";
    InvalidParameter, "invalid_parameter", BAD_REQUEST, "A query parameter is not valid",
        "A query parameter is unknown, repeated, or has an invalid value. `errors` has one entry \
         per parameter. A cursor (`after`) must be a value returned in `next`.";
    InvalidIdempotencyKey, "invalid_idempotency_key", BAD_REQUEST, "The Idempotency-Key is not valid",
        "The header Idempotency-Key must occur once, with 1 to 255 visible ASCII characters. Use a \
         new UUID for each new request.";
    Unauthenticated, "unauthenticated", UNAUTHORIZED, "Authentication is required",
        "Send an access token in the header `Authorization: Bearer <token>`. POST /v1/auth/login \
         returns one.";
    TokenInvalid, "token_invalid", UNAUTHORIZED, "The token is not accepted",
        "The token was not issued by this server, was altered, or belongs to an ended session or \
         to an admin who was deactivated or deleted. Log in again.";
    TokenExpired, "token_expired", UNAUTHORIZED, "The token has expired",
        "The access token has expired. Refresh it, or log in again.";
    InsufficientUserAuthentication, "insufficient_user_authentication", UNAUTHORIZED,
        "A more recent login is required",
        "Changing your own e-mail address requires a recent login (step-up authentication, RFC \
         9470): `max_age` in WWW-Authenticate is the maximum age in seconds. Refreshing a token \
         does not count as a login. Log in again, and send the request with the new token.";
    InvalidCredentials, "invalid_credentials", UNAUTHORIZED, "The e-mail address or password is wrong",
        "No admin has this e-mail address and this password. For security, the response does not \
         reveal which of the two is wrong.";
    Forbidden, "forbidden", FORBIDDEN, "The caller may not do this",
        "The token is valid, but its owner lacks the permission for this operation. `detail` names \
         the required role.";
    AdminDeactivated, "admin_deactivated", FORBIDDEN, "The admin is deactivated",
        "The password is correct, but the admin is deactivated and cannot log in. An owner of the \
         organization can reactivate it.";
    OrganizationSuspended, "organization_suspended", FORBIDDEN, "The organization is suspended",
        "The operator of this installation suspended the organization. No data is lost; the \
         operator can activate it again.";
    QuotaExceeded, "quota_exceeded", FORBIDDEN, "Quota exceeded",
        "The request would exceed the organization's quota of documents, bytes of documents or \
         admins. Nothing was changed. GET /v1/organizations/{organization_id}/usage returns the \
         current usage. Delete something, or ask the operator of this installation for a higher \
         quota.";
    RouteNotFound, "route_not_found", NOT_FOUND, "The path does not exist",
        "No operation has this path. /docs lists all operations.";
    OrganizationNotFound, "organization_not_found", NOT_FOUND, "There is no such organization",
        "No organization has this id, or the caller may not see it: the response does not \
         distinguish the two cases.";
    AdminNotFound, "admin_not_found", NOT_FOUND, "There is no such admin",
        "No admin of the organization has this id.";
    SessionNotFound, "session_not_found", NOT_FOUND, "There is no such session",
        "The admin has no session with this id, or it has ended.";
    DocumentNotFound, "document_not_found", NOT_FOUND, "There is no such document",
        "No document of the organization has this id.";
    MethodNotAllowed, "method_not_allowed", METHOD_NOT_ALLOWED, "The method is not allowed",
        "The path does not support this method. The header Allow lists the supported methods.";
    RequestTimeout, "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive",
        "The body was incomplete 30 seconds after the head. Nothing was changed; send the request \
         again, if possible over a better connection. Imports may take any time, but fail if the \
         client sends nothing for 30 seconds, or less than 1 KiB per second: `import` reports the \
         progress until then.";
    NameTaken, "name_taken", CONFLICT, "The name is taken",
        "Another organization has this name, or a name that differs only in case, spacing or \
         punctuation. Choose another.";
    EmailTaken, "email_taken", CONFLICT, "The e-mail address is taken",
        "Another admin of this installation has this e-mail address; case is ignored.";
    LastOwner, "last_owner", CONFLICT, "The admin is the last owner",
        "An organization must have at least one active owner. Give another admin the role `owner` \
         first.";
    DocumentExists, "document_exists", CONFLICT, "The document exists already",
        "The organization already has a document with this `_id`. Choose another, or omit it to \
         get a generated one.";
    Contended, "contended", CONFLICT, "Other changes came first",
        "Too many concurrent modifications of the same record, or an earlier operation on it is \
         pending. Nothing was changed; send the request again in a moment.";
    IdempotencyKeyInUse, "idempotency_key_in_use", CONFLICT, "The first request is still running",
        "A request with this Idempotency-Key is still running. Send the request again after the \
         time in Retry-After to get its response.";
    PreconditionFailed, "precondition_failed", PRECONDITION_FAILED, "The resource has changed",
        "The entity tag in If-Match is not the current one: the resource has been changed since it \
         was read. Read it again before you retry the change.";
    PayloadTooLarge, "payload_too_large", PAYLOAD_TOO_LARGE, "The body is too large",
        "The maximum size is 256 KiB; for documents it is configurable (MAX_DOCUMENT_BYTES). \
         `detail` contains the limit.";
    UnsupportedMediaType, "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE,
        "The media type is not supported",
        "The Content-Type of the body must be one that the operation accepts: application/json, or \
         for PATCH also application/merge-patch+json, in UTF-8 and without a Content-Encoding. The \
         header Accept, Accept-Patch or Accept-Encoding lists the accepted values.";
    IdempotencyKeyReused, "idempotency_key_reused", UNPROCESSABLE_ENTITY,
        "The Idempotency-Key belongs to another request",
        "This Idempotency-Key was used for a different request. Use a new key for a new request, \
         and the same key only to retry the same request.";
    RateLimited, "rate_limited", TOO_MANY_REQUESTS, "Too many requests",
        "The organization or the client address has exceeded its request rate, or too many \
         organizations were created. RateLimit-Policy contains the limits, and Retry-After the \
         time to wait.";
    TooManyStreams, "too_many_streams", TOO_MANY_REQUESTS, "Too many imports, exports and verifications at once",
        "The organization has reached its limit of concurrent imports, exports and audit trail \
         verifications. Nothing was changed; retry when another one has ended.";
    DailyLimit, "daily_limit", TOO_MANY_REQUESTS, "A daily limit is reached",
        "Changes to an organization and its admins, its renames, and responses stored for an \
         Idempotency-Key are limited per day: `detail` names the limit. Nothing was changed; retry \
         after the time in Retry-After. If the limit of stored responses is reached, requests \
         without an Idempotency-Key are still accepted.";
    TooManyAttempts, "too_many_attempts", TOO_MANY_REQUESTS, "Too many failed attempts",
        "Too many logins failed for this account or from this address. The password was not \
         checked; try again after the time in Retry-After.";
    Internal, "internal_error", INTERNAL_SERVER_ERROR, "The server failed",
        "An unexpected error occurred and was logged with the request id. Report the id to the \
         operator of this installation.";
    Overloaded, "overloaded", SERVICE_UNAVAILABLE, "The server is overloaded",
        "The server has more queued work than it can process in time. Nothing was changed; send \
         the request again after the time in Retry-After.";
    QueryTooExpensive, "query_too_expensive", SERVICE_UNAVAILABLE, "The query takes too long",
        "The query with this filter and order exceeded 2 seconds of work and was aborted. Simplify \
         it: use a range of ids, the order by id, fewer conditions, or smaller documents.";
    Moving, "moving", SERVICE_UNAVAILABLE, "The documents are being moved",
        "The documents of the organization are being moved to another collection, for example \
         after a rename, and were not available in time. Nothing was changed; send the request \
         again after the time in Retry-After.";
    Capacity, "capacity", SERVICE_UNAVAILABLE, "The tenant collection limit is reached",
        "Every organization of this installation gets a dedicated collection, and the maximum \
         number of collections is reached. The operator can raise it (MAX_TENANT_COLLECTIONS), or \
         let new organizations share one (TENANT_PLACEMENT).";
    StoreUnavailable, "store_unavailable", SERVICE_UNAVAILABLE, "The store does not answer",
        "The store did not respond in time. The outcome of the request is unknown: a request with \
         an Idempotency-Key can be sent again safely after the time in Retry-After.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_snake_case_with_error_statuses() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            let text = code.as_str();
            assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{text}");
            assert!(seen.insert(text), "{text} is there twice");
            assert!(code.status().is_client_error() || code.status().is_server_error(), "{text}");
            assert!(!code.title().ends_with('.') && code.explanation().ends_with('.'), "{text}");
        }
    }
}
