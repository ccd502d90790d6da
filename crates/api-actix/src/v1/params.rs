//! Parameters that several operations take, as the description of the interface shows them. Their
//! readers are in [`crate::input`].
#![expect(dead_code, reason = "the fields only describe the parameters")]

use utoipa::IntoParams;

/// The path of an organization.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OrganizationPath {
    /// The id of the organization.
    organization_id: String,
}

/// The path of an admin.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AdminPath {
    /// The id of the organization.
    organization_id: String,
    /// The id of the admin.
    admin_id: String,
}

/// The path of a document.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct DocumentPath {
    /// The id of the organization.
    organization_id: String,
    /// The `_id` of the document.
    document_id: String,
}

/// The path of a session.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct SessionPath {
    /// The id of the session.
    session_id: String,
}

/// Which page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParams {
    /// `next` of the page before.
    #[param(nullable = false, min_length = 1)]
    after: Option<String>,
    /// How many items to give.
    #[param(nullable = false, minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
}

/// On a change.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct IfMatchHeader {
    /// The `ETag` of the state to change: 412 when the present one is another.
    #[param(rename = "If-Match", nullable = false)]
    if_match: Option<String>,
}

/// On a read.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct IfNoneMatchHeader {
    /// The `ETag` of the state that is known: 304 when it is the present one.
    #[param(rename = "If-None-Match", nullable = false)]
    if_none_match: Option<String>,
}

/// On a request that may be sent twice.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct IdempotencyKeyHeader {
    /// A fresh text for each new request. The same request with the same key is carried out once, and
    /// answered the same, for 24 hours. Kept are successes, 404, and 409 other than `contended`; after
    /// any other answer nothing was changed, or it is not known, and the key can be used again: for
    /// the same request, or for a better one.
    #[param(
        rename = "Idempotency-Key",
        nullable = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$"
    )]
    idempotency_key: Option<String>,
}
