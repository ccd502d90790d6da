//! Ending all sessions.

use actix_web::{HttpResponse, delete, web};
use domain::service::Services;

use crate::auth::Admin;
use crate::problem::Problem;

/// End all your sessions
///
/// The one of this token too: logs the admin out everywhere.
#[utoipa::path(
    tag = "Authentication",
    responses(
        (status = 204, description = "All sessions have ended"),
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
