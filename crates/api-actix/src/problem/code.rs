//! Every kind of problem, with what there is to say about it.

use actix_web::http::StatusCode;

/// Makes the kinds and everything about them from one table, so that none can be without its page.
macro_rules! codes {
    ($($name:ident, $code:literal, $status:ident, $title:literal, $explanation:literal;)+) => {
        /// What went wrong, in one word that never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $(#[doc = $title] $name,)+
        }

        impl Code {
            /// Every code.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as programs read it.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The HTTP status it comes with.
            pub(crate) fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// What it means, in a few words.
            pub(crate) fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// What it means and what to do about it: the text of its page.
            pub(crate) fn explanation(self) -> &'static str {
                match self { $(Self::$name => $explanation,)+ }
            }
        }
    };
}

codes! {
    BadRequest, "bad_request", BAD_REQUEST, "The request is malformed",
        "The server could not read the request as HTTP means it. Check how the request was built; \
         sending it again as it is leads to the same answer.";
    MalformedJson, "malformed_json", BAD_REQUEST, "The body is not valid JSON",
        "The body could not be read as JSON (RFC 8259): it is cut off, has a syntax error, text that \
         is not Unicode, an object with the same member twice, or is nested too deeply. `detail` says \
         what was found and where.";
    ValidationFailed, "validation_failed", BAD_REQUEST, "The request is not valid",
        "The body is JSON, but some of its fields do not hold what they should. `errors` has one entry \
         for each such field: where it is (`pointer`, RFC 6901), why it was refused (`code`) and the \
         same in words (`detail`). Mend them all and send the request again.";
    InvalidParameter, "invalid_parameter", BAD_REQUEST, "A query parameter is not valid",
        "A parameter in the query is unknown, given twice, or has a value that can't be used. `errors` \
         has one entry for each. A cursor (`after`) is only good as it was given in `next`.";
    InvalidIdempotencyKey, "invalid_idempotency_key", BAD_REQUEST, "The Idempotency-Key is not valid",
        "The header Idempotency-Key has to be given once, with 1 to 255 visible ASCII characters. A \
         fresh UUID for each new request is a good choice.";
    Unauthenticated, "unauthenticated", UNAUTHORIZED, "Authentication is needed",
        "Send an access token in the header `Authorization: Bearer <token>`. POST /v1/auth/login gives \
         one.";
    TokenInvalid, "token_invalid", UNAUTHORIZED, "The token is not accepted",
        "The token is not one of this server's, was altered, or belongs to a session that has ended or to an \
         admin who may not act any more. Log in again.";
    TokenExpired, "token_expired", UNAUTHORIZED, "The token has expired",
        "The access token was good once. Log in again.";
    InsufficientUserAuthentication, "insufficient_user_authentication", UNAUTHORIZED,
        "A more recent login is needed",
        "Another address of your own can be set only shortly after a login (RFC 9470): `max_age` in WWW-Authenticate says \
         how many seconds. Refreshing a token is no login. Log in again, and send the request with the new token.";
    InvalidCredentials, "invalid_credentials", UNAUTHORIZED, "E-mail address or password is wrong",
        "No admin has this e-mail address and this password. Which of the two is wrong is not told.";
    Forbidden, "forbidden", FORBIDDEN, "The caller may not do this",
        "The token is good, but its owner is not permitted to do this. `detail` says who is.";
    AdminDeactivated, "admin_deactivated", FORBIDDEN, "The admin is deactivated",
        "The password is right, but the admin has been deactivated and can't log in. An owner of the \
         organization can change that.";
    OrganizationSuspended, "organization_suspended", FORBIDDEN, "The organization is suspended",
        "The organization was closed by the operator of this installation. Nothing in it is lost; the \
         operator can open it again.";
    QuotaExceeded, "quota_exceeded", FORBIDDEN, "The organization may keep no more",
        "The operator of this installation has limited how many documents, bytes of documents or admins the organization \
         may have, and this would be more. Nothing was changed. GET /v1/organizations/{organization_id}/usage tells how \
         much there is; remove something, or ask the operator for more.";
    RouteNotFound, "route_not_found", NOT_FOUND, "There is nothing at this path",
        "No operation has this path. /docs lists them all.";
    OrganizationNotFound, "organization_not_found", NOT_FOUND, "There is no such organization",
        "No organization has this id, or it is not one that the caller may know of: the two are not \
         told apart.";
    AdminNotFound, "admin_not_found", NOT_FOUND, "There is no such admin",
        "No admin of the organization has this id.";
    SessionNotFound, "session_not_found", NOT_FOUND, "There is no such session",
        "The admin has no session with this id, or it has ended.";
    DocumentNotFound, "document_not_found", NOT_FOUND, "There is no such document",
        "No document of the organization has this id.";
    MethodNotAllowed, "method_not_allowed", METHOD_NOT_ALLOWED, "The path has no such method",
        "The path exists, but not with this method. The header Allow lists the methods it has.";
    RequestTimeout, "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive",
        "The body was not there in full 30 seconds after the head. Nothing was changed; send the request \
         again, over a better connection if there is one. Of an import, which may take any time, nothing came for 30 \
         seconds, or less than 1 KiB a second: `import` says what was done until then.";
    NameTaken, "name_taken", CONFLICT, "The name is taken",
        "Another organization has this name, or one that differs only in case, spacing or punctuation. \
         Choose another.";
    EmailTaken, "email_taken", CONFLICT, "The e-mail address is taken",
        "Another admin of this installation has this e-mail address; case makes no difference.";
    LastOwner, "last_owner", CONFLICT, "It is the last owner",
        "An organization always keeps an owner who may log in. Make another admin an owner first.";
    DocumentExists, "document_exists", CONFLICT, "The document exists already",
        "The organization has a document with this `_id`. Choose another, or leave it out to get a \
         fresh one.";
    Contended, "contended", CONFLICT, "Other changes came first",
        "Others were changing the same record all the time, or earlier work on it has to end first. \
         Nothing was changed; send the request again in a moment.";
    IdempotencyKeyInUse, "idempotency_key_in_use", CONFLICT, "The first request is still running",
        "A request with this Idempotency-Key is being carried out. Send yours again after the time in \
         Retry-After to get its answer.";
    PreconditionFailed, "precondition_failed", PRECONDITION_FAILED, "The resource has changed",
        "The header If-Match names another state than the present one: somebody changed the resource \
         since it was read. Read it again, and decide again.";
    PayloadTooLarge, "payload_too_large", PAYLOAD_TOO_LARGE, "The body is too large",
        "Bodies may have up to 256 KiB, and documents as much as this installation allows (MAX_DOCUMENT_BYTES): `detail` \
         says how much that is.";
    UnsupportedMediaType, "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE,
        "The body is of another type",
        "The body has to be sent with the Content-Type that the operation takes: application/json, or \
         for PATCH also application/merge-patch+json; in UTF-8, and without a Content-Encoding. The \
         header Accept, Accept-Patch or Accept-Encoding names what is accepted.";
    IdempotencyKeyReused, "idempotency_key_reused", UNPROCESSABLE_ENTITY,
        "The Idempotency-Key belongs to another request",
        "This Idempotency-Key came earlier with another request. Use a fresh key for a new request, and \
         the same key only to repeat the same request.";
    RateLimited, "rate_limited", TOO_MANY_REQUESTS, "Too many requests",
        "The organization, or the address that the request came from, has made as many requests as it may \
         for now; or as many organizations were created as may be for now. RateLimit says what is allowed, and Retry-After when to go on.";
    TooManyStreams, "too_many_streams", TOO_MANY_REQUESTS, "Too many imports, exports and verifications at once",
        "The organization has as many imports, exports and verifications of its audit trail under way as it may. Nothing was \
         changed; begin this one when another has ended.";
    DailyLimit, "daily_limit", TOO_MANY_REQUESTS, "The organization may do no more of this today",
        "Changes to an organization and its admins, new names of it, and responses that are kept for an \
         Idempotency-Key are limited per day: `detail` says which of them this is. Nothing was changed; go on after the \
         time in Retry-After. A request whose response can't be kept is carried out without an Idempotency-Key.";
    TooManyAttempts, "too_many_attempts", TOO_MANY_REQUESTS, "Too many failed attempts",
        "Wrong passwords were tried too often, for this account or from this address. The password was not \
         looked at; try again after the time in Retry-After.";
    Internal, "internal_error", INTERNAL_SERVER_ERROR, "The server failed",
        "Something failed that should not be able to. It has been logged under the request id; tell it \
         to the operator of this installation.";
    Overloaded, "overloaded", SERVICE_UNAVAILABLE, "Too much is waiting",
        "More work is waiting than can be done in time. Nothing was changed; send the request again \
         after the time in Retry-After.";
    QueryTooExpensive, "query_too_expensive", SERVICE_UNAVAILABLE, "The query takes too long",
        "Finding what the filter asks for, in the order that was asked for, takes more than 2 seconds of work, and was \
         ended. Ask for less: a range of ids, a page in the order of ids, fewer conditions, or smaller documents.";
    Moving, "moving", SERVICE_UNAVAILABLE, "The documents are being moved",
        "The documents of the organization are on their way to another place, as after a rename, and were not found in \
         time. Nothing was changed; send the request again after the time in Retry-After.";
    Capacity, "capacity", SERVICE_UNAVAILABLE, "There is no room for another organization",
        "Every organization of this installation gets a collection of its own, and there are as many as \
         there may be. The operator can allow more (MAX_TENANT_COLLECTIONS), or let new organizations \
         share one (TENANT_PLACEMENT).";
    StoreUnavailable, "store_unavailable", SERVICE_UNAVAILABLE, "The store does not answer",
        "The store did not answer in time. What was asked for may or may not have happened: a request \
         with an Idempotency-Key can be sent again after the time in Retry-After.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_snake_case_and_unique_and_all_are_failures() {
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
