//! Status codes of responses about organizations.

use actix_web::http::StatusCode;
use domain::model::Organization;

/// 202 while work on `organization` is pending, else `status`.
pub(super) fn or_accepted(organization: &Organization, status: StatusCode) -> StatusCode {
    if organization.is_pending() { StatusCode::ACCEPTED } else { status }
}
