//! Ends the current session.

use actix_web::{HttpResponse, post, web};
use domain::service::Services;

use crate::auth::Admin;
use crate::problem::Problem;

/// Log out
///
/// Ends the session of the access token. The server rejects this access token and the session's
/// refresh token from now on.
#[utoipa::path(
    tag = "Authentication",
    responses(
        (status = 204, description = "Session ended"),
        (status = 403, description = "forbidden"),
        (status = 409, description = "contended"),
    ),
    security(("bearer" = [])),
)]
#[post("/auth/logout")]
pub(super) async fn logout(
    services: web::Data<Services>,
    admin: Admin,
) -> Result<HttpResponse, Problem> {
    services.sessions.log_out(&admin.context()?).await?;
    Ok(HttpResponse::NoContent().finish())
}
