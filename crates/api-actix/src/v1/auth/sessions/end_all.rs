//! Ends all sessions of the authenticated admin.

use actix_web::{HttpResponse, delete, web};
use domain::service::Services;

use crate::auth::Admin;
use crate::problem::Problem;

/// End all your sessions
///
/// Ends all your sessions, including the current one: logs you out on every device.
#[utoipa::path(
    tag = "Authentication",
    responses(
        (status = 204, description = "All sessions ended"),
        (status = 403, description = "forbidden"),
        (status = 409, description = "contended"),
    ),
    security(("bearer" = [])),
)]
#[delete("/auth/sessions")]
pub(super) async fn end_sessions(
    services: web::Data<Services>,
    admin: Admin,
) -> Result<HttpResponse, Problem> {
    services.sessions.end_all(&admin.context()?).await?;
    Ok(HttpResponse::NoContent().finish())
}
