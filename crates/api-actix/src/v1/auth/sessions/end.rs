//! Ends one session.

use actix_web::{HttpResponse, delete, web};
use domain::model::SessionId;
use domain::service::Services;

use crate::auth::Admin;
use crate::input::Id;
use crate::problem::Problem;
use crate::v1::params::SessionPath;

/// End a session
///
/// Ends one of your sessions, which logs that device out.
#[utoipa::path(
    tag = "Authentication",
    params(SessionPath),
    responses(
        (status = 204, description = "Session ended"),
        (status = 403, description = "forbidden"),
        (status = 404, description = "session_not_found"),
        (status = 409, description = "contended"),
    ),
    security(("bearer" = [])),
)]
#[delete("/auth/sessions/{session_id}")]
pub(super) async fn end_session(
    services: web::Data<Services>,
    admin: Admin,
    id: Id<SessionId>,
) -> Result<HttpResponse, Problem> {
    services.sessions.end(&admin.context()?, &id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
