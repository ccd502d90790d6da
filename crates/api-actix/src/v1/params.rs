//! OpenAPI parameters shared by several operations. [`crate::input`] parses them.
#![expect(dead_code, reason = "the fields only describe the parameters")]

use utoipa::IntoParams;

/// Path parameters of an organization.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OrganizationPath {
    /// Id of the organization.
    organization_id: String,
}

/// Path parameters of an admin.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AdminPath {
    /// Id of the organization.
    organization_id: String,
    /// Id of the admin.
    admin_id: String,
}

/// Path parameters of a document.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct DocumentPath {
    /// Id of the organization.
    organization_id: String,
    /// `_id` of the document.
    document_id: String,
}

/// Path parameters of a session.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct SessionPath {
    /// Id of the session.
    session_id: String,
}

/// Pagination of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParams {
    /// Cursor: `next` of the previous page.
    #[param(nullable = false, min_length = 1)]
    after: Option<String>,
    /// Maximum number of items in the page.
    #[param(nullable = false, minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
}

/// Precondition of a change.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct IfMatchHeader {
    /// Expected `ETag` of the resource; 412 if it has changed.
    #[param(rename = "If-Match", nullable = false)]
    if_match: Option<String>,
}

/// Precondition of a read.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct IfNoneMatchHeader {
    /// `ETag` of the cached representation; 304 if it is still current.
    #[param(rename = "If-None-Match", nullable = false)]
    if_none_match: Option<String>,
}

/// Idempotency of a retried request.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct IdempotencyKeyHeader {
    /// Unique key for each new request. For 24 hours, a repeated request with the same key is
    /// executed once and gets the same response. The server stores successes, and 409 except
    /// `contended`. After any other response, nothing was changed or the outcome is unknown, and
    /// the key can be used again, for the same or a corrected request.
    #[param(
        rename = "Idempotency-Key",
        nullable = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$"
    )]
    idempotency_key: Option<String>,
}
